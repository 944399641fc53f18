// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/RateMeter.h"

#include <algorithm>

namespace viaduct::face {

namespace {
using Clock = std::chrono::steady_clock;

constexpr std::size_t slices = 10;
constexpr std::chrono::milliseconds sliceInterval{100};
/// Two readings closer to each other say little.
constexpr std::chrono::milliseconds shortest{500};
constexpr std::chrono::seconds slopesFresh{1};

std::int64_t load(const std::atomic<std::uint64_t>& counter) {
    return static_cast<std::int64_t>(counter.load(std::memory_order_relaxed));
}

std::int64_t bitsPerSecond(std::int64_t bytes, Clock::duration time) {
    const double seconds = std::chrono::duration<double>(time).count();
    return static_cast<std::int64_t>(static_cast<double>(bytes) * 8 / seconds);
}

IpAddress lastOf(const Prefix& prefix) {
    const int hostBits = prefix.width() - prefix.length();
    const Uint128 hosts = hostBits == 128 ? ~Uint128{0} : (Uint128{1} << hostBits) - 1;
    return IpAddress::fromNumber(prefix.address().number() | hosts);
}
} // namespace

api::Traffic trafficView(const dataplane::TunnelCounters& counters) {
    return {
        load(counters.packetsIn), load(counters.bytesIn), load(counters.packetsOut), load(counters.bytesOut)};
}

api::Drops dropsView(const dataplane::TunnelCounters& counters) {
    api::Drops drops;
    drops.source = load(counters.droppedSource);
    drops.reflected = load(counters.droppedReflected);
    drops.tooBig = load(counters.droppedTooBig);
    drops.hopLimit = load(counters.droppedHopLimit);
    drops.malformed = load(counters.droppedMalformed);
    drops.rate = load(counters.droppedRate);
    drops.quota = load(counters.droppedQuota);
    return drops;
}

std::optional<api::Time> lastSeen(const dataplane::TunnelCounters& counters) {
    const std::int64_t seen = counters.lastSeen.load(std::memory_order_relaxed);
    if (seen == 0 || load(counters.packetsIn) == 0)
        return std::nullopt;
    const auto ago = std::chrono::floor<std::chrono::milliseconds>(Clock::now().time_since_epoch())
        - std::chrono::milliseconds(seen);
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) - ago;
}

RateMeter::RateMeter(broker::Broker& broker, QObject* parent) : QObject(parent), m_broker(broker) {
    for (const auto& [id, active] : m_broker.tunnels())
        add(active.tunnel);
    connect(&m_broker, &broker::Broker::happened, this, &RateMeter::noteHappened);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        read((m_entries.size() + slices - 1) / slices, Clock::now());
    });
    m_timer.start(sliceInterval);
}

void RateMeter::noteHappened(const broker::Event& event) {
    if (const auto* up = std::get_if<broker::event::TunnelUp>(&event))
        add(up->tunnel);
    else if (const auto* down = std::get_if<broker::event::TunnelDown>(&event))
        remove(down->tunnel.id);
}

void RateMeter::add(const store::Tunnel& tunnel) {
    const auto active = m_broker.tunnels().find(tunnel.id);
    if (active == m_broker.tunnels().end() || m_places.contains(tunnel.id))
        return; // it has gone before it was told that it is up: that comes next
    if (const auto before = m_byHolder.find(tunnel.holder); before != m_byHolder.end()) {
        const std::int64_t gone = before->second;
        remove(gone);
        Q_EMIT replaced(gone, tunnel.holder);
    }
    m_places[tunnel.id] = m_entries.size();
    m_byHolder[tunnel.holder] = tunnel.id;
    m_entries.push_back({tunnel, active->second.counters, {}, {}, {}, Clock::now(), false});
}

void RateMeter::remove(std::int64_t tunnel) {
    const auto found = m_places.find(tunnel);
    if (found == m_places.end())
        return;
    const std::size_t place = found->second;
    count(m_entries[place]);
    setRates(m_entries[place], {});
    const auto holder = m_byHolder.find(m_entries[place].tunnel.holder);
    if (holder != m_byHolder.end() && holder->second == tunnel)
        m_byHolder.erase(holder);
    m_places.erase(found);
    if (place + 1 < m_entries.size()) {
        m_entries[place] = std::move(m_entries.back());
        m_places[m_entries[place].tunnel.id] = place;
    }
    m_entries.pop_back();
}

