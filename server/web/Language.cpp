// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/Language.h"

#include "server/http/Language.h"
#include "server/http/Request.h"

#include <array>
#include <cstdio>
#include <vector>

namespace viaduct::web {

namespace {
constexpr std::string_view unbreakableSpace = "\xC2\xA0";

/// "Nom : x" and "« x »": a line must not begin with the colon, nor end with the opening quote.
std::string withUnbreakableSpaces(std::string_view french) {
    constexpr std::string_view openingQuote = "\xC2\xAB";
    constexpr std::string_view closingQuote = "\xC2\xBB";
    std::string text;
    for (std::size_t i = 0; i < french.size(); ++i) {
        const std::string_view rest = french.substr(i + 1);
        const bool binds = french[i] == ' '
            && ((!rest.empty() && std::string_view(":;?!").find(rest.front()) != std::string_view::npos)
                || rest.starts_with(closingQuote) || french.substr(0, i).ends_with(openingQuote));
        if (binds)
            text += unbreakableSpace;
        else
            text += french[i];
    }
    return text;
}

std::string filled(std::string_view pattern, std::initializer_list<std::string_view> values) {
    std::string text;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const bool isPlace = pattern[i] == '{' && i + 2 < pattern.size() && pattern[i + 2] == '}';
        const std::size_t index = isPlace ? static_cast<std::size_t>(pattern[i + 1] - '1') : values.size();
        if (index >= values.size()) {
            text += pattern[i];
            continue;
        }
        text += values.begin()[index];
        i += 2;
    }
    return text;
}
} // namespace

std::string_view code(Language language) {
    return language == Language::French ? "fr" : "en";
}

Language languageOf(std::string_view code) {
    return code == "fr" ? Language::French : Language::English;
}

Language languageOf(const http::Request& request) {
    const auto isOurs
        = [](const auto& language) { return language && (*language == "en" || *language == "fr"); };
    if (const auto chosen = request.queryValue("lang"); isOurs(chosen))
        return languageOf(*chosen);
    if (const auto kept = request.cookie("lang"); isOurs(kept))
        return languageOf(*kept);
    static const std::vector<std::string> offered{"en", "fr"};
    return languageOf(http::bestLanguage(request.header("accept-language").value_or(""), offered));
}

std::string Sentence::in(Language language, std::initializer_list<std::string_view> values) const {
    return language == Language::French ? filled(withUnbreakableSpaces(m_french), values)
                                        : filled(m_english, values);
}

std::string amountOfBytes(std::uint64_t bytes, Language language) {
    constexpr std::array english{"B", "kB", "MB", "GB", "TB", "PB"};
    constexpr std::array french{"o", "ko", "Mo", "Go", "To", "Po"};
    double amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (amount >= 1000 && unit + 1 < english.size()) {
        amount /= 1000;
        ++unit;
    }
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), unit == 0 ? "%.0f" : "%.1f", amount);
    std::string text = buffer.data();
    if (language == Language::English)
        return text + " " + english[unit];
    if (const std::size_t point = text.find('.'); point != std::string::npos)
        text[point] = ',';
    return text + std::string(unbreakableSpace) + french[unit];
}

std::string timeText(std::chrono::sys_time<std::chrono::milliseconds> time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::minutes>(time - day));
    std::array<char, 64> buffer{};
    std::snprintf(
        buffer.data(), buffer.size(), "%04d-%02u-%02u %02d:%02d UTC", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()));
    return buffer.data();
}

} // namespace viaduct::web
