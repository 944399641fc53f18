// SPDX-License-Identifier: GPL-3.0-or-later
// What stands between the method and the version of a request, and forms, which are written in the same way.
// Pure.
#pragma once

#include "server/http/Request.h"
#include "shared/net/Error.h"

namespace viaduct::http {

/// Fields in one query or form; a form of ours has a tenth of that.
constexpr std::size_t mostPairs = 1000;

struct Target {
    std::string path; ///< as written
    std::vector<std::string> segments; ///< see Request
    Pairs query;
    std::string authority; ///< of an absolute target (RFC 9112, 3.2.2), which then stands for Host
    friend bool operator==(const Target&, const Target&) = default;
};

/// Invalid for all that could mean one thing to us and another to somebody else: half an escape, NUL, invalid
/// UTF-8, control characters, "." and "..", empty segments, an escaped slash.
Result<Target> parseTarget(std::string_view target);

/// application/x-www-form-urlencoded (URL Standard, 5.1), but strict: half an escape, NUL and invalid UTF-8
/// are Invalid.
Result<Pairs> parseForm(std::string_view text);

} // namespace viaduct::http
