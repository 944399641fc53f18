// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Request.h"

#include "server/http/Text.h"

#include <algorithm>

namespace viaduct::http {

std::optional<std::string_view> valueOf(const Pairs& pairs, std::string_view name) {
    const auto found = std::ranges::find(pairs, name, &Pairs::value_type::first);
    return found == pairs.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::optional<std::string_view> Request::header(std::string_view name) const {
    return valueOf(headers, name);
}

std::optional<std::string_view> Request::queryValue(std::string_view name) const {
    return valueOf(query, name);
}

std::optional<std::string_view> Request::cookie(std::string_view name) const {
    for (const std::string_view part : split(header("cookie").value_or(""), ';')) {
        const std::string_view cookie = trimmed(part);
        const std::size_t equals = cookie.find('=');
        if (equals == std::string_view::npos || cookie.substr(0, equals) != name)
            continue;
        const std::string_view value = cookie.substr(equals + 1);
        const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
        return quoted ? value.substr(1, value.size() - 2) : value;
    }
    return std::nullopt;
}

} // namespace viaduct::http
