// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration file, which a person may edit at any time.
#pragma once

#include "server/config/Language.h"
#include "server/revisions/DraftFile.h"

namespace viaduct::revisions {

/// Reads and checks a configuration file. The error is for people, one line for each mistake:
/// FILE:LINE:COLUMN: cause cure.
Result<config::Configuration> loadConfiguration(const std::string& file);

class ConfigurationFile {
public:
    explicit ConfigurationFile(std::string path) : m_path(std::move(path)) { }

    const std::string& path() const { return m_path; }
    /// The errors are those of loadConfiguration().
    Result<std::string> read() const;
    Result<config::Configuration> parse(std::string_view text) const;
    /// To be placed in its stead, with its owner and mode. Where the path is a link, what it leads to is
    /// replaced.
    Result<DraftFile> draft(std::string_view text) const;

private:
    std::string m_path;
};

} // namespace viaduct::revisions
