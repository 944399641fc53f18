// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of lines, one for each section of the language.
#pragma once

#include "server/config/Grammar.h"

namespace viaduct::config {

std::span<const Command> globalLines();
std::span<const Command> tspLines();
std::span<const Command> tunnelServerLines();
std::span<const Command> tunnelBrokerLines();
std::span<const Command> tunnelLines(); ///< of `interface tunnel`

/// Reads the name in a section's first line and begins the section: a new, empty item with its outline. A
/// name that is bad or taken does so too, for the lines below must have a home to be checked in.
template <typename Item>
void beginSection(
    Line& line, Draft& draft, Section section, Kind kind, std::vector<Item>& items,
    std::vector<Outline>& outlines) {
    const auto name = line.read(readName);
    const Place place = line.lastPlace();
    line.finish();
    if (name)
        draft.claim(kind, *name, place, items.size());
    items.emplace_back().name = name.value_or(std::string());
    outlines.emplace_back().header = place;
    draft.section = section;
}

/// `ip address` and `ipv6 address` of a section, which may have several.
void readAddressLine(Line& line, Draft& draft, Family family, std::vector<IpAddress>& addresses);

} // namespace viaduct::config
