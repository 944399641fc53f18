// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/tsp/UdpFace.h"

#include "shared/net/KeyedHash.h"

#include <algorithm>

namespace viaduct::face {

namespace {
using std::chrono::seconds;

/// Mappings remembered at a time; about 1 kB each.
constexpr std::size_t mostSlots = 65536;
/// How long each stage may be silent. The clients repeat a VERSION for 6 s and anything later for 66 s.
constexpr std::array<seconds, 4> patience{seconds{10}, seconds{70}, seconds{70}, seconds{70}};
/// A login that has been silent for so long may give way when there are too many: its client would have
/// repeated itself, unless nothing gets through.
constexpr seconds silence{10};

constexpr std::size_t sequenceLength = 4;
constexpr std::size_t headerLength = 8;

/// What makes a datagram a repetition: its sequence and its payload, but not its time stamp.
std::size_t fingerprint(std::string_view bytes) {
    const std::hash<std::string_view> hash;
    return hash(bytes.substr(0, sequenceLength)) * 31 + hash(bytes.substr(headerLength));
}

std::uint32_t word(std::string_view bytes, bool bigEndian) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < sequenceLength; ++i)
        value = value << 8 | static_cast<std::uint8_t>(bytes[bigEndian ? i : sequenceLength - 1 - i]);
    return value;
}

/// Whether `bytes` is the next message after the one with `sequence`, in network order or (old clients) in
/// the other.
bool follows(std::string_view bytes, std::string_view sequence) {
    return word(bytes, true) == word(sequence, true) + 1 || word(bytes, false) == word(sequence, false) + 1;
}
} // namespace

std::size_t UdpFace::KeyHash::operator()(const Key& key) const noexcept {
    const auto [remoteHigh, remoteLow] = key.remote.address.words();
    const auto [localHigh, localLow] = key.local.address.words();
    const std::uint64_t ports = std::uint64_t{key.remote.port} << 16 | key.local.port;
    return keyedHash(std::array{remoteHigh, remoteLow, localHigh, localLow, ports});
}

UdpFace::UdpFace(
    broker::Broker& broker, FailureMeter& failures, std::function<void(dataplane::SignallingDatagram)> send)
    : m_broker(broker), m_failures(failures), m_send(std::move(send)) { }

void UdpFace::receive(const dataplane::SignallingDatagram& datagram, Clock::time_point now) {
    const auto server = m_servers.find(datagram.local);
    if (server == m_servers.end() || datagram.bytes.size() < headerLength)
        return;
    if (auto echo = tsp::answerToEcho(datagram.bytes))
        return m_send({datagram.local, datagram.remote, std::move(*echo)});

    const Key key{datagram.remote, datagram.local};
    const auto known = m_slots.find(key);
    Slot* slot = known == m_slots.end() ? nullptr : &known->second;
    if (!slot && !tsp::startsSession(datagram.bytes))
        return;
    if (!slot && !(makeRoom(siteOf(key.remote.address), server->second, now) && makeRoom(now)))
        return turnAway(key, server->second, datagram.bytes);
    if (!slot)
        slot = &open(key, now);
    const auto dialogue = choose(key, *slot, server->second, datagram.bytes, now);
    if (!dialogue)
        return;
    dialogue->receive(datagram.bytes);
    move(key, *slot, stageOf(*slot), now);
}

void UdpFace::expire(Clock::time_point now) {
    for (std::size_t stage = 0; stage < stageCount; ++stage) {
        const auto& order = m_orders[stage];
        while (!order.empty()) {
            const auto oldest = m_slots.find(order.front());
            if (now - oldest->second.touched < patience[stage])
                break;
            forget(oldest);
        }
    }
}

UdpFace::Slot& UdpFace::open(const Key& key, Clock::time_point now) {
    Slot& slot = m_slots[key];
    slot.touched = now;
    slot.place = m_orders[Fresh].insert(m_orders[Fresh].end(), key);
    auto& fresh = m_unfinished[siteOf(key.remote.address)][Fresh];
    slot.sitePlace = fresh.insert(fresh.end(), key);
    return slot;
}

/// Busy at VERSION= is the one answer after which the clients wait and come back. It needs no memory.
void UdpFace::turnAway(const Key& key, const Server& server, const std::string& bytes) {
    makeDialogue(key, server, {}, tsp::Refusal{tsp::Status::ServerBusy, {}})->receive(bytes);
}

