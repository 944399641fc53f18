// SPDX-License-Identifier: GPL-3.0-or-later
// A small XML document as a value. Reads what any TSP peer writes and refuses what only an attacker would:
// DTDs, entities of their own, processing instructions, depth.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace viaduct::tsp {

struct XmlElement {
    std::string name;
    std::vector<std::pair<std::string, std::string>> attributes;
    std::string text; ///< all character data directly inside, without any white space
    std::vector<XmlElement> children;

    /// Empty when there is none.
    std::string_view attribute(std::string_view name) const;
    /// The first child of that name, or nullptr.
    const XmlElement* child(std::string_view name) const;
};

/// The root element. NULs and white space around the document are allowed. Nothing when it is not
/// well-formed, holds something refused, is longer than a TSP message or deeper than any TSP message.
std::optional<XmlElement> parseXml(std::string_view bytes);

} // namespace viaduct::tsp
