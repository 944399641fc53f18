// SPDX-License-Identifier: GPL-3.0-or-later
// A row of packet buffers, laid out once for recvmmsg(2) and sendmmsg(2): nothing is allocated per packet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/socket.h>
#include <vector>

namespace viaduct::tunnel {

class LinuxPacketBatch {
public:
    /// Beyond some dozens the cost of the system call is gone already, and latency grows.
    static constexpr unsigned capacity = 64;

    explicit LinuxPacketBatch(std::size_t bufferSize)
        : m_bufferSize(bufferSize), m_bytes(capacity * bufferSize) {
        for (unsigned index = 0; index < capacity; ++index) {
            m_vectors[index] = {buffer(index).data(), bufferSize};
            m_messages[index].msg_hdr.msg_iov = &m_vectors[index];
            m_messages[index].msg_hdr.msg_iovlen = 1;
        }
    }
    // The messages point into the object itself.
    LinuxPacketBatch(const LinuxPacketBatch&) = delete;
    LinuxPacketBatch& operator=(const LinuxPacketBatch&) = delete;

    /// The whole buffer.
    std::span<std::uint8_t> buffer(unsigned index) {
        return std::span(m_bytes).subspan(index * m_bufferSize, m_bufferSize);
    }
    /// How much of the buffer is to be sent, or may be received into.
    void setLength(unsigned index, std::size_t length) { m_vectors[index].iov_len = length; }
    std::size_t length(unsigned index) const { return m_vectors[index].iov_len; }

    mmsghdr* messages() { return m_messages.data(); }
    const mmsghdr& message(unsigned index) const { return m_messages[index]; }

private:
    std::size_t m_bufferSize;
    std::vector<std::uint8_t> m_bytes;
    std::array<iovec, capacity> m_vectors{};
    std::array<mmsghdr, capacity> m_messages{};
};

} // namespace viaduct::tunnel
