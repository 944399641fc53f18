// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/revisions/ConfigurationFile.h"

#include <filesystem>

namespace viaduct::revisions {

namespace {
constexpr std::size_t largestConfiguration = std::size_t{16} << 20U; ///< bytes
} // namespace

Result<config::Configuration> loadConfiguration(const std::string& file) {
    const ConfigurationFile source(file);
    const auto text = source.read();
    if (!text)
        return tl::unexpected(text.error());
    return source.parse(*text);
}

Result<std::string> ConfigurationFile::read() const {
    auto text = readFile(m_path, largestConfiguration);
    if (!text && text.error().code == Error::Code::Invalid)
        return failure(Error::Code::Invalid, m_path + ": larger than 16 MiB, which no configuration is.");
    if (!text)
        return failure(Error::Code::NotFound, text.error().message + " Name another with --config FILE.");
    return text;
}

Result<config::Configuration> ConfigurationFile::parse(std::string_view text) const {
    auto configuration = config::parse(text);
    if (configuration)
        return std::move(*configuration);
    std::string mistakes;
    for (const config::Diagnostic& diagnostic : configuration.error())
        mistakes += config::text(diagnostic, m_path) + '\n';
    return failure(Error::Code::Invalid, mistakes + m_path + ": nothing of it was applied.");
}

Result<DraftFile> ConfigurationFile::draft(std::string_view text) const {
    std::error_code error;
    const std::filesystem::path real = std::filesystem::canonical(m_path, error);
    const std::string path = error ? m_path : real.string();
    return DraftFile::write(path, text, ownershipOf(path));
}

} // namespace viaduct::revisions
