// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the broker is still there: an echo request through the tunnel at each interval; three in a row
// without an answer and it is not (RFC 5572, 5.3).
#pragma once

#include <QObject>
#include <QTimer>
#include <chrono>
#include <cstdint>
#include <functional>

namespace viaduct::client {

class Keepalive : public QObject {
    Q_OBJECT

public:
    /// `send` sends the echo request with that number. The first one leaves a whole interval after now.
    Keepalive(
        std::chrono::seconds interval, std::function<void(std::uint16_t)> send, QObject* parent = nullptr);

    void answered(std::uint16_t sequence);

Q_SIGNALS:
    void lost();

private:
    void ask();
    void miss();

    std::function<void(std::uint16_t)> m_send;
    QTimer m_interval;
    QTimer m_patience; ///< runs while an answer is awaited
    std::uint16_t m_sequence = 0;
    int m_misses = 0;
};

} // namespace viaduct::client
