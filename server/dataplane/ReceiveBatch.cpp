// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dataplane/ReceiveBatch.h"

#include "shared/tunnel/LinuxSocketAddress.h"

#include <cerrno>
#include <unistd.h>

namespace viaduct::dataplane {

namespace {
// A jumbo frame's packet or a TSP message (4,096 bytes, the clients' own limit) with any outer header.
constexpr std::size_t bufferSize = 10240;
} // namespace

ReceiveBatch::ReceiveBatch() : m_buffers(capacity * bufferSize) {
    for (std::size_t i = 0; i < capacity; ++i) {
        m_vectors[i] = {buffer(i), bufferSize};
        m_messages[i].msg_hdr.msg_name = &m_remotes[i];
        m_messages[i].msg_hdr.msg_iov = &m_vectors[i];
        m_messages[i].msg_hdr.msg_iovlen = 1;
    }
}

std::uint8_t* ReceiveBatch::buffer(std::size_t index) {
    return m_buffers.data() + index * bufferSize;
}

std::size_t ReceiveBatch::receive(int socket) {
    for (mmsghdr& message : m_messages)
        message.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    const int count = ::recvmmsg(socket, m_messages.data(), capacity, MSG_DONTWAIT, nullptr);
    if (count <= 0)
        return 0;
    const auto received = static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < received; ++i) {
        const bool cut = (m_messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        m_lengths[i] = cut ? 0 : m_messages[i].msg_len;
    }
    return received;
}

std::size_t ReceiveBatch::read(int device, int& error) {
    error = 0;
    std::size_t count = 0;
    while (count < capacity) {
        const ssize_t length = ::read(device, buffer(count), bufferSize);
        if (length < 0) {
            error = errno == EAGAIN || errno == EINTR ? 0 : errno;
            break;
        }
        m_lengths[count++] = static_cast<std::size_t>(length);
    }
    return count;
}

std::span<std::uint8_t> ReceiveBatch::bytes(std::size_t index) {
    return {buffer(index), m_lengths[index]};
}

Endpoint ReceiveBatch::remote(std::size_t index) const {
    return tunnel::LinuxSocketAddress::toEndpoint(m_remotes[index]);
}

} // namespace viaduct::dataplane
