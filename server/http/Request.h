// SPDX-License-Identifier: GPL-3.0-or-later
// A request as a value: whole, decoded and within its limits before anybody is asked to answer it.
#pragma once

#include "shared/net/Endpoint.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace viaduct::http {

/// Names with their values, in the order in which they were written.
using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method; ///< as written; methods are case-sensitive (RFC 9110, 9.1)
    std::string path; ///< as written, without the query; begins with '/'
    /// The path percent-decoded: "/a%20b/c" is {"a b", "c"}, "/" is {}, "/a/" is {"a", ""}. Valid UTF-8
    /// without control characters and slashes; never "." or "..", and only the last may be empty.
    std::vector<std::string> segments;
    Pairs query; ///< decoded, valid UTF-8
    Pairs headers; ///< names in lower case, each once; repeated lists are joined (RFC 9110, 5.3)
    std::string body;
    Endpoint remote;

    /// `name` in lower case.
    std::optional<std::string_view> header(std::string_view name) const;
    /// The first of that name.
    std::optional<std::string_view> queryValue(std::string_view name) const;
    /// The first of that name, without the quotes that may stand around it (RFC 6265, 4.2.1).
    std::optional<std::string_view> cookie(std::string_view name) const;

    friend bool operator==(const Request&, const Request&) = default;
};

/// The first value of that name.
std::optional<std::string_view> valueOf(const Pairs& pairs, std::string_view name);

} // namespace viaduct::http
