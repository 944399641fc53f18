// SPDX-License-Identifier: GPL-3.0-or-later
// The client's end of a tunnel, whatever the operating system: a seam with one implementation for each. The
// client engine holds one while it is connected; destroying it takes every device, address and route away
// again. Should the program be killed, the system does that (TUN), or the next createTunnel() between the
// same outer addresses (kernel tunnel).
//
// The default route has a metric better than those that systems give to routes they learn (64), so it wins
// without removing them. Inside and outside are of different families in every mode, so no route into the
// tunnel can cut off the way to the broker.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/net/Error.h"
#include "shared/net/Prefix.h"
#include "shared/net/TunnelMode.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace viaduct::tunnel {

struct TunnelParameters {
    TunnelMode mode = TunnelMode::V6v4; ///< V6v4, V6udpv4 or V4v6
    Endpoint outerLocal; ///< port only for V6udpv4
    Endpoint outerRemote;
    IpAddress innerLocal;
    IpAddress innerRemote;
    int mtu = 1280; ///< of the inner interface, in bytes
    std::string interfaceName = "viaduct%d"; ///< wished name; %d is filled in by the system
    bool defaultRoute = true; ///< IPv6 (V4v6: IPv4) traffic of this machine goes into the tunnel
    /// V6udpv4: the UDP socket of the signalling, connected to the broker. It stays the caller's, who may
    /// close it at any time but must no longer read from it: the tunnel takes every datagram, and drops what
    /// is no inner packet.
    std::intptr_t socket = -1;
};

struct TunnelCounters {
    std::uint64_t packetsIn = 0;
    std::uint64_t bytesIn = 0; ///< inner bytes, as all counters of Viaduct
    std::uint64_t packetsOut = 0;
    std::uint64_t bytesOut = 0;
};

class Tunnel {
public:
    /// Called from a thread of the tunnel's own, perhaps before createTunnel() has returned. They must not
    /// destroy the tunnel.
    struct Callbacks {
        std::function<void(std::uint16_t sequence)> echoReply; ///< the broker answered sendEcho()
        std::function<void(Error)> failed; ///< the tunnel works no more (socket error, device gone)
    };

    virtual ~Tunnel() = default;

    /// Sends an ICMP (ICMPv6) echo request from innerLocal to innerRemote through the tunnel. Any thread.
    virtual void sendEcho(std::uint16_t sequence) = 0;
    /// Any thread, one at a time.
    virtual TunnelCounters counters() const = 0;
    /// The real name of the inner interface.
    virtual std::string interfaceName() const = 0;
    /// "kernel" or "user space", for people.
    virtual std::string path() const = 0;
};

/// Makes the tunnel with what this operating system has; everything is undone if one step fails.
Result<std::unique_ptr<Tunnel>> createTunnel(const TunnelParameters& parameters, Tunnel::Callbacks callbacks);

} // namespace viaduct::tunnel
