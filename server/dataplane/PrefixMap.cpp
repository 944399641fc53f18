// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dataplane/PrefixMap.h"

#include <algorithm>

namespace viaduct::dataplane {

namespace {

/// The leading `length` bits of the address, counted in its own family.
Uint128 masked(Uint128 number, int length, bool v4) {
    const int bits = v4 ? length + 96 : length;
    return bits == 0 ? Uint128{0} : number & (~Uint128{0} << (128 - bits));
}

} // namespace

std::size_t PrefixMap::NumberHash::operator()(Uint128 number) const noexcept {
    // As in splitmix64: prefixes differ in a few bits only, which must reach all of the hash. It needs no
    // key: the broker alone chooses what is in the table.
    std::uint64_t mixed
        = static_cast<std::uint64_t>(number >> 64) * 0x9e3779b97f4a7c15U ^ static_cast<std::uint64_t>(number);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return static_cast<std::size_t>(mixed ^ (mixed >> 31));
}

void PrefixMap::insert(const Prefix& prefix, Value value) {
    Family& family = familyOf(prefix.address());
    const auto longer = [&](const Level& level) { return level.length > prefix.length(); };
    auto level = std::ranges::find_if_not(family.levels, longer);
    if (level == family.levels.end() || level->length != prefix.length())
        level = family.levels.insert(level, Level{.length = prefix.length()});
    const Uint128 number = prefix.address().number();
    level->lowest = std::min(level->lowest, number);
    level->highest = std::max(level->highest, number);
    level->values.insert(number, value);
    family.ordered[prefix] = value;
}

void PrefixMap::erase(const Prefix& prefix) {
    Family& family = familyOf(prefix.address());
    const auto level = std::ranges::find(family.levels, prefix.length(), &Level::length);
    if (level == family.levels.end())
        return;
    level->values.erase(prefix.address().number());
    family.ordered.erase(prefix);
    if (level->values.size() == 0)
        family.levels.erase(level);
}

std::optional<PrefixMap::Value> PrefixMap::find(const IpAddress& address) const {
    const bool v4 = address.isV4();
    const Uint128 number = address.number();
    for (const Level& level : m_families[v4 ? 1 : 0].levels) {
        const Uint128 key = masked(number, level.length, v4);
        if (!level.spans(key))
            continue;
        if (const auto found = level.values.find(key))
            return found;
    }
    return std::nullopt;
}

void PrefixMap::prefetch(const IpAddress& address) const {
    const bool v4 = address.isV4();
    const Uint128 number = address.number();
    for (const Level& level : m_families[v4 ? 1 : 0].levels) {
        const Uint128 key = masked(number, level.length, v4);
        if (level.spans(key))
            level.values.prefetch(key);
    }
}

std::optional<IpAddress> PrefixMap::any(bool v4) const {
    const auto& ordered = m_families[v4 ? 1 : 0].ordered;
    return ordered.empty() ? std::nullopt : std::optional(ordered.begin()->first.address());
}

std::vector<PrefixMap::Value> PrefixMap::overlapping(const Prefix& prefix) const {
    const Family& family = familyOf(prefix.address());
    const bool v4 = prefix.address().isV4();
    std::vector<Value> values;
    for (const Level& level : family.levels) {
        if (level.length >= prefix.length())
            continue;
        const auto found = level.values.find(masked(prefix.address().number(), level.length, v4));
        if (found)
            values.push_back(*found);
    }
    for (auto at = family.ordered.lower_bound(prefix);
         at != family.ordered.end() && prefix.contains(at->first); ++at)
        values.push_back(at->second);
    return values;
}

} // namespace viaduct::dataplane
