// SPDX-License-Identifier: GPL-3.0-or-later
// Which of several brokers is near: asks all at once with ECHO REQUEST (RFC 5572, 4.6) and sorts them by
// round trip. Those that do not answer within three seconds are left out.
#pragma once

#include "shared/client/Resolver.h"

#include <QTimer>
#include <QUdpSocket>
#include <chrono>
#include <memory>

namespace viaduct::client {

class BrokerProbe : public QObject {
    Q_OBJECT

public:
    BrokerProbe(const std::vector<Candidate>& candidates, QObject* parent);

    /// finished() follows, never before this returns.
    void start();

Q_SIGNALS:
    /// Nearest first; empty when nobody answered.
    void finished(const std::vector<viaduct::client::Candidate>& answered);

private:
    struct Probe {
        Candidate candidate;
        std::unique_ptr<QUdpSocket> socket;
        bool answered = false;
    };

    void ask();
    void read(Probe& probe);

    std::vector<Probe> m_probes; ///< never resized after construction
    std::vector<Candidate> m_answered;
    std::chrono::steady_clock::time_point m_start;
    QTimer m_timer;
    int m_rounds = 0;
};

} // namespace viaduct::client
