// SPDX-License-Identifier: GPL-3.0-or-later
// How often strangers may ask for something that costs: a registration, an e-mail, a page. Token buckets for
// the address (IPv4 address or IPv6 /64) and for the network around it (/24 or /48, what one customer can get
// on demand), so that hopping from address to address does not help. Pure, bounded, O(log n).
#pragma once

#include "server/credentials/DebtTable.h"

namespace viaduct::credentials {

class RateLimit {
public:
    struct Bucket {
        int burst = 1; ///< at once; > 0
        milliseconds interval{1000}; ///< one more every so often; > 0
    };
    struct Policy {
        Bucket address;
        Bucket network;
        std::size_t capacity = 65'536; ///< of each of the two tables: 13 MB when full
    };

    explicit RateLimit(const Policy& policy);

    /// Takes a token of both buckets, or of neither.
    Permission take(const IpAddress& address, Moment now);

    std::size_t size() const { return m_addresses.size() + m_networks.size(); }

private:
    Policy m_policy;
    DebtTable m_addresses;
    DebtTable m_networks;
};

} // namespace viaduct::credentials
