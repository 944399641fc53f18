// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Lexer.h"

#include <algorithm>

namespace viaduct::config {

namespace {

/// No line of the language needs more; it bounds what one mistake can cost.
constexpr std::size_t longestLine = 2048;

bool isBlank(char c) {
    return c == ' ' || c == '\t';
}

bool isContinuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Reads one character of UTF-8 (RFC 3629) at `at` and moves behind it; nothing if there is none.
std::optional<char32_t> nextCharacter(std::string_view text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
        ++at;
        return first;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC0 || first > 0xF4 || text.size() - at < length)
        return std::nullopt;
    char32_t character = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if (!isContinuation(text[at + i]))
            return std::nullopt;
        character = character << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
    }
    // Longer than need be, a surrogate, or beyond Unicode.
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (character < smallest[length] || (character >= 0xD800 && character < 0xE000) || character > 0x10FFFF)
        return std::nullopt;
    at += length;
    return character;
}

bool isControl(char32_t character) {
    return (character < 0x20 && character != '\t') || (character >= 0x7F && character < 0xA0);
}

std::string hex(char32_t character) {
    static constexpr char digits[] = "0123456789ABCDEF";
    return {digits[character >> 4 & 0xFU], digits[character & 0xFU]};
}

/// Splits a line whose characters are known to be good.
class Splitter {
public:
    Splitter(std::string_view line, std::size_t number) : m_line(line), m_number(number) { }

    tl::expected<std::vector<Word>, Diagnostic> split() {
        std::vector<Word> found;
        while (skipToWord()) {
            if (m_line[m_at] != '"') {
                found.push_back(bareWord());
                continue;
            }
            auto word = quotedWord();
            if (!word)
                return tl::unexpected(std::move(word.error()));
            found.push_back(std::move(*word));
        }
        return found;
    }

private:
    /// False at the end of the line or at a comment, which begins only here: at a word's place, never in it.
    bool skipToWord() {
        while (m_at < m_line.size() && isBlank(m_line[m_at]))
            ++m_at;
        return m_at < m_line.size() && m_line[m_at] != '#' && m_line[m_at] != '!';
    }

    /// Called with growing places only, so that a line is counted once.
    std::size_t columnAt(std::size_t place) {
        m_column += characters(m_line.substr(m_counted, place - m_counted));
        m_counted = place;
        return m_column;
    }

    Word bareWord() {
        const std::size_t begin = m_at;
        while (m_at < m_line.size() && !isBlank(m_line[m_at]))
            ++m_at;
        return {std::string(m_line.substr(begin, m_at - begin)), false, columnAt(begin), begin, m_at};
    }

    tl::expected<Word, Diagnostic> quotedWord() {
        Word word{{}, true, columnAt(m_at), m_at, 0};
        for (++m_at; m_at < m_line.size() && m_line[m_at] != '"'; ++m_at) {
            if (m_line[m_at] == '\\') {
                ++m_at;
                if (m_at == m_line.size() || (m_line[m_at] != '"' && m_line[m_at] != '\\'))
                    return mistake(
                        m_at - 1,
                        "Inside quotes a backslash stands only before a quote or another backslash.",
                        "Write \\\\ for a backslash.");
            }
            word.text += m_line[m_at];
        }
        if (m_at == m_line.size())
            return mistake(
                word.begin, "This quote is not closed.", "Write another \" at the end of the word.");
        word.end = ++m_at;
        if (m_at < m_line.size() && !isBlank(m_line[m_at]))
            return mistake(
                m_at, "Something stands right behind a closing quote.",
                "Write a blank between them, or \\\" for a quote that belongs to the word.");
        return word;
    }

    tl::unexpected<Diagnostic> mistake(std::size_t place, std::string cause, std::string cure) {
        return tl::unexpected(Diagnostic{m_number, columnAt(place), std::move(cause), std::move(cure)});
    }

    std::string_view m_line;
    std::size_t m_number;
    std::size_t m_at = 0;
    std::size_t m_counted = 0;
    std::size_t m_column = 1;
};

std::optional<Diagnostic> badCharacter(std::string_view line, std::size_t number) {
    std::size_t column = 1;
    for (std::size_t at = 0; at < line.size(); ++column) {
        const auto character = nextCharacter(line, at);
        if (!character)
            return Diagnostic{
                number, column, "This is not UTF-8 text.",
                "Save the file as UTF-8, or write plain ASCII here."};
        if (isControl(*character))
            return Diagnostic{
                number, column, "The control character 0x" + hex(*character) + " stands here.",
                "Take it out; a line holds only text, blanks and tabs."};
    }
    return std::nullopt;
}

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += '\\';
        result += c;
    }
    return result + '"';
}

} // namespace

tl::expected<std::vector<Word>, Diagnostic> words(std::string_view line, std::size_t lineNumber) {
    if (line.size() > longestLine)
        return tl::unexpected(Diagnostic{
            lineNumber, 1, "This line has more than " + std::to_string(longestLine) + " bytes.",
            "Shorten it; no line of this language is so long."});
    if (auto bad = badCharacter(line, lineNumber))
        return tl::unexpected(std::move(*bad));
    return Splitter(line, lineNumber).split();
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !isContinuation(c); }));
}

std::string wordText(std::string_view text) {
    const bool plain = !text.empty() && text.find_first_of(" \t\"#!") == std::string_view::npos;
    return plain ? std::string(text) : quoted(text);
}

std::string restText(std::string_view text) {
    const bool plain = !text.empty() && text.find_first_of("\t\"#!") == std::string_view::npos
        && text.front() != ' ' && text.back() != ' ';
    return plain ? std::string(text) : quoted(text);
}

} // namespace viaduct::config
