// SPDX-License-Identifier: GPL-3.0-or-later
// Keywords as Cisco takes them: in any case of letters, and cut short as long as only one is meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace viaduct::config {

using KeywordList = std::vector<std::string_view>; ///< lower case

/// Those of `known` that `word` may mean: the one that it spells out, else all that begin with it.
KeywordList meant(std::string_view word, const KeywordList& known);

/// Whether two words differ at most in the case of (ASCII) letters.
bool sameWord(std::string_view a, std::string_view b);

/// The cure for a word that is none of `known`: the nearest one, or all of them.
std::string suggestion(std::string_view word, const KeywordList& known);

/// 'a', 'b' or 'c'.
std::string choiceText(const KeywordList& known);

/// A word of the file inside a sentence: in quotes, and shortened when it is very long.
std::string quote(std::string_view word);

} // namespace viaduct::config
