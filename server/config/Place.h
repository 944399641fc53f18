// SPDX-License-Identifier: GPL-3.0-or-later
// Where in a configuration text something stands.
#pragma once

#include <compare>
#include <cstddef>

namespace viaduct::config {

struct Place {
    std::size_t line = 1; ///< from 1
    std::size_t column = 1; ///< from 1, in characters
    friend auto operator<=>(const Place&, const Place&) = default;
    friend bool operator==(const Place&, const Place&) = default;
};

} // namespace viaduct::config
