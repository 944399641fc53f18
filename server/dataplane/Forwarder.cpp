// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dataplane/Forwarder.h"

#include "shared/net/KeyedHash.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace viaduct::dataplane {

using tunnel::IcmpError;
using tunnel::PacketHeader;

namespace {

// ICMP errors a second (RFC 4443, 2.4 (f) leaves the numbers to us). One tunnel: path MTU discovery of a busy
// site and a few traceroutes. The device: scans of unused addresses must not cost more than they are worth.
constexpr std::int64_t tunnelErrorsPerSecond = 100;
constexpr std::int64_t deviceErrorsPerSecond = 1000;

// Of a limited tunnel: a quarter of a second passes at once, so that a sender which is not smooth reaches its
// rate, and at a low rate a window of TCP's first packets (RFC 6928: ten).
constexpr std::int64_t burstsPerSecond = 4;
constexpr std::int64_t burstPackets = 10;
/// bit/s; what is above is no limit to any machine, and the products of the bucket stay far from overflow.
constexpr std::int64_t fastest = 1'000'000'000'000;

std::int64_t bits(std::size_t bytes) {
    return static_cast<std::int64_t>(bytes) * 8;
}

std::optional<TokenBucket> bucketFor(std::int64_t rate, int mtu) {
    if (rate <= 0)
        return std::nullopt;
    rate = std::min(rate, fastest);
    return TokenBucket(
        rate, std::max(rate / burstsPerSecond, burstPackets * bits(static_cast<std::size_t>(mtu))));
}

// Below this the table is in the processor's cache anyway (measured: bench-forward).
constexpr std::size_t fewTunnels = 2000;
constexpr std::size_t cacheLine = 64;

/// IPv4 addresses that no packet on the Internet has.
bool isMartianV4(std::uint32_t address) {
    return address >> 24 == 0 || address >> 28 == 0xF;
}

/// Addresses inside 6to4 that only an attacker would use (RFC 3964, 5.3.1).
bool isBadEmbedded(std::uint32_t address) {
    return isMartianV4(address) || !IpAddress::v4(address).isUnicast() || address >> 24 == 10
        || address >> 20 == 0xAC1 || address >> 16 == 0xC0A8;
}

/// Neither end of a routed packet may have such an address.
bool isMartian(const IpAddress& address) {
    if (!address.isUnicast())
        return true;
    if (address.isV4())
        return isMartianV4(address.v4Value());
    const Uint128 number = address.number();
    if (number >> 112 == 0x2002) // 6to4
        return isBadEmbedded(static_cast<std::uint32_t>(number >> 80));
    return number >> 32 == 0; // IPv4-compatible, obsolete (RFC 4291, 2.5.5.1)
}

/// An IPv4 packet that may be fragmented goes into its tunnel at any length: RFC 2473, 7.2 (b) has the outer
/// packet fragmented.
bool mayFragmentOutside(const PacketHeader& header, tunnel::PacketView packet) {
    constexpr std::uint8_t dontFragment = 0x40;
    return header.version == 4 && (packet[6] & dontFragment) == 0;
}

Prefix single(const IpAddress& address) {
    return Prefix(address, 128);
}

OuterKey outerKey(const TunnelEntry& entry) {
    OuterKey key{entry.mode, entry.outerLocal, entry.outerRemote};
    if (entry.mode != TunnelMode::V6udpv4) {
        key.local.port = 0;
        key.remote.port = 0;
    }
    return key;
}

int innerVersion(TunnelMode mode) {
    return mode == TunnelMode::V4v6 ? 4 : 6;
}

Verdict toDevice(tunnel::PacketView packet) {
    return {Verdict::To::Device, nullptr, packet, {}};
}

/// What the entry claims for its client. A static tunnel may have no inner pair.
std::vector<Prefix> claims(const TunnelEntry& entry) {
    std::vector<Prefix> all = entry.prefixes;
    if (!entry.innerClient.isUnspecified())
        all.push_back(single(entry.innerClient));
    return all;
}

} // namespace

std::size_t OuterKeyHash::operator()(const OuterKey& key) const noexcept {
    const auto [localHigh, localLow] = key.local.address.words();
    const auto [remoteHigh, remoteLow] = key.remote.address.words();
    const std::uint64_t rest = std::uint64_t{key.local.port} << 32 | std::uint64_t{key.remote.port} << 16
        | static_cast<std::uint64_t>(key.mode);
    return keyedHash(std::array{localHigh, localLow, remoteHigh, remoteLow, rest});
}

