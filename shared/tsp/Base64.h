// SPDX-License-Identifier: GPL-3.0-or-later
// Base64 (RFC 4648, section 4), in which DIGEST-MD5 travels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace viaduct::tsp {

std::string toBase64(std::string_view bytes);
/// Nothing when `text` holds a character outside the alphabet, or is padded wrongly.
std::optional<std::string> fromBase64(std::string_view text);

} // namespace viaduct::tsp
