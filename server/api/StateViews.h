// SPDX-License-Identifier: GPL-3.0-or-later
// All that watches the broker's state for the admin API, in the order in which it must be made: rates,
// forecasts, health, the check of the audit, and the event stream.
#pragma once

#include "server/api/AuditCheckup.h"
#include "server/api/EventHub.h"
#include "server/api/Forecasts.h"
#include "server/api/HealthMonitor.h"
#include "server/api/RateMeter.h"
#include "server/api/Views.h"

namespace viaduct::face {

class StateViews {
public:
    /// After Broker::restore(); all of it outlives this. `database`: the file, for the check of the audit.
    StateViews(
        broker::Broker& broker, broker::Registry& registry, broker::Reservations& reservations,
        store::Store& store, std::string database);

    /// Every operation about tunnels, pools, the past, reports, health and events. This outlives the router.
    void addTo(Router& router);

    HealthMonitor& health() { return m_health; }
    EventHub& events() { return m_events; }

private:
    RateMeter m_meter;
    Forecasts m_forecasts;
    HealthMonitor m_health;
    AuditCheckup m_checkup;
    EventHub m_events;
    Views m_views;
};

} // namespace viaduct::face
