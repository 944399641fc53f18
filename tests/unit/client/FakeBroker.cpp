// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/client/FakeBroker.h"

#include "shared/client/QtAddress.h"
#include "shared/tsp/DigestMd5.h"
#include "shared/tsp/Framing.h"

#include <QCoreApplication>
#include <QNetworkDatagram>
#include <QTimer>

namespace viaduct::client {

namespace {
constexpr std::chrono::milliseconds gap{200};

std::string_view view(const QByteArray& bytes) {
    return {bytes.constData(), static_cast<std::size_t>(bytes.size())};
}
} // namespace

FakeBroker::FakeBroker() {
    m_policy.modes = {TunnelMode::V6v4, TunnelMode::V6udpv4};
    for (int tries = 0; tries < 100 && !m_tcp.isListening(); ++tries) {
        m_udp.close();
        m_udp.bind(QHostAddress::LocalHost);
        m_tcp.listen(QHostAddress::LocalHost, m_udp.localPort());
    }
    connect(&m_udp, &QUdpSocket::readyRead, this, &FakeBroker::readUdp);
    connect(&m_tcp, &QTcpServer::newConnection, this, &FakeBroker::accept);
    tsp::TunnelInfo info;
    info.serverInner = *IpAddress::fromText("2001:db8::38");
    info.clientInner = *IpAddress::fromText("2001:db8::39");
    info.resolvers = {*IpAddress::fromText("2001:db8::53")};
    tunnel = info;
}

Endpoint FakeBroker::endpoint() const {
    return {IpAddress::v4(0x7F000001), m_udp.localPort()};
}

bool FakeBroker::sendTo(const Endpoint& client, const char* text) {
    return m_udp.writeDatagram(QByteArray(text), toQt(client.address), client.port) > 0;
}

std::unique_ptr<tsp::ServerSession> FakeBroker::newSession(Transport transport, std::string_view first) {
    ++dialogues;
    m_policy.anonymous = anonymous;
    std::optional<tsp::Refusal> answer;
    if (refusal && refusals != 0) {
        answer = refusal;
        --refusals;
    }
    const auto version = tsp::readVersionLine(tsp::stripped(first));
    if (newest && version && *version > *newest)
        answer = tsp::Refusal{tsp::Status::UnsupportedVersion, {}};
    return std::make_unique<tsp::ServerSession>(transport, m_policy, std::to_string(++m_nonce), answer);
}

void FakeBroker::readUdp() {
    while (m_udp.hasPendingDatagrams()) {
        const QNetworkDatagram datagram = m_udp.receiveDatagram();
        const QByteArray bytes = datagram.data();
        if (silentOverUdp)
            continue;
        if (const auto answer = tsp::answerToEcho(view(bytes))) {
            ++probes;
            QTimer::singleShot(
                probeDelay, this, [this, datagram, bytes = QByteArray::fromStdString(*answer)] {
                    m_udp.writeDatagram(datagram.makeReply(bytes));
                });
            continue;
        }
        const Endpoint from{
            fromQt(datagram.senderAddress()), static_cast<std::uint16_t>(datagram.senderPort())};
        lastClient = from;
        if (!tsp::isSignalling(view(bytes)))
            continue;
        auto& session = m_sessions[from];
        if (!session)
            session = newSession(Transport::Udp, view(bytes).substr(tsp::headerLength));
        const auto send = [this, datagram](const std::string& answer, std::chrono::milliseconds) {
            m_udp.writeDatagram(datagram.makeReply(QByteArray::fromStdString(answer)));
        };
        perform(*session, session->receive(view(bytes)), send);
    }
}

void FakeBroker::accept() {
    while (QTcpSocket* socket = m_tcp.nextPendingConnection()) {
        socket->setParent(this);
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        if (refuseConnections) {
            socket->abort();
            continue;
        }
        auto session = std::make_shared<std::unique_ptr<tsp::ServerSession>>();
        connect(socket, &QTcpSocket::readyRead, this, [this, socket, session] {
            const QByteArray bytes = socket->readAll();
            if (!*session)
                *session = newSession(Transport::Tcp, view(bytes));
            const auto send = [socket](const std::string& answer, std::chrono::milliseconds delay) {
                QTimer::singleShot(
                    delay, socket, [socket, answer] { socket->write(QByteArray::fromStdString(answer)); });
            };
            perform(**session, (*session)->receive(view(bytes)), send);
        });
    }
}

template <typename Send>
void FakeBroker::perform(tsp::ServerSession& session, const tsp::ServerActions& actions, const Send& send) {
    for (const tsp::ServerAction& action : actions)
        if (const auto* now = std::get_if<tsp::action::Send>(&action))
            send(now->bytes, std::chrono::milliseconds(0));
        else if (const auto* later = std::get_if<tsp::action::SendAfterGap>(&action))
            send(later->bytes, gap);
        else if (const auto* login = std::get_if<tsp::action::Authenticate>(&action))
            perform(session, session.authenticated(check(login->credentials)), send);
        else if (const auto* create = std::get_if<tsp::action::CreateTunnel>(&action)) {
            requests.push_back(create->request);
            perform(session, session.created(answerTo(create->request)), send);
        }
}

tsp::LoginAnswer FakeBroker::check(const tsp::Credentials& credentials) const {
    if (const auto* plain = std::get_if<tsp::PlainLogin>(&credentials); plain && plain->password != password)
        return tsp::Refusal{tsp::Status::AuthenticationFailed, {}};
    if (forgesProof)
        return tsp::Granted{"0123456789abcdef0123456789abcdef"};
    if (const auto* digest = std::get_if<tsp::DigestLogin>(&credentials)) {
        const auto proof
            = tsp::verifyDigest(*digest, tsp::digestKey(digest->user, m_policy.realm, password), false);
        if (!proof)
            return tsp::Refusal{tsp::Status::AuthenticationFailed, {}};
        return tsp::Granted{*proof};
    }
    return tsp::Granted{};
}

tsp::TunnelAnswer FakeBroker::answerTo(const tsp::TunnelRequest& request) const {
    if (std::holds_alternative<tsp::Refusal>(tunnel))
        return tunnel;
    tsp::TunnelInfo info = std::get<tsp::TunnelInfo>(tunnel);
    info.mode = request.mode == TunnelMode::V6anyv4 ? TunnelMode::V6v4 : request.mode;
    info.serverOuter = endpoint().address;
    info.clientOuter = request.clientOuter;
    return info;
}

namespace {

class FakeTunnel : public tunnel::Tunnel {
public:
    explicit FakeTunnel(FakePlatform& owner) : m_owner(owner) { ++m_owner.standing; }
    ~FakeTunnel() override { --m_owner.standing; }
    void sendEcho(std::uint16_t sequence) override {
        if (m_owner.answersEchoes)
            m_owner.callbacks.echoReply(sequence);
    }
    tunnel::TunnelCounters counters() const override { return {}; }
    std::string interfaceName() const override { return "fake0"; }
    std::string path() const override { return "kernel"; }

private:
    FakePlatform& m_owner;
};

class FakePrefix : public tunnel::DelegatedPrefix {
public:
    std::string interfaceName() const override { return "eth1"; }
};

} // namespace

FakePlatform::FakePlatform() {
    platform.createTunnel = [this](
                                const tunnel::TunnelParameters& p,
                                tunnel::Tunnel::Callbacks c) -> Result<std::unique_ptr<tunnel::Tunnel>> {
        if (refuses)
            return tl::unexpected(*refuses);
        ++tunnels;
        parameters = p;
        callbacks = std::move(c);
        if (breaksAtOnce)
            QMetaObject::invokeMethod(
                QCoreApplication::instance(),
                [broken = callbacks.failed, error = *breaksAtOnce] { broken(error); }, Qt::QueuedConnection);
        return std::make_unique<FakeTunnel>(*this);
    };
    platform.serveDelegatedPrefix = [this](const Prefix& prefix, const std::string& interface)
        -> Result<std::unique_ptr<tunnel::DelegatedPrefix>> {
        if (refusesPrefix)
            return tl::unexpected(*refusesPrefix);
        prefixes.emplace_back(prefix.text(), interface);
        return std::make_unique<FakePrefix>();
    };
}

} // namespace viaduct::client
