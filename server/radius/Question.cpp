// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/radius/Question.h"

#include <QNetworkDatagram>

namespace viaduct::radius {

namespace {
constexpr qint64 largestDatagram = 4096; ///< RFC 2865, 3.

std::string text(Exchange::Flaw flaw) {
    switch (flaw) {
    case Exchange::Flaw::WrongSecret:
        return "answers with another secret than ours. Write the same in both places";
    case Exchange::Flaw::Unsigned:
        return "answers without a Message-Authenticator, so anybody could have. See docs/configuration.md, "
               "mail server and radius server";
    case Exchange::Flaw::NotOurs:
        break;
    }
    return "sends what is no answer";
}
} // namespace

Question::Question(Login login, std::string nasIdentifier, std::vector<Server> servers, QObject* parent)
    : QObject(parent), m_login(std::move(login)), m_nasIdentifier(std::move(nasIdentifier)),
      m_servers(std::move(servers)) {
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &Question::silence);
}

void Question::start() {
    askServer();
}

std::string Question::name() const {
    const config::RadiusServer& settings = server().settings;
    return settings.host + " port " + std::to_string(settings.port);
}

void Question::askServer() {
    auto exchange = Exchange::make(m_login, server().secret, m_nasIdentifier);
    if (!exchange)
        return finish(Verdict::What::Unreachable, exchange.error().message);
    m_exchange.emplace(std::move(*exchange));
    m_flaw.reset();
    m_triesLeft = server().settings.retries;
    // A name is looked up for each question, so that a server may move.
    m_timer.start(server().settings.timeout);
    const QHostAddress address(QString::fromStdString(server().settings.host));
    if (!address.isNull())
        return ask(address);
    QHostInfo::lookupHost(
        QString::fromStdString(server().settings.host), this,
        [this, asked = m_current](const QHostInfo& host) {
            if (asked == m_current && !m_socket && m_exchange)
                found(host);
        });
}

void Question::found(const QHostInfo& host) {
    if (host.addresses().isEmpty())
        return nextServer("has no address: " + host.errorString().toStdString());
    ask(host.addresses().constFirst());
}

void Question::ask(const QHostAddress& address) {
    m_socket = std::make_unique<QUdpSocket>();
    connect(m_socket.get(), &QUdpSocket::readyRead, this, &Question::receive);
    // Connected, so that the kernel takes answers from this server alone, and says when nobody listens there.
    // Queued, for the socket tells in the middle of its work, and may be another one's when it is heard.
    connect(
        m_socket.get(), &QUdpSocket::errorOccurred, this,
        [this, socket = m_socket.get()] {
            if (socket == m_socket.get())
                nextServer("cannot be reached: " + socket->errorString().toStdString());
        },
        Qt::QueuedConnection);
    connect(m_socket.get(), &QUdpSocket::connected, this, &Question::send);
    m_socket->connectToHost(address, server().settings.port);
}

void Question::send() {
    m_timer.start(server().settings.timeout);
    m_socket->write(m_exchange->bytes()); // what is lost is sent again, whoever lost it
}

/// What is no answer is passed over, for anybody can send it; the question goes on.
void Question::receive() {
    // The kernel wakes us up with nothing to read when it was told that nobody listens there; Qt swallows
    // why.
    if (!m_socket->hasPendingDatagrams())
        return nextServer("cannot be reached: nobody listens there");
    while (m_socket && m_socket->hasPendingDatagrams()) {
        const auto answer = m_exchange->read(m_socket->receiveDatagram(largestDatagram).data());
        if (!answer) {
            m_flaw = answer.error();
            continue;
        }
        Q_EMIT answeredBy(server(), true);
        if (*answer == Exchange::Answer::Accepted)
            return finish(Verdict::What::Accepted, name() + " accepts");
        return finish(
            Verdict::What::Refused,
            name()
                + (*answer == Exchange::Answer::Refused
                       ? " refuses"
                       : " asks for a second step, which TSP does not have"));
    }
}

void Question::silence() {
    if (m_socket && m_triesLeft > 0) {
        --m_triesLeft;
        return send();
    }
    nextServer(m_flaw ? text(*m_flaw) : "does not answer");
}

void Question::nextServer(const std::string& reason) {
    Q_EMIT answeredBy(server(), false);
    m_reasons += (m_reasons.empty() ? "" : "; ") + name() + ' ' + reason;
    if (m_current + 1 == m_servers.size())
        return finish(Verdict::What::Unreachable, m_reasons);
    m_timer.stop();
    m_exchange.reset();
    dropSocket();
    ++m_current;
    askServer();
}

/// Later, for it may be the one that tells.
void Question::dropSocket() {
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    m_socket.release()->deleteLater();
}

void Question::finish(Verdict::What what, const std::string& reason) {
    m_timer.stop();
    m_exchange.reset();
    dropSocket();
    Q_EMIT done({what, reason});
}

} // namespace viaduct::radius
