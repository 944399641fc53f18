// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dataplane/EngineLoop.h"

#include "shared/tsp/ServerSession.h"

#include <QLoggingCategory>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace viaduct::dataplane {

namespace {

Q_LOGGING_CATEGORY(logDataPlane, "viaduct.dataplane")

constexpr std::size_t signallingCapacity = 8192; // a second of logins at the rate the broker is made for
constexpr std::size_t commandsPerTurn
    = 1024; // about a millisecond of table work between two looks at packets
constexpr int eventsPerTurn = 64;

// What epoll tells about; the ports follow.
constexpr std::uint64_t wakeUpTag = 0;
constexpr std::uint64_t deviceTag = 1;
constexpr std::uint64_t firstPortTag = 2;

std::int64_t steadyMilliseconds() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

bool isIpv6Packet(std::span<const std::uint8_t> datagram) {
    return !datagram.empty() && datagram[0] >> 4 == 6;
}

/// A raw IPv4 socket gives the outer header too.
std::span<std::uint8_t> withoutIpv4Header(std::span<std::uint8_t> packet) {
    const std::size_t length = packet.empty() ? 0 : static_cast<std::size_t>(packet[0] & 0x0f) * 4;
    return packet.subspan(std::min(length, packet.size()));
}

} // namespace

