// SPDX-License-Identifier: GPL-3.0-or-later
// The small pieces that all texts of HTTP are made of. Pure, and ASCII whatever the locale.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace viaduct::http {

/// The parts between the separators; one empty part of an empty text.
std::vector<std::string_view> split(std::string_view text, char separator);
/// Without spaces and tabs around it.
std::string_view trimmed(std::string_view text);
std::string lowerCase(std::string_view text);
/// RFC 9110, 5.6.2: the characters that names and methods are made of; not empty.
bool isToken(std::string_view text);
/// C0 or DEL.
bool isControl(char c);
/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool isUtf8(std::string_view text);

} // namespace viaduct::http