Forwarder::Tunnel::Tunnel(const TunnelEntry& row)
    : outer(outerKey(row)), innerServer(row.innerServer), innerClient(row.innerClient),
      firstPrefix(row.prefixes.empty() ? single(row.innerClient) : row.prefixes.front()),
      mtu(static_cast<std::uint32_t>(row.mtu)), silence(row.silence.count()), meters(metersFor(row)),
      errors(tunnelErrorsPerSecond, tunnelErrorsPerSecond), entry(row) {
    if (!entry.counters)
        entry.counters = std::make_shared<TunnelCounters>();
    counters = entry.counters.get();
}

bool Forwarder::Tunnel::owns(const IpAddress& address) const {
    const auto contains = [&](const Prefix& prefix) { return prefix.contains(address); };
    return address == innerClient || contains(firstPrefix)
        || (entry.prefixes.size() > 1 && std::ranges::any_of(entry.prefixes, contains));
}

bool Forwarder::Tunnel::isAt(const TunnelEntry& row) const {
    return outer == outerKey(row) && innerServer == row.innerServer && innerClient == row.innerClient
        && entry.prefixes == row.prefixes;
}

/// While packets flow: who is put again has no second burst.
void Forwarder::Tunnel::adjust(const TunnelEntry& row) {
    auto changed = metersFor(row);
    if (changed && meters && row.mtu == entry.mtu) {
        if (row.limits.rateIn == entry.limits.rateIn)
            changed->in = meters->in;
        if (row.limits.rateOut == entry.limits.rateOut)
            changed->out = meters->out;
    }
    meters = std::move(changed);
    mtu = static_cast<std::uint32_t>(row.mtu);
    silence = row.silence.count();
    const auto before = entry.counters;
    entry = row;
    if (!entry.counters)
        entry.counters = before;
    counters = entry.counters.get();
}

std::unique_ptr<Forwarder::Meters> Forwarder::metersFor(const TunnelEntry& entry) {
    const TunnelLimits& limits = entry.limits;
    if (limits == TunnelLimits())
        return nullptr;
    auto meters = std::make_unique<Meters>();
    meters->quotaUsedUp = limits.quotaUsedUp;
    meters->in = bucketFor(limits.rateIn, entry.mtu);
    meters->out = bucketFor(limits.rateOut, entry.mtu);
    return meters;
}

Forwarder::Forwarder(PathCounters& counters)
    : m_counters(counters), m_deviceErrors(deviceErrorsPerSecond, deviceErrorsPerSecond) { }

void Forwarder::put(const TunnelEntry& entry) {
    if (const auto known = m_byId.find(entry.id); known != m_byId.end() && at(known->second).isAt(entry))
        return at(known->second).adjust(entry);
    remove(entry.id);
    if (const auto same = m_byOuter.find(outerKey(entry)))
        release(*same);
    for (const Prefix& claim : claims(entry)) {
        for (const Slot slot : m_byInner.overlapping(claim)) {
            if (m_tunnels[slot]) // may be gone by an earlier claim
                release(slot);
        }
    }
    if (m_free.empty()) {
        m_free.push_back(static_cast<Slot>(m_tunnels.size()));
        m_tunnels.emplace_back();
    }
    const Slot slot = m_free.back();
    m_free.pop_back();
    take(slot, entry);
}

void Forwarder::take(Slot slot, const TunnelEntry& entry) {
    const Tunnel& tunnel = m_tunnels[slot].emplace(entry);
    m_byId[entry.id] = slot;
    m_byOuter.insert(tunnel.outer, slot);
    for (const Prefix& claim : claims(entry))
        m_byInner.insert(claim, slot);
    useServer(entry.innerServer, 1);
}

/// Counts who uses the address: the last one to go takes it along.
void Forwarder::useServer(const IpAddress& address, int users) {
    if (address.isUnspecified())
        return;
    const int total = static_cast<int>(m_servers.find(address).value_or(0)) + users;
    if (total > 0)
        m_servers.insert(single(address), static_cast<std::uint32_t>(total));
    else
        m_servers.erase(single(address));
}

void Forwarder::remove(std::int64_t id) {
    if (const auto found = m_byId.find(id); found != m_byId.end())
        release(found->second);
}

void Forwarder::release(Slot slot) {
    const Tunnel& tunnel = at(slot);
    for (const Prefix& claim : claims(tunnel.entry))
        m_byInner.erase(claim);
    useServer(tunnel.innerServer, -1);
    m_byOuter.erase(tunnel.outer);
    m_byId.erase(tunnel.entry.id);
    m_tunnels[slot].reset();
    m_free.push_back(slot);
}

