// SPDX-License-Identifier: GPL-3.0-or-later
// One TSP dialogue on a socket of its own: gives tsp::ClientSession its bytes and its time.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/tsp/ClientSession.h"

#include <QTcpSocket>
#include <QTimer>
#include <QUdpSocket>
#include <memory>

namespace viaduct::client {

/// A socket that lives outside of every event loop: it keeps its descriptor and never reads. To be destroyed
/// by the thread that parked it.
struct ParkedSocketDelete {
    void operator()(QUdpSocket* socket) const;
};
using ParkedSocket = std::unique_ptr<QUdpSocket, ParkedSocketDelete>;

class Dialogue : public QObject {
    Q_OBJECT

public:
    struct Parameters {
        Endpoint server;
        Transport transport = Transport::Udp;
        std::optional<IpAddress> source; ///< to send from; nothing: as the system chooses
        /// An unspecified request.clientOuter is replaced by the address that the socket sends from.
        tsp::ClientParameters session;
    };
    using Outcome = std::variant<tsp::action::Established, tsp::action::Refused, tsp::action::Broken>;

    Dialogue(Parameters parameters, QObject* parent);

    /// finished() follows, once, never before this returns.
    void start();

    /// Of the socket; of use once the dialogue is finished, and reached the broker.
    Endpoint local() const { return m_local; }
    /// Whether the broker said anything that belongs to TSP.
    bool reachedBroker() const { return m_reachedBroker; }
    /// After a dialogue over UDP: its socket, connected to the broker. For the tunnel that shares its
    /// 5-tuple: from now on nobody but the tunnel reads from it.
    ParkedSocket takeSocket();

Q_SIGNALS:
    void authenticating(viaduct::tsp::Mechanism mechanism);
    void finished(const viaduct::client::Dialogue::Outcome& outcome);

private:
    bool openUdp();
    bool openTcp();
    void begin();
    void readUdp();
    void readTcp();
    void expire();
    void disconnected(QAbstractSocket::SocketError error);
    void perform(const tsp::ClientActions& actions);
    void perform(const tsp::action::Transmit& action);
    void perform(const tsp::action::Authenticating& action);
    void finish(Outcome outcome);

    Parameters m_parameters;
    std::unique_ptr<QUdpSocket> m_udp;
    std::unique_ptr<QTcpSocket> m_tcp;
    std::optional<tsp::ClientSession> m_session; ///< once the socket is connected
    QTimer m_timer;
    Endpoint m_local;
    bool m_reachedBroker = false;
    bool m_finished = false;
};

} // namespace viaduct::client
