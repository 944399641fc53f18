// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/RetryDelay.h"

#include <algorithm>

namespace viaduct::client {

namespace {
constexpr std::chrono::seconds firstSpread{1};
constexpr std::chrono::seconds shortest{1}; // whatever the configuration says: never a storm
constexpr double jitter = 0.2;
constexpr int failuresToDouble = 3;
constexpr int mostDoublings = 17; // 2^17 s is more than a day, the largest value of the configuration
} // namespace

std::chrono::milliseconds RetryDelay::next(double random) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    if (m_failures++ == 0)
        return duration_cast<milliseconds>(firstSpread * random);
    m_failures = std::min(m_failures, mostDoublings * failuresToDouble);
    const int doublings = (m_failures - 2) / failuresToDouble;
    const auto delay = std::max(shortest, std::min(m_largest, m_delay * (1 << doublings)));
    return duration_cast<milliseconds>(delay * (1 - jitter + 2 * jitter * random));
}

} // namespace viaduct::client
