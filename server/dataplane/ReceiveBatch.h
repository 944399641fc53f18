// SPDX-License-Identifier: GPL-3.0-or-later
// Room for the packets of one system call (or of as many reads of the device), used again and again.
#pragma once

#include "shared/net/Endpoint.h"

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <span>
#include <sys/socket.h>
#include <vector>

namespace viaduct::dataplane {

class ReceiveBatch {
public:
    static constexpr std::size_t capacity = 64;

    ReceiveBatch();
    ReceiveBatch(const ReceiveBatch&) = delete;
    ReceiveBatch& operator=(const ReceiveBatch&) = delete;

    /// Whatever waits at the socket, up to the capacity. 0 when nothing does, or on an error: those that a
    /// datagram socket has (ICMP answers to earlier packets) concern nobody here.
    std::size_t receive(int socket);
    /// Reads packets of the device. `error` is 0, or the errno of a device that works no more.
    std::size_t read(int device, int& error);

    /// Empty when the packet did not fit. Valid until the next receive() or read().
    std::span<std::uint8_t> bytes(std::size_t index);
    /// Only after receive(). Raw sockets give port 0.
    Endpoint remote(std::size_t index) const;

private:
    std::uint8_t* buffer(std::size_t index);

    std::vector<std::uint8_t> m_buffers;
    std::array<std::size_t, capacity> m_lengths{};
    std::array<sockaddr_storage, capacity> m_remotes{};
    std::array<iovec, capacity> m_vectors{};
    std::array<mmsghdr, capacity> m_messages{};
};

} // namespace viaduct::dataplane
