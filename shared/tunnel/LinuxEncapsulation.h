// SPDX-License-Identifier: GPL-3.0-or-later
// What distinguishes the three ways of carrying packets in user space: everything else is one path,
// LinuxUserTunnel.
#pragma once

#include "shared/tunnel/LinuxFile.h"
#include "shared/tunnel/Tunnel.h"

namespace viaduct::tunnel {

struct LinuxEncapsulation {
    LinuxFile socket; ///< connected: the kernel drops what comes from anybody but outerRemote
    int innerVersion = 6; ///< 4 or 6; whatever else arrives is not ours
    bool hasOuterHeader = false; ///< a raw IPv4 socket hands over the outer header too (raw(7))

    /// For V6udpv4 a duplicate of the caller's socket; else a raw socket, which needs CAP_NET_RAW.
    static Result<LinuxEncapsulation> open(const TunnelParameters& parameters);
};

} // namespace viaduct::tunnel
