// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dataplane/OuterSocket.h"

#include "shared/tunnel/LinuxSocketAddress.h"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace viaduct::dataplane {

namespace {

// Bursts of thousands of packets arrive while the thread serves another socket.
constexpr int bufferBytes = 4 << 20;

std::string describe(TunnelMode mode, const Endpoint& local) {
    switch (mode) {
    case TunnelMode::V6v4:
        return "protocol 41 at " + local.address.text();
    case TunnelMode::V4v6:
        return "protocol 4 at " + local.address.text();
    default:
        return "UDP at " + local.text();
    }
}

Error createError(int number, const std::string& what) {
    if (number == EPERM || number == EACCES)
        return {
            Error::Code::System,
            "Cannot open " + what
                + ": a raw socket needs the capability CAP_NET_RAW. Run the program as root, or give its "
                  "systemd service AmbientCapabilities=CAP_NET_RAW."};
    if (number == EAFNOSUPPORT)
        return {
            Error::Code::System,
            "Cannot open " + what
                + ": this kernel has no IPv6. Enable it (ipv6.disable=0 at boot), or take the address out of "
                  "the configuration."};
    return {Error::Code::System, "Cannot open " + what + ": " + std::strerror(number) + "."};
}

Error bindError(int number, const std::string& what, const Endpoint& local) {
    const std::string start = "Cannot open " + what + ": ";
    const std::string address = local.address.text();
    const std::string port = std::to_string(local.port);
    switch (number) {
    case EADDRNOTAVAIL:
        return {
            Error::Code::NotFound,
            start + "this machine does not have the address. Give it to an interface (ip address add "
                + address + (local.address.isV4() ? "/32" : "/128")
                + " dev INTERFACE), or change the configuration."};
    case EADDRINUSE:
        return {
            Error::Code::Busy,
            start + "another program has the port. Find it with `ss -lunp sport = :" + port
                + "` and stop it, or choose another port."};
    case EACCES:
        return {
            Error::Code::Denied,
            start
                + "ports below 1024 need the capability CAP_NET_BIND_SERVICE. Run the program as root, give "
                  "its systemd service AmbientCapabilities=CAP_NET_BIND_SERVICE, or choose another port."};
    default:
        return {Error::Code::System, start + std::strerror(number) + "."};
    }
}

void set(int descriptor, int level, int option, int value) {
    // An option that this kernel does not have changes speed or comfort, not what is right.
    (void)::setsockopt(descriptor, level, option, &value, sizeof value);
}

void tune(int descriptor, bool v4) {
    set(descriptor, SOL_SOCKET, SO_RCVBUF, bufferBytes);
    set(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, bufferBytes); // past net.core.rmem_max, where allowed
    set(descriptor, SOL_SOCKET, SO_SNDBUF, bufferBytes);
    set(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, bufferBytes);
    // The inner MTU is promised to be 1280 at least, whatever the path outside: larger outer packets are
    // fragmented (RFC 4213, 3.2.1) instead of being refused with EMSGSIZE.
    if (v4)
        set(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
    else
        set(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
}

} // namespace

OuterSocket::OuterSocket(TunnelMode mode, const Endpoint& local, tunnel::LinuxFile file)
    : m_mode(mode), m_local(local), m_file(std::move(file)) { }

Result<std::shared_ptr<OuterSocket>> OuterSocket::open(TunnelMode mode, const Endpoint& local) {
    const std::string what = describe(mode, local);
    const tunnel::LinuxSocketAddress address(local);
    if (local.address.isUnspecified())
        return failure(
            Error::Code::Invalid,
            "Cannot open " + what
                + ": answers must leave from the address that was addressed. Name each address of this "
                  "machine that shall be served.");
    const int type = (mode == TunnelMode::V6udpv4 ? SOCK_DGRAM : SOCK_RAW) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    const int protocol = mode == TunnelMode::V6udpv4 ? IPPROTO_UDP
        : mode == TunnelMode::V6v4                   ? IPPROTO_IPV6
                                                     : IPPROTO_IPIP;
    tunnel::LinuxFile file(::socket(address.family(), type, protocol));
    if (file.descriptor() < 0)
        return tl::unexpected(createError(errno, what));
    tune(file.descriptor(), local.address.isV4());
    if (::bind(file.descriptor(), address.get(), address.size()) < 0)
        return tl::unexpected(bindError(errno, what, local));
    return std::shared_ptr<OuterSocket>(new OuterSocket(mode, local, std::move(file)));
}

} // namespace viaduct::dataplane
