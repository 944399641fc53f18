// SPDX-License-Identifier: GPL-3.0-or-later
// Every type that the admin API says or takes, once, for tests that hold for all of them.
#pragma once

#include "shared/api/Events.h"
#include "shared/api/Operations.h"
#include "shared/api/Schema.h"

#include <set>

namespace viaduct::api::test {

/// Calls `visit.operator()<T>()` with each type of a body, an answer and an event's payload.
template <typename Visit>
void forEachType(Visit&& visit) {
    std::set<QString> seen;
    const auto once = [&]<typename T>() {
        if (seen.insert(typeNameOf<T>()).second)
            visit.template operator()<T>();
    };
    forEachOperation([&]<typename Body, typename Answer>(const Operation<Body, Answer>&) {
        once.template operator()<Body>();
        once.template operator()<Answer>();
    });
    once.template operator()<Problem>();
    const auto payloads = [&]<std::size_t... index>(std::index_sequence<index...>) {
        const auto one = [&]<typename T>(std::type_identity<T>) {
            if constexpr (requires { typename T::Payload; })
                once.template operator()<typename T::Payload>();
            else
                once.template operator()<T>();
        };
        (one(std::type_identity<std::variant_alternative_t<index, Event>>{}), ...);
    };
    payloads(std::make_index_sequence<std::variant_size_v<Event>>());
}

} // namespace viaduct::api::test
