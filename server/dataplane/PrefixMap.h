// SPDX-License-Identifier: GPL-3.0-or-later
// Which tunnel has an inner address: longest match over the prefixes of both families. One hash table for
// each prefix length in use, and a broker hands out few lengths, so a look-up costs a few hash probes
// whatever the number of tunnels.
#pragma once

#include "server/dataplane/FlatMap.h"
#include "shared/net/Prefix.h"

#include <array>
#include <map>
#include <optional>
#include <vector>

namespace viaduct::dataplane {

class PrefixMap {
public:
    using Value = std::uint32_t;

    /// Replaces the value of the same prefix.
    void insert(const Prefix& prefix, Value value);
    void erase(const Prefix& prefix);

    /// Of the longest prefix that contains the address.
    std::optional<Value> find(const IpAddress& address) const;
    /// Lets the processor fetch what find() will read.
    void prefetch(const IpAddress& address) const;
    /// The address of some prefix of the family; nothing when there is none.
    std::optional<IpAddress> any(bool v4) const;
    /// Of every prefix that contains, equals or is contained in `prefix`. A value may come more than once.
    std::vector<Value> overlapping(const Prefix& prefix) const;

private:
    struct NumberHash {
        std::size_t operator()(Uint128 number) const noexcept;
    };
    struct Level {
        int length = 0;
        /// The least and the greatest prefix there ever was. Pools are narrow: most addresses of the Internet
        /// are outside, and cost no look-up.
        Uint128 lowest = ~Uint128{0};
        Uint128 highest = 0;
        FlatMap<Uint128, NumberHash> values{}; ///< by the prefix's address
        bool spans(Uint128 number) const { return lowest <= number && number <= highest; }
    };
    /// One family. An address of the other never gets here: IPv4-mapped numbers would match `::/0`.
    struct Family {
        std::vector<Level> levels; ///< longest first
        std::map<Prefix, Value> ordered; ///< the same prefixes, to find those inside another
    };

    Family& familyOf(const IpAddress& address) { return m_families[address.isV4() ? 1 : 0]; }
    const Family& familyOf(const IpAddress& address) const { return m_families[address.isV4() ? 1 : 0]; }

    std::array<Family, 2> m_families;
};

} // namespace viaduct::dataplane
