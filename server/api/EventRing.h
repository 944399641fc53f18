// SPDX-License-Identifier: GPL-3.0-or-later
// The last events as the bytes that go out, by number, so that a stream that broke off can go on where it
// was. Bounded in events and in bytes; the oldest go first.
#pragma once

#include "shared/api/Events.h"

#include <deque>
#include <memory>
#include <string>

namespace viaduct::face {

class EventRing {
public:
    using Bytes = std::shared_ptr<const std::string>;
    struct Entry {
        api::Topic topic = api::Topic::Tunnels;
        Bytes bytes; ///< null: something happened that was not kept
    };

    EventRing(std::size_t mostEvents, std::size_t mostBytes)
        : m_mostEvents(mostEvents), m_mostBytes(mostBytes) { }

    /// The number that the next event gets.
    std::int64_t next() const { return m_last + 1; }
    /// Of the last event: whoever knows all until now may be told it, to go on from there.
    std::int64_t tellLast() {
        m_isLastTold = true;
        return m_last;
    }
    void push(api::Topic topic, Bytes bytes);
    /// Something of that topic happened and is not kept: whoever wants the topic cannot go on from before it.
    void skip(api::Topic topic);

    /// Whether all that happened of these topics after `number` is here.
    bool reaches(std::int64_t number, const std::vector<api::Topic>& topics) const;
    /// The event after `number`, which reaches() has let pass; null at the end.
    const Entry* after(std::int64_t number) const;

    std::size_t size() const { return m_entries.size(); }
    std::size_t bytes() const { return m_bytes; }

private:
    void add(Entry entry);

    std::size_t m_mostEvents;
    std::size_t m_mostBytes;
    std::deque<Entry> m_entries; ///< the last one has the number m_last
    std::int64_t m_last = 0;
    bool m_isLastTold = true; ///< else a gap at the end may grow
    std::size_t m_bytes = 0;
    std::array<std::int64_t, api::Words<api::Topic>::list.size()> m_skipped{}; ///< last number of each topic
};

} // namespace viaduct::face
