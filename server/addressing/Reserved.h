// SPDX-License-Identifier: GPL-3.0-or-later
// How much of a pool is set aside: parts of any size, beside a map that knows each block that is used. Pure.
#pragma once

#include "server/addressing/OccupancyMap.h"

#include <set>

namespace viaduct::addressing {

/// No two of them overlap.
using ReservedParts = std::set<Prefix>;

/// How many blocks of so many bits are in `part`, at least one; 2^128 - 1 stands for 2^128.
Uint128 blocksIn(const Prefix& part, int blockLength);

/// The part around `part`, or `part` itself; null when there is none.
const Prefix* reservedAround(const ReservedParts& reserved, const Prefix& part);

/// How many blocks of `part`, which lies in the pool of the map and is no smaller than a block, are set aside
/// and not used. A step for each reservation in it, whatever its size.
Uint128 reservedFree(const OccupancyMap& map, const Prefix& part, const ReservedParts& reserved);

} // namespace viaduct::addressing
