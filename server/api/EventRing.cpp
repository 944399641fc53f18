// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/EventRing.h"

#include <algorithm>

namespace viaduct::face {

void EventRing::push(api::Topic topic, Bytes bytes) {
    add({topic, std::move(bytes)});
}

void EventRing::skip(api::Topic topic) {
    // Between two events that are kept one gap is enough, as long as nobody was told its number.
    if (m_isLastTold || m_entries.empty() || m_entries.back().bytes)
        add({topic, nullptr});
    m_skipped.at(static_cast<std::size_t>(topic)) = m_last;
}

void EventRing::add(Entry entry) {
    m_bytes += entry.bytes ? entry.bytes->size() : 0;
    m_entries.push_back(std::move(entry));
    ++m_last;
    m_isLastTold = false;
    while (m_entries.size() > m_mostEvents || (m_bytes > m_mostBytes && !m_entries.empty())) {
        m_bytes -= m_entries.front().bytes ? m_entries.front().bytes->size() : 0;
        m_entries.pop_front();
    }
}

bool EventRing::reaches(std::int64_t number, const std::vector<api::Topic>& topics) const {
    const std::int64_t before = m_last - static_cast<std::int64_t>(m_entries.size());
    return number >= before && number <= m_last
        && std::all_of(topics.begin(), topics.end(), [&](api::Topic topic) {
               return number >= m_skipped.at(static_cast<std::size_t>(topic));
           });
}

const EventRing::Entry* EventRing::after(std::int64_t number) const {
    if (number >= m_last)
        return nullptr;
    const std::int64_t first = m_last - static_cast<std::int64_t>(m_entries.size()) + 1;
    return &m_entries.at(static_cast<std::size_t>(number + 1 - first));
}

} // namespace viaduct::face
