// SPDX-License-Identifier: GPL-3.0-or-later
// Answers questions about the past in a thread of its own, on a connection that cannot write: however long
// one takes, no commit waits for it.
#pragma once

#include "server/store/AuditReader.h"
#include "server/store/Connection.h"
#include "server/store/HistoryReader.h"
#include "server/store/UsageReader.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace viaduct::store {

/// All that can be asked, on one connection.
struct Past {
    HistoryReader history;
    AuditReader audit;
    UsageReader usage;
};

class PastThread {
public:
    using Question = std::function<void(Past&)>;

    /// The tables must be there.
    static Result<std::unique_ptr<PastThread>> start(std::unique_ptr<Dialect> dialect);
    PastThread(const PastThread&) = delete;
    PastThread& operator=(const PastThread&) = delete;
    /// Waits for the question that is being answered; those behind it are dropped.
    ~PastThread();

    /// Any thread. They run one after the other.
    void ask(Question question);

private:
    PastThread() = default;
    void run(Past& past);

    std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_wake;
    std::deque<Question> m_questions;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace viaduct::store