Forwarder::Tunnel* Forwarder::owner(const IpAddress& inner) {
    const auto slot = m_byInner.find(inner);
    return slot ? &at(*slot) : nullptr;
}

void Forwarder::warm(std::span<const Arrival> arrivals) const {
    if (size() < fewTunnels)
        return;
    arrivals = arrivals.first(std::min(arrivals.size(), warmAtOnce));
    // Each step reads what the step before has sent for.
    std::array<std::optional<IpAddress>, warmAtOnce> destinations;
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
        if (arrivals[i].key != nullptr)
            m_byOuter.prefetch(*arrivals[i].key);
        if (const auto header = tunnel::parsePacket(arrivals[i].packet)) {
            destinations[i] = header->destination;
            m_byInner.prefetch(header->destination);
        }
    }
    std::array<const Tunnel*, 2 * warmAtOnce> rows{};
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
        if (arrivals[i].key != nullptr)
            rows[2 * i] = fetch(m_byOuter.find(*arrivals[i].key));
        if (destinations[i])
            rows[2 * i + 1] = fetch(m_byInner.find(*destinations[i]));
    }
    for (const Tunnel* row : rows) {
        if (row != nullptr)
            __builtin_prefetch(row->counters);
    }
}

const Forwarder::Tunnel* Forwarder::fetch(std::optional<Slot> slot) const {
    if (!slot)
        return nullptr;
    const Tunnel& row = *m_tunnels[*slot];
    // The row's lines before its entry, which no packet needs.
    const char* const end = reinterpret_cast<const char*>(&row.entry);
    for (const char* line = reinterpret_cast<const char*>(&row); line < end; line += cacheLine)
        __builtin_prefetch(line);
    return &row;
}

Verdict Forwarder::fromTunnel(const OuterKey& key, std::span<std::uint8_t> packet, std::int64_t now) {
    const auto found = m_byOuter.find(key);
    if (!found) {
        add(m_counters.unknownOuter);
        return {};
    }
    Tunnel& sender = at(*found);
    TunnelCounters& counters = *sender.counters;
    counters.lastSeen.store(now, std::memory_order_relaxed);
    const auto header = tunnel::parsePacket(packet);
    if (!header || header->version != innerVersion(key.mode)) {
        add(counters.droppedMalformed);
        return {};
    }
    const Passage passage{packet.first(header->length), *header, &sender, now};
    if (sender.meters != nullptr) {
        if (auto held = holdBack(passage))
            return std::move(*held);
    }
    add(counters.packetsIn);
    add(counters.bytesIn, header->length);
    // Router solicitations, MLD and duplicate address detection: normal, and nothing for us to route.
    if (header->source.isLinkLocal() || header->source.isUnspecified()) {
        add(m_counters.discarded);
        return {};
    }
    if (!sender.owns(header->source)) {
        add(counters.droppedSource);
        return {};
    }
    return route(passage);
}

/// By the limits of who sent it. What is for the broker is free, so that the tunnel does not look dead; what
/// is not the client's own is left to the one who counts that.
std::optional<Verdict> Forwarder::holdBack(const Passage& passage) {
    Tunnel& sender = *passage.sender;
    const PacketHeader& header = passage.header;
    if (!sender.owns(header.source) || isServer(header.destination, owner(header.destination)))
        return std::nullopt;
    Meters& meters = *sender.meters;
    if (meters.quotaUsedUp) {
        add(sender.counters->droppedQuota);
        return error(IcmpError::AdministrativelyProhibited, passage, nullptr);
    }
    if (meters.in && !meters.in->take(passage.now, bits(header.length))) {
        add(sender.counters->droppedRate);
        return Verdict{};
    }
    return std::nullopt;
}

bool Forwarder::mayReceive(Tunnel& target, const Passage& passage) {
    Meters& meters = *target.meters;
    if (meters.quotaUsedUp) {
        add(target.counters->droppedQuota);
        return false;
    }
    if (meters.out && !meters.out->take(passage.now, bits(passage.header.length))) {
        add(target.counters->droppedRate);
        return false;
    }
    return true;
}

/// Whether the broker itself is meant. A static tunnel's own end may stand inside the prefix of its site.
bool Forwarder::isServer(const IpAddress& destination, const Tunnel* owner) const {
    return owner != nullptr ? destination == owner->innerServer : m_servers.find(destination).has_value();
}

Verdict Forwarder::fromDevice(std::span<std::uint8_t> packet, std::int64_t now) {
    const auto header = tunnel::parsePacket(packet);
    if (!header || isMartian(header->source)) {
        add(m_counters.discarded);
        return {};
    }
    return route({packet.first(header->length), *header, nullptr, now});
}

