// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Line.h"

namespace viaduct::config {

Line::Line(
    std::size_t number, std::string_view text, const std::vector<Word>& words, std::size_t taken,
    std::string_view usage, Diagnostics& diagnostics)
    : m_number(number), m_text(text), m_words(words), m_next(taken), m_usage(usage),
      m_diagnostics(diagnostics) { }

Place Line::place() const {
    return {m_number, m_words.front().column};
}

Place Line::lastPlace() const {
    return {m_number, m_words[m_next == 0 ? 0 : m_next - 1].column};
}

std::pair<std::size_t, std::size_t> Line::lastBytes() const {
    const Word& word = m_words[m_next == 0 ? 0 : m_next - 1];
    return {word.begin, word.end};
}

const Word* Line::take() {
    if (hasMore())
        return &m_words[m_next++];
    if (!m_isCutShort)
        m_diagnostics.add(
            {m_number,
             m_words.back().column
                 + characters(
                     m_text.substr(m_words.back().begin, m_words.back().end - m_words.back().begin))},
            "The line stops short: a value is missing here.",
            "The whole line is: " + std::string(m_usage) + '.');
    m_isCutShort = true;
    m_isGood = false;
    return nullptr;
}

std::string Line::shown(const Word& word) const {
    return m_isHidden ? "This word" : quote(word.text);
}

void Line::complain(std::string cause, std::string cure) {
    m_diagnostics.add(lastPlace(), std::move(cause), std::move(cure));
    m_isGood = false;
}

template <typename T>
std::optional<T> Line::good(Read<T> result) {
    if (result)
        return std::move(*result);
    complain(std::move(result.error().cause), std::move(result.error().cure));
    return std::nullopt;
}

std::optional<IpAddress> Line::address(Family family) {
    const Word* const word = take();
    return word ? good(readAddress(word->text, family)) : std::nullopt;
}

std::optional<Prefix> Line::prefix(Family family) {
    const Word* const word = take();
    return word ? good(readPrefix(word->text, family)) : std::nullopt;
}

std::optional<Prefix> Line::network(Family family) {
    const Word* const word = take();
    if (!word)
        return std::nullopt;
    auto network = readNetwork(word->text, family);
    if (!network && m_isHidden)
        network.error()
            = {"This word is no address and no prefix that hosts may have.",
               "Write an address such as 192.0.2.1, or a prefix such as 198.51.100.0/24."};
    return good(std::move(network));
}

std::optional<std::uint64_t> Line::number(std::uint64_t least, std::uint64_t most) {
    const Word* const word = take();
    return word ? good(readNumber(word->text, least, most)) : std::nullopt;
}

std::optional<std::uint16_t> Line::port() {
    const auto value = number(1, 65535);
    return value ? std::optional(static_cast<std::uint16_t>(*value)) : std::nullopt;
}

std::optional<Seconds> Line::duration(Seconds least, Seconds most) {
    const Word* const word = take();
    if (!word)
        return std::nullopt;
    const Place place = lastPlace();
    // Larger than any range, small enough to be multiplied by the seconds of a day.
    constexpr std::uint64_t mostUnits = 1'000'000'000'000;
    const auto count = readNumber(word->text, 0, mostUnits);
    if (!count)
        complain(
            shown(*word) + " is no time.",
            "Write a whole number, and its unit if that is not seconds: 90, 5 minutes, 2 hours or 7 days.");
    std::int64_t unit = 1;
    if (hasMore()) {
        const auto name = choice({"seconds", "minutes", "hours", "days"});
        if (!name)
            return std::nullopt;
        unit = *name == "days" ? 86400 : *name == "hours" ? 3600 : *name == "minutes" ? 60 : 1;
    }
    if (!count)
        return std::nullopt;
    const Seconds value{static_cast<std::int64_t>(*count) * unit};
    if (value >= least && value <= most)
        return value;
    m_diagnostics.add(
        place, std::to_string(value.count()) + " seconds are out of range.",
        "Write a time from " + text(least) + " to " + text(most) + '.');
    m_isGood = false;
    return std::nullopt;
}

std::optional<std::string_view> Line::choice(const KeywordList& known) {
    const Word* const word = take();
    if (!word)
        return std::nullopt;
    const KeywordList found = word->quoted ? KeywordList{} : meant(word->text, known);
    if (found.size() == 1)
        return found.front();
    if (found.empty())
        complain(shown(*word) + " is not known here.", suggestion(word->text, known));
    else
        complain(shown(*word) + " can mean more than one word.", "Write " + choiceText(found) + '.');
    return std::nullopt;
}

std::optional<std::string> Line::word() {
    const Word* const word = take();
    if (!word)
        return std::nullopt;
    if (!word->text.empty())
        return word->text;
    complain("There is nothing between these quotes.", "Write at least one character.");
    return std::nullopt;
}

std::optional<std::string> Line::rest() {
    const Word* const first = take();
    if (!first)
        return std::nullopt;
    const bool isOne = !hasMore();
    m_next = m_words.size();
    if (isOne)
        return first->text;
    return std::string(m_text.substr(first->begin, m_words.back().end - first->begin));
}

std::optional<std::string> Line::read(Read<std::string> (*reader)(std::string_view)) {
    const Word* const word = take();
    return word ? good(reader(word->text)) : std::nullopt;
}

bool Line::finish() {
    if (hasMore()) {
        take();
        complain(
            shown(m_words[m_next - 1]) + " is one word too many.",
            "The whole line is: " + std::string(m_usage) + '.');
    }
    return m_isGood;
}

} // namespace viaduct::config
