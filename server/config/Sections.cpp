// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Sections.h"

#include <algorithm>

namespace viaduct::config {

namespace {
/// Far beyond any machine; it keeps the search for the same address twice short.
constexpr std::size_t mostAddresses = 64;
} // namespace

void setOnce(Line& line, Draft& draft, std::string_view what, bool& field, bool value) {
    const bool first = draft.once(what, line.place());
    if (line.finish() && first)
        field = value;
}

std::optional<AccountKind> readKind(Line& line) {
    const auto word = line.choice({"host", "soho", "site"});
    return word ? accountKind(*word) : std::nullopt;
}

void readAddressLine(Line& line, Draft& draft, Family family, std::vector<IpAddress>& addresses) {
    Outline& outline = draft.outline();
    outline.lines.try_emplace("address", line.place());
    const auto address = line.address(family);
    const Place place = line.lastPlace();
    if (!line.finish())
        return;
    if (const auto same = std::find(addresses.begin(), addresses.end(), *address); same != addresses.end()) {
        const Place& first = outline.addresses[static_cast<std::size_t>(same - addresses.begin())];
        draft.diagnostics.add(
            place, address->text() + " stands already in line " + std::to_string(first.line) + '.',
            "Keep one of the two lines.");
        return;
    }
    if (addresses.size() == mostAddresses) {
        draft.diagnostics.add(
            place, "This section has more than " + std::to_string(mostAddresses) + " addresses.",
            "Divide it into several sections.");
        return;
    }
    addresses.push_back(*address);
    outline.addresses.push_back(place);
}

} // namespace viaduct::config