void RateMeter::read(std::size_t number, Clock::time_point now) {
    for (std::size_t i = 0; i < std::min(number, m_entries.size()); ++i) {
        m_next = m_next < m_entries.size() ? m_next : 0;
        read(m_entries[m_next++], now);
    }
}

void RateMeter::read(Entry& entry, Clock::time_point now) {
    const auto time = now - entry.readAt;
    if (time < shortest)
        return;
    const api::Traffic before = entry.read;
    const api::Drops dropsBefore = entry.dropsRead;
    count(entry);
    entry.readAt = now;
    const api::Rates rates{
        bitsPerSecond(entry.read.bytesIn - before.bytesIn, time),
        bitsPerSecond(entry.read.bytesOut - before.bytesOut, time)};
    const bool moved = entry.read != before || entry.dropsRead != dropsBefore || rates != entry.rates;
    setRates(entry, rates);
    if (moved && !entry.isChanged) {
        entry.isChanged = true;
        m_changed.push_back(entry.tunnel.id);
    }
}

/// What it carried since it was last read goes to the sums.
void RateMeter::count(Entry& entry) {
    const api::Traffic now = trafficView(*entry.counters);
    const api::Drops drops = dropsView(*entry.counters);
    m_traffic.packetsIn += now.packetsIn - entry.read.packetsIn;
    m_traffic.bytesIn += now.bytesIn - entry.read.bytesIn;
    m_traffic.packetsOut += now.packetsOut - entry.read.packetsOut;
    m_traffic.bytesOut += now.bytesOut - entry.read.bytesOut;
    m_drops.source += drops.source - entry.dropsRead.source;
    m_drops.reflected += drops.reflected - entry.dropsRead.reflected;
    m_drops.tooBig += drops.tooBig - entry.dropsRead.tooBig;
    m_drops.hopLimit += drops.hopLimit - entry.dropsRead.hopLimit;
    m_drops.malformed += drops.malformed - entry.dropsRead.malformed;
    m_drops.rate += drops.rate - entry.dropsRead.rate;
    m_drops.quota += drops.quota - entry.dropsRead.quota;
    entry.read = now;
    entry.dropsRead = drops;
}

void RateMeter::setRates(Entry& entry, const api::Rates& rates) {
    m_rates.in += rates.in - entry.rates.in;
    m_rates.out += rates.out - entry.rates.out;
    entry.rates = rates;
}

api::Rates RateMeter::rates(std::int64_t tunnel) const {
    const auto found = m_places.find(tunnel);
    return found == m_places.end() ? api::Rates{} : m_entries[found->second].rates;
}

api::Traffic RateMeter::traffic() const {
    return m_traffic;
}

api::Drops RateMeter::drops() const {
    return m_drops;
}

std::vector<std::int64_t> RateMeter::takeChanged(std::size_t most) {
    std::vector<std::int64_t> taken;
    while (!m_changed.empty() && taken.size() < most) {
        const std::int64_t id = m_changed.front();
        m_changed.pop_front();
        const auto found = m_places.find(id);
        if (found == m_places.end())
            continue;
        m_entries[found->second].isChanged = false;
        taken.push_back(id);
    }
    return taken;
}

std::int64_t RateMeter::rateWithin(const Prefix& part) {
    if (Clock::now() - m_slopesAt > slopesFresh)
        sortSlopes();
    const auto upTo = [this](const auto& place) {
        return place == m_slopes.begin() ? std::int64_t{0} : std::prev(place)->rate;
    };
    const auto first = std::lower_bound(
        m_slopes.begin(), m_slopes.end(), part.address(),
        [](const Slope& slope, const IpAddress& address) { return slope.address < address; });
    const auto behind = std::upper_bound(
        first, m_slopes.end(), lastOf(part),
        [](const IpAddress& address, const Slope& slope) { return address < slope.address; });
    return upTo(behind) - upTo(first);
}

void RateMeter::sortSlopes() {
    m_slopesAt = Clock::now();
    m_slopes.clear();
    for (const Entry& entry : m_entries) {
        const std::int64_t rate = entry.rates.in + entry.rates.out;
        if (rate == 0)
            continue;
        m_slopes.push_back({entry.tunnel.innerClient, rate});
        if (entry.tunnel.delegated)
            m_slopes.push_back({entry.tunnel.delegated->address(), rate});
    }
    std::sort(m_slopes.begin(), m_slopes.end(), [](const Slope& a, const Slope& b) {
        return a.address < b.address;
    });
    std::int64_t sum = 0;
    for (Slope& slope : m_slopes)
        slope.rate = sum += slope.rate;
}

} // namespace viaduct::face
