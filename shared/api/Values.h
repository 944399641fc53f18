// SPDX-License-Identifier: GPL-3.0-or-later
// The few kinds of value of which all that the admin API says is made: times and dates as RFC 3339 text,
// counts of addresses that no 64 bits hold, and enumerations with their words.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/net/Prefix.h"
#include "shared/net/TunnelMode.h"

#include <QString>

#include <array>
#include <chrono>
#include <optional>
#include <vector>

namespace viaduct::api {

/// Whole milliseconds since the epoch, UTC; what the store keeps.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Date = std::chrono::year_month_day;

/// 2026-11-24T09:30:00.000Z. Years 0000..9999; what lies outside is cut to that.
QString text(Time time);
/// RFC 3339 with any offset; digits behind the millisecond are cut off. Nothing else: no local time, no space
/// in the place of T, no leap second (the clocks here have none).
std::optional<Time> timeFromText(const QString& text);

/// 2026-11-24.
QString text(Date date);
std::optional<Date> dateFromText(const QString& text);

/// Decimal.
QString text(Uint128 number);
std::optional<Uint128> numberFromText(const QString& text);

/// ADDRESS:PORT, or ADDRESS alone where the port is 0 (a mode that has none).
QString text(const Endpoint& endpoint);
std::optional<Endpoint> endpointFromText(const QString& text);

/// The words of an enumeration in the order of its values, from 0 on without a gap.
template <typename Enum>
struct Words;

template <>
struct Words<TunnelMode> {
    static constexpr std::array list{"v6v4", "v6udpv4", "v6anyv4", "v4v6"};
};

template <typename Enum>
concept Worded = requires {
    Words<Enum>::list;
};

template <Worded Enum>
const char* word(Enum value) {
    return Words<Enum>::list.at(static_cast<std::size_t>(value));
}

template <Worded Enum>
std::optional<Enum> fromWord(QStringView text) {
    for (std::size_t i = 0; i < Words<Enum>::list.size(); ++i)
        if (text == QLatin1String(Words<Enum>::list[i]))
            return static_cast<Enum>(i);
    return std::nullopt;
}

} // namespace viaduct::api
