// SPDX-License-Identifier: GPL-3.0-or-later
// Datagrams for one socket, collected and then sent with one system call.
#pragma once

#include "shared/net/Endpoint.h"

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <span>
#include <sys/socket.h>

namespace viaduct::dataplane {

class SendBatch {
public:
    static constexpr std::size_t capacity = 64;

    SendBatch();
    SendBatch(const SendBatch&) = delete;
    SendBatch& operator=(const SendBatch&) = delete;

    bool isEmpty() const { return m_count == 0; }
    bool isFull() const { return m_count == capacity; }
    /// Not when it is full. `bytes` must stay until send().
    void add(const Endpoint& remote, std::span<const std::uint8_t> bytes);
    /// Sends and forgets everything. Never waits; returns how many the kernel did not take.
    std::size_t send(int socket);

private:
    std::size_t m_count = 0;
    std::array<sockaddr_storage, capacity> m_remotes{};
    std::array<iovec, capacity> m_vectors{};
    std::array<mmsghdr, capacity> m_messages{};
};

} // namespace viaduct::dataplane
