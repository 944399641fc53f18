// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and health by HTTP.
#include "server/api/HealthMonitor.h"
#include "server/api/Views.h"

namespace viaduct::face {

void addHealth(Router& router, const Views& views) {
    namespace operation = api::operation;
    HealthMonitor& health = views.health;
    router.on(operation::showStatistics, [&health](const Call&, const auto&, const auto& reply) {
        reply.value(health.statistics());
    });
    router.on(operation::showHealth, [&health](const Call&, const auto&, const auto& reply) {
        reply.value(health.summary());
    });
    router.on(operation::showHealthDetails, [&health](const Call&, const auto&, const auto& reply) {
        reply.value(health.health());
    });
}

} // namespace viaduct::face
