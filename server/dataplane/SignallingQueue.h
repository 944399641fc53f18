// SPDX-License-Identifier: GPL-3.0-or-later
// TSP datagrams on their way from the packet thread to whoever speaks TSP: a ring with one writer and one
// reader, without a lock. When it is full the newest datagram is shed, as a full socket would do.
#pragma once

#include "server/dataplane/Engine.h"

#include <atomic>
#include <string_view>
#include <vector>

namespace viaduct::dataplane {

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): the padding keeps two threads apart
class SignallingQueue {
public:
    enum class Pushed { IntoEmpty, Behind, Full };

    explicit SignallingQueue(std::size_t capacity);

    /// The writer alone. IntoEmpty: the reader does not know yet.
    Pushed push(const Endpoint& local, const Endpoint& remote, std::string_view bytes);

    /// The reader alone. What was there when it was called, oldest first.
    std::vector<SignallingDatagram> take();
    /// The reader alone. What came in behind take()'s back was pushed Behind, so nobody was told.
    bool isEmpty() const;

private:
    std::vector<SignallingDatagram> m_slots;
    // Both only grow; the slot is the remainder. Each stands in a cache line of its own.
    alignas(64) std::atomic<std::size_t> m_written{0};
    alignas(64) std::atomic<std::size_t> m_read{0};
};

} // namespace viaduct::dataplane
