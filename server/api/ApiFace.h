// SPDX-License-Identifier: GPL-3.0-or-later
// The admin API: what administrators' programs ask of the broker, by HTTPS. Every operation of
// shared/api/Operations.h has its handler here.
#pragma once

#include "server/api/AuditCheckup.h"
#include "server/api/EventHub.h"
#include "server/api/Forecasts.h"
#include "server/api/HealthMonitor.h"
#include "server/api/RateMeter.h"
#include "server/api/Router.h"

namespace viaduct::broker {
class Reservations;
} // namespace viaduct::broker
namespace viaduct::revisions {
class Keeper;
} // namespace viaduct::revisions

namespace viaduct::face {

class ApiFace : public QObject {
    Q_OBJECT
public:
    /// What it speaks for; all of it outlives the face.
    struct Rooms {
        broker::Broker& broker;
        broker::Registry& registry;
        broker::Reservations& reservations;
        broker::Staff& staff;
        store::Store& store;
        revisions::Keeper& keeper;
        std::string databaseFile; ///< for the check of the audit, which reads it apart
    };
    /// To be made after Broker::restore().
    explicit ApiFace(const Rooms& rooms, QObject* parent = nullptr);

    void handle(const http::Request& request, const http::Responder& responder) {
        m_router.handle(request, responder);
    }
    /// Pure; called from any thread.
    static std::size_t bodyLimit(const http::Request& head) { return Router::bodyLimit(head); }
    /// Operations that nobody answers: none.
    std::vector<std::string> missing() const { return m_router.missing(); }

    /// For whoever knows more of how the broker is.
    HealthMonitor& health() { return m_health; }
    EventHub& events() { return m_events; }
    /// Makes a page to be printed of a voucher with its passwords, and gives its address and until when it is
    /// there; without it there is none.
    using Sheet = std::function<std::pair<QString, api::Time>(const api::VoucherCreated&)>;
    void setSheet(Sheet sheet) { m_sheet = std::move(sheet); }

private:
    RateMeter m_meter;
    Forecasts m_forecasts;
    HealthMonitor m_health;
    EventHub m_events;
    AuditCheckup m_checkup;
    Router m_router;
    Sheet m_sheet;
    QTimer m_maintenance;
};

} // namespace viaduct::face
