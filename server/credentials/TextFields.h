// SPDX-License-Identifier: GPL-3.0-or-later
// Reading the short texts of this room, whose fields a character parts: bounded, and of one spelling only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace viaduct::credentials {

/// The fields between `separator`. Nothing unless there are exactly `count` of them.
std::optional<std::vector<std::string_view>> fields(std::string_view text, char separator, std::size_t count);

/// A decimal number of at most 18 digits: no sign, no blank, no leading zero.
std::optional<std::int64_t> number(std::string_view text);

} // namespace viaduct::credentials
