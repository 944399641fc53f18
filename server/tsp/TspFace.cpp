// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/tsp/TspFace.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace viaduct::face {

namespace {
constexpr std::chrono::milliseconds expiryInterval{1000};

using Servers = std::unordered_map<Endpoint, Server>;

Server describe(const config::Configuration& configuration, const config::TspServer& tspServer) {
    auto policy = std::make_shared<tsp::ServerPolicy>();
    policy->modes = broker::offeredModes(configuration, tspServer);
    policy->anonymous = broker::offersAnonymous(configuration, tspServer);
    policy->plain = tspServer.plain;
    policy->digestMd5 = tspServer.digestMd5;
    policy->realm = configuration.realm;
    return {tspServer.name, std::move(policy), tspServer.sessionsPerAddress};
}

Servers serversFor(
    const config::Configuration& configuration, std::optional<std::uint16_t> config::TspServer::*port) {
    Servers servers;
    for (const config::TspServer& tspServer : configuration.tspServers) {
        if (!(tspServer.*port))
            continue;
        for (const IpAddress& address : tspServer.addresses)
            servers[Endpoint{address, *(tspServer.*port)}] = describe(configuration, tspServer);
    }
    return servers;
}
} // namespace

TspFace::TspFace(broker::Broker& broker, dataplane::Engine& engine, QObject* parent)
    : QObject(parent), m_engine(engine), m_wakeUp(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      m_notifier(m_wakeUp, QSocketNotifier::Read),
      m_udp(
          broker, m_failures, [this](dataplane::SignallingDatagram datagram) { queue(std::move(datagram)); }),
      m_tcp(broker, m_failures) {
    connect(&m_notifier, &QSocketNotifier::activated, this, &TspFace::takeSignalling);
    connect(&m_expiry, &QTimer::timeout, this, [this] { m_udp.expire(UdpFace::Clock::now()); });
    m_expiry.start(expiryInterval);
}

TspFace::~TspFace() {
    m_notifier.setEnabled(false);
    ::close(m_wakeUp);
}

Result<void> TspFace::apply(const config::Configuration& configuration) {
    auto listening = m_tcp.setServers(serversFor(configuration, &config::TspServer::tcpPort));
    if (listening)
        m_udp.setServers(serversFor(configuration, &config::TspServer::udpPort));
    return listening;
}

std::function<void()> TspFace::waker() const {
    return [descriptor = m_wakeUp] { eventfd_write(descriptor, 1); };
}

void TspFace::takeSignalling() {
    // Cleared first: what arrives while the queue is being taken wakes this up again.
    eventfd_t count = 0;
    eventfd_read(m_wakeUp, &count);
    m_flushScheduled = true; // below, once for the whole batch
    const auto now = UdpFace::Clock::now();
    for (const dataplane::SignallingDatagram& datagram : m_engine.takeSignalling())
        m_udp.receive(datagram, now);
    flush();
}

void TspFace::queue(dataplane::SignallingDatagram datagram) {
    m_outgoing.push_back(std::move(datagram));
    // Answers that the broker gives later come many at a time, from one transaction: they leave in one batch
    // as well.
    if (!std::exchange(m_flushScheduled, true))
        QMetaObject::invokeMethod(this, &TspFace::flush, Qt::QueuedConnection);
}

void TspFace::flush() {
    m_flushScheduled = false;
    if (!m_outgoing.empty())
        m_engine.sendSignalling(std::exchange(m_outgoing, {}));
}

std::vector<Endpoint> udpEndpoints(const config::Configuration& configuration) {
    std::vector<Endpoint> endpoints;
    for (const auto& [endpoint, server] : serversFor(configuration, &config::TspServer::udpPort))
        endpoints.push_back(endpoint);
    return endpoints;
}

} // namespace viaduct::face
