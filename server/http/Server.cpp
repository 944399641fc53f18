// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Server.h"

#include "server/http/Daemon.h"
#include "server/http/Exchange.h"
#include "server/http/Hub.h"

#include <QTimer>
#include <algorithm>
#include <sys/resource.h>
#include <sys/socket.h>
#include <utility>

namespace viaduct::http {

Q_LOGGING_CATEGORY(logHttp, "viaduct.http", QtInfoMsg)

namespace {

using std::chrono::milliseconds;

constexpr milliseconds shortestTick{20};
constexpr milliseconds longestTick{1000};
constexpr std::size_t otherDescriptors = 512; ///< files and sockets of all other rooms

/// Ends the connection for both sides; the daemon sees it and closes.
void shutDown(int descriptor) {
    shutdown(descriptor, SHUT_RDWR);
}

/// The soft limit on open files is 1024 almost everywhere, for the sake of programs with select(), which this
/// one has not: it is raised as far as it is needed.
Result<void> provideDescriptors(std::size_t connections) {
    const rlim_t needed = connections + connections / 4 + otherDescriptors;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= needed)
        return {};
    if (limit.rlim_max < needed)
        return failure(
            Error::Code::System,
            std::to_string(connections) + " HTTPS connections need " + std::to_string(needed)
                + " open files, but the limit is " + std::to_string(limit.rlim_max)
                + ": raise LimitNOFILE= in the broker's unit (ulimit -Hn in a shell)");
    limit.rlim_cur = needed;
    setrlimit(RLIMIT_NOFILE, &limit);
    return {};
}

} // namespace

Hub::Hub(
    const Limits& limitsOfServer, BodyLimit bodyLimitOfServer, RefusalPage refusalPageOfServer,
    Handler handlerOfServer)
    : limits(limitsOfServer), bodyLimit(std::move(bodyLimitOfServer)),
      refusalPage(std::move(refusalPageOfServer)), handler(std::move(handlerOfServer)),
      context(std::make_unique<QObject>()), gate(limitsOfServer, &shutDown),
      identities(limitsOfServer.requestTime * 2), bodies(limitsOfServer) { }

Server::Server(std::shared_ptr<Hub> hub) : m_hub(std::move(hub)), m_timer(std::make_unique<QTimer>()) {
    m_timer->setInterval(std::clamp(m_hub->limits.requestTime / 4, shortestTick, longestTick));
    QObject::connect(m_timer.get(), &QTimer::timeout, m_hub->context.get(), [this] { tick(); });
    m_timer->start();
}

Result<std::unique_ptr<Server>> Server::open(Options options, Handler handler) {
    if (options.endpoints.empty())
        return failure(Error::Code::Invalid, "the HTTPS server has no address to listen on: give one");
    if (const auto provided = provideDescriptors(options.limits.connections); !provided)
        return tl::unexpected(provided.error());
    auto hub = std::make_shared<Hub>(
        options.limits, std::move(options.bodyLimit), std::move(options.refusalPage), std::move(handler));
    std::unique_ptr<Server> server(new Server(std::move(hub)));
    if (const auto set = server->setCertificate(options.certificate); !set)
        return tl::unexpected(set.error());
    if (const auto listening = server->listen(options.endpoints); !listening)
        return tl::unexpected(listening.error());
    return server;
}

Result<void> Server::listen(const std::vector<Endpoint>& endpoints) {
    std::vector<Listener> listeners; // all sockets before the first daemon: nobody is served half
    for (const Endpoint& endpoint : endpoints) {
        auto listener = Listener::open(endpoint);
        if (!listener)
            return tl::unexpected(listener.error());
        listeners.push_back(std::move(*listener));
    }
    for (Listener& listener : listeners) {
        auto daemon = Daemon::start(m_hub, std::move(listener));
        if (!daemon)
            return tl::unexpected(daemon.error());
        m_daemons.push_back(std::move(*daemon));
    }
    return {};
}

Server::~Server() {
    m_timer.reset();
    m_hub->parking.close(); // a daemon with a suspended connection cannot be stopped
    m_daemons.clear();
    m_hub->context.reset();
    m_hub->handler = {};
}

Result<void> Server::setCertificate(const Certificate& certificate) {
    auto identity = Identity::load(certificate);
    if (!identity)
        return tl::unexpected(identity.error());
    m_hub->identities.setCurrent(std::move(*identity), Identities::Clock::now());
    return {};
}

std::vector<Endpoint> Server::endpoints() const {
    std::vector<Endpoint> locals;
    for (const auto& daemon : m_daemons)
        locals.push_back(daemon->local());
    return locals;
}

std::size_t Server::connections() const {
    return m_hub->gate.connections();
}

void Server::tick() {
    m_hub->gate.cutLate(Gate::Clock::now());
    for (const auto& exchange : m_hub->parking.departed())
        exchange->abandon();
}

} // namespace viaduct::http
