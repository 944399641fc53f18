// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/LinuxTunnelInterface.h"

#include "shared/tunnel/LinuxNetwork.h"
#include "shared/tunnel/LinuxSysctl.h"

namespace viaduct::tunnel {
namespace {

// Better than the default routes of the kernel (1024), of systemd-networkd (1024) and of NetworkManager
// (100 and more), which stay and serve again when the tunnel ends. Who wants to keep native IPv6 gives
// its default route a lower metric.
constexpr int tunnelMetric = 64;

} // namespace

Result<void> configureInterface(const std::string& interface, const TunnelParameters& parameters) {
    const bool isV4 = parameters.innerLocal.isV4();
    // On machines that switched IPv6 off for want of it, the tunnel alone shall have it. A refusal shows in
    // the next step, with its cause.
    if (!isV4)
        (void)writeSysctl("net/ipv6/conf/" + interface + "/disable_ipv6", "0");
    const int width = isV4 ? 32 : 128;
    if (auto added = addAddress(interface, parameters.innerLocal, width); !added)
        return added;
    Route route;
    route.destination = Prefix(parameters.innerRemote, width);
    route.interface = interface;
    route.preferredSource = parameters.innerLocal;
    route.metric = tunnelMetric;
    if (auto added = addRoute(route); !added || !parameters.defaultRoute)
        return added;
    // Inside and outside are never of one family, so this route cannot take the way to the broker.
    route.destination = isV4 ? Prefix(IpAddress::v4(0), 0) : Prefix();
    return addRoute(route);
}

} // namespace viaduct::tunnel
