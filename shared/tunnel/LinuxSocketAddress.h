// SPDX-License-Identifier: GPL-3.0-or-later
// An Endpoint as the system calls want it. Private to the Linux files of this room.
#pragma once

#include "shared/net/Endpoint.h"

#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace viaduct::tunnel {

class LinuxSocketAddress {
public:
    explicit LinuxSocketAddress(const Endpoint& endpoint) {
        const IpAddress::Bytes& bytes = endpoint.address.bytes();
        if (endpoint.address.isV4()) {
            sockaddr_in v4{};
            v4.sin_family = AF_INET;
            v4.sin_port = htons(endpoint.port);
            v4.sin_addr.s_addr = htonl(endpoint.address.v4Value());
            std::memcpy(&m_storage, &v4, sizeof v4);
            m_size = sizeof v4;
        } else {
            sockaddr_in6 v6{};
            v6.sin6_family = AF_INET6;
            v6.sin6_port = htons(endpoint.port);
            std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
            std::memcpy(&m_storage, &v6, sizeof v6);
            m_size = sizeof v6;
        }
    }

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&m_storage); }
    socklen_t size() const { return m_size; }
    int family() const { return m_storage.ss_family; }

    /// `storage` as the kernel filled it in for an IPv4 or an IPv6 socket.
    static Endpoint toEndpoint(const sockaddr_storage& storage) {
        if (storage.ss_family == AF_INET) {
            sockaddr_in v4{};
            std::memcpy(&v4, &storage, sizeof v4);
            return {IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
        }
        sockaddr_in6 v6{};
        std::memcpy(&v6, &storage, sizeof v6);
        IpAddress::Bytes bytes{};
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return {IpAddress::v6(bytes), ntohs(v6.sin6_port)};
    }

private:
    sockaddr_storage m_storage{};
    socklen_t m_size = 0;
};

} // namespace viaduct::tunnel
