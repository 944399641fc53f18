// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dataplane/SendBatch.h"

#include "shared/tunnel/LinuxSocketAddress.h"

#include <cerrno>
#include <cstring>

namespace viaduct::dataplane {

SendBatch::SendBatch() {
    for (std::size_t i = 0; i < capacity; ++i) {
        m_messages[i].msg_hdr.msg_name = &m_remotes[i];
        m_messages[i].msg_hdr.msg_iov = &m_vectors[i];
        m_messages[i].msg_hdr.msg_iovlen = 1;
    }
}

void SendBatch::add(const Endpoint& remote, std::span<const std::uint8_t> bytes) {
    const tunnel::LinuxSocketAddress address(remote);
    std::memcpy(&m_remotes[m_count], address.get(), address.size());
    m_messages[m_count].msg_hdr.msg_namelen = address.size();
    // sendmmsg() only reads, but shares its type with recvmmsg().
    m_vectors[m_count] = {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    ++m_count;
}

std::size_t SendBatch::send(int socket) {
    std::size_t lost = 0;
    std::size_t done = 0;
    while (done < m_count) {
        const int sent = ::sendmmsg(
            socket, m_messages.data() + done, static_cast<unsigned>(m_count - done), MSG_DONTWAIT);
        if (sent > 0) {
            done += static_cast<std::size_t>(sent);
            continue;
        }
        if (errno == EAGAIN || errno == ENOBUFS) {
            lost += m_count - done;
            break;
        }
        if (errno != EINTR) { // this one cannot be sent (no route, a firewall rule): the others may be
            ++done;
            ++lost;
        }
    }
    m_count = 0;
    return lost;
}

} // namespace viaduct::dataplane
