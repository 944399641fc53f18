// SPDX-License-Identifier: GPL-3.0-or-later
// Who may come in and who must go: counts connections, in all and for each site, and knows until when each
// has to be done with what it does. Time is passed in; cutting a connection is a function given to it.
#pragma once

#include "server/http/Limits.h"
#include "shared/net/IpAddress.h"

#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace viaduct::http {

/// Any thread.
class Gate {
public:
    using Clock = std::chrono::steady_clock;
    using TimePoint = Clock::time_point;

    /// `cut` ends the connection with this descriptor; it is called while the descriptor is surely open, and
    /// must not call back.
    Gate(const Limits& limits, std::function<void(int)> cut);

    /// Whether one more connection from there may come in. Another may be cut to make room for it.
    bool admit(const IpAddress& from);
    /// It has come in. Its first request must be complete in requestTime.
    void opened(int descriptor, const IpAddress& from, TimePoint now);
    /// Before the descriptor is closed.
    void closed(int descriptor);

    /// A request is complete or its answer on the way; until `deadline`, or as long as it takes.
    void setBusy(int descriptor, std::optional<TimePoint> deadline);
    /// The answer is sent: the next request must be complete in idleTime and requestTime.
    void setIdle(int descriptor, TimePoint now);

    /// Cuts those whose time is up.
    void cutLate(TimePoint now);
    void cut(int descriptor);

    /// Those not cut.
    std::size_t connections() const;

private:
    enum class Phase { Silent, Idle, Busy, Cut }; ///< Silent: has never completed a request
    struct Connection {
        int descriptor = -1;
        IpAddress site;
        Phase phase = Phase::Silent;
        std::optional<TimePoint> deadline;
    };
    using Connections = std::list<Connection>; // oldest first

    bool makeRoom(const IpAddress* site);
    void cutOff(Connection& connection);
    void forget(const IpAddress& site);
    Connection* find(int descriptor);

    Limits m_limits;
    std::function<void(int)> m_cut;
    mutable std::mutex m_mutex;
    Connections m_connections;
    std::unordered_map<int, Connections::iterator> m_byDescriptor;
    std::unordered_map<IpAddress, std::size_t> m_bySite; ///< those not cut
    std::size_t m_count = 0; ///< those not cut
};

} // namespace viaduct::http
