// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/PasswordWork.h"

#include <algorithm>

namespace viaduct::broker {

PasswordWork::PasswordWork(int threads) {
    const int most = std::max(1, QThread::idealThreadCount() - 1);
    m_threads.setMaxThreadCount(threads > 0 ? threads : most);
}

PasswordWork::~PasswordWork() {
    m_threads.clear();
    m_threads.waitForDone();
}

void PasswordWork::run(QObject* context, Work work) {
    ++m_waiting;
    m_threads.start([this, alive = QPointer<QObject>(context), work = std::move(work)] {
        auto back = work();
        QMetaObject::invokeMethod(
            &m_back,
            [this, alive, back = std::move(back)] {
                --m_waiting;
                if (alive)
                    back();
            },
            Qt::QueuedConnection);
    });
}

} // namespace viaduct::broker
