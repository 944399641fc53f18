// SPDX-License-Identifier: GPL-3.0-or-later
// A rate limit: so many tokens at once, so many a second in the long run. One for each ICMP error (RFC
// 4443, 2.4 (f)), or one for each bit that a tunnel carries.
#pragma once

#include <algorithm>
#include <cstdint>

namespace viaduct::dataplane {

class TokenBucket {
public:
    TokenBucket(std::int64_t perSecond, std::int64_t burst)
        : m_perSecond(perSecond), m_full(burst * unit), m_level(m_full) { }

    /// Takes so many tokens if they are there. `now` in milliseconds; a clock that goes back gives no tokens.
    /// More than the bucket holds are given when it is full, and paid off afterwards: what is large is slow,
    /// but it comes through.
    bool take(std::int64_t now, std::int64_t tokens = 1) {
        // A full bucket is full after any gap: without the cap a long one would overflow the product.
        const std::int64_t most = (m_full - m_level) / m_perSecond + 1;
        const std::int64_t elapsed = std::clamp<std::int64_t>(now - m_last, 0, most);
        m_last = now;
        m_level = std::min(m_full, m_level + elapsed * m_perSecond);
        if (m_level < std::min(tokens * unit, m_full))
            return false;
        m_level -= tokens * unit;
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
