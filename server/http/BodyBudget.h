// SPDX-License-Identifier: GPL-3.0-or-later
// How many bytes of bodies may be held at a time: small bodies always, large ones within a budget, of which
// one site has a share alone. So nobody who sends large bodies keeps out who logs in or fills in a form.
#pragma once

#include "server/http/Limits.h"
#include "shared/net/IpAddress.h"

#include <mutex>
#include <unordered_map>

namespace viaduct::http {

/// Any thread.
class BodyBudget {
public:
    explicit BodyBudget(const Limits& limits);

    /// Bytes of a body of that size that count.
    std::size_t counted(std::size_t bodyBytes) const;
    /// Whether so many more fit; then they are taken.
    bool take(const IpAddress& from, std::size_t bytes);
    void giveBack(const IpAddress& from, std::size_t bytes);

private:
    const std::size_t m_free;
    const std::size_t m_mostInAll;
    const std::size_t m_mostOfSite;
    std::mutex m_mutex;
    std::size_t m_taken = 0;
    std::unordered_map<IpAddress, std::size_t> m_bySite; ///< those that have taken something
};

} // namespace viaduct::http
