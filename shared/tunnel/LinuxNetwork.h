// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses, routes and links of this machine, by rtnetlink (libnl-route-3). Each call is one change;
// "already so" is success, so that a program that was killed can be started again. Everything happens in
// the network namespace of the calling thread.
#pragma once

#include "shared/net/Error.h"
#include "shared/net/Prefix.h"

#include <optional>
#include <string>

namespace viaduct::tunnel {

struct Route {
    Prefix destination;
    std::string interface = {}; ///< empty: an unreachable route, which answers with an ICMP error
    std::optional<IpAddress> gateway = {};
    std::optional<IpAddress> preferredSource = {};
    int metric = 1024; ///< lower wins; 1024 is what the kernel gives routes from router advertisements
    int mtu = 0; ///< 0: that of the interface
    friend bool operator==(const Route&, const Route&) = default;
};

/// `length` of the on-link prefix, 0..128 (0..32). No duplicate address detection where there is nobody to
/// ask (TUN, sit): the address can be used at once.
Result<void> addAddress(const std::string& interface, const IpAddress& address, int length);
/// Success also when the interface is gone.
Result<void> removeAddress(const std::string& interface, const IpAddress& address, int length);
/// In the main table. A route to the same destination by another way stays beside it.
Result<void> addRoute(const Route& route);
/// Success also when the interface is gone.
Result<void> removeRoute(const Route& route);
/// `mtu` in bytes; 0 leaves it as it is.
Result<void> setLinkUp(const std::string& interface, int mtu);
/// The kernel shall make no link-local address by itself, and so send no router solicitation. Before
/// setLinkUp().
Result<void> disableAutomaticAddresses(const std::string& interface);
/// Whether this network namespace takes packets for `address` as its own: configured on an interface, or in a
/// local route (as all of 127.0.0.0/8 is). Not yet while the kernel looks for duplicates (RFC 4862, 5.4): no
/// socket can be bound to it then either.
Result<bool> hasLocalAddress(const IpAddress& address);
/// The address this machine would send from to `destination`.
Result<IpAddress> sourceFor(const IpAddress& destination);
/// The name of the interface with that index.
Result<std::string> interfaceName(unsigned index);

} // namespace viaduct::tunnel
