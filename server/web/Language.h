// SPDX-License-Identifier: GPL-3.0-or-later
// The two languages of the pages and letters, and a sentence in both. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace viaduct::http {
struct Request;
}

namespace viaduct::web {

enum class Language { English, French };

/// "en" or "fr".
std::string_view code(Language language);
/// English for every text that is not "fr".
Language languageOf(std::string_view code);
/// What the switch says (?lang=), else what it said before (the cookie), else what the browser wants.
Language languageOf(const http::Request& request);

/// What is said in each language, with {1} {2} {3} for values. A sentence that one of them lacks, or that has
/// other values in one of them, does not compile.
class Sentence {
public:
    constexpr Sentence(std::string_view english, std::string_view french)
        : m_english(english), m_french(french) {
        if (english.empty() || french.empty() || places(english) != places(french))
            throw "a sentence is not the same in both languages"; // while compiling: nobody catches it
    }
    /// Text, not HTML. The spaces that French wants before its punctuation do not break lines.
    std::string in(Language language, std::initializer_list<std::string_view> values = {}) const;

private:
    /// Which of {1} to {3} there are, as bits.
    static constexpr unsigned places(std::string_view text) {
        unsigned found = 0;
        for (std::size_t i = 0; i + 2 < text.size(); ++i) {
            if (text[i] == '{' && text[i + 2] == '}')
                found |= 1U << static_cast<unsigned>(text[i + 1] - '0');
        }
        return found;
    }

    std::string_view m_english;
    std::string_view m_french;
};

/// 1536 -> "1.5 kB", "1,5 ko".
std::string amountOfBytes(std::uint64_t bytes, Language language);
/// 2026-11-25 14:03 UTC.
std::string timeText(std::chrono::sys_time<std::chrono::milliseconds> time);

} // namespace viaduct::web
