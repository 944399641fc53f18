// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/tsp/FailureMeter.h"

#include <algorithm>

namespace viaduct::face {

namespace {
constexpr std::chrono::seconds betweenGifts{1};
}

FailureMeter::FailureMeter() : FailureMeter(Limits{}) { }

FailureMeter::FailureMeter(const Limits& limits) : m_limits(limits) { }

std::chrono::milliseconds FailureMeter::wait(const IpAddress& site, Clock::time_point now) const {
    const auto found = m_budgets.find(site);
    const bool spent = found != m_budgets.end() && leftOf(found->second, now) < 1;
    return spent ? m_limits.wait : std::chrono::milliseconds{0};
}

void FailureMeter::failed(const IpAddress& site, Clock::time_point now) {
    forgetTheRecovered(now);
    auto found = m_budgets.find(site);
    if (found == m_budgets.end()) {
        const auto place = m_order.insert(m_order.end(), site);
        found = m_budgets.emplace(site, Budget{m_limits.burst, now, {}, place}).first;
    }
    Budget& budget = found->second;
    budget.left = std::max(leftOf(budget, now) - 1, 0.0);
    budget.counted = now;
    m_order.splice(m_order.end(), m_order, budget.place);
    if (m_budgets.size() > m_limits.sites) {
        m_budgets.erase(m_order.front());
        m_order.pop_front();
    }
}

void FailureMeter::succeeded(const IpAddress& site, Clock::time_point now) {
    const auto found = m_budgets.find(site);
    if (found == m_budgets.end() || now - found->second.given < betweenGifts)
        return;
    Budget& budget = found->second;
    budget.left = std::min(leftOf(budget, now) + 1, m_limits.burst);
    budget.counted = now;
    budget.given = now;
}

double FailureMeter::leftOf(const Budget& budget, Clock::time_point now) const {
    const std::chrono::duration<double> since = now - budget.counted;
    return std::min(budget.left + since.count() * m_limits.perSecond, m_limits.burst);
}

/// A few at a time, so that no call takes long.
void FailureMeter::forgetTheRecovered(Clock::time_point now) {
    for (int some = 0; some < 4 && !m_order.empty(); ++some) {
        const auto oldest = m_budgets.find(m_order.front());
        if (leftOf(oldest->second, now) < m_limits.burst)
            return;
        m_budgets.erase(oldest);
        m_order.pop_front();
    }
}

} // namespace viaduct::face
