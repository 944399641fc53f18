// SPDX-License-Identifier: GPL-3.0-or-later
// One line of the configuration language as words: white space separates them, quotes hold them together, a
// comment ends the line.
#pragma once

#include "server/config/Language.h"

namespace viaduct::config {

struct Word {
    std::string text; ///< without its quotes and backslashes
    bool quoted = false; ///< such a word is never a keyword
    std::size_t column = 0; ///< from 1, in characters
    std::size_t begin = 0; ///< where it stands in the line, in bytes, quotes included
    std::size_t end = 0;
};

/// `line` has no line end. A line that is too long, is not UTF-8, or holds a control character other than
/// the tab has no words, only its first mistake.
tl::expected<std::vector<Word>, Diagnostic> words(std::string_view line, std::size_t lineNumber);

/// How many characters (not bytes) valid UTF-8 has.
std::size_t characters(std::string_view text);

/// `text` as one word that words() reads back: quoted where it must be.
std::string wordText(std::string_view text);
/// The same for text to the end of a line, where blanks within need no quotes.
std::string restText(std::string_view text);

} // namespace viaduct::config
