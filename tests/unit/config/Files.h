// SPDX-License-Identifier: GPL-3.0-or-later
// The files that these tests read, by their place in the source tree.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

inline std::filesystem::path sourcePath(const std::string& relative) {
    return std::filesystem::path(VIADUCT_SOURCE_DIR) / relative;
}

/// Empty when there is no such file.
inline std::string contentOf(const std::filesystem::path& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}
