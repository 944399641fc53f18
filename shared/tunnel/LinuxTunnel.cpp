// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/LinuxKernelTunnel.h"
#include "shared/tunnel/LinuxUserTunnel.h"
#include "shared/tunnel/Tunnel.h"

#include <net/if.h>

namespace viaduct::tunnel {
namespace {

constexpr int leastMtuV6 = 1280; // RFC 8200, 5
constexpr int leastMtuV4 = 68; // RFC 791, 3.2
constexpr int greatestMtu = 65535 - 60; // an IPv4 packet less its longest header

Result<void> check(const TunnelParameters& parameters) {
    const bool isInnerV4 = parameters.mode == TunnelMode::V4v6;
    if (parameters.mode == TunnelMode::V6anyv4)
        return failure(
            Error::Code::Invalid, "v6anyv4 is no kind of tunnel: the broker must have chosen one.");
    if (parameters.innerLocal.isV4() != isInnerV4 || parameters.innerRemote.isV4() != isInnerV4
        || parameters.outerLocal.address.isV4() == isInnerV4
        || parameters.outerRemote.address.isV4() == isInnerV4 || !parameters.innerLocal.isUnicast()
        || !parameters.innerRemote.isUnicast())
        return failure(
            Error::Code::Invalid,
            "The addresses that the broker gave do not fit a tunnel of the mode "
                + std::string(text(parameters.mode)) + ".");
    if (parameters.interfaceName.empty() || parameters.interfaceName.size() >= IF_NAMESIZE)
        return failure(
            Error::Code::Invalid,
            "\"" + parameters.interfaceName
                + "\" is no name for a network interface: it must have 1 to 15 characters.");
    const int least = isInnerV4 ? leastMtuV4 : leastMtuV6;
    if (parameters.mtu < least || parameters.mtu > greatestMtu)
        return failure(
            Error::Code::Invalid,
            "The MTU of the tunnel must be " + std::to_string(least) + " to " + std::to_string(greatestMtu)
                + " bytes, not " + std::to_string(parameters.mtu) + ".");
    return {};
}

} // namespace

Result<std::unique_ptr<Tunnel>>
createTunnel(const TunnelParameters& parameters, Tunnel::Callbacks callbacks) {
    if (const auto checked = check(parameters); !checked)
        return tl::unexpected(checked.error());
    if (parameters.mode == TunnelMode::V6v4) {
        auto tunnel = LinuxKernelTunnel::create(parameters, callbacks);
        if (!tunnel || *tunnel)
            return tunnel;
    }
    return LinuxUserTunnel::create(parameters, std::move(callbacks));
}

} // namespace viaduct::tunnel