std::shared_ptr<Dialogue> UdpFace::makeDialogue(
    const Key& key, const Server& server, std::string nonce, std::optional<tsp::Refusal> refusal) {
    Hands hands;
    hands.send = [this, key](std::string bytes) { m_send({key.local, key.remote, std::move(bytes)}); };
    hands.sendAfterGap = hands.send; // datagrams are never read together
    hands.close = [this, key] { closed(key); };
    const broker::Caller caller{server.name, Transport::Udp, key.local, key.remote, {}};
    return std::make_shared<Dialogue>(
        m_broker, m_failures, caller, server.policy, std::move(nonce), std::move(hands),
        refusal ? std::move(refusal) : m_broker.refusal(caller));
}

/// Whom the datagram is for; nobody while the site has too many. The client will repeat it.
std::shared_ptr<Dialogue> UdpFace::choose(
    const Key& key, Slot& slot, const Server& server, std::string_view bytes, Clock::time_point now) {
    const std::size_t received = fingerprint(bytes);
    if (slot.current && received == slot.lastReceived)
        return slot.current;
    if (tsp::startsSession(bytes) && slot.current && slot.stage != Fresh) {
        // The nonce stays while a login is under way: if this VERSION= is only a late one, nothing is
        // disturbed by it.
        const bool underWay = !slot.current->isAuthenticated() && !slot.current->isFinished();
        slot.pending = makeDialogue(key, server, underWay ? slot.current->nonce() : makeNonce(), {});
        slot.pendingSequence = bytes.substr(0, sequenceLength);
        return slot.pending;
    }
    const bool starts = tsp::startsSession(bytes);
    if (starts) {
        slot.current = makeDialogue(key, server, makeNonce(), {});
    } else if (slot.pending && follows(bytes, slot.pendingSequence)) {
        if (slot.stage == Over && !makeRoom(siteOf(key.remote.address), server, now))
            return nullptr;
        slot.current = std::exchange(slot.pending, nullptr);
    }
    slot.continued = !starts;
    slot.lastReceived = received;
    return slot.current;
}

/// The last answer of a dialogue stays here for repetitions, until expire().
void UdpFace::closed(const Key& key) {
    const auto slot = m_slots.find(key);
    if (slot != m_slots.end() && slot->second.current && slot->second.current->isFinished())
        move(key, slot->second, Over, slot->second.touched);
}

UdpFace::Stage UdpFace::stageOf(const Slot& slot) {
    if (slot.current->isFinished())
        return Over;
    if (slot.current->isAuthenticated())
        return Authenticated;
    return slot.continued ? Continued : Fresh;
}

void UdpFace::move(const Key& key, Slot& slot, Stage stage, Clock::time_point now) {
    const IpAddress site = siteOf(key.remote.address);
    Orders& unfinished = m_unfinished[site];
    if (slot.stage == Over && stage != Over)
        slot.sitePlace = unfinished[stage].insert(unfinished[stage].end(), key);
    else if (slot.stage != Over && stage == Over)
        unfinished[slot.stage].erase(slot.sitePlace);
    else if (stage != Over)
        unfinished[stage].splice(unfinished[stage].end(), unfinished[slot.stage], slot.sitePlace);
    if (std::all_of(unfinished.begin(), unfinished.end(), [](const auto& keys) { return keys.empty(); }))
        m_unfinished.erase(site);
    m_orders[stage].splice(m_orders[stage].end(), m_orders[slot.stage], slot.place);
    slot.stage = stage;
    slot.touched = now;
}

void UdpFace::forget(Slots::iterator slot) {
    move(slot->first, slot->second, Over, {});
    m_orders[Over].erase(slot->second.place);
    m_slots.erase(slot);
}

/// For one more dialogue of the site.
bool UdpFace::makeRoom(const IpAddress& site, const Server& server, Clock::time_point now) {
    const auto found = m_unfinished.find(site);
    if (found == m_unfinished.end())
        return true;
    const Orders& unfinished = found->second;
    const std::size_t count
        = unfinished[Fresh].size() + unfinished[Continued].size() + unfinished[Authenticated].size();
    return count < server.sessionsPerAddress || forgetOneOf(unfinished, now);
}

/// For one more mapping.
bool UdpFace::makeRoom(Clock::time_point now) {
    return m_slots.size() < mostSlots || forgetOneOf(m_orders, now);
}

/// Of what is nearly worthless the oldest gives way, not the newest: whoever forges an address must not lock
/// its owner out.
bool UdpFace::forgetOneOf(const Orders& orders, Clock::time_point now) {
    for (const Stage stage : {Over, Fresh, Continued, Authenticated}) {
        if (orders[stage].empty())
            continue;
        const auto oldest = m_slots.find(orders[stage].front());
        const bool underWay = stage == Continued || stage == Authenticated;
        if (underWay && now - oldest->second.touched < silence)
            continue;
        forget(oldest);
        return true;
    }
    return false;
}

} // namespace viaduct::face
