// SPDX-License-Identifier: GPL-3.0-or-later
// TSP over TCP: one connection, one dialogue. Strangers can open connections and say nothing, so these are
// few for each address, short-lived, and the oldest of them give way.
#pragma once

#include "server/tsp/Dialogue.h"
#include "server/tsp/UdpFace.h"

#include <QTcpServer>
#include <QTcpSocket>

namespace viaduct::face {

class TcpFace : public QObject {
    Q_OBJECT
public:
    TcpFace(broker::Broker& broker, FailureMeter& failures, QObject* parent = nullptr);

    /// Listens on exactly these. When one of them cannot be had nothing has changed, and the error names it.
    Result<void> setServers(const std::unordered_map<Endpoint, Server>& servers);

    std::size_t connections() const { return m_connections.size(); }

private:
    struct Listener {
        std::unique_ptr<QTcpServer> socket;
        Server server;
    };
    struct Connection {
        QTcpSocket* socket = nullptr;
        std::shared_ptr<Dialogue> dialogue;
        IpAddress site;
    };
    using Connections = std::list<Connection>; // oldest first

    void accept(const Endpoint& local);
    void read(Connections::iterator connection);
    void forget(Connections::iterator connection);
    bool makeRoom(const IpAddress& site, std::size_t sessionsPerAddress);
    void abortOldest(const std::function<bool(const Connection&)>& ofThese);

    broker::Broker& m_broker;
    FailureMeter& m_failures;
    std::unordered_map<Endpoint, Listener> m_listeners;
    Connections m_connections;
    std::unordered_map<IpAddress, std::size_t> m_bySite;
};

} // namespace viaduct::face
