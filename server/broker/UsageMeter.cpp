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

void addUp(store::Usage& sum, const store::Usage& more) {
    for (const auto member :
         {&store::Usage::packetsIn, &store::Usage::bytesIn, &store::Usage::packetsOut,
          &store::Usage::bytesOut, &store::Usage::drops, &store::Usage::secondsUp})
        sum.*member = std::min(sum.*member + more.*member, store::Usage::most);
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
    store::Usage amount;
    amount.packetsIn = bounded(more.packetsIn);
    amount.bytesIn = bounded(more.bytesIn);
    amount.packetsOut = bounded(more.packetsOut);
    amount.bytesOut = bounded(more.bytesOut);
    amount.drops = bounded(more.dropped);
    amount.secondsUp = up.count();
    addUp(m_usage[holder], amount);
    m_month[holder] += bounded(more.bytesIn) + bounded(more.bytesOut);
}

std::vector<UsageMeter::Line> UsageMeter::take(std::size_t limit, const std::set<store::Holder>& but) {
    std::vector<Line> lines;
    for (auto each = m_usage.begin(); each != m_usage.end() && lines.size() < limit;) {
        if (but.contains(each->first)) {
            ++each;
            continue;
        }
        lines.push_back({each->first, each->second});
        each = m_usage.erase(each);
    }
    return lines;
}

std::optional<UsageMeter::Line> UsageMeter::take(const store::Holder& holder) {
    const auto found = m_usage.find(holder);
    if (found == m_usage.end())
        return std::nullopt;
    Line line{found->first, found->second};
    m_usage.erase(found);
    return line;
}

void UsageMeter::giveBack(const std::vector<Line>& lines) {
    for (const Line& line : lines)
        addUp(m_usage[line.holder], line.usage);
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
