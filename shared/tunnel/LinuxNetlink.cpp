// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/LinuxNetlink.h"

#include <cstdlib>
#include <netlink/errno.h>
#include <new>
#include <sys/socket.h>

namespace viaduct::tunnel {

LinuxNetlink::LinuxNetlink(nl_sock* socket) : m_socket(socket) { }

Result<LinuxNetlink> LinuxNetlink::open() {
    LinuxNetlink netlink(nl_socket_alloc());
    if (!netlink.m_socket)
        throw std::bad_alloc();
    if (const int code = nl_connect(netlink.socket(), NETLINK_ROUTE); code < 0)
        return tl::unexpected(error(code, "ask the kernel about the network"));
    return netlink;
}

Result<NetlinkLink> LinuxNetlink::link(const std::string& name) const {
    // The kernel would answer for an empty name with a sentence of its own that helps nobody.
    if (name.empty())
        return failure(Error::Code::Invalid, "The name of a network interface is missing.");
    rtnl_link* link = nullptr;
    const int code = rtnl_link_get_kernel(socket(), 0, name.c_str(), &link);
    if (code == -NLE_NODEV || code == -NLE_OBJ_NOTFOUND)
        return failure(
            Error::Code::NotFound,
            "There is no network interface " + name + ": see `ip link` for those there are.");
    if (code < 0)
        return tl::unexpected(error(code, "look up the network interface " + name));
    return NetlinkLink(link);
}

NetlinkAddress LinuxNetlink::address(const IpAddress& address, int length) {
    const IpAddress::Bytes& bytes = address.bytes();
    // IPv4 is held in its mapped form: the last four bytes.
    NetlinkAddress result(
        address.isV4() ? nl_addr_build(AF_INET, bytes.data() + 12, 4)
                       : nl_addr_build(AF_INET6, bytes.data(), bytes.size()));
    if (!result)
        throw std::bad_alloc();
    nl_addr_set_prefixlen(result.get(), length);
    return result;
}

Error LinuxNetlink::error(int code, const std::string& what) {
    const std::string start = "Cannot " + what + ": ";
    switch (std::abs(code)) {
    case NLE_PERM:
        return {
            Error::Code::Denied,
            start
                + "this needs the capability CAP_NET_ADMIN. Run the program as root, or give its systemd "
                  "service AmbientCapabilities=CAP_NET_ADMIN."};
    case NLE_NOACCESS: // inet6_addr_add() in the kernel's net/ipv6/addrconf.c
        return {
            Error::Code::System,
            start
                + "IPv6 is switched off there. Switch it on with `sysctl -w "
                  "net.ipv6.conf.all.disable_ipv6=0`."};
    case NLE_OPNOTSUPP:
    case NLE_AF_NOSUPPORT:
        return {
            Error::Code::System,
            start
                + "this kernel does not know how. If it is about IPv6, see that it is not switched off "
                  "(ipv6.disable=1 on the kernel's command line)."};
    case NLE_EXIST:
        return {Error::Code::Busy, start + "there is one already. Remove that, or choose another."};
    case NLE_NODEV:
        return {Error::Code::NotFound, start + "the network interface is gone."};
    default:
        return {Error::Code::System, start + "the kernel says \"" + nl_geterror(code) + "\"."};
    }
}

} // namespace viaduct::tunnel
