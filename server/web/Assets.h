// SPDX-License-Identifier: GPL-3.0-or-later
// The files of assets/ as they go out, put into the program when it is built.
#pragma once

#include <string_view>

namespace viaduct::web::asset {

extern const std::string_view styleSheet;
extern const std::string_view proofOfWorkScript;
extern const std::string_view icon; ///< SVG

} // namespace viaduct::web::asset
