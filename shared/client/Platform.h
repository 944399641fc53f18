// SPDX-License-Identifier: GPL-3.0-or-later
// What the client asks of the operating system: a seam, so that its life can be tested without changing the
// machine.
#pragma once

#include "shared/tunnel/DelegatedPrefix.h"
#include "shared/tunnel/Tunnel.h"

namespace viaduct::client {

struct Platform {
    std::function<Result<std::unique_ptr<tunnel::Tunnel>>(
        const tunnel::TunnelParameters&, tunnel::Tunnel::Callbacks)>
        createTunnel;
    std::function<Result<std::unique_ptr<tunnel::DelegatedPrefix>>(
        const Prefix& prefix, const std::string& interface)>
        serveDelegatedPrefix;
};

/// That of this machine.
Platform systemPlatform();

} // namespace viaduct::client
