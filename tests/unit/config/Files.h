// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/unit/source/SourceTree.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

using viaduct::sourcePath;

/// Empty when there is no such file.
inline std::string contentOf(const std::filesystem::path& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}
