// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Gate.h"

#include "shared/net/Prefix.h"

#include <algorithm>
#include <utility>

namespace viaduct::http {

Gate::Gate(const Limits& limits, std::function<void(int)> cut) : m_limits(limits), m_cut(std::move(cut)) { }

bool Gate::admit(const IpAddress& from) {
    const std::lock_guard lock(m_mutex);
    const IpAddress site = siteOf(from);
    const auto ofSite = m_bySite.find(site);
    if (ofSite != m_bySite.end() && ofSite->second >= m_limits.connectionsPerSite && !makeRoom(&site))
        return false;
    return m_count < m_limits.connections || makeRoom(nullptr);
}

void Gate::opened(int descriptor, const IpAddress& from, TimePoint now) {
    const std::lock_guard lock(m_mutex);
    const IpAddress site = siteOf(from);
    m_connections.push_back({descriptor, site, Phase::Silent, now + m_limits.requestTime});
    m_byDescriptor[descriptor] = std::prev(m_connections.end());
    ++m_bySite[site];
    ++m_count;
}

void Gate::closed(int descriptor) {
    const std::lock_guard lock(m_mutex);
    const auto found = m_byDescriptor.find(descriptor);
    if (found == m_byDescriptor.end())
        return;
    if (found->second->phase != Phase::Cut)
        forget(found->second->site);
    m_connections.erase(found->second);
    m_byDescriptor.erase(found);
}

void Gate::setBusy(int descriptor, std::optional<TimePoint> deadline) {
    const std::lock_guard lock(m_mutex);
    if (Connection* const connection = find(descriptor)) {
        connection->phase = Phase::Busy;
        connection->deadline = deadline;
    }
}

void Gate::setIdle(int descriptor, TimePoint now) {
    const std::lock_guard lock(m_mutex);
    if (Connection* const connection = find(descriptor)) {
        connection->phase = Phase::Idle;
        connection->deadline = now + m_limits.idleTime + m_limits.requestTime;
    }
}

void Gate::cutLate(TimePoint now) {
    const std::lock_guard lock(m_mutex);
    for (Connection& connection : m_connections)
        if (connection.phase != Phase::Cut && connection.deadline && *connection.deadline <= now)
            cutOff(connection);
}

void Gate::cut(int descriptor) {
    const std::lock_guard lock(m_mutex);
    if (Connection* const connection = find(descriptor))
        cutOff(*connection);
}

std::size_t Gate::connections() const {
    const std::lock_guard lock(m_mutex);
    return m_count;
}

/// Cuts the oldest that has asked nothing, else the oldest that has nothing to ask; of `site` when given.
bool Gate::makeRoom(const IpAddress* site) {
    for (const Phase phase : {Phase::Silent, Phase::Idle}) {
        const auto victim = std::ranges::find_if(m_connections, [&](const Connection& connection) {
            return connection.phase == phase && (site == nullptr || connection.site == *site);
        });
        if (victim != m_connections.end()) {
            cutOff(*victim);
            return true;
        }
    }
    return false;
}

void Gate::cutOff(Connection& connection) {
    forget(connection.site);
    connection.phase = Phase::Cut;
    m_cut(connection.descriptor);
}

void Gate::forget(const IpAddress& site) {
    --m_count;
    const auto ofSite = m_bySite.find(site);
    if (--ofSite->second == 0)
        m_bySite.erase(ofSite);
}

/// Nothing for one that has been cut.
Gate::Connection* Gate::find(int descriptor) {
    const auto found = m_byDescriptor.find(descriptor);
    return found == m_byDescriptor.end() || found->second->phase == Phase::Cut ? nullptr : &*found->second;
}

} // namespace viaduct::http
