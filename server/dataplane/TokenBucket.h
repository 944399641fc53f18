// SPDX-License-Identifier: GPL-3.0-or-later
// The rate limit that RFC 4443, 2.4 (f) asks for: so many at once, so many a second in the long run.
#pragma once

#include <algorithm>
#include <cstdint>

namespace viaduct::dataplane {

class TokenBucket {
public:
    TokenBucket(std::int64_t perSecond, std::int64_t burst)
        : m_perSecond(perSecond), m_full(burst * unit), m_level(m_full) { }

    /// Takes one token if there is one. `now` in milliseconds; a clock that goes back gives no tokens.
    bool take(std::int64_t now) {
        // A full bucket is full after any gap: without the cap a long one would overflow the product.
        const std::int64_t elapsed = std::clamp<std::int64_t>(now - m_last, 0, m_full / m_perSecond + 1);
        m_last = now;
        m_level = std::min(m_full, m_level + elapsed * m_perSecond);
        if (m_level < unit)
            return false;
        m_level -= unit;
        return true;
    }

private:
    static constexpr std::int64_t unit = 1000; // a token in thousandths, as time comes in milliseconds

    std::int64_t m_perSecond;
    std::int64_t m_full;
    std::int64_t m_level;
    std::int64_t m_last = 0;
};

} // namespace viaduct::dataplane
