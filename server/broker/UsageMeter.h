// SPDX-License-Identifier: GPL-3.0-or-later
// Turns the counters of tunnels, which only grow while a tunnel is up, into what each holder used on a day.
#pragma once

#include "server/broker/Event.h"
#include "server/dataplane/DataPlane.h"

#include <optional>
#include <set>
#include <unordered_map>

namespace viaduct::broker {

/// The counters of a tunnel now.
event::Traffic trafficOf(const dataplane::TunnelCounters& counters);

class UsageMeter {
public:
    /// A tunnel that is up; to be called now and then. `up`: the time of which it is known that it was up.
    void read(const store::Tunnel& tunnel, const event::Traffic& traffic, std::chrono::seconds up);
    /// What it had when it went down; nothing more comes of it.
    void end(const store::Tunnel& tunnel, const event::Traffic& traffic);
    struct Line {
        store::Holder holder;
        store::Usage usage;
    };
    /// At most `limit` lines for the store, but those of some; they are taken out.
    std::vector<Line> take(std::size_t limit, const std::set<store::Holder>& but);
    /// That of one holder, if there is any; it is taken out.
    std::optional<Line> take(const store::Holder& holder);
    /// Lines that the store did not take.
    void giveBack(const std::vector<Line>& lines);

    /// Of this month, both ways. `month` counts from any beginning: when it changes, all are 0.
    std::int64_t monthBytes(const store::Holder& holder) const;
    void beginMonth(int month);
    bool isIn(int month) const { return month == m_monthNumber; }
    /// What a tunnel that is up has carried, both ways, since it was last read.
    std::int64_t unreadBytes(std::int64_t tunnel, const event::Traffic& traffic) const;
    /// What the store knows of the days before this program started.
    void addToMonth(const store::Holder& holder, std::int64_t bytes) { m_month[holder] += bytes; }
    void forget(const store::Holder& holder);

private:
    void add(const store::Holder& holder, const event::Traffic& grown, std::chrono::seconds up);

    std::unordered_map<std::int64_t, event::Traffic> m_read; ///< of each tunnel, the last time
    std::unordered_map<store::Holder, store::Usage> m_usage; ///< not handed out yet
    std::unordered_map<store::Holder, std::int64_t> m_month;
    int m_monthNumber = 0;
};

} // namespace viaduct::broker
