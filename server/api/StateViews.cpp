// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/StateViews.h"

#include "server/broker/Registry.h"
#include "server/broker/Reservations.h"

namespace viaduct::face {

StateViews::StateViews(
    broker::Broker& broker, broker::Registry& registry, broker::Reservations& reservations,
    store::Store& store, std::string database)
    : m_meter(broker), m_forecasts(broker, store), m_health(broker, registry, store, m_meter, m_forecasts),
      m_checkup(std::move(database)), m_events(broker, registry, m_meter, m_health),
      m_views{broker, registry, reservations, store, m_meter, m_forecasts, m_health} { }

void StateViews::addTo(Router& router) {
    addTunnels(router, m_views);
    addPools(router, m_views);
    addPast(router, m_views, m_checkup);
    addReports(router, m_views);
    addHealth(router, m_views);
    addEvents(router, m_events);
}

} // namespace viaduct::face
