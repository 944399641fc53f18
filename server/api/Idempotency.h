// SPDX-License-Identifier: GPL-3.0-or-later
// The answers to POSTs that bear an Idempotency-Key, so that a request that is sent again, because nobody
// knows whether the first came through, is not done again. Bounded: the oldest answer goes first, of whoever
// has the most, so that nobody pushes out those of others. Pure: the time is passed in. In memory alone, as
// answers hold passwords: a restart of the broker forgets them.
#pragma once

#include "server/http/Response.h"
#include "shared/api/Values.h"

#include <functional>
#include <list>
#include <map>

namespace viaduct::face {

class Idempotency {
public:
    static constexpr std::chrono::hours lifetime{24};
    static constexpr std::size_t mostKeys = 10'000;
    static constexpr std::size_t mostBytes = std::size_t{16} << 20; ///< of all answers kept
    static constexpr std::size_t longestKey = 255; ///< bytes

    /// Whose key, for what.
    struct Key {
        std::string actor;
        std::string operation;
        std::string key;
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    using Answered = std::function<void(const http::Response&)>;

    enum class Verdict {
        First, ///< do it, and tell the answer by finished()
        Known, ///< `answered` was called
        Waits, ///< it is being done; `answered` will be called
        Crowded, ///< it is being done, or as many as can be are: try again later
        Reused ///< the same key came with other content
    };
    /// `content` is a digest of all that was sent.
    Verdict begin(const Key& key, const std::string& content, api::Time now, Answered answered);
    /// What failed for a passing reason (503, 429, 500) is not kept: the next try is a new one.
    void finished(const Key& key, const http::Response& response);
    void expire(api::Time now);

    std::size_t size() const { return m_entries.size(); }

private:
    struct Entry {
        std::string content;
        api::Time since{};
        std::optional<http::Response> response;
        std::vector<Answered> waiting;
        std::list<Key>::iterator place; ///< once there is a response
    };
    using Entries = std::map<Key, Entry>;
    /// What one actor has answers to.
    struct Shelf {
        std::list<Key> keys; ///< oldest first
        std::size_t bytes = 0;
        std::size_t weight() const { return bytes + keys.size() * (mostBytes / mostKeys); }
    };
    void drop(Entries::iterator entry);
    bool makeRoom();

    Entries m_entries;
    std::map<std::string, Shelf> m_shelves; ///< by actor
    std::size_t m_bytes = 0;
};

} // namespace viaduct::face
