// SPDX-License-Identifier: GPL-3.0-or-later
// The connections that are suspended: they wait for an answer, or for the next event of a stream.
// libmicrohttpd does not look at their sockets, so this does; and none may be left when its daemon is
// stopped.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

struct MHD_Connection;

namespace viaduct::http {

class Exchange;

/// Any thread.
class Parking {
public:
    /// Suspends the connection; in the daemon's thread, from one of its callbacks. False once closed: nothing
    /// is suspended any more. A stream's client sends nothing, so the end of its sending is its end; who
    /// waits for an answer is gone when the connection is broken in both directions.
    bool
    park(MHD_Connection* connection, int descriptor, bool isStream, const std::weak_ptr<Exchange>& exchange);
    /// Resumes the connection; nothing happens when it is not here.
    void release(MHD_Connection* connection);
    /// Resumes all, for good.
    void close();

    /// Those whose clients have gone. They are still parked.
    std::vector<std::shared_ptr<Exchange>> departed() const;

private:
    struct Parked {
        int descriptor = -1;
        short signsOfDeparture = 0; ///< of poll(2)
        std::weak_ptr<Exchange> exchange;
    };

    mutable std::mutex m_mutex;
    bool m_closed = false;
    std::unordered_map<MHD_Connection*, Parked> m_parked;
};

} // namespace viaduct::http
