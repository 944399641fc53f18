// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/LinuxForwarding.h"

#include "shared/tunnel/LinuxSysctl.h"

#include <filesystem>
#include <system_error>

namespace viaduct::tunnel {
namespace {

// Documentation/networking/ip-sysctl.rst
const std::string folder = "net/ipv6/conf/";
const std::string everything = folder + "all/forwarding";
constexpr const char* acceptUnlessRouter = "1";
constexpr const char* acceptEvenAsRouter = "2";

// "default" is one of them: it is what new interfaces start with.
std::vector<std::string> interfaceFolders() {
    std::vector<std::string> folders;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/sys/" + folder, ignored))
        if (entry.path().filename() != "all")
            folders.push_back(folder + entry.path().filename().string() + "/");
    return folders;
}

} // namespace

Result<void> LinuxForwarding::set(const std::string& path, const std::string& value) {
    if (auto before = readSysctl(path))
        m_before.push_back({path, *before});
    return writeSysctl(path, value);
}

Result<LinuxForwarding> LinuxForwarding::enable() {
    LinuxForwarding forwarding;
    const auto present = readSysctl(everything);
    if (!present)
        return failure(
            Error::Code::System,
            "This kernel has no IPv6, or it is switched off (ipv6.disable=1 on the kernel's command line).");
    if (*present != "0")
        return forwarding;
    // First what the switch for all overwrites, so that it is put back after that switch.
    for (const std::string& interface : interfaceFolders()) {
        if (const auto before = readSysctl(interface + "forwarding"))
            forwarding.m_before.push_back({interface + "forwarding", *before});
        if (readSysctl(interface + "accept_ra") == acceptUnlessRouter)
            if (const auto done = forwarding.set(interface + "accept_ra", acceptEvenAsRouter); !done)
                return tl::unexpected(done.error());
    }
    if (const auto done = forwarding.set(everything, "1"); !done)
        return tl::unexpected(done.error());
    return forwarding;
}

LinuxForwarding& LinuxForwarding::operator=(LinuxForwarding&& other) noexcept {
    m_before.swap(other.m_before);
    return *this;
}

LinuxForwarding::~LinuxForwarding() {
    // Backwards, so the switch for all comes first. An interface that is gone needs nothing.
    for (auto before = m_before.rbegin(); before != m_before.rend(); ++before)
        (void)writeSysctl(before->path, before->value);
}

} // namespace viaduct::tunnel
