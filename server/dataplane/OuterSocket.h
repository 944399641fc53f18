// SPDX-License-Identifier: GPL-3.0-or-later
// A socket through which outer packets come and go: UDP, or a raw one for protocol 41 (over IPv4) or 4 (over
// IPv6). Bound to one address, so that what leaves through it has exactly that source.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/net/Error.h"
#include "shared/net/TunnelMode.h"
#include "shared/tunnel/LinuxFile.h"

#include <memory>

namespace viaduct::dataplane {

class OuterSocket {
public:
    /// `mode` V6udpv4 is a UDP socket (IPv6 too: signalling of v4v6 comes there), V6v4 and V4v6 are raw; then
    /// the port is 0. Errors name what is missing (address, port, capability) and how to get it.
    static Result<std::shared_ptr<OuterSocket>> open(TunnelMode mode, const Endpoint& local);

    TunnelMode mode() const { return m_mode; }
    const Endpoint& local() const { return m_local; }
    int descriptor() const { return m_file.descriptor(); }

private:
    OuterSocket(TunnelMode mode, const Endpoint& local, tunnel::LinuxFile file);

    TunnelMode m_mode;
    Endpoint m_local;
    tunnel::LinuxFile m_file;
};

} // namespace viaduct::dataplane
