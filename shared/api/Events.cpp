// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/Events.h"

namespace viaduct::api {

namespace {

template <typename T>
concept Wrapped = requires {
    typename T::Payload;
};

template <typename T>
Result<Event> readAs(const QJsonObject& payload) {
    if constexpr (Wrapped<T>)
        return fromJson<typename T::Payload>(payload).map(
            [](auto value) { return Event(T{std::move(value)}); });
    else
        return fromJson<T>(payload).map([](auto value) { return Event(std::move(value)); });
}

/// Tries the alternatives of the variant from `index` on.
template <std::size_t index = 0>
Result<Event> readByName(const QString& name, const QJsonObject& payload) {
    if constexpr (index == std::variant_size_v<Event>) {
        return failure(
            Error::Code::NotFound,
            "The broker tells of \"" + name.left(limit::name).toStdString()
                + "\", which this version does not know.");
    } else {
        using T = std::variant_alternative_t<index, Event>;
        return name == QLatin1String(T::eventName) ? readAs<T>(payload)
                                                   : readByName<index + 1>(name, payload);
    }
}

} // namespace

const char* nameOf(const Event& event) {
    return std::visit([](const auto& one) { return std::decay_t<decltype(one)>::eventName; }, event);
}

std::optional<Topic> topicOf(const Event& event) {
    const QLatin1String name(nameOf(event));
    struct Row {
        const char* prefix;
        Topic topic;
    };
    static constexpr std::array table{
        Row{"request", Topic::Requests},
        Row{"account.", Topic::Accounts},
        Row{"tunnel", Topic::Tunnels},
        Row{"login.", Topic::Tunnels},
        Row{"allocation.", Topic::Allocations},
        Row{"reservation.", Topic::Allocations},
        Row{"counters", Topic::Counters},
        Row{"configuration.", Topic::Configuration},
        Row{"alarm", Topic::Alarms}};
    for (const Row& row : table)
        if (name.startsWith(QLatin1String(row.prefix)))
            return row.topic;
    return std::nullopt;
}

QJsonObject toJson(const Event& event) {
    return std::visit(
        [](const auto& one) {
            if constexpr (Wrapped<std::decay_t<decltype(one)>>)
                return toJson(one.value);
            else
                return toJson(one);
        },
        event);
}

Result<Event> eventFromJson(const QString& name, const QJsonObject& payload) {
    return readByName(name, payload);
}

} // namespace viaduct::api
