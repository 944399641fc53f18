// SPDX-License-Identifier: GPL-3.0-or-later
// Which mail addresses a `mail domain` or `approve automatically` line means. A domain is written as it
// stands, or as *.DOMAIN for all domains below it, of which it is not one itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace viaduct::config {

/// Whether all that `domain` means, itself perhaps with *, is meant by `pattern` too. In any case of letters.
bool holdsDomain(std::string_view pattern, std::string_view domain);

/// Whether one of `patterns` means the domain of this mail address, what stands behind its last @. False for
/// what has none.
bool holdsMail(const std::vector<std::string>& patterns, std::string_view mail);

} // namespace viaduct::config
