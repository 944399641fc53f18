// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/RateLimit.h"

#include <algorithm>

namespace viaduct::credentials {

namespace {
constexpr int networkLengthV6 = 48; // RFC 6177: what a site gets at the most
constexpr int networkLengthV4 = 24; // the longest prefix that is routed on its own

Debt charged(const Debt& debt, const RateLimit::Bucket& bucket, Moment now) {
    const Moment clearAt = std::max(debt.clearAt, now) + bucket.interval;
    return {clearAt, clearAt - (bucket.burst - 1) * bucket.interval};
}
} // namespace

RateLimit::RateLimit(const Policy& policy)
    : m_policy(policy), m_addresses(policy.capacity, DebtTable::WhenFull::Forget),
      m_networks(policy.capacity, DebtTable::WhenFull::Forget) { }

Permission RateLimit::take(const IpAddress& address, Moment now) {
    const DebtTable::Key near{{}, addressKey(address)};
    const DebtTable::Key wide{{}, addressKey(address, networkLengthV6, networkLengthV4)};
    const Debt ofAddress = m_addresses.of(near);
    const Debt ofNetwork = m_networks.of(wide);
    const Moment until = std::max(ofAddress.waitUntil, ofNetwork.waitUntil);
    if (now < until)
        return {false, until};
    m_addresses.set(near, charged(ofAddress, m_policy.address, now), now);
    m_networks.set(wide, charged(ofNetwork, m_policy.network, now), now);
    return {};
}

} // namespace viaduct::credentials
