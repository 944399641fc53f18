// SPDX-License-Identifier: GPL-3.0-or-later
// One rtnetlink socket of libnl-route-3, its objects as owning pointers, and its error codes as sentences.
// Private to the Linux files of this room.
#pragma once

#include "shared/net/Error.h"
#include "shared/net/IpAddress.h"

#include <memory>
#include <netlink/addr.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>
#include <string>

namespace viaduct::tunnel {

template <auto release>
struct NetlinkDelete {
    template <typename Object>
    void operator()(Object* object) const {
        release(object);
    }
};

using NetlinkAddress = std::unique_ptr<nl_addr, NetlinkDelete<nl_addr_put>>;
using NetlinkLink = std::unique_ptr<rtnl_link, NetlinkDelete<rtnl_link_put>>;
using NetlinkInterfaceAddress = std::unique_ptr<rtnl_addr, NetlinkDelete<rtnl_addr_put>>;
using NetlinkRoute = std::unique_ptr<rtnl_route, NetlinkDelete<rtnl_route_put>>;

class LinuxNetlink {
public:
    /// A socket of the calling thread's network namespace; it stays with that namespace.
    static Result<LinuxNetlink> open();

    nl_sock* socket() const { return m_socket.get(); }

    /// The interface as the kernel has it now; NotFound when there is none of that name.
    Result<NetlinkLink> link(const std::string& name) const;

    /// `length` in bits of the address's own family.
    static NetlinkAddress address(const IpAddress& address, int length);
    /// `code` is libnl's (negative); `what` was tried, e.g. "add the address 2001:db8::1/128 to tun0".
    static Error error(int code, const std::string& what);

private:
    explicit LinuxNetlink(nl_sock* socket);

    std::unique_ptr<nl_sock, NetlinkDelete<nl_socket_free>> m_socket;
};

} // namespace viaduct::tunnel
