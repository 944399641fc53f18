// SPDX-License-Identifier: GPL-3.0-or-later
// Registry: quotas. What a month may carry is compared with what it did; the broker is told when the one
// passes the other, either way. Nothing of it is stored: usage is, and the limit.
#include "server/broker/Registry.h"

#include <algorithm>

namespace viaduct::broker {

/// Of this month, until now.
std::int64_t Registry::usedBytes(const store::Holder& holder) const {
    const store::Tunnel* tunnel = m_broker.tunnelOf(holder);
    const auto active = tunnel ? m_broker.tunnels().find(tunnel->id) : m_broker.tunnels().end();
    const std::int64_t unread = active == m_broker.tunnels().end()
        ? 0
        : m_usage.unreadBytes(active->first, trafficOf(*active->second.counters));
    return m_usage.monthBytes(holder) + unread;
}

bool Registry::isQuotaUsedUp(const api::Account& kept) const {
    const std::int64_t quota = kept.settings.limits.quotaBytes;
    return quota > 0 && usedBytes("account:" + kept.name.toStdString()) >= quota;
}

/// The next so many of them, in turn: with very many each is looked at less often.
void Registry::judgeQuotas(std::size_t most) {
    std::vector<std::string> changed;
    auto next = m_quotas.upper_bound(m_lastJudged);
    for (std::size_t left = std::min(most, m_quotas.size()); left > 0; --left, ++next) {
        if (next == m_quotas.end())
            next = m_quotas.begin();
        m_lastJudged = next->first;
        const Accounts::Entry* entry = m_accounts.find(next->first);
        const bool isUsedUp = entry && isQuotaUsedUp(entry->value.account);
        if (isUsedUp != next->second)
            changed.push_back(next->first);
        next->second = isUsedUp;
    }
    for (const std::string& id : changed) {
        const Accounts::Entry* entry = m_accounts.find(id);
        if (!entry)
            continue;
        m_broker.putAccount(forBroker(entry->value));
        Q_EMIT m_broker.happened(event::AccountChanged{viewOf(id, *entry), false});
    }
}

} // namespace viaduct::broker
