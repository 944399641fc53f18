// SPDX-License-Identifier: GPL-3.0-or-later
// What the operations about the broker's state look at, and their groups for the router. All of it outlives
// the router.
#pragma once

#include "server/api/Router.h"

namespace viaduct::broker {
class Broker;
class Registry;
class Reservations;
} // namespace viaduct::broker
namespace viaduct::store {
class Store;
}

namespace viaduct::face {

class AuditCheckup;
class EventHub;
class Forecasts;
class HealthMonitor;
class RateMeter;

struct Views {
    broker::Broker& broker;
    broker::Registry& registry;
    broker::Reservations& reservations;
    store::Store& store;
    RateMeter& meter;
    Forecasts& forecasts;
    HealthMonitor& health;
};

void addTunnels(Router& router, const Views& views);
void addPools(Router& router, const Views& views);
void addPast(Router& router, const Views& views, AuditCheckup& checkup);
void addReports(Router& router, const Views& views);
void addHealth(Router& router, const Views& views);
void addEvents(Router& router, EventHub& hub);

} // namespace viaduct::face
