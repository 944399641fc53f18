// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/LinuxNetwork.h"

#include "shared/tunnel/LinuxFile.h"
#include "shared/tunnel/LinuxNetlink.h"
#include "shared/tunnel/LinuxSocketAddress.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <linux/if_link.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/route/link/inet6.h>
#include <new>
#include <thread>

namespace viaduct::tunnel {
namespace {

// The kernel enters an IPv6 address's local route in a worker of its own, within milliseconds; packets that
// come before it are lost, such as the answer to the first keepalive.
void waitUntilLocal(const IpAddress& address) {
    constexpr int attempts = 100;
    for (int attempt = 0; attempt < attempts && !hasLocalAddress(address).value_or(true); ++attempt)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// What libnl says when what shall be removed is not there (any more).
bool isGone(int code) {
    return code == -NLE_OBJ_NOTFOUND || code == -NLE_NOADDR || code == -NLE_NODEV;
}

template <typename Pointer>
Pointer allocated(Pointer pointer) {
    if (!pointer)
        throw std::bad_alloc();
    return pointer;
}

NetlinkInterfaceAddress interfaceAddress(rtnl_link* link, const IpAddress& address, int length) {
    auto result = allocated(NetlinkInterfaceAddress(rtnl_addr_alloc()));
    rtnl_addr_set_ifindex(result.get(), rtnl_link_get_ifindex(link));
    rtnl_addr_set_local(result.get(), LinuxNetlink::address(address, length).get());
    if (address.isV6() && (rtnl_link_get_flags(link) & IFF_NOARP) != 0)
        rtnl_addr_set_flags(result.get(), IFA_F_NODAD);
    return result;
}

// `link` is null for an unreachable route.
NetlinkRoute kernelRoute(const Route& route, rtnl_link* link) {
    auto result = allocated(NetlinkRoute(rtnl_route_alloc()));
    rtnl_route_set_family(result.get(), route.destination.address().isV4() ? AF_INET : AF_INET6);
    rtnl_route_set_dst(
        result.get(), LinuxNetlink::address(route.destination.address(), route.destination.length()).get());
    rtnl_route_set_priority(result.get(), static_cast<std::uint32_t>(route.metric));
    if (route.preferredSource)
        rtnl_route_set_pref_src(
            result.get(),
            LinuxNetlink::address(*route.preferredSource, Prefix(*route.preferredSource, 128).length())
                .get());
    if (route.mtu > 0)
        rtnl_route_set_metric(result.get(), RTAX_MTU, static_cast<unsigned>(route.mtu));
    if (link == nullptr) {
        rtnl_route_set_type(result.get(), RTN_UNREACHABLE);
        return result;
    }
    rtnl_nexthop* hop = allocated(rtnl_route_nh_alloc());
    rtnl_route_nh_set_ifindex(hop, rtnl_link_get_ifindex(link));
    if (route.gateway)
        rtnl_route_nh_set_gateway(
            hop, LinuxNetlink::address(*route.gateway, Prefix(*route.gateway, 128).length()).get());
    rtnl_route_add_nexthop(result.get(), hop); // takes it over
    return result;
}

std::string describe(const Route& route) {
    return "route to " + route.destination.text()
        + (route.interface.empty() ? " (unreachable)" : " through " + route.interface);
}

// The interface of a route; null for an unreachable one.
Result<NetlinkLink> linkOf(const Route& route, const LinuxNetlink& netlink) {
    if (route.interface.empty())
        return NetlinkLink();
    return netlink.link(route.interface);
}

} // namespace

Result<void> addAddress(const std::string& interface, const IpAddress& address, int length) {
    const auto netlink = LinuxNetlink::open();
    if (!netlink)
        return tl::unexpected(netlink.error());
    const auto link = netlink->link(interface);
    if (!link)
        return tl::unexpected(link.error());
    const auto wished = interfaceAddress(link->get(), address, length);
    const int code = rtnl_addr_add(netlink->socket(), wished.get(), 0);
    if (code < 0 && code != -NLE_EXIST)
        return tl::unexpected(
            LinuxNetlink::error(code, "add the address " + address.text() + " to " + interface));
    if ((rtnl_addr_get_flags(wished.get()) & IFA_F_NODAD) != 0)
        waitUntilLocal(address);
    return {};
}

Result<void> removeAddress(const std::string& interface, const IpAddress& address, int length) {
    const auto netlink = LinuxNetlink::open();
    if (!netlink)
        return tl::unexpected(netlink.error());
    const auto link = netlink->link(interface);
    if (!link) {
        if (link.error().code == Error::Code::NotFound)
            return {};
        return tl::unexpected(link.error());
    }
    const int code
        = rtnl_addr_delete(netlink->socket(), interfaceAddress(link->get(), address, length).get(), 0);
    if (code < 0 && !isGone(code))
        return tl::unexpected(
            LinuxNetlink::error(code, "remove the address " + address.text() + " from " + interface));
    return {};
}

Result<void> addRoute(const Route& route) {
    const auto netlink = LinuxNetlink::open();
    if (!netlink)
        return tl::unexpected(netlink.error());
    const auto link = linkOf(route, *netlink);
    if (!link)
        return tl::unexpected(link.error());
    // NLM_F_CREATE alone: the kernel refuses only exactly the same route.
    const int code = rtnl_route_add(netlink->socket(), kernelRoute(route, link->get()).get(), NLM_F_CREATE);
    if (code < 0 && code != -NLE_EXIST)
        return tl::unexpected(LinuxNetlink::error(code, "add the " + describe(route)));
    return {};
}

Result<void> removeRoute(const Route& route) {
    const auto netlink = LinuxNetlink::open();
    if (!netlink)
        return tl::unexpected(netlink.error());
    const auto link = linkOf(route, *netlink);
    if (!link) {
        if (link.error().code == Error::Code::NotFound)
            return {};
        return tl::unexpected(link.error());
    }
    const int code = rtnl_route_delete(netlink->socket(), kernelRoute(route, link->get()).get(), 0);
    if (code < 0 && !isGone(code))
        return tl::unexpected(LinuxNetlink::error(code, "remove the " + describe(route)));
    return {};
}

Result<void> setLinkUp(const std::string& interface, int mtu) {
    const auto netlink = LinuxNetlink::open();
    if (!netlink)
        return tl::unexpected(netlink.error());
    const auto link = netlink->link(interface);
    if (!link)
        return tl::unexpected(link.error());
    const bool isUp = (rtnl_link_get_flags(link->get()) & IFF_UP) != 0;
    const auto wished = static_cast<unsigned>(mtu);
    if (isUp && (mtu == 0 || rtnl_link_get_mtu(link->get()) == wished))
        return {};
    const auto change = allocated(NetlinkLink(rtnl_link_alloc()));
    rtnl_link_set_flags(change.get(), IFF_UP);
    if (mtu != 0)
        rtnl_link_set_mtu(change.get(), wished);
    if (const int code = rtnl_link_change(netlink->socket(), link->get(), change.get(), 0); code < 0)
        return tl::unexpected(LinuxNetlink::error(
            code,
            "switch on the interface "
                + interface + (mtu != 0 ? " with an MTU of " + std::to_string(mtu) : std::string())));
    return {};
}

Result<void> disableAutomaticAddresses(const std::string& interface) {
    const auto netlink = LinuxNetlink::open();
    if (!netlink)
        return tl::unexpected(netlink.error());
    const auto link = netlink->link(interface);
    if (!link)
        return tl::unexpected(link.error());
    const auto change = allocated(NetlinkLink(rtnl_link_alloc()));
    int code = rtnl_link_inet6_set_addr_gen_mode(change.get(), IN6_ADDR_GEN_MODE_NONE);
    if (code == 0)
        code = rtnl_link_change(netlink->socket(), link->get(), change.get(), 0);
    if (code < 0)
        return tl::unexpected(
            LinuxNetlink::error(code, "switch off automatic IPv6 addresses on " + interface));
    return {};
}

Result<bool> hasLocalAddress(const IpAddress& address) {
    const auto netlink = LinuxNetlink::open();
    if (!netlink)
        return tl::unexpected(netlink.error());
    rtnl_route* found = nullptr;
    const int code = rtnl_route_lookup(
        netlink->socket(), LinuxNetlink::address(address, Prefix(address, 128).length()).get(), &found);
    if (code < 0)
        return false; // no way there at all, so it is not here either
    return rtnl_route_get_type(NetlinkRoute(found).get()) == RTN_LOCAL;
}

Result<IpAddress> sourceFor(const IpAddress& destination) {
    // Connecting a UDP socket sends nothing, and asks exactly what a later packet will ask. The port is
    // that of "discard"; any would do.
    constexpr std::uint16_t anyPort = 9;
    const LinuxSocketAddress remote(Endpoint{destination, anyPort});
    const LinuxFile socket(::socket(remote.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (socket.descriptor() < 0 || ::connect(socket.descriptor(), remote.get(), remote.size()) < 0)
        return failure(
            Error::Code::NotFound,
            "This machine has no way to " + destination.text() + " (" + std::strerror(errno)
                + "): see whether it is connected, and `ip route`.");
    sockaddr_storage local{};
    socklen_t size = sizeof local;
    if (::getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&local), &size) < 0)
        return failure(
            Error::Code::System, std::string("Cannot read a socket's address: ") + std::strerror(errno));
    return LinuxSocketAddress::toEndpoint(local).address;
}

Result<std::string> interfaceName(unsigned index) {
    std::array<char, IF_NAMESIZE> name{};
    if (if_indextoname(index, name.data()) == nullptr)
        return failure(
            Error::Code::NotFound,
            "There is no network interface with the number " + std::to_string(index)
                + ": see `ip link` for those there are.");
    return std::string(name.data());
}

} // namespace viaduct::tunnel
