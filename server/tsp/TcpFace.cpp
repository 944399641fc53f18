// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/tsp/TcpFace.h"

#include "server/tsp/PacedWriter.h"

#include <QTimer>

#include <algorithm>

namespace viaduct::face {

namespace {
using std::chrono::milliseconds;

constexpr std::size_t mostConnections = 8192;
constexpr int backlog = 1024;
constexpr qint64 readBufferSize = 8192; ///< bytes; twice the longest message
/// A whole dialogue takes a client a few round trips; nobody needs longer.
constexpr milliseconds longestDialogue{120'000};

QHostAddress toQt(const IpAddress& address) {
    return address.isV4() ? QHostAddress(address.v4Value()) : QHostAddress(address.bytes().data());
}

IpAddress fromQt(const QHostAddress& address) {
    const Q_IPV6ADDR bytes = address.toIPv6Address();
    IpAddress::Bytes copy;
    std::copy(std::begin(bytes.c), std::end(bytes.c), copy.begin());
    return IpAddress::v6(copy);
}
} // namespace

TcpFace::TcpFace(broker::Broker& broker, FailureMeter& failures, QObject* parent)
    : QObject(parent), m_broker(broker), m_failures(failures) { }

Result<void> TcpFace::setServers(const std::unordered_map<Endpoint, Server>& servers) {
    std::unordered_map<Endpoint, std::unique_ptr<QTcpServer>> opened;
    for (const auto& [local, server] : servers) {
        if (m_listeners.contains(local))
            continue;
        auto socket = std::make_unique<QTcpServer>();
        socket->setListenBacklogSize(backlog);
        if (!socket->listen(toQt(local.address), local.port)) {
            return failure(
                Error::Code::System,
                "Cannot listen on TCP " + local.text() + ": " + socket->errorString().toStdString()
                    + ". Stop the program that has the port, or give another with `transport tcp PORT`.");
        }
        connect(socket.get(), &QTcpServer::newConnection, this, [this, local = local] { accept(local); });
        opened.emplace(local, std::move(socket));
    }
    std::erase_if(m_listeners, [&](const auto& listener) { return !servers.contains(listener.first); });
    for (auto& [local, socket] : opened)
        m_listeners.emplace(local, Listener{std::move(socket), {}});
    for (const auto& [local, server] : servers)
        m_listeners[local].server = server;
    return {};
}

void TcpFace::accept(const Endpoint& local) {
    Listener& listener = m_listeners.at(local);
    while (QTcpSocket* socket = listener.socket->nextPendingConnection()) {
        const Endpoint remote{fromQt(socket->peerAddress()), socket->peerPort()};
        const IpAddress site = siteOf(remote.address);
        const bool room = makeRoom(site, listener.server.sessionsPerAddress);
        socket->setParent(this);
        socket->setReadBufferSize(readBufferSize);
        socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        const auto connection = m_connections.insert(m_connections.end(), Connection{socket, nullptr, site});
        ++m_bySite[site];
        auto* writer = new PacedWriter(socket);
        Hands hands;
        hands.send = [writer](const std::string& bytes) { writer->send(bytes); };
        hands.sendAfterGap = [writer](const std::string& bytes) { writer->sendAfterGap(bytes); };
        hands.close = [writer] { writer->close(); };
        const broker::Caller caller{listener.server.name, Transport::Tcp, local, remote, {}};
        // Busy at VERSION is the one answer after which the clients wait and come back.
        connection->dialogue = std::make_shared<Dialogue>(
            m_broker, m_failures, caller, listener.server.policy, makeNonce(), std::move(hands),
            room ? m_broker.refusal(caller) : tsp::Refusal{tsp::Status::ServerBusy, {}});
        connect(socket, &QTcpSocket::readyRead, this, [this, connection] { read(connection); });
        connect(socket, &QTcpSocket::disconnected, this, [this, connection] { forget(connection); });
        QTimer::singleShot(longestDialogue, socket, [socket] { socket->abort(); });
        if (socket->bytesAvailable() > 0)
            read(connection);
    }
}

void TcpFace::read(Connections::iterator connection) {
    const QByteArray bytes = connection->socket->readAll();
    const auto dialogue = connection->dialogue; // the connection may go while it speaks
    if (!dialogue->isFinished())
        dialogue->receive({bytes.data(), static_cast<std::size_t>(bytes.size())});
}

void TcpFace::forget(Connections::iterator connection) {
    if (--m_bySite[connection->site] == 0)
        m_bySite.erase(connection->site);
    disconnect(connection->socket, nullptr, this, nullptr);
    connection->socket->deleteLater();
    m_connections.erase(connection);
}

/// Whether one more dialogue may begin. Silent connections give way first; then newcomers are told to come
/// back.
bool TcpFace::makeRoom(const IpAddress& site, std::size_t sessionsPerAddress) {
    const auto count = [&] {
        const auto found = m_bySite.find(site);
        return found == m_bySite.end() ? 0 : found->second;
    };
    if (m_connections.size() >= mostConnections)
        abortOldest([](const Connection& connection) { return !connection.dialogue->isAuthenticated(); });
    if (count() >= sessionsPerAddress)
        abortOldest([&](const Connection& connection) {
            return connection.site == site && !connection.dialogue->hasBegun();
        });
    if (count() < sessionsPerAddress)
        return true;
    if (count() >= 2 * sessionsPerAddress)
        abortOldest([&](const Connection& connection) {
            return connection.site == site && !connection.dialogue->isAuthenticated();
        });
    return false;
}

/// A reset, not a polite end: what gives way is forgotten by its owner, or means no good.
void TcpFace::abortOldest(const std::function<bool(const Connection&)>& ofThese) {
    const auto oldest = std::find_if(m_connections.begin(), m_connections.end(), ofThese);
    if (oldest != m_connections.end())
        oldest->socket->abort();
}

} // namespace viaduct::face
