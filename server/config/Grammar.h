// SPDX-License-Identifier: GPL-3.0-or-later
// Which lines there are, and which of them a line means. A new line of the language is a new entry in the
// table of its section (GlobalLines.cpp and its sisters) and a row in docs/configuration.md.
#pragma once

#include "server/config/Draft.h"
#include "server/config/Line.h"

#include <span>

namespace viaduct::config {

struct Command {
    /// Its keywords, then its values in capitals; [] is optional, | is a choice.
    std::string_view usage;
    void (*apply)(Line& line, Draft& draft);
    /// What `no` before it does; without one, `no` is a mistake.
    void (*negate)(Line& line, Draft& draft) = nullptr;
};

/// The table of a section. No entry's keywords begin another's.
std::span<const Command> commands(Section section);

/// What the first words of a line are found to be in one section.
struct Match {
    const Command* command = nullptr; ///< null: none, or more than one
    std::size_t depth = 0; ///< how many words were understood
    KeywordList expected; ///< what could follow them; more than one meaning of the next word if isAmbiguous
    bool isAmbiguous = false;
};
/// `words` without a leading `no`.
Match match(std::span<const Word> words, Section section);

} // namespace viaduct::config
