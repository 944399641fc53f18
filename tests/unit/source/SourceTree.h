// SPDX-License-Identifier: GPL-3.0-or-later
// The files that tests read, by their place in the source tree. Its own object, so that no other one knows
// where the tree lies: two checkouts share what a compiler cache has.
#pragma once

#include <filesystem>
#include <string_view>

namespace viaduct {

/// `relative` to the root of the project.
std::filesystem::path sourcePath(std::string_view relative);

} // namespace viaduct
