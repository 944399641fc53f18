// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/UsageMeter.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
std::int64_t bounded(std::uint64_t value) {
    return static_cast<std::int64_t>(std::min(value, std::uint64_t{store::Usage::most}));
}

std::uint64_t grown(std::uint64_t before, std::uint64_t after) {
    return after > before ? after - before : 0;
}
} // namespace

event::Traffic trafficOf(const dataplane::TunnelCounters& counters) {
    const auto read
        = [](const std::atomic<std::uint64_t>& counter) { return counter.load(std::memory_order_relaxed); };
    return {
        read(counters.packetsIn), read(counters.bytesIn), read(counters.packetsOut), read(counters.bytesOut),
        read(counters.droppedSource) + read(counters.droppedReflected) + read(counters.droppedTooBig)
            + read(counters.droppedHopLimit) + read(counters.droppedMalformed) + read(counters.droppedSilent)
            + read(counters.droppedRate) + read(counters.droppedQuota)};
}

void UsageMeter::read(const store::Tunnel& tunnel, const event::Traffic& traffic, std::chrono::seconds up) {
    event::Traffic& before = m_read[tunnel.id];
    add(tunnel.holder,
        {grown(before.packetsIn, traffic.packetsIn), grown(before.bytesIn, traffic.bytesIn),
         grown(before.packetsOut, traffic.packetsOut), grown(before.bytesOut, traffic.bytesOut),
         grown(before.dropped, traffic.dropped)},
        up);
    before = traffic;
}

void UsageMeter::end(const store::Tunnel& tunnel, const event::Traffic& traffic) {
    read(tunnel, traffic, std::chrono::seconds{0});
    m_read.erase(tunnel.id);
}

void UsageMeter::add(const store::Holder& holder, const event::Traffic& more, std::chrono::seconds up) {
    const bool idle = more == event::Traffic() && up.count() == 0;
    if (idle)
        return;
    store::Usage& usage = m_usage[holder];
    const auto grow
        = [](std::int64_t& sum, std::int64_t amount) { sum = std::min(sum + amount, store::Usage::most); };
    grow(usage.packetsIn, bounded(more.packetsIn));
    grow(usage.bytesIn, bounded(more.bytesIn));
    grow(usage.packetsOut, bounded(more.packetsOut));
    grow(usage.bytesOut, bounded(more.bytesOut));
    grow(usage.drops, bounded(more.dropped));
    grow(usage.secondsUp, up.count());
    m_month[holder] += bounded(more.bytesIn) + bounded(more.bytesOut);
}

std::vector<store::Change> UsageMeter::take(store::Day day, std::size_t limit) {
    std::vector<store::Change> changes;
    while (changes.size() < limit && !m_usage.empty()) {
        const auto first = m_usage.begin();
        changes.emplace_back(store::change::AddUsage{day, first->first, first->second});
        m_usage.erase(first);
    }
    return changes;
}

std::int64_t UsageMeter::monthBytes(const store::Holder& holder) const {
    const auto found = m_month.find(holder);
    return found == m_month.end() ? 0 : found->second;
}

std::int64_t UsageMeter::unreadBytes(std::int64_t tunnel, const event::Traffic& traffic) const {
    const auto found = m_read.find(tunnel);
    const event::Traffic before = found == m_read.end() ? event::Traffic() : found->second;
    return bounded(grown(before.bytesIn, traffic.bytesIn))
        + bounded(grown(before.bytesOut, traffic.bytesOut));
}

void UsageMeter::beginMonth(int month) {
    if (month == m_monthNumber)
        return;
    m_monthNumber = month;
    m_month.clear();
}

void UsageMeter::forget(const store::Holder& holder) {
    m_usage.erase(holder);
    m_month.erase(holder);
}

} // namespace viaduct::broker
