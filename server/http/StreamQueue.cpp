// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/StreamQueue.h"

#include <algorithm>
#include <utility>

namespace viaduct::http {

bool StreamQueue::push(std::shared_ptr<const std::string> bytes) {
    if (bytes->size() > m_bound - m_size)
        return false;
    if (bytes->empty())
        return true;
    m_size += bytes->size();
    m_pieces.push_back(std::move(bytes));
    return true;
}

std::size_t StreamQueue::take(char* buffer, std::size_t most) {
    std::size_t moved = 0;
    while (moved < most && !m_pieces.empty()) {
        const std::string& piece = *m_pieces.front();
        const std::size_t count = std::min(most - moved, piece.size() - m_taken);
        piece.copy(buffer + moved, count, m_taken);
        moved += count;
        m_taken += count;
        if (m_taken == piece.size()) {
            m_pieces.pop_front();
            m_taken = 0;
        }
    }
    m_size -= moved;
    return moved;
}

void StreamQueue::clear() {
    m_pieces.clear();
    m_taken = 0;
    m_size = 0;
}

} // namespace viaduct::http
