// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/tsp/UdpFace.h"

#include <algorithm>

namespace viaduct::face {

namespace {
using std::chrono::seconds;

/// Mappings remembered at a time; about 1 kB each.
constexpr std::size_t mostSlots = 65536;
/// How long each stage may be silent. The clients repeat a VERSION for 6 s and anything later for 66 s.
constexpr std::array<seconds, 4> patience{seconds{10}, seconds{70}, seconds{70}, seconds{70}};

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

UdpFace::UdpFace(broker::Broker& broker, std::function<void(dataplane::SignallingDatagram)> send)
    : m_broker(broker), m_send(std::move(send)) { }

void UdpFace::receive(const dataplane::SignallingDatagram& datagram, Clock::time_point now) {
    const auto server = m_servers.find(datagram.local);
    if (server == m_servers.end() || datagram.bytes.size() < headerLength)
        return;
    if (auto echo = tsp::answerToEcho(datagram.bytes))
        return m_send({datagram.local, datagram.remote, std::move(*echo)});

    const Key key{datagram.remote, datagram.local};
    const auto known = m_slots.find(key);
    Slot* slot = known == m_slots.end() ? nullptr : &known->second;
    const bool opens = !slot;
    if (opens && tsp::startsSession(datagram.bytes))
        slot = &open(key, server->second);
    if (!slot)
        return;
    const auto dialogue = choose(key, *slot, server->second, datagram.bytes);
    dialogue->receive(datagram.bytes);
    if (dialogue == slot->pending)
        return;
    move(
        key, *slot,
        dialogue->isFinished()            ? Over
            : dialogue->isAuthenticated() ? Authenticated
            : opens                       ? Fresh
                                          : std::max(slot->stage, Continued),
        now);
}

void UdpFace::expire(Clock::time_point now) {
    for (std::size_t stage = 0; stage < stageCount; ++stage) {
        auto& order = m_order[stage];
        while (!order.empty()) {
            const auto oldest = m_slots.find(order.front());
            if (now - oldest->second.touched < patience[stage])
                break;
            forget(oldest);
        }
    }
}

UdpFace::Slot& UdpFace::open(const Key& key, const Server& server) {
    // Whoever forges an address must not lock its owner out: the oldest gives way, not the newest.
    const auto site = m_unfinishedBySite.find(siteOf(key.remote.address));
    if (site != m_unfinishedBySite.end() && site->second.size() >= server.sessionsPerAddress)
        forget(m_slots.find(site->second.front()));
    if (m_slots.size() >= mostSlots)
        makeRoom();
    Slot& slot = m_slots[key];
    slot.place = m_order[Fresh].insert(m_order[Fresh].end(), key);
    auto& unfinished = m_unfinishedBySite[siteOf(key.remote.address)];
    slot.sitePlace = unfinished.insert(unfinished.end(), key);
    return slot;
}

std::shared_ptr<Dialogue> UdpFace::makeDialogue(const Key& key, const Server& server, std::string nonce) {
    Hands hands;
    hands.send = [this, key](std::string bytes) { m_send({key.local, key.remote, std::move(bytes)}); };
    hands.sendAfterGap = hands.send; // datagrams are never read together
    hands.close = [] {}; // the last answer stays here for repetitions, until expire()
    const broker::Caller caller{server.name, Transport::Udp, key.local, key.remote, {}};
    return std::make_shared<Dialogue>(
        m_broker, caller, server.policy, std::move(nonce), std::move(hands), m_broker.refusal(caller));
}

std::shared_ptr<Dialogue>
UdpFace::choose(const Key& key, Slot& slot, const Server& server, std::string_view bytes) {
    const std::size_t received = fingerprint(bytes);
    if (slot.current && received == slot.lastReceived)
        return slot.current;
    if (tsp::startsSession(bytes) && slot.current && slot.stage != Fresh) {
        // The nonce stays while a login is under way: if this VERSION= is only a late one, nothing is
        // disturbed by it.
        const bool underWay = !slot.current->isAuthenticated() && !slot.current->isFinished();
        slot.pending = makeDialogue(key, server, underWay ? slot.current->nonce() : makeNonce());
        slot.pendingSequence = bytes.substr(0, sequenceLength);
        return slot.pending;
    }
    if (tsp::startsSession(bytes))
        slot.current = makeDialogue(key, server, makeNonce());
    else if (slot.pending && follows(bytes, slot.pendingSequence))
        slot.current = std::exchange(slot.pending, nullptr);
    slot.lastReceived = received;
    return slot.current;
}

void UdpFace::move(const Key& key, Slot& slot, Stage stage, Clock::time_point now) {
    auto& unfinished = m_unfinishedBySite[siteOf(key.remote.address)];
    if (slot.stage == Over && stage != Over)
        slot.sitePlace = unfinished.insert(unfinished.end(), key);
    else if (slot.stage != Over && stage == Over)
        unfinished.erase(slot.sitePlace);
    else if (stage != Over)
        unfinished.splice(unfinished.end(), unfinished, slot.sitePlace);
    if (unfinished.empty())
        m_unfinishedBySite.erase(siteOf(key.remote.address));
    m_order[stage].splice(m_order[stage].end(), m_order[slot.stage], slot.place);
    slot.stage = stage;
    slot.touched = now;
}

void UdpFace::forget(Slots::iterator slot) {
    move(slot->first, slot->second, Over, {});
    m_order[Over].erase(slot->second.place);
    m_slots.erase(slot);
}

void UdpFace::makeRoom() {
    for (const Stage stage : {Over, Fresh, Continued, Authenticated}) {
        if (!m_order[stage].empty())
            return forget(m_slots.find(m_order[stage].front()));
    }
}

} // namespace viaduct::face
