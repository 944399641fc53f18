// SPDX-License-Identifier: GPL-3.0-or-later
// A file that takes its time to write: written beside the window, and given up when asked.
#pragma once

#include <QObject>
#include <QPointer>

#include <atomic>
#include <functional>
#include <memory>

class QThread;

namespace viaduct::admin {

class FileJob : public QObject {
    Q_OBJECT
public:
    /// Looks at `isCancelled` now and then, and answers with a sentence why it failed; empty: done. It runs
    /// in a thread of its own and may touch nothing of the window.
    using Work = std::function<QString(const std::atomic<bool>& isCancelled)>;

    explicit FileJob(QObject* parent = nullptr) : QObject(parent) { }
    ~FileJob() override;

    bool isRunning() const { return !m_thread.isNull(); }
    void start(Work work);
    void cancel();

Q_SIGNALS:
    /// `failure` is empty when it is done; `isCancelled`: nothing was written.
    void finished(const QString& failure, bool isCancelled);

private:
    QPointer<QThread> m_thread;
    std::shared_ptr<std::atomic<bool>> m_isCancelled;
};

} // namespace viaduct::admin
