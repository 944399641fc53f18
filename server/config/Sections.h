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
std::span<const Command> webServerLines();
std::span<const Command> registrationLines();
std::span<const Command> mailServerLines();
std::span<const Command> radiusServerLines();

/// The first lines of sections that have no name, or a host for one.
void beginRegistration(Line& line, Draft& draft);
void beginMailServer(Line& line, Draft& draft);
void beginRadiusServer(Line& line, Draft& draft);

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

/// A setting that stands once in its section: `read` takes its value from the line.
template <typename Reader, typename Field>
void readOnce(Line& line, Draft& draft, std::string_view what, Reader read, Field& field) {
    const bool first = draft.once(what, line.place());
    const auto value = read(line);
    if (line.finish() && first)
        field = *value;
}

/// A setting that is on or off by the line's keywords alone.
void setOnce(Line& line, Draft& draft, std::string_view what, bool& field, bool value);

/// host, soho or site.
std::optional<AccountKind> readKind(Line& line);

/// `ip address` and `ipv6 address` of a section, which may have several.
void readAddressLine(Line& line, Draft& draft, Family family, std::vector<IpAddress>& addresses);

} // namespace viaduct::config
