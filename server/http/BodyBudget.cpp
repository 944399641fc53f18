// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/BodyBudget.h"

#include "shared/net/Prefix.h"

#include "server/http/Gate.h"

namespace viaduct::http {

BodyBudget::BodyBudget(const Limits& limits)
    : m_free(limits.freeBodyBytes), m_mostInAll(limits.bodyBytesInAll),
      m_mostOfSite(limits.bodyBytesPerSite) { }

std::size_t BodyBudget::counted(std::size_t bodyBytes) const {
    return bodyBytes > m_free ? bodyBytes - m_free : 0;
}

bool BodyBudget::take(const IpAddress& from, std::size_t bytes) {
    if (bytes == 0)
        return true;
    const std::lock_guard lock(m_mutex);
    const IpAddress site = siteOf(from);
    const auto found = m_bySite.find(site);
    const std::size_t ofSite = found == m_bySite.end() ? 0 : found->second;
    if (m_taken + bytes > m_mostInAll || ofSite + bytes > m_mostOfSite)
        return false;
    m_taken += bytes;
    m_bySite[site] = ofSite + bytes;
    return true;
}

void BodyBudget::giveBack(const IpAddress& from, std::size_t bytes) {
    if (bytes == 0)
        return;
    const std::lock_guard lock(m_mutex);
    m_taken -= bytes;
    const auto ofSite = m_bySite.find(siteOf(from));
    if ((ofSite->second -= bytes) == 0)
        m_bySite.erase(ofSite);
}

} // namespace viaduct::http
