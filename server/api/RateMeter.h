// SPDX-License-Identifier: GPL-3.0-or-later
// How fast tunnels carry packets, from counters that only grow. One timer reads a tenth of the tunnels at a
// time, each once a second, so that 100,000 of them delay nobody by more than a few milliseconds.
#pragma once

#include "server/broker/Broker.h"
#include "shared/api/Tunnels.h"

#include <QTimer>

namespace viaduct::face {

class RateMeter : public QObject {
    Q_OBJECT
public:
    /// To be made after Broker::restore(), and before whoever listens to both: what this says of a tunnel
    /// comes first. `broker` outlives it.
    explicit RateMeter(broker::Broker& broker, QObject* parent = nullptr);

    /// Over the last second; 0 for a tunnel that is not there or was not read twice.
    api::Rates rates(std::int64_t tunnel) const;
    /// bit/s both ways of the tunnels that have an address or their prefix within; a step for each bit of the
    /// number of tunnels that carry something.
    std::int64_t rateWithin(const Prefix& part);
    api::Rates rates() const { return m_rates; } ///< of all
    api::Traffic traffic() const; ///< of all since the start, those that are down too
    api::Drops drops() const;
    std::size_t tunnels() const { return m_entries.size(); }

    /// Those that have carried or dropped something since they were last taken, in turn, at most so many.
    std::vector<std::int64_t> takeChanged(std::size_t most);

    /// Reads the next `count` tunnels; the timer does it.
    void read(std::size_t count, std::chrono::steady_clock::time_point now);

Q_SIGNALS:
    /// The tunnel is gone without an event of its own: its holder has a new one, of which is told next.
    void replaced(std::int64_t tunnel, const std::string& holder);

private:
    struct Entry {
        store::Tunnel tunnel;
        std::shared_ptr<dataplane::TunnelCounters> counters;
        api::Traffic read;
        api::Drops dropsRead;
        api::Rates rates;
        std::chrono::steady_clock::time_point readAt;
        bool isChanged = false; ///< in m_changed
    };
    struct Slope {
        IpAddress address;
        std::int64_t rate = 0; ///< of this and all before
    };

    void noteHappened(const broker::Event& event);
    void add(const store::Tunnel& tunnel);
    void remove(std::int64_t tunnel);
    void read(Entry& entry, std::chrono::steady_clock::time_point now);
    void count(Entry& entry);
    void setRates(Entry& entry, const api::Rates& rates);
    void sortSlopes();

    broker::Broker& m_broker;
    std::vector<Entry> m_entries;
    std::unordered_map<std::int64_t, std::size_t> m_places;
    std::unordered_map<store::Holder, std::int64_t> m_byHolder;
    std::deque<std::int64_t> m_changed;
    std::vector<Slope> m_slopes; ///< of tunnels that carry something, by address
    std::chrono::steady_clock::time_point m_slopesAt{};
    std::size_t m_next = 0;
    api::Rates m_rates;
    api::Traffic m_traffic;
    api::Drops m_drops;
    QTimer m_timer;
};

/// Counters as the API tells them.
api::Traffic trafficView(const dataplane::TunnelCounters& counters);
api::Drops dropsView(const dataplane::TunnelCounters& counters);
/// Absent: nothing has come from the client yet.
std::optional<api::Time> lastSeen(const dataplane::TunnelCounters& counters);

} // namespace viaduct::face