Result<std::unique_ptr<EngineLoop>> EngineLoop::create(tunnel::TunDevice device) {
    tunnel::LinuxFile epoll(::epoll_create1(EPOLL_CLOEXEC));
    tunnel::LinuxFile wakeUp(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    const auto refused = [] {
        return failure(
            Error::Code::System,
            std::string("Cannot wait for packets: ") + std::strerror(errno)
                + ". Raise the limit of open files (ulimit -n, LimitNOFILE= in systemd).");
    };
    if (epoll.descriptor() < 0 || wakeUp.descriptor() < 0)
        return refused();
    std::unique_ptr<EngineLoop> loop(new EngineLoop(std::move(device), std::move(epoll), std::move(wakeUp)));
    if (!loop->watch(loop->m_wakeUp.descriptor(), wakeUpTag)
        || !loop->watch(loop->m_device.descriptor(), deviceTag))
        return refused();
    return loop;
}

EngineLoop::EngineLoop(tunnel::TunDevice device, tunnel::LinuxFile epoll, tunnel::LinuxFile wakeUp)
    : m_device(std::move(device)), m_epoll(std::move(epoll)), m_wakeUp(std::move(wakeUp)),
      m_signalling(signallingCapacity) { }

bool EngineLoop::watch(int descriptor, std::uint64_t tag) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    return ::epoll_ctl(m_epoll.descriptor(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void EngineLoop::post(Command command) {
    if (m_mailbox.put(std::move(command)))
        (void)::eventfd_write(m_wakeUp.descriptor(), 1); // fails only when it is set already
}

void EngineLoop::run(const std::function<void()>& wake) {
    std::array<epoll_event, eventsPerTurn> events{};
    for (;;) {
        takeCommands(Commands::All);
        if (m_stopped)
            return;
        const int timeout = m_applied < m_commands.size() ? 0 : -1;
        const int count = ::epoll_wait(m_epoll.descriptor(), events.data(), eventsPerTurn, timeout);
        m_now = steadyMilliseconds();
        for (int i = 0; i < count; ++i)
            serve(events[static_cast<std::size_t>(i)].data.u64, wake);
    }
}

void EngineLoop::takeCommands(Commands which) {
    if (m_applied == m_commands.size() && !m_mailbox.isEmpty()) {
        m_commands = m_mailbox.take();
        m_applied = 0;
    }
    const std::size_t last = std::min(m_commands.size(), m_applied + commandsPerTurn);
    for (; m_applied < last; ++m_applied) {
        Command& command = m_commands[m_applied];
        const bool ofTable = std::holds_alternative<Put>(command) || std::holds_alternative<Remove>(command);
        if (which == Commands::OfTable && !ofTable)
            return;
        std::visit([this](auto& each) { apply(each); }, command);
    }
}

void EngineLoop::apply(UseSockets& command) {
    for (const auto& port : m_ports)
        (void)::epoll_ctl(m_epoll.descriptor(), EPOLL_CTL_DEL, port->socket->descriptor(), nullptr);
    m_ports.clear();
    m_portOf.clear();
    for (auto& socket : command.sockets) {
        auto port = std::make_unique<Port>();
        port->socket = std::move(socket);
        if (!watch(port->socket->descriptor(), firstPortTag + m_ports.size()))
            qCCritical(
                logDataPlane, "socket=%s error=\"%s\"", port->socket->local().text().c_str(),
                std::strerror(errno));
        m_portOf[{port->socket->mode(), port->socket->local(), {}}] = port.get();
        m_ports.push_back(std::move(port));
    }
    command.done.set_value();
}

void EngineLoop::serve(std::uint64_t tag, const std::function<void()>& wake) {
    // One batch of each source in turn: none can starve the others, and epoll reports what is left again.
    if (tag == deviceTag) {
        serveDevice();
    } else if (tag == wakeUpTag) {
        eventfd_t ignored = 0;
        (void)::eventfd_read(m_wakeUp.descriptor(), &ignored);
    } else {
        servePort(*m_ports[tag - firstPortTag], wake);
    }
    flush();
}

void EngineLoop::serveDevice() {
    int error = 0;
    const std::size_t count = m_incoming.read(m_device.descriptor(), error);
    for (std::size_t i = 0; i < count; ++i)
        m_arrivals[i] = {nullptr, m_incoming.bytes(i)};
    takeCommands(Commands::OfTable);
    m_forwarder.warm(std::span(m_arrivals).first(count));
    for (std::size_t i = 0; i < count; ++i)
        carryOut(m_forwarder.fromDevice(m_incoming.bytes(i), m_now));
    if (error == 0)
        return;
    // Somebody removed the device. Going on to poll it would only burn the processor.
    (void)::epoll_ctl(m_epoll.descriptor(), EPOLL_CTL_DEL, m_device.descriptor(), nullptr);
    qCCritical(
        logDataPlane,
        "device=%s error=\"%s\" consequence=\"nothing comes from the IPv6 network any more\" "
        "cure=\"restart viaductd\"",
        m_device.name().c_str(), std::strerror(error));
}

void EngineLoop::servePort(Port& port, const std::function<void()>& wake) {
    const std::size_t count = m_incoming.receive(port.socket->descriptor());
    for (std::size_t i = 0; i < count; ++i) {
        m_keys[i] = {port.socket->mode(), port.socket->local(), m_incoming.remote(i)};
        m_arrivals[i] = {&m_keys[i], innerPacket(port, i)};
    }
    // A client that was told that its tunnel is up may have sent these at once: the table must know of it.
    takeCommands(Commands::OfTable);
    m_forwarder.warm(std::span(m_arrivals).first(count));
    for (std::size_t i = 0; i < count; ++i) {
        const std::span<std::uint8_t> packet = innerPacket(port, i);
        if (port.socket->mode() == TunnelMode::V6udpv4 && !isIpv6Packet(packet))
            handOn(port, i, wake);
        else
            carryOut(m_forwarder.fromTunnel(m_keys[i], packet, m_now));
    }
}

std::span<std::uint8_t> EngineLoop::innerPacket(const Port& port, std::size_t index) {
    const std::span<std::uint8_t> packet = m_incoming.bytes(index);
    return port.socket->mode() == TunnelMode::V6v4 ? withoutIpv4Header(packet) : packet;
}

void EngineLoop::handOn(const Port& port, std::size_t index, const std::function<void()>& wake) {
    const std::span<const std::uint8_t> bytes = m_incoming.bytes(index);
    const std::string_view datagram(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!tsp::isSignalling(datagram)) {
        add(m_counters.discarded);
        return;
    }
    switch (m_signalling.push(port.socket->local(), m_keys[index].remote, datagram)) {
    case SignallingQueue::Pushed::IntoEmpty:
        wake();
        break;
    case SignallingQueue::Pushed::Behind:
        break;
    case SignallingQueue::Pushed::Full:
        add(m_counters.signallingDropped);
        break;
    }
}

void EngineLoop::carryOut(Verdict verdict) {
    if (verdict.to == Verdict::To::Device) {
        // One call a packet: the price of a TUN device.
        if (::write(m_device.descriptor(), verdict.packet.data(), verdict.packet.size()) < 0)
            add(m_counters.sendDropped);
        return;
    }
    if (verdict.to != Verdict::To::Tunnel)
        return;
    const auto port = m_portOf.find({verdict.outer->mode, verdict.outer->local, {}});
    if (port == m_portOf.end()) { // an address that a new configuration took away
        add(m_counters.sendDropped);
        return;
    }
    // Never full: at most one packet leaves for each that came in, and both batches are as large.
    port->second->outgoing.add(verdict.outer->remote, verdict.packet);
    if (!verdict.answer.empty())
        m_answers.push_back(std::move(verdict.answer));
}

void EngineLoop::flush() {
    for (const auto& port : m_ports) {
        if (!port->outgoing.isEmpty())
            add(m_counters.sendDropped, port->outgoing.send(port->socket->descriptor()));
    }
    m_answers.clear();
}

} // namespace viaduct::dataplane