Verdict Forwarder::route(const Passage& passage) {
    const IpAddress& destination = passage.header.destination;
    if (isMartian(destination)) {
        add(m_counters.discarded);
        return {};
    }
    Tunnel* target = owner(destination);
    if (isServer(destination, target))
        return toServer(passage);
    if (target != nullptr)
        return intoTunnel(passage, *target);
    // The kernel decrements the hop limit of what it forwards from or to the device: here it stays.
    if (passage.sender != nullptr)
        return toDevice(passage.packet);
    add(m_counters.unknownInner);
    return error(IcmpError::NoRoute, passage, nullptr);
}

Verdict Forwarder::intoTunnel(const Passage& passage, Tunnel& target) {
    TunnelCounters& counters = *target.counters;
    const PacketHeader& header = passage.header;
    if (&target == passage.sender) {
        add(counters.droppedReflected);
        // RFC 4443, 3.1: the code for the wrong end of a point-to-point link.
        return error(IcmpError::AddressUnreachable, passage, &target);
    }
    // Packets between clients never cross the device: from outside in the name of one is forged, so no
    // answer.
    if (passage.sender == nullptr && owner(header.source) != nullptr) {
        add(counters.droppedReflected);
        return {};
    }
    if (target.silence > 0
        && passage.now - counters.lastSeen.load(std::memory_order_relaxed) > target.silence) {
        add(counters.droppedSilent);
        return error(IcmpError::AddressUnreachable, passage, &target);
    }
    if (passage.sender != nullptr && header.hopLimit <= 1) {
        add(passage.sender->counters->droppedHopLimit);
        return error(IcmpError::HopLimitExceeded, passage, &target);
    }
    if (header.length > target.mtu && !mayFragmentOutside(header, passage.packet)) {
        add(counters.droppedTooBig);
        return error(IcmpError::PacketTooBig, passage, &target, target.mtu);
    }
    if (target.meters != nullptr && !mayReceive(target, passage))
        return {};
    if (passage.sender != nullptr)
        tunnel::decrementHopLimit(passage.packet);
    add(counters.packetsOut);
    add(counters.bytesOut, header.length);
    return {Verdict::To::Tunnel, &target.outer, passage.packet, {}};
}

/// The broker's inner addresses answer pings, whatever the state of the device, and nothing else.
Verdict Forwarder::toServer(const Passage& passage) {
    if (auto reply = tunnel::echoReply(passage.packet))
        return answer(passage, std::move(*reply));
    return error(IcmpError::AdministrativelyProhibited, passage, nullptr);
}

Verdict Forwarder::error(IcmpError error, const Passage& passage, Tunnel* target, std::uint32_t value) {
    TokenBucket& bucket = passage.sender != nullptr ? passage.sender->errors
        : target != nullptr                         ? target->errors
                                                    : m_deviceErrors;
    const auto source = errorSource(passage, target);
    if (!source || !bucket.take(passage.now))
        return {};
    auto bytes = tunnel::icmpError(error, passage.packet, *source, value);
    return bytes ? answer(passage, std::move(*bytes)) : Verdict{};
}

/// A router answers from the address that the sender knows it by: that of the tunnel the packet came from. To
/// the Internet the broker is known by its end of the tunnel that the packet goes to.
std::optional<IpAddress> Forwarder::errorSource(const Passage& passage, Tunnel* target) {
    if (m_servers.find(passage.header.destination))
        return passage.header.destination;
    for (const Tunnel* tunnel : {passage.sender, target}) {
        if (tunnel != nullptr && !tunnel->innerServer.isUnspecified())
            return tunnel->innerServer;
    }
    // Any other address of ours tells as well who speaks.
    return m_servers.any(passage.header.version == 4);
}

/// Sends what the broker says back to where the packet came from.
Verdict Forwarder::answer(const Passage& passage, std::vector<std::uint8_t> bytes) {
    Tunnel* target = passage.sender != nullptr ? passage.sender : owner(passage.header.source);
    Verdict verdict{Verdict::To::Device, nullptr, {}, std::move(bytes)};
    verdict.packet = verdict.answer;
    if (target == nullptr)
        return verdict;
    TunnelCounters& counters = *target->counters;
    if (verdict.packet.size() > target->mtu) {
        add(counters.droppedTooBig);
        return {};
    }
    add(counters.packetsOut);
    add(counters.bytesOut, verdict.packet.size());
    verdict.to = Verdict::To::Tunnel;
    verdict.outer = &target->outer;
    return verdict;
}

} // namespace viaduct::dataplane
