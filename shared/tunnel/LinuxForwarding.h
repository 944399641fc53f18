// SPDX-License-Identifier: GPL-3.0-or-later
// This machine as an IPv6 router for as long as the object lives: the client's router mode.
#pragma once

#include "shared/net/Error.h"

#include <string>
#include <vector>

namespace viaduct::tunnel {

class LinuxForwarding {
public:
    /// Switches forwarding on for all interfaces, for the kernel forwards nothing while
    /// net.ipv6.conf.all.forwarding is 0, whatever a single interface says. A router ignores router
    /// advertisements and drops what it learned from them; interfaces that listened to them go on doing so
    /// (accept_ra 2), so that nobody loses a native default route. Where forwarding is on already, nothing
    /// is changed.
    static Result<LinuxForwarding> enable();

    LinuxForwarding(LinuxForwarding&&) noexcept = default;
    LinuxForwarding& operator=(LinuxForwarding&& other) noexcept;
    /// Puts back every switch as it was. After `kill -9` forwarding stays on until the next boot or
    /// `sysctl -w net.ipv6.conf.all.forwarding=0`.
    ~LinuxForwarding();

private:
    struct Switch {
        std::string path;
        std::string value;
    };

    LinuxForwarding() = default;
    /// Writes `value` and remembers what was there.
    Result<void> set(const std::string& path, const std::string& value);

    std::vector<Switch> m_before; ///< in the order in which they were changed
};

} // namespace viaduct::tunnel
