// SPDX-License-Identifier: GPL-3.0-or-later
// How often the clients of one address may fail before they have to wait: whoever tries passwords, and the
// old clients that come back at once when they are refused, are slowed down. Only failures count, and all
// that an address over its budget loses is time: behind a NAT the others still get in. Pure: the clock is
// passed in.
#pragma once

#include "shared/net/Prefix.h"

#include <chrono>
#include <list>
#include <unordered_map>

namespace viaduct::face {

class FailureMeter {
public:
    using Clock = std::chrono::steady_clock;

    struct Limits {
        /// Failures of one site that cost nothing: a class room that types a new password wrong.
        double burst = 20;
        double perSecond = 1;
        /// A client over UDP repeats itself for 66 s, so it hears the answer although it was late.
        std::chrono::milliseconds wait{3000};
        /// Remembered at a time; beyond that the one that failed least recently is forgotten.
        std::size_t sites = 65536;
    };

    FailureMeter();
    explicit FailureMeter(const Limits& limits);

    /// What a login (before it is looked at) or a refusal has to wait: nothing, or Limits::wait.
    std::chrono::milliseconds wait(const IpAddress& site, Clock::time_point now) const;
    void failed(const IpAddress& site, Clock::time_point now);
    /// Gives one failure back, but not more than one a second: else whoever has an account could go on trying
    /// the passwords of others.
    void succeeded(const IpAddress& site, Clock::time_point now);

    std::size_t sites() const { return m_budgets.size(); }

private:
    struct Budget {
        double left = 0;
        Clock::time_point counted; ///< when `left` was true
        Clock::time_point given; ///< when a success gave something back
        std::list<IpAddress>::iterator place; ///< in m_order
    };

    double leftOf(const Budget& budget, Clock::time_point now) const;
    void forgetTheRecovered(Clock::time_point now);

    Limits m_limits;
    std::unordered_map<IpAddress, Budget> m_budgets; ///< of those that failed lately; the others have all
    std::list<IpAddress> m_order; ///< the last to fail at the end
};

} // namespace viaduct::face
