// SPDX-License-Identifier: GPL-3.0-or-later
// TSP over UDP: finds the dialogue of each datagram. A mapping (both end points) may have two: the current
// one and one that a later VERSION= has begun, which takes over when it gets on. So neither a late duplicate
// nor a forged datagram can disturb a dialogue, and a client that starts anew from the same port is served.
// When there are too many, those of which nothing but VERSION= is known give way, never a login that goes on.
#pragma once

#include "server/dataplane/Engine.h"
#include "server/tsp/Dialogue.h"

#include <chrono>
#include <list>
#include <unordered_map>

namespace viaduct::face {

/// One TSP server of the configuration, as the faces need it.
struct Server {
    std::string name; ///< of the `tsp` section
    std::shared_ptr<const tsp::ServerPolicy> policy;
    std::size_t sessionsPerAddress = 64;
};

class UdpFace {
public:
    using Clock = std::chrono::steady_clock;

    UdpFace(
        broker::Broker& broker, FailureMeter& failures,
        std::function<void(dataplane::SignallingDatagram)> send);

    /// By local end point. Dialogues under way go on.
    void setServers(std::unordered_map<Endpoint, Server> servers) { m_servers = std::move(servers); }

    void receive(const dataplane::SignallingDatagram& datagram, Clock::time_point now);
    /// Forgets dialogues that nobody has continued, and finished ones whose last answer need not be repeated
    /// any more.
    void expire(Clock::time_point now);

    std::size_t dialogues() const { return m_slots.size(); }

private:
    /// The further a dialogue has got, the more it is worth.
    enum Stage : std::size_t {
        Fresh, ///< VERSION= has come: one datagram, from whomever
        Continued,
        Authenticated,
        Over,
        stageCount
    };

    struct Key {
        Endpoint remote;
        Endpoint local;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };
    /// By stage, the longest untouched first.
    using Orders = std::array<std::list<Key>, stageCount>;
    struct Slot {
        std::shared_ptr<Dialogue> current;
        std::size_t lastReceived = 0; ///< fingerprint of what `current` has got last
        std::shared_ptr<Dialogue> pending; ///< has got VERSION= only
        std::string pendingSequence;
        bool continued = false; ///< `current` has got more than VERSION=
        Stage stage = Fresh;
        Clock::time_point touched;
        std::list<Key>::iterator place; ///< in m_orders
        std::list<Key>::iterator sitePlace; ///< in m_unfinished, unless the stage is Over
    };
    using Slots = std::unordered_map<Key, Slot, KeyHash>;

    Slot& open(const Key& key, Clock::time_point now);
    void turnAway(const Key& key, const Server& server, const std::string& bytes);
    std::shared_ptr<Dialogue> makeDialogue(
        const Key& key, const Server& server, std::string nonce, std::optional<tsp::Refusal> refusal);
    std::shared_ptr<Dialogue>
    choose(const Key& key, Slot& slot, const Server& server, std::string_view bytes, Clock::time_point now);
    void closed(const Key& key);
    static Stage stageOf(const Slot& slot);
    void move(const Key& key, Slot& slot, Stage stage, Clock::time_point now);
    void forget(Slots::iterator slot);
    bool makeRoom(const IpAddress& site, const Server& server, Clock::time_point now);
    bool makeRoom(Clock::time_point now);
    bool forgetOneOf(const Orders& orders, Clock::time_point now);

    broker::Broker& m_broker;
    FailureMeter& m_failures;
    std::function<void(dataplane::SignallingDatagram)> m_send;
    std::unordered_map<Endpoint, Server> m_servers;
    Slots m_slots;
    Orders m_orders;
    std::unordered_map<IpAddress, Orders> m_unfinished; ///< by site, none without a key
};

} // namespace viaduct::face
