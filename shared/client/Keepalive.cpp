// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/Keepalive.h"

#include <algorithm>

namespace viaduct::client {

namespace {
// The deployed clients' numbers.
constexpr std::chrono::seconds patience{5};
constexpr int mostMisses = 3;
constexpr std::chrono::seconds longestInterval{86400}; // QTimer's limit is some days above
} // namespace

Keepalive::Keepalive(std::chrono::seconds interval, std::function<void(std::uint16_t)> send, QObject* parent)
    : QObject(parent), m_send(std::move(send)) {
    m_interval.setInterval(std::min(interval, longestInterval));
    m_patience.setInterval(std::min(interval, patience));
    m_patience.setSingleShot(true);
    // The answer to one request is awaited before the next leaves: this order of connections decides when
    // both times are equal.
    connect(&m_patience, &QTimer::timeout, this, &Keepalive::miss);
    connect(&m_interval, &QTimer::timeout, this, &Keepalive::ask);
    m_interval.start();
}

void Keepalive::answered(std::uint16_t sequence) {
    if (sequence != m_sequence)
        return;
    m_patience.stop();
    m_misses = 0;
}

void Keepalive::ask() {
    if (m_patience.isActive())
        miss();
    m_send(++m_sequence);
    m_patience.start();
}

void Keepalive::miss() {
    m_patience.stop();
    if (++m_misses < mostMisses)
        return;
    m_interval.stop();
    Q_EMIT lost();
}

} // namespace viaduct::client
