// SPDX-License-Identifier: GPL-3.0-or-later
// The values of one line, taken word by word. Each taker reports what is wrong with its word and goes on, so
// that one pass finds every mistake of the line.
#pragma once

#include "server/config/Diagnostics.h"
#include "server/config/Keywords.h"
#include "server/config/Lexer.h"
#include "server/config/Values.h"

namespace viaduct::config {

class Line {
public:
    /// `usage` is the form of the whole line, for cures; `words` are the line's words, of which the first
    /// `taken` are its keywords. All must outlive this.
    Line(
        std::size_t number, std::string_view text, const std::vector<Word>& words, std::size_t taken,
        std::string_view usage, Diagnostics& diagnostics);

    /// Of the line's first word.
    Place place() const;
    /// Of the word taken last.
    Place lastPlace() const;
    /// The same in bytes of the line, quotes included.
    std::pair<std::size_t, std::size_t> lastBytes() const;
    /// Whether a word is left.
    bool hasMore() const { return m_next < m_words.size(); }

    std::optional<IpAddress> address(Family family);
    std::optional<Prefix> prefix(Family family);
    /// A prefix, or one address.
    std::optional<Prefix> network(Family family);
    std::optional<std::uint64_t> number(std::uint64_t least, std::uint64_t most);
    std::optional<std::uint16_t> port();
    /// A number and, if one follows, its unit: seconds, minutes, hours or days. The range holds for the
    /// result.
    std::optional<Seconds> duration(Seconds least, Seconds most);
    /// One of `known`, which may be cut short.
    std::optional<std::string_view> choice(const KeywordList& known);
    /// Any word of at least one character.
    std::optional<std::string> word();
    /// All that is left of the line as it stands there; or one quoted word, unquoted.
    std::optional<std::string> rest();
    /// Any word that `read` takes.
    std::optional<std::string> read(Read<std::string> (*read)(std::string_view));

    /// From here on no complaint repeats a word of the line: a part of a password may be among them.
    void hideWords() { m_isHidden = true; }
    /// A mistake of the word taken last.
    void complain(std::string cause, std::string cure);
    /// Complains about words that are left over. True when the line had no mistake at all.
    bool finish();

private:
    const Word* take();
    std::string shown(const Word& word) const;
    template <typename T>
    std::optional<T> good(Read<T> result);

    std::size_t m_number;
    std::string_view m_text;
    const std::vector<Word>& m_words;
    std::size_t m_next;
    std::string_view m_usage;
    Diagnostics& m_diagnostics;
    bool m_isGood = true;
    bool m_isHidden = false;
    bool m_isCutShort = false; ///< said once, however many values are missing
};

} // namespace viaduct::config
