// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/Dialogue.h"

#include "shared/client/QtAddress.h"
#include "shared/tsp/Framing.h"

#include <QRandomGenerator>
#include <QThread>

namespace viaduct::client {

namespace {

using tsp::action::Broken;

constexpr std::chrono::seconds connectTimeout{6}; // the patience that UDP has with its first message

std::string unpredictableText() {
    std::string result;
    for (int i = 0; i < 4; ++i)
        result += std::to_string(QRandomGenerator::system()->generate());
    return result;
}

} // namespace

void ParkedSocketDelete::operator()(QUdpSocket* socket) const {
    socket->moveToThread(QThread::currentThread()); // a socket without a thread cannot be closed
    delete socket;
}

Dialogue::Dialogue(Parameters parameters, QObject* parent)
    : QObject(parent), m_parameters(std::move(parameters)) {
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &Dialogue::expire);
}

void Dialogue::start() {
    m_timer.start(connectTimeout);
    const bool opened = m_parameters.transport == Transport::Udp ? openUdp() : openTcp();
    if (!opened)
        finish(Broken{
            Broken::Why::Disconnected,
            "This machine cannot send from " + m_parameters.source->text()
                + ": correct client_v4= or client_v6=."});
}

bool Dialogue::openUdp() {
    m_udp = std::make_unique<QUdpSocket>();
    connect(m_udp.get(), &QUdpSocket::connected, this, &Dialogue::begin);
    connect(m_udp.get(), &QUdpSocket::readyRead, this, &Dialogue::readUdp);
    connect(m_udp.get(), &QUdpSocket::errorOccurred, this, &Dialogue::disconnected, Qt::QueuedConnection);
    if (m_parameters.source && !m_udp->bind(toQt(*m_parameters.source)))
        return false;
    m_udp->connectToHost(toQt(m_parameters.server.address), m_parameters.server.port);
    return true;
}

bool Dialogue::openTcp() {
    m_tcp = std::make_unique<QTcpSocket>();
    // One write, one segment: peers read the AUTHENTICATE line and the credentials separately.
    m_tcp->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    connect(m_tcp.get(), &QTcpSocket::connected, this, &Dialogue::begin);
    connect(m_tcp.get(), &QTcpSocket::readyRead, this, &Dialogue::readTcp);
    connect(m_tcp.get(), &QTcpSocket::errorOccurred, this, &Dialogue::disconnected, Qt::QueuedConnection);
    if (m_parameters.source && !m_tcp->bind(toQt(*m_parameters.source)))
        return false;
    m_tcp->connectToHost(toQt(m_parameters.server.address), m_parameters.server.port);
    return true;
}

void Dialogue::begin() {
    const QAbstractSocket* socket = m_udp ? static_cast<QAbstractSocket*>(m_udp.get()) : m_tcp.get();
    m_local = {fromQt(socket->localAddress()), socket->localPort()};
    IpAddress& claimed = m_parameters.session.request.clientOuter;
    if (claimed.isUnspecified())
        claimed = m_local.address;
    if (m_tcp) // takes hold only on an open socket
        m_tcp->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    m_session.emplace(m_parameters.transport, m_parameters.session, unpredictableText());
    perform(m_session->start(tsp::ClientSession::Clock::now()));
}

void Dialogue::readUdp() {
    // Never hasPendingDatagrams(): it would swallow the error by which an absent broker's machine says so.
    while (!m_finished && m_session) {
        // One byte more than a message may have, so that a longer one is seen to be longer.
        std::array<char, tsp::longestMessage + 1> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init)
        const qint64 size = m_udp->readDatagram(bytes.data(), static_cast<qint64>(bytes.size()));
        if (size < 0)
            return;
        perform(m_session->receive(
            {bytes.data(), static_cast<std::size_t>(size)}, tsp::ClientSession::Clock::now()));
    }
}

void Dialogue::readTcp() {
    while (!m_finished && m_session && m_tcp->bytesAvailable() > 0) {
        const QByteArray bytes = m_tcp->read(static_cast<qint64>(tsp::longestMessage));
        perform(m_session->receive(
            {bytes.constData(), static_cast<std::size_t>(bytes.size())}, tsp::ClientSession::Clock::now()));
    }
}

void Dialogue::expire() {
    if (m_session)
        perform(m_session->tick(tsp::ClientSession::Clock::now()));
    else
        finish(Broken{Broken::Why::Timeout, "The broker does not take connections."});
}

void Dialogue::disconnected(QAbstractSocket::SocketError error) {
    if (m_finished || error == QAbstractSocket::TemporaryError) // nothing to read at the moment
        return;
    if (m_session && (m_tcp || m_reachedBroker))
        perform(m_session->disconnected(tsp::ClientSession::Clock::now()));
    else
        finish(Broken{
            Broken::Why::Disconnected,
            "The broker cannot be reached: "
                + (m_tcp ? m_tcp->errorString() : m_udp->errorString()).toStdString() + "."});
}

void Dialogue::perform(const tsp::ClientActions& actions) {
    for (const tsp::ClientAction& action : actions)
        std::visit(
            [this](const auto& alternative) {
                if constexpr (std::is_constructible_v<Outcome, decltype(alternative)>)
                    finish(alternative);
                else
                    perform(alternative);
            },
            action);
    if (const auto deadline = m_session->deadline(); deadline && !m_finished)
        m_timer.start(std::max(
            std::chrono::ceil<std::chrono::milliseconds>(*deadline - tsp::ClientSession::Clock::now()),
            std::chrono::milliseconds(0)));
}

void Dialogue::perform(const tsp::action::Transmit& action) {
    QAbstractSocket* socket = m_udp ? static_cast<QAbstractSocket*>(m_udp.get()) : m_tcp.get();
    socket->write(action.bytes.data(), static_cast<qint64>(action.bytes.size()));
    if (m_tcp)
        m_tcp->flush(); // its own segment, and out before the socket may be closed
}

void Dialogue::perform(const tsp::action::Authenticating& action) {
    m_reachedBroker = true;
    Q_EMIT authenticating(action.mechanism);
}

void Dialogue::finish(Outcome outcome) {
    if (m_finished)
        return;
    m_finished = true;
    m_timer.stop();
    m_reachedBroker = m_reachedBroker || !std::holds_alternative<Broken>(outcome);
    if (m_tcp)
        m_tcp->disconnectFromHost();
    // Later, because whoever hears it destroys this object, which is in the middle of something.
    QMetaObject::invokeMethod(
        this, [this, outcome = std::move(outcome)] { Q_EMIT finished(outcome); }, Qt::QueuedConnection);
}

ParkedSocket Dialogue::takeSocket() {
    m_udp->disconnect(this);
    // Without a thread it gets no events, and so never reads (QObject::moveToThread): Qt has no other way to
    // leave an open descriptor alone.
    m_udp->moveToThread(nullptr);
    return ParkedSocket(m_udp.release());
}

} // namespace viaduct::client
