// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/LinuxEncapsulation.h"

#include "shared/tunnel/LinuxSocketAddress.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>

namespace viaduct::tunnel {
namespace {

Error socketError(const std::string& what) {
    const std::string start = "Cannot " + what + ": ";
    if (errno == EPERM || errno == EACCES)
        return {
            Error::Code::Denied,
            start
                + "this needs the capability CAP_NET_RAW. Run the program as root, or give its systemd "
                  "service AmbientCapabilities=CAP_NET_RAW."};
    if (errno == EADDRNOTAVAIL)
        return {Error::Code::NotFound, start + "this machine does not have that address. See `ip address`."};
    return {Error::Code::System, start + std::strerror(errno) + "."};
}

// A burst of the other end must not be lost because this thread did not run at once. Refused without
// CAP_NET_ADMIN, where the system's size has to do.
constexpr int receiveBuffer = 2 * 1024 * 1024;

void enlargeReceiveBuffer(const LinuxFile& socket) {
    (void)::setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVBUFFORCE, &receiveBuffer, sizeof receiveBuffer);
}

// A path that carries less than the inner MTU and the outer header shall fragment: an inner packet of
// 1280 bytes must always get through (RFC 4213, 3.2.1). For IPv6 that is the kernel's own manner.
void allowFragments(const LinuxFile& socket) {
    const int never = IP_PMTUDISC_DONT;
    (void)::setsockopt(socket.descriptor(), IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof never);
}

Result<LinuxFile> duplicate(std::intptr_t descriptor) {
    LinuxFile socket(::fcntl(static_cast<int>(descriptor), F_DUPFD_CLOEXEC, 0));
    if (socket.descriptor() < 0)
        return tl::unexpected(socketError("use the socket of the signalling"));
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(socket.descriptor(), reinterpret_cast<sockaddr*>(&peer), &size) < 0)
        return failure(
            Error::Code::Invalid,
            "The socket of the signalling is not connected to the broker, so packets of others would get "
            "into the tunnel: connect it first.");
    return socket;
}

Result<LinuxFile> openRaw(int protocol, const IpAddress& local, const IpAddress& remote) {
    const LinuxSocketAddress from(Endpoint{local, 0});
    const LinuxSocketAddress to(Endpoint{remote, 0});
    LinuxFile socket(::socket(from.family(), SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
    if (socket.descriptor() < 0)
        return tl::unexpected(socketError("open a raw socket for protocol " + std::to_string(protocol)));
    if (::bind(socket.descriptor(), from.get(), from.size()) < 0)
        return tl::unexpected(socketError("send from " + local.text()));
    if (::connect(socket.descriptor(), to.get(), to.size()) < 0)
        return tl::unexpected(socketError("reach " + remote.text()));
    // Until it was connected, anybody's packets may have come in.
    char byte = 0;
    while (::recv(socket.descriptor(), &byte, sizeof byte, MSG_DONTWAIT) >= 0) { }
    return socket;
}

} // namespace

Result<LinuxEncapsulation> LinuxEncapsulation::open(const TunnelParameters& parameters) {
    LinuxEncapsulation encapsulation;
    encapsulation.innerVersion = parameters.mode == TunnelMode::V4v6 ? 4 : 6;
    encapsulation.hasOuterHeader = parameters.mode == TunnelMode::V6v4;
    auto socket = parameters.mode == TunnelMode::V6udpv4
        ? duplicate(parameters.socket)
        : openRaw(
            parameters.mode == TunnelMode::V6v4 ? IPPROTO_IPV6 : IPPROTO_IPIP, parameters.outerLocal.address,
            parameters.outerRemote.address);
    if (!socket)
        return tl::unexpected(socket.error());
    encapsulation.socket = std::move(*socket);
    enlargeReceiveBuffer(encapsulation.socket);
    if (parameters.mode != TunnelMode::V4v6)
        allowFragments(encapsulation.socket);
    return encapsulation;
}

} // namespace viaduct::tunnel
