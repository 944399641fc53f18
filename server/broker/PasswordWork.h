// SPDX-License-Identifier: GPL-3.0-or-later
// Threads for what takes long on purpose: making and verifying keys of passwords. The main thread must never
// do it, packets and dialogues would wait.
#pragma once

#include <QPointer>
#include <QThreadPool>

#include <functional>

namespace viaduct::broker {

/// Lives in the main thread.
class PasswordWork {
public:
    /// At most so many threads; 0: all cores but one, at least one.
    explicit PasswordWork(int threads = 0);
    PasswordWork(const PasswordWork&) = delete;
    PasswordWork& operator=(const PasswordWork&) = delete;
    /// Waits for what is being done; what has not begun is dropped.
    ~PasswordWork();

    /// Runs in a thread of this; what it returns runs in the thread of `context`, if that still lives.
    using Work = std::function<std::function<void()>()>;
    void run(QObject* context, Work work);

    /// Handed over and not yet back: for whoever has to hold back. Bounding it is the caller's affair.
    std::size_t waiting() const { return m_waiting; }

private:
    QThreadPool m_threads;
    QObject m_back; ///< of the main thread: what returns is posted to it
    std::size_t m_waiting = 0;
};

} // namespace viaduct::broker
