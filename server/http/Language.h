// SPDX-License-Identifier: GPL-3.0-or-later
// Which language a page is to be in. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace viaduct::http {

/// The one of `offered` (lower-case tags, best first, not empty) that Accept-Language wants most (RFC 9110,
/// 12.5.4), of equals the one it names first; the first of them when it wants none or cannot be read. A range
/// fits a tag that is equal or that begins with it ("fr" fits "fr-be"), and a tag that it begins with
/// ("fr-BE" is content with "fr").
std::string bestLanguage(std::string_view acceptLanguage, const std::vector<std::string>& offered);

} // namespace viaduct::http
