// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Keywords.h"

#include "server/config/Lexer.h"

#include <algorithm>
#include <numeric>

namespace viaduct::config {

namespace {

constexpr std::size_t longestQuote = 60; // bytes; enough to recognise a word
constexpr std::size_t furthestSuggestion = 2; // slips of the finger

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool beginsWith(std::string_view keyword, std::string_view word) {
    return !word.empty() && word.size() <= keyword.size() && sameWord(word, keyword.substr(0, word.size()));
}

/// How many letters must be changed, added or taken out to make one of the other (Levenshtein).
std::size_t distance(std::string_view word, std::string_view keyword) {
    std::vector<std::size_t> row(keyword.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < word.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < keyword.size(); ++j) {
            const std::size_t change = diagonal + (lower(word[i]) == keyword[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

} // namespace

bool sameWord(std::string_view a, std::string_view b) {
    return std::equal(
        a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

KeywordList meant(std::string_view word, const KeywordList& known) {
    KeywordList found;
    for (const std::string_view keyword : known) {
        if (sameWord(word, keyword))
            return {keyword};
        if (beginsWith(keyword, word))
            found.push_back(keyword);
    }
    return found;
}

std::string suggestion(std::string_view word, const KeywordList& known) {
    std::string_view nearest;
    std::size_t best = furthestSuggestion + 1;
    for (const std::string_view keyword : known) {
        // A word as short as the number of slips could become anything.
        if (word.size() > keyword.size() + furthestSuggestion || keyword.size() <= furthestSuggestion)
            continue;
        if (const std::size_t steps = distance(word, keyword); steps < best) {
            best = steps;
            nearest = keyword;
        }
    }
    if (nearest.empty() || best >= word.size())
        return "Write " + choiceText(known) + '.';
    return "Did you mean " + quote(nearest) + "?";
}

std::string choiceText(const KeywordList& known) {
    KeywordList sorted = known;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::string text;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (i > 0)
            text += i + 1 == sorted.size() ? " or " : ", ";
        text += quote(sorted[i]);
    }
    return text;
}

std::string quote(std::string_view word) {
    if (word.size() <= longestQuote)
        return '\'' + std::string(word) + '\'';
    std::size_t cut = longestQuote;
    while (characters(word.substr(cut, 1)) == 0) // never within a character
        --cut;
    return '\'' + std::string(word.substr(0, cut)) + "...'";
}

} // namespace viaduct::config
