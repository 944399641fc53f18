// SPDX-License-Identifier: GPL-3.0-or-later
// The face that clients see: TSP on UDP and TCP for every `tsp` section of the configuration. It brings
// datagrams from the data plane to their dialogues and the answers back, in batches.
#pragma once

#include "server/tsp/TcpFace.h"
#include "server/tsp/UdpFace.h"

#include <QSocketNotifier>
#include <QTimer>

namespace viaduct::face {

class TspFace : public QObject {
    Q_OBJECT
public:
    TspFace(broker::Broker& broker, dataplane::Engine& engine, QObject* parent = nullptr);
    ~TspFace() override;

    /// Serves what the broker's configuration says. On an error nothing has changed. The engine must have the
    /// same UDP end points (udpEndpoints()).
    Result<void> apply(const config::Configuration& configuration);

    /// What the data plane calls, from its own thread, when signalling waits. Never blocks.
    std::function<void()> waker() const;

    /// Dialogues under way, over UDP and TCP.
    std::size_t sessions() const { return m_udp.dialogues() + m_tcp.connections(); }

private:
    void takeSignalling();
    void queue(dataplane::SignallingDatagram datagram);
    void flush();

    dataplane::Engine& m_engine;
    int m_wakeUp; ///< eventfd(2)
    QSocketNotifier m_notifier;
    std::vector<dataplane::SignallingDatagram> m_outgoing;
    bool m_flushScheduled = false;
    FailureMeter m_failures; ///< one for both: a client that fails changes its transport
    UdpFace m_udp;
    TcpFace m_tcp;
    QTimer m_expiry;
};

/// Every UDP end point on which TSP is spoken.
std::vector<Endpoint> udpEndpoints(const config::Configuration& configuration);

} // namespace viaduct::face
