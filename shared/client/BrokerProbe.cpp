// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/BrokerProbe.h"

#include "shared/client/QtAddress.h"
#include "shared/tsp/Framing.h"

namespace viaduct::client {

namespace {
constexpr std::chrono::seconds pause{1};
constexpr int rounds = 3;
constexpr std::uint32_t sequence = 0xF0; // as the deployed clients begin: f0 00 00 f0
constexpr int success = 200;
} // namespace

BrokerProbe::BrokerProbe(const std::vector<Candidate>& candidates, QObject* parent) : QObject(parent) {
    for (const Candidate& candidate : candidates)
        m_probes.push_back({candidate, std::make_unique<QUdpSocket>(), false});
    connect(&m_timer, &QTimer::timeout, this, &BrokerProbe::ask);
}

void BrokerProbe::start() {
    for (Probe& probe : m_probes) {
        connect(probe.socket.get(), &QUdpSocket::readyRead, this, [this, &probe] { read(probe); });
        probe.socket->connectToHost(toQt(probe.candidate.endpoint.address), probe.candidate.endpoint.port);
    }
    m_start = std::chrono::steady_clock::now();
    m_timer.start(std::chrono::milliseconds(0));
}

void BrokerProbe::ask() {
    if (m_rounds++ == rounds) {
        m_timer.stop();
        Q_EMIT finished(m_answered);
        return;
    }
    m_timer.start(pause);
    const auto age
        = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - m_start);
    const std::string message
        = tsp::writeHeader(sequence, static_cast<std::uint32_t>(age.count())) + "ECHO REQUEST";
    for (const Probe& probe : m_probes)
        if (!probe.answered)
            probe.socket->write(message.data(), static_cast<qint64>(message.size()));
}

void BrokerProbe::read(Probe& probe) {
    while (!probe.answered && probe.socket->hasPendingDatagrams()) {
        QByteArray bytes(static_cast<qsizetype>(tsp::longestMessage), '\0');
        bytes.truncate(std::max<qint64>(probe.socket->readDatagram(bytes.data(), bytes.size()), 0));
        const auto datagram = tsp::readDatagram({bytes.constData(), static_cast<std::size_t>(bytes.size())});
        const auto status = datagram ? tsp::readStatusLine(tsp::stripped(datagram->payload)) : std::nullopt;
        probe.answered = status && status->code == success && datagram->sequence() == sequence;
    }
    if (!probe.answered)
        return;
    // All were asked in one moment: the order of the answers is that of the round trips. An answer to a later
    // round is at least a second worse.
    m_answered.push_back(probe.candidate);
    probe.socket->disconnect(this);
    if (m_answered.size() == m_probes.size()) {
        m_timer.stop();
        Q_EMIT finished(m_answered);
    }
}

} // namespace viaduct::client
