// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Listener.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace viaduct::http {

namespace {

constexpr int backlog = 1024;
/// Milliseconds until what a client does not acknowledge is the end of its connection; the kernel's own
/// patience is a quarter of an hour.
constexpr int acknowledgedWithin = 30'000;
/// Bytes that the kernel takes and has not yet sent; beyond, they wait here, where they are counted.
constexpr int unsentInKernel = 128 * 1024;

sockaddr_storage systemAddress(const Endpoint& endpoint) {
    sockaddr_storage storage{};
    if (endpoint.address.isV4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        v4.sin_addr.s_addr = htonl(endpoint.address.v4Value());
        std::memcpy(&storage, &v4, sizeof v4);
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(endpoint.port);
        std::ranges::copy(endpoint.address.bytes(), std::begin(v6.sin6_addr.s6_addr));
        std::memcpy(&storage, &v6, sizeof v6);
    }
    return storage;
}

std::string cureFor(int error, const Endpoint& local) {
    switch (error) {
    case EADDRINUSE:
        return "another program has it: stop that (ss -ltnp names it), or choose another port";
    case EADDRNOTAVAIL:
        return "this machine does not have the address: add it to an interface, or choose another";
    case EACCES:
        return "ports below 1024 need the capability CAP_NET_BIND_SERVICE: give it to the broker "
               "(AmbientCapabilities= in its unit), or choose a port above";
    case EAFNOSUPPORT:
        return std::string("the kernel has no ") + (local.address.isV4() ? "IPv4" : "IPv6")
            + ": enable it, or choose an address of the other family";
    default:
        return std::generic_category().message(error);
    }
}

tl::unexpected<Error> refused(const Endpoint& local) {
    return failure(
        errno == EADDRINUSE ? Error::Code::Busy : Error::Code::System,
        "cannot serve HTTPS on " + local.text() + ": " + cureFor(errno, local));
}

bool setOption(int descriptor, int level, int option, int value) {
    return setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

bool setOptions(int descriptor, bool isV6) {
    return (!isV6 || setOption(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1))
        && setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) // connections of the last run do not matter
        && setOption(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        && setOption(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, acknowledgedWithin)
        && setOption(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsentInKernel);
}

} // namespace

Endpoint endpointOf(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        return {IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
    }
    if (address.sa_family != AF_INET6)
        return {};
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    IpAddress::Bytes bytes;
    std::ranges::copy(v6.sin6_addr.s6_addr, bytes.begin());
    return {IpAddress::v6(bytes), ntohs(v6.sin6_port)};
}

Result<Listener> Listener::open(const Endpoint& local) {
    const bool isV6 = local.address.isV6();
    Listener listener(socket(isV6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_storage address = systemAddress(local);
    socklen_t size = isV6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (listener.m_descriptor < 0 || !setOptions(listener.m_descriptor, isV6)
        || bind(listener.m_descriptor, plain, size) != 0 || listen(listener.m_descriptor, backlog) != 0
        || getsockname(listener.m_descriptor, plain, &size) != 0)
        return refused(local);
    listener.m_local = endpointOf(*plain);
    return listener;
}

Listener::Listener(Listener&& other) noexcept : m_descriptor(other.release()), m_local(other.m_local) { }

Listener::~Listener() {
    if (m_descriptor >= 0)
        close(m_descriptor);
}

int Listener::release() {
    return std::exchange(m_descriptor, -1);
}

} // namespace viaduct::http
