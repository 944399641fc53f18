// SPDX-License-Identifier: GPL-3.0-or-later
// How long to wait before the next try: at once after the first failure, then retry_delay, doubled after
// every third failure up to retry_delay_max (the deployed clients' rule), with jitter so that the clients of
// a broker that was away do not come back in one moment (RFC 5572, 5.5).
#pragma once

#include <chrono>

namespace viaduct::client {

class RetryDelay {
public:
    RetryDelay(std::chrono::seconds delay, std::chrono::seconds largest)
        : m_delay(delay), m_largest(largest) { }

    /// Counts a failure. `random` is in [0, 1): the answer lies within 20 % of the rule's delay, and within
    /// the first second after the first failure.
    std::chrono::milliseconds next(double random);
    /// A tunnel has worked: the next failure is the first one again.
    void reset() { m_failures = 0; }

private:
    std::chrono::seconds m_delay;
    std::chrono::seconds m_largest;
    int m_failures = 0;
};

} // namespace viaduct::client
