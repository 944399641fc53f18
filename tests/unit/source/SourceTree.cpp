// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/source/SourceTree.h"

namespace viaduct {

std::filesystem::path sourcePath(std::string_view relative) {
    return std::filesystem::path(VIADUCT_SOURCE_DIR) / relative;
}

} // namespace viaduct
