// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/Idempotency.h"

namespace viaduct::face {

namespace {
constexpr std::size_t mostWaiting = 16; ///< repetitions of one request that is being done
} // namespace

Idempotency::Verdict
Idempotency::begin(const Key& key, const std::string& content, api::Time now, Answered answered) {
    expire(now);
    if (const auto found = m_entries.find(key); found != m_entries.end()) {
        Entry& entry = found->second;
        if (entry.content != content)
            return Verdict::Reused;
        if (entry.response) {
            answered(*entry.response);
            return Verdict::Known;
        }
        if (entry.waiting.size() < mostWaiting)
            entry.waiting.push_back(std::move(answered));
        return Verdict::Waits;
    }
    makeRoom();
    Entry& entry = m_entries[key];
    entry.content = content;
    entry.since = now;
    entry.place = m_byAge.insert(m_byAge.end(), key);
    return Verdict::First;
}

void Idempotency::finished(const Key& key, const http::Response& response) {
    const auto found = m_entries.find(key);
    if (found == m_entries.end())
        return;
    const std::vector<Answered> waiting = std::exchange(found->second.waiting, {});
    if (response.status >= 500 || response.status == 429) {
        drop(found);
    } else {
        m_bytes += response.body.size();
        found->second.response = response;
        makeRoom();
    }
    for (const Answered& answered : waiting)
        answered(response);
}

void Idempotency::expire(api::Time now) {
    while (!m_byAge.empty()) {
        const auto oldest = m_entries.find(m_byAge.front());
        if (now - oldest->second.since < lifetime)
            return;
        drop(oldest);
    }
}

void Idempotency::makeRoom() {
    while (m_entries.size() >= mostKeys || m_bytes > mostBytes)
        drop(m_entries.find(m_byAge.front()));
}

void Idempotency::drop(Entries::iterator entry) {
    if (entry->second.response)
        m_bytes -= entry->second.response->body.size();
    m_byAge.erase(entry->second.place);
    m_entries.erase(entry);
}

} // namespace viaduct::face
