// SPDX-License-Identifier: GPL-3.0-or-later
// How long to wait before coming back to a broker that was lost: doubling, with jitter, so that twenty
// consoles do not come back in one moment.
#pragma once

#include <algorithm>
#include <chrono>

namespace viaduct::api {

class Backoff {
public:
    /// Counts a failure. `random` is in [0, 1): the answer lies between a half and the whole of first * 2^n,
    /// but not above `largest`.
    std::chrono::milliseconds next(double random) {
        const auto whole = std::min(m_largest, m_first * (1 << m_failures));
        m_failures = std::min(m_failures + 1, mostDoublings);
        return std::chrono::duration_cast<std::chrono::milliseconds>(whole * (0.5 + random / 2));
    }
    /// Something has come through: the next failure is the first one again.
    void reset() { m_failures = 0; }
    /// What the broker asks for; kept between a tenth of a second and `largest`.
    void setFirst(std::chrono::milliseconds first) {
        m_first = std::clamp(first, std::chrono::milliseconds(100), m_largest);
    }

private:
    static constexpr int mostDoublings = 10;
    std::chrono::milliseconds m_first{1000};
    std::chrono::milliseconds m_largest{30'000};
    int m_failures = 0;
};

} // namespace viaduct::api
