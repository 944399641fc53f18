// SPDX-License-Identifier: GPL-3.0-or-later
// Who is behind a holder's name, as the account says today; of anonymous clients, static tunnels and
// pseudonyms nothing is known.
#pragma once

#include "server/store/Records.h"

#include <QString>

#include <optional>
#include <unordered_set>

namespace viaduct::broker {
class Registry;
}

namespace viaduct::face {

struct HolderInfo {
    QString account; ///< empty: it is none
    QString person;
    QString email;
    QString organisation;
};
HolderInfo holderInfo(const broker::Registry& registry, const store::Holder& holder);

/// The holders of an organisation, for filters: whoever goes through all tunnels must not look at the account
/// of each.
std::unordered_set<store::Holder> holdersOf(const broker::Registry& registry, const QString& organisation);

inline QString textOf(const std::string& text) {
    return QString::fromStdString(text);
}

/// The store keeps microseconds and more in memory; the API tells milliseconds.
inline std::chrono::sys_time<std::chrono::milliseconds> timeOf(store::TimePoint time) {
    return std::chrono::floor<std::chrono::milliseconds>(time);
}

/// "2001:db8::1" or "2001:db8::/32": an address stands for itself alone.
std::optional<Prefix> prefixFrom(const QString& text);
/// In the order of the addresses.
QString sortable(const IpAddress& address);

} // namespace viaduct::face
