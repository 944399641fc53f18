// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/FileJob.h"

#include <QThread>

namespace viaduct::admin {

FileJob::~FileJob() {
    cancel();
    if (m_thread)
        m_thread->wait();
    delete m_thread;
}

void FileJob::start(Work work) {
    if (isRunning())
        return;
    m_isCancelled = std::make_shared<std::atomic<bool>>(false);
    auto failure = std::make_shared<QString>();
    m_thread = QThread::create(
        [work = std::move(work), failure, isCancelled = m_isCancelled] { *failure = work(*isCancelled); });
    connect(m_thread, &QThread::finished, this, [this, failure, isCancelled = m_isCancelled] {
        m_thread->deleteLater();
        m_thread.clear();
        Q_EMIT finished(*failure, *isCancelled);
    });
    m_thread->start();
}

void FileJob::cancel() {
    if (m_isCancelled)
        *m_isCancelled = true;
}

} // namespace viaduct::admin
