// SPDX-License-Identifier: GPL-3.0-or-later
// GET /events: what happens, told to every console that listens (Server-Sent Events; HTML Standard, 9.2).
//
// A stream begins with a snapshot, made in small batches over many turns of the event loop, because packets
// of signalling wait for the same thread. The number of the last event is noted when it begins; each batch
// tells what is true when it is made; at its end come, out of the ring, the events since that number, and
// from then on each event as it happens. Every event holds the whole new state of its object, so that telling
// again what a batch knew already does no harm. A stream that comes back with Last-Event-ID goes on out of
// the ring.
//
// Each event is made into bytes once, and all streams share them. A reader who does not keep up is cut off.
#pragma once

#include "server/api/EventRing.h"
#include "server/broker/Broker.h"

#include <QTimer>

namespace viaduct::broker {
class Registry;
}

namespace viaduct::face {

class HealthMonitor;
class RateMeter;

class EventHub : public QObject {
    Q_OBJECT
public:
    struct Limits {
        std::size_t streams = 64;
        std::size_t streamsPerActor = 8;
        std::size_t ringEvents = 50'000;
        std::size_t ringBytes = std::size_t{32} << 20;
        /// With more than this unread, a snapshot waits for its reader.
        std::size_t unreadBytes = std::size_t{256} << 10;
        std::size_t tunnelsPerTurn = 200; ///< 3 ms
        std::size_t eventsPerTurn = 500;
        std::size_t countersPerSecond = 1000; ///< tunnels, each in its turn
        std::chrono::milliseconds heartbeat{15'000};
        /// A snapshot whose reader takes nothing for so long is given up.
        std::chrono::milliseconds patience{30'000};
    };

    /// Where the bytes of a stream go.
    struct Outlet {
        std::function<bool(const EventRing::Bytes&)> send; ///< false: it is cut off
        std::function<std::size_t()> unread; ///< bytes that its reader has not taken yet
        std::function<void()> close;
    };
    struct Listener {
        std::string actor; ///< Actor::id, for the limit
        std::string seat; ///< Seat::key: the stream ends with it
        std::vector<api::Topic> topics;
        std::string lastEventId; ///< empty: from the beginning
    };

    /// To be made after `meter`, whose word on a tunnel comes first. All outlive it.
    EventHub(
        broker::Broker& broker, const broker::Registry& registry, RateMeter& meter, HealthMonitor& health,
        QObject* parent = nullptr);
    EventHub(
        broker::Broker& broker, const broker::Registry& registry, RateMeter& meter, HealthMonitor& health,
        const Limits& limits, QObject* parent = nullptr);
    ~EventHub() override; ///< closes all streams

    /// All but accounts and allocations, of which there is no snapshot.
    static std::vector<api::Topic> usualTopics();

    /// Busy: there are too many streams, of all or of this actor.
    Result<void> mayOpen(const std::string& actor) const;
    /// Begins; what number it is, for closed(). To be asked for mayOpen() before.
    int open(Listener listener, Outlet outlet);
    /// Its connection is gone.
    void closed(int number);
    /// `keep` hears of each seat that listens, at every heartbeat.
    void setKeepSeat(std::function<void(const std::string& seat)> keep) { m_keepSeat = std::move(keep); }
    /// The streams of that seat end now: it may not listen any more.
    void endSeat(const std::string& key);
    std::size_t streams() const { return m_readers.size(); }

    /// What no event of the broker says: a configuration was applied, confirmed or rolled back.
    void tell(const api::Event& event);

private:
    enum class Stage { Snapshot, CatchingUp, Live };
    struct Reader {
        Listener listener;
        Outlet outlet;
        Stage stage = Stage::Snapshot;
        std::int64_t seen = 0; ///< all events until this number are told, or in the snapshot
        std::vector<std::int64_t> tunnels{}; ///< still to be told in the snapshot, from the end
        std::vector<QString> requests{}; ///< likewise
        std::chrono::steady_clock::time_point movedAt{};
        bool wants(api::Topic topic) const;
    };
    using Readers = std::map<int, Reader>;

    void noteHappened(const broker::Event& event);
    void noteTunnel(const broker::Event& event);
    void noteAllocation(const store::Allocation& allocation);
    void noteResting(const store::Allocation& allocation);
    void noteRefused(const broker::event::LoginRefused& refused);
    bool isWanted(api::Topic topic) const;
    EventRing::Bytes bytesOf(const api::Event& event, std::optional<std::int64_t> number) const;
    std::string idOf(std::int64_t number) const;
    std::optional<std::int64_t> numberFrom(const std::string& id) const;

    void begin(Reader& reader);
    void step();
    bool step(Reader& reader); ///< false: it is to be cut off
    bool stepSnapshot(Reader& reader);
    bool catchUp(Reader& reader);
    bool sendRequests(Reader& reader);
    bool sendTunnels(Reader& reader);
    bool sendNow(const Reader& reader, const api::Event& event) const;
    void cut(Readers::iterator reader);
    void cutAll(const std::vector<int>& numbers);

    void everySecond();
    void tellCounters();
    void tellCounterBatch();
    void tellRefused();
    void tellFreed();
    void beat();

    broker::Broker& m_broker;
    const broker::Registry& m_registry;
    RateMeter& m_meter;
    HealthMonitor& m_health;
    Limits m_limits;
    std::function<void(const std::string&)> m_keepSeat;
    std::string m_epoch; ///< of this hub: numbers of another mean nothing here
    EventRing m_ring;
    Readers m_readers;
    int m_lastNumber = 0;
    int m_turn = 0; ///< the reader that had the last step
    /// When somebody last listened to each topic: events are kept a while for who comes back.
    std::array<std::optional<std::chrono::steady_clock::time_point>, api::Words<api::Topic>::list.size()>
        m_wantedAt{};
    std::map<IpAddress, api::event::LoginRefused> m_refused; ///< since the last second
    std::multimap<store::TimePoint, std::pair<std::string, Prefix>> m_resting; ///< blocks, by the end of it
    bool m_leavesOut = false; ///< more rest than fit there, which was said
    std::vector<std::int64_t> m_counters; ///< tunnels that are to be told of in this second
    std::int64_t m_toldTunnels = -1; ///< of the last counters
    api::Rates m_toldRates;
    QTimer m_steps;
    QTimer m_second;
    QTimer m_batches;
    QTimer m_heartbeat;
};

} // namespace viaduct::face
