// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/LinuxSysctl.h"

#include "shared/tunnel/LinuxFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>

namespace viaduct::tunnel {
namespace {

constexpr const char* root = "/proc/sys/";

} // namespace

std::optional<std::string> readSysctl(const std::string& path) {
    std::ifstream file(root + path);
    std::string value;
    if (!std::getline(file, value))
        return std::nullopt;
    return value;
}

Result<void> writeSysctl(const std::string& path, const std::string& value) {
    const std::string whole = root + path;
    const LinuxFile file(::open(whole.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.descriptor() >= 0
        && ::write(file.descriptor(), value.data(), value.size()) == static_cast<ssize_t>(value.size()))
        return {};
    const bool denied = errno == EROFS || errno == EACCES || errno == EPERM;
    const std::string cure = denied
        ? " The program needs CAP_NET_ADMIN and a writable /proc/sys (in systemd, ProtectKernelTunables=no)."
        : "";
    return failure(
        denied ? Error::Code::Denied : Error::Code::System,
        "Cannot write " + value + " to " + whole + ": " + std::strerror(errno) + "." + cure);
}

} // namespace viaduct::tunnel
