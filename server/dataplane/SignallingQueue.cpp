// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dataplane/SignallingQueue.h"

namespace viaduct::dataplane {

SignallingQueue::SignallingQueue(std::size_t capacity) : m_slots(capacity) { }

SignallingQueue::Pushed
SignallingQueue::push(const Endpoint& local, const Endpoint& remote, std::string_view bytes) {
    const std::size_t written = m_written.load(std::memory_order_relaxed);
    if (written - m_read.load(std::memory_order_acquire) == m_slots.size())
        return Pushed::Full;
    m_slots[written % m_slots.size()] = {local, remote, std::string(bytes)};
    // Sequentially consistent, like the pair in take() and isEmpty(): either the reader sees this datagram,
    // or this thread sees that the reader has emptied the ring and must be told.
    m_written.store(written + 1);
    return m_read.load() == written ? Pushed::IntoEmpty : Pushed::Behind;
}

std::vector<SignallingDatagram> SignallingQueue::take() {
    const std::size_t read = m_read.load(std::memory_order_relaxed);
    const std::size_t written = m_written.load(std::memory_order_acquire);
    std::vector<SignallingDatagram> datagrams;
    datagrams.reserve(written - read);
    for (std::size_t at = read; at != written; ++at)
        datagrams.push_back(std::move(m_slots[at % m_slots.size()]));
    m_read.store(written);
    return datagrams;
}

bool SignallingQueue::isEmpty() const {
    return m_read.load(std::memory_order_relaxed) == m_written.load();
}

} // namespace viaduct::dataplane
