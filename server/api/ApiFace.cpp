// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/ApiFace.h"

#include "server/api/Groups.h"

namespace viaduct::face {

namespace {
constexpr std::chrono::minutes maintenanceInterval{10};

api::Time now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}
} // namespace

ApiFace::ApiFace(const Rooms& rooms, QObject* parent) : QObject(parent), m_router(rooms.staff, now) {
    addPeople(m_router, rooms.staff);
    addRequests(m_router, rooms.registry);
    addAccounts(m_router, rooms.registry);
    connect(&m_maintenance, &QTimer::timeout, this, [this] { m_router.maintain(); });
    m_maintenance.start(maintenanceInterval);
}

} // namespace viaduct::face
