// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/Idempotency.h"

#include <algorithm>

namespace viaduct::face {

namespace {
constexpr std::size_t mostWaiting = 16; ///< repetitions of one request that is being done
} // namespace

Idempotency::Verdict
Idempotency::begin(const Key& key, const std::string& content, api::Time now, Answered answered) {
    if (const auto found = m_entries.find(key); found != m_entries.end()) {
        Entry& entry = found->second;
        if (now - entry.since >= lifetime) {
            drop(found);
        } else {
            if (entry.content != content)
                return Verdict::Reused;
            if (entry.response) {
                answered(*entry.response);
                return Verdict::Known;
            }
            if (entry.waiting.size() >= mostWaiting)
                return Verdict::Crowded;
            entry.waiting.push_back(std::move(answered));
            return Verdict::Waits;
        }
    }
    // What is under way stays, lest its repetition be done a second time.
    if (m_entries.size() >= mostKeys && !makeRoom())
        return Verdict::Crowded;
    Entry& entry = m_entries[key];
    entry.content = content;
    entry.since = now;
    return Verdict::First;
}

void Idempotency::finished(const Key& key, const http::Response& response) {
    const auto found = m_entries.find(key);
    if (found == m_entries.end() || found->second.response)
        return;
    const std::vector<Answered> waiting = std::exchange(found->second.waiting, {});
    if (response.status >= 500 || response.status == 429) {
        drop(found);
    } else {
        Shelf& shelf = m_shelves[key.actor];
        found->second.place = shelf.keys.insert(shelf.keys.end(), key);
        found->second.response = response;
        shelf.bytes += response.body.size();
        m_bytes += response.body.size();
        while (m_bytes > mostBytes && makeRoom()) { }
    }
    for (const Answered& answered : waiting)
        answered(response);
}

void Idempotency::expire(api::Time now) {
    for (auto entry = m_entries.begin(); entry != m_entries.end();) {
        const auto next = std::next(entry);
        if (now - entry->second.since >= lifetime)
            drop(entry);
        entry = next;
    }
}

/// Drops one answer; false when there is none.
bool Idempotency::makeRoom() {
    const auto heaviest
        = std::max_element(m_shelves.begin(), m_shelves.end(), [](const auto& a, const auto& b) {
              return a.second.weight() < b.second.weight();
          });
    if (heaviest == m_shelves.end())
        return false;
    drop(m_entries.find(heaviest->second.keys.front()));
    return true;
}

void Idempotency::drop(Entries::iterator entry) {
    if (entry->second.response) {
        const auto shelf = m_shelves.find(entry->first.actor);
        shelf->second.bytes -= entry->second.response->body.size();
        m_bytes -= entry->second.response->body.size();
        shelf->second.keys.erase(entry->second.place);
        if (shelf->second.keys.empty())
            m_shelves.erase(shelf);
    }
    m_entries.erase(entry);
}

} // namespace viaduct::face
