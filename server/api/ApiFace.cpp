// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/ApiFace.h"

#include "server/api/Groups.h"
#include "server/api/Views.h"
#include "server/broker/Registry.h"
#include "server/broker/Reservations.h"
#include "server/revisions/Keeper.h"
#include "shared/api/Events.h"

#include <QJsonDocument>

namespace viaduct::face {

namespace {
constexpr std::chrono::minutes maintenanceInterval{10};

api::Time now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// The document is the same for every call.
void addOpenApi(Router& router) {
    router.on(api::operation::showOpenApi, [](const Call&, const auto&, const auto& reply) {
        static const auto document = std::make_shared<const std::string>(
            QJsonDocument(api::openApi()).toJson(QJsonDocument::Compact).toStdString());
        reply.respond(http::Response::json(200, document));
    });
}
} // namespace

ApiFace::ApiFace(const Rooms& rooms, QObject* parent)
    : QObject(parent), m_meter(rooms.broker), m_forecasts(rooms.broker, rooms.store),
      m_health(rooms.broker, rooms.registry, rooms.store, m_meter, m_forecasts),
      m_events(rooms.broker, rooms.registry, m_meter, m_health), m_checkup(rooms.databaseFile),
      m_router(rooms.staff, now) {
    const Views views{rooms.broker, rooms.registry, rooms.reservations, rooms.store, m_meter,
                      m_forecasts,  m_health};
    addPeople(m_router, rooms.staff);
    addRequests(m_router, rooms.registry);
    addAccounts(m_router, rooms.registry, [this](api::VoucherCreated& made) {
        const auto sheet = m_sheet ? m_sheet(made) : std::pair<QString, api::Time>();
        if (sheet.first.isEmpty())
            return;
        made.voucher.sheetUrl = sheet.first;
        made.voucher.sheetUntil = sheet.second;
    });
    addConfigurations(m_router, rooms.keeper);
    addTunnels(m_router, views);
    addPools(m_router, views);
    addPast(m_router, views, m_checkup);
    addReports(m_router, views);
    addHealth(m_router, views);
    addEvents(m_router, m_events);
    addOpenApi(m_router);
    m_events.setKeepSeat([&staff = rooms.staff](const std::string& seat) { staff.keepSeat(seat, now()); });
    connect(&rooms.staff, &broker::Staff::ended, &m_events, &EventHub::endSeat);
    connect(&rooms.keeper, &revisions::Keeper::changed, this, [this](const api::ConfigurationState& state) {
        m_events.tell(api::event::ConfigurationChanged{state});
    });
    connect(&m_maintenance, &QTimer::timeout, this, [this] { m_router.maintain(); });
    m_maintenance.start(maintenanceInterval);
}

} // namespace viaduct::face
