// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Past.h"

#include <future>

namespace viaduct::store {

Result<std::unique_ptr<PastThread>> PastThread::start(std::unique_ptr<Dialect> dialect) {
    std::unique_ptr<PastThread> thread(new PastThread);
    std::promise<Result<void>> opened;
    auto result = opened.get_future();
    thread->m_thread = std::thread(
        [self = thread.get(), dialect = std::move(dialect), opened = std::move(opened)]() mutable {
            auto connection = Connection::open(std::move(dialect), Connection::Use::Read);
            if (!connection)
                return opened.set_value(tl::unexpected(connection.error()));
            opened.set_value({});
            const QSqlDatabase& database = (*connection)->database();
            const Dialect& known = (*connection)->dialect();
            Past past{{database, known}, {database, known}, {database, known}};
            self->run(past);
        });
    if (const auto started = result.get(); !started)
        return tl::unexpected(started.error());
    return thread;
}

PastThread::~PastThread() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

void PastThread::ask(Question question) {
    {
        const std::lock_guard lock(m_mutex);
        m_questions.push_back(std::move(question));
    }
    m_wake.notify_one();
}

void PastThread::run(Past& past) {
    for (;;) {
        std::unique_lock lock(m_mutex);
        m_wake.wait(lock, [this] { return m_stopping || !m_questions.empty(); });
        if (m_stopping)
            return;
        const Question question = std::move(m_questions.front());
        m_questions.pop_front();
        lock.unlock();
        question(past);
    }
}

} // namespace viaduct::store
