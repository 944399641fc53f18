// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/addressing/Reserved.h"

#include <algorithm>

namespace viaduct::addressing {

namespace {
Uint128 freeIn(const OccupancyMap& map, const Prefix& part) {
    const auto grid = map.map(part, 0);
    if (!grid || grid->occupied.empty())
        return blocksIn(part, map.blockLength());
    return grid->occupied.front().counts.of(OccupancyMap::State::Free);
}
} // namespace

Uint128 blocksIn(const Prefix& part, int blockLength) {
    const int bits = std::max(0, blockLength - part.length());
    return bits >= 128 ? ~Uint128{0} : Uint128{1} << bits;
}

/// They do not overlap: of those that begin no later only the last can reach so far.
const Prefix* reservedAround(const ReservedParts& reserved, const Prefix& part) {
    const auto after = reserved.upper_bound(part);
    if (after == reserved.begin() || !std::prev(after)->contains(part))
        return nullptr;
    return &*std::prev(after);
}

Uint128 reservedFree(const OccupancyMap& map, const Prefix& part, const ReservedParts& reserved) {
    if (reserved.empty())
        return 0;
    const Uint128 free = freeIn(map, part);
    if (reservedAround(reserved, part))
        return free;
    Uint128 aside = 0;
    for (auto each = reserved.upper_bound(part);
         aside < free && each != reserved.end() && part.contains(*each); ++each)
        aside += freeIn(map, *each);
    return std::min(aside, free);
}

} // namespace viaduct::addressing
