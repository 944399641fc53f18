// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dataplane/Engine.h"

#include "server/dataplane/EngineLoop.h"
#include "shared/tunnel/LinuxNetwork.h"

#include <algorithm>
#include <csignal>

namespace viaduct::dataplane {

namespace {

/// The packet thread takes no signals: they are for the thread that knows what to do with them.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &m_before);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &m_before, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t m_before{};
};

std::span<const std::uint8_t> bytesOf(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

} // namespace

Result<Engine::Sockets> Engine::openSockets(const EngineOptions& options, const Sockets& present) {
    std::vector<std::pair<TunnelMode, Endpoint>> wanted;
    for (const Endpoint& endpoint : options.udpEndpoints)
        wanted.emplace_back(TunnelMode::V6udpv4, endpoint);
    for (const IpAddress& address : options.tunnelAddresses)
        wanted.emplace_back(address.isV4() ? TunnelMode::V6v4 : TunnelMode::V4v6, Endpoint{address, 0});
    Sockets sockets;
    const auto findIn = [](const Sockets& among, const auto& want) {
        return std::ranges::find_if(among, [&](const auto& socket) {
            return socket->mode() == want.first && socket->local() == want.second;
        });
    };
    for (const auto& want : wanted) {
        if (findIn(sockets, want) != sockets.end())
            continue; // named twice
        if (const auto found = findIn(present, want); found != present.end()) {
            sockets.push_back(*found);
            continue;
        }
        auto opened = OuterSocket::open(want.first, want.second);
        if (!opened)
            return tl::unexpected(opened.error());
        sockets.push_back(std::move(*opened));
    }
    return sockets;
}

Result<std::unique_ptr<Engine>> Engine::open(const EngineOptions& options) {
    // Sockets first: a second engine is stopped by a taken port before it touches the device of the first.
    auto sockets = openSockets(options, {});
    if (!sockets)
        return tl::unexpected(sockets.error());
    auto device = tunnel::TunDevice::open(
        options.interfaceName, options.mtu, tunnel::TunDevice::Lifetime::Persistent);
    if (!device)
        return tl::unexpected(device.error());
    auto loop = EngineLoop::create(std::move(*device));
    if (!loop)
        return tl::unexpected(loop.error());
    (*loop)->post(EngineLoop::UseSockets{*sockets, {}});
    return std::unique_ptr<Engine>(new Engine(options, std::move(*sockets), std::move(*loop)));
}

Engine::Engine(EngineOptions options, Sockets sockets, std::unique_ptr<EngineLoop> loop)
    : m_options(std::move(options)), m_sockets(std::move(sockets)), m_loop(std::move(loop)) { }

Engine::~Engine() {
    stop();
}

void Engine::stop() {
    if (!m_thread.joinable())
        return;
    m_loop->post(EngineLoop::Stop{});
    m_thread.join();
}

void Engine::run(std::function<void()> signalling) {
    m_signalling = std::move(signalling);
    const SignalsBlocked blocked; // inherited by the new thread
    m_thread = std::thread([this] { m_loop->run(m_signalling); });
}

Result<void> Engine::reconfigure(const EngineOptions& options) {
    auto sockets = openSockets(options, m_sockets);
    if (!sockets)
        return tl::unexpected(sockets.error());
    if (options.mtu != m_options.mtu) {
        if (const auto set = tunnel::setLinkUp(m_loop->device().name(), options.mtu); !set)
            return tl::unexpected(set.error());
    }
    EngineLoop::UseSockets command{*sockets, {}};
    std::future<void> done = command.done.get_future();
    m_loop->post(std::move(command));
    if (m_thread.joinable())
        done.wait(); // so that a port that was given up can be opened again by the next call
    const std::scoped_lock lock(m_socketsMutex);
    m_sockets = std::move(*sockets);
    m_options = options;
    return {};
}

std::vector<SignallingDatagram> Engine::takeSignalling() {
    auto datagrams = m_loop->signalling().take();
    if (!m_loop->signalling().isEmpty())
        m_signalling();
    return datagrams;
}

void Engine::sendSignalling(const std::vector<SignallingDatagram>& datagrams) {
    const std::scoped_lock lock(m_socketsMutex);
    SendBatch batch;
    auto socket = m_sockets.end();
    const auto flush = [&] {
        if (!batch.isEmpty())
            (void)batch.send((*socket)->descriptor()); // what is lost is sent again by the client
    };
    for (const SignallingDatagram& datagram : datagrams) {
        const auto leavesThrough = std::ranges::find_if(m_sockets, [&](const auto& candidate) {
            return candidate->mode() == TunnelMode::V6udpv4 && candidate->local() == datagram.local;
        });
        if (leavesThrough == m_sockets.end())
            continue; // closed by a new configuration since the question came
        if (leavesThrough != socket || batch.isFull())
            flush();
        socket = leavesThrough;
        batch.add(datagram.remote, bytesOf(datagram.bytes));
    }
    flush();
}

void Engine::put(const TunnelEntry& entry) {
    m_loop->post(EngineLoop::Put{entry});
}

void Engine::remove(std::int64_t id) {
    m_loop->post(EngineLoop::Remove{id});
}

const PathCounters& Engine::counters() const {
    return m_loop->counters();
}

} // namespace viaduct::dataplane
