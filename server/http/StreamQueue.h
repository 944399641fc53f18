// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes that wait in one stream. They are shared: an event that goes to many streams is one piece of
// memory.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

namespace viaduct::http {

class StreamQueue {
public:
    explicit StreamQueue(std::size_t bound) : m_bound(bound) { }

    /// False, and nothing has changed, when more than the bound would wait.
    bool push(std::shared_ptr<const std::string> bytes);
    /// Moves up to `most` bytes to `buffer`; returns how many, 0 when nothing waits.
    std::size_t take(char* buffer, std::size_t most);
    void clear();

    std::size_t size() const { return m_size; }

private:
    std::size_t m_bound;
    std::deque<std::shared_ptr<const std::string>> m_pieces; ///< none empty
    std::size_t m_taken = 0; ///< bytes of the first piece
    std::size_t m_size = 0; ///< bytes that wait
};

} // namespace viaduct::http
