// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/TextFields.h"

#include <algorithm>
#include <charconv>

namespace viaduct::credentials {

std::optional<std::vector<std::string_view>>
fields(std::string_view text, char separator, std::size_t count) {
    const auto separators = std::count(text.begin(), text.end(), separator);
    if (static_cast<std::size_t>(separators) + 1 != count)
        return std::nullopt;
    std::vector<std::string_view> found;
    found.reserve(count);
    while (found.size() + 1 < count) {
        const std::size_t end = text.find(separator);
        found.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    found.push_back(text);
    return found;
}

std::optional<std::int64_t> number(std::string_view text) {
    constexpr std::size_t mostDigits = 18; // fits 63 bits
    if (text.empty() || text.size() > mostDigits || (text.size() > 1 && text.front() == '0')
        || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

} // namespace viaduct::credentials
