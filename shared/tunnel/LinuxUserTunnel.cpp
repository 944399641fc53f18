// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/LinuxUserTunnel.h"

#include "shared/tunnel/LinuxNetwork.h"
#include "shared/tunnel/LinuxSocketAddress.h"
#include "shared/tunnel/LinuxTunnelInterface.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace viaduct::tunnel {
namespace {

// A tunnel endpoint must take inner packets of 1500 bytes whatever its own MTU is (RFC 4213, 3.6), and a
// raw IPv4 socket puts up to 60 bytes before them.
constexpr int receiveAtLeast = 1500;
constexpr std::size_t outerHeaderAtMost = 60;

// What comes and goes with the network between the ends: the packet is lost, the tunnel stays. Whether
// the other end is still there is for the keepalive to find out.
bool isPassing(int error) {
    constexpr std::array passing
        = {EINTR,       EAGAIN,   ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, ENONET,
           ENOPROTOOPT, EMSGSIZE, ENOBUFS,      ENOMEM,       EPROTO,      EPERM,     EACCES,   EOPNOTSUPP};
    return std::find(passing.begin(), passing.end(), error) != passing.end();
}

std::size_t bufferSize(const TunnelParameters& parameters) {
    return static_cast<std::size_t>(std::max(parameters.mtu, receiveAtLeast)) + outerHeaderAtMost;
}

std::uint16_t randomIdentifier() {
    return static_cast<std::uint16_t>(std::random_device{}());
}

Result<void> watch(const LinuxFile& poll, int operation, int descriptor, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    if (::epoll_ctl(poll.descriptor(), operation, descriptor, &event) < 0)
        return failure(
            Error::Code::System, std::string("Cannot wait for packets: ") + std::strerror(errno) + ".");
    return {};
}

// The address that the kernel chose or was told when the socket was connected.
bool hasOwnAddress(const LinuxFile& socket) {
    sockaddr_storage local{};
    socklen_t size = sizeof local;
    return ::getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&local), &size) == 0
        && hasLocalAddress(LinuxSocketAddress::toEndpoint(local).address).value_or(true);
}

Error socketFailed(int error) {
    return {
        Error::Code::System,
        std::string("The tunnel's socket failed (") + std::strerror(error) + "): connect again."};
}

Error deviceFailed(const std::string& name) {
    return {
        Error::Code::System,
        "The tunnel's interface " + name + " was removed by another program: connect again."};
}

} // namespace

void LinuxUserTunnel::Flow::count(std::size_t size) {
    packets.fetch_add(1, std::memory_order_relaxed);
    bytes.fetch_add(size, std::memory_order_relaxed);
}

Result<std::unique_ptr<Tunnel>>
LinuxUserTunnel::create(const TunnelParameters& parameters, Callbacks callbacks) {
    auto encapsulation = LinuxEncapsulation::open(parameters);
    if (!encapsulation)
        return tl::unexpected(encapsulation.error());
    auto device = TunDevice::open(parameters.interfaceName, parameters.mtu, TunDevice::Lifetime::Process);
    if (!device)
        return tl::unexpected(device.error());
    // From here on, whatever fails, the device goes with its descriptor, and addresses and routes with it.
    if (const auto configured = configureInterface(device->name(), parameters); !configured)
        return tl::unexpected(configured.error());
    std::unique_ptr<LinuxUserTunnel> tunnel(
        new LinuxUserTunnel(parameters, std::move(*device), std::move(*encapsulation), std::move(callbacks)));
    if (const auto started = tunnel->start(); !started)
        return tl::unexpected(started.error());
    return tunnel;
}

LinuxUserTunnel::LinuxUserTunnel(
    const TunnelParameters& parameters, TunDevice device, LinuxEncapsulation encapsulation,
    Callbacks callbacks)
    : m_parameters(parameters), m_callbacks(std::move(callbacks)), m_echoIdentifier(randomIdentifier()),
      m_device(std::move(device)), m_encapsulation(std::move(encapsulation)),
      m_poll(::epoll_create1(EPOLL_CLOEXEC)), m_stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      m_outgoing(bufferSize(parameters)), m_incoming(bufferSize(parameters)) { }

LinuxUserTunnel::~LinuxUserTunnel() {
    if (!m_thread.joinable())
        return;
    (void)::eventfd_write(m_stop.descriptor(), 1);
    m_thread.join();
}

Result<void> LinuxUserTunnel::start() {
    for (const auto& [descriptor, events] :
         {std::pair<int, std::uint32_t>{m_stop.descriptor(), EPOLLIN},
          {m_device.descriptor(), EPOLLIN},
          {m_encapsulation.socket.descriptor(), EPOLLIN | EPOLLRDHUP}})
        if (auto watched = watch(m_poll, EPOLL_CTL_ADD, descriptor, events); !watched)
            return watched;
    m_thread = std::thread([this] { run(); });
    return {};
}

void LinuxUserTunnel::run() {
    std::array<epoll_event, 3> events{};
    for (;;) {
        const int ready
            = ::epoll_wait(m_poll.descriptor(), events.data(), static_cast<int>(events.size()), -1);
        for (int index = 0; index < ready; ++index) {
            const epoll_event& event = events[static_cast<std::size_t>(index)];
            if (event.data.fd == m_stop.descriptor())
                return;
            if (Step step = serve(event.data.fd, event.events); !step) {
                if (m_callbacks.failed)
                    m_callbacks.failed(step.error());
                return;
            }
        }
    }
}

LinuxUserTunnel::Step LinuxUserTunnel::serve(int descriptor, std::uint32_t events) {
    if (descriptor == m_device.descriptor())
        return (events & EPOLLERR) != 0 ? tl::unexpected(deviceFailed(m_device.name())) : readDevice();
    if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0)
        return tl::unexpected(socketFailed(ESHUTDOWN));
    if ((events & EPOLLOUT) != 0)
        if (Step step = sendWaiting(); !step)
            return step;
    return receive();
}

LinuxUserTunnel::Step LinuxUserTunnel::readDevice() {
    if (m_paused) // an event from before the pause
        return {};
    m_sent = m_filled = 0;
    // Counts attempts, not packets: a flood of what is dropped must not keep the other direction waiting.
    for (unsigned attempt = 0; attempt < LinuxPacketBatch::capacity; ++attempt) {
        const std::span<std::uint8_t> buffer = m_outgoing.buffer(m_filled);
        const ssize_t size = ::read(m_device.descriptor(), buffer.data(), buffer.size());
        if (size < 0 && errno == EBADFD)
            return tl::unexpected(deviceFailed(m_device.name()));
        if (size <= 0)
            break;
        const PacketView packet = buffer.first(static_cast<std::size_t>(size));
        if (mayEnter(packet))
            m_outgoing.setLength(m_filled++, packet.size());
    }
    return sendWaiting();
}

bool LinuxUserTunnel::mayEnter(PacketView packet) const {
    const auto header = parsePacket(packet);
    // Link-local and unspecified sources are the kernel talking to neighbours that a tunnel does not have. A
    // packet to ourselves would come straight back.
    return header && header->version == m_encapsulation.innerVersion && header->length == packet.size()
        && header->source.isUnicast() && header->destination != m_parameters.innerLocal;
}

LinuxUserTunnel::Step LinuxUserTunnel::sendWaiting() {
    while (m_sent < m_filled) {
        const int sent = ::sendmmsg(
            m_encapsulation.socket.descriptor(), m_outgoing.messages() + m_sent, m_filled - m_sent,
            MSG_DONTWAIT | MSG_NOSIGNAL);
        for (int index = 0; index < sent; ++index)
            m_out.count(m_outgoing.length(m_sent++));
        if (sent >= 0)
            continue;
        if (errno == EAGAIN)
            return pauseDevice(true);
        if (Step step = afterError(errno); !step)
            return step;
        ++m_sent; // this one is lost
    }
    return pauseDevice(false);
}

// Whether the tunnel can go on after its socket failed.
LinuxUserTunnel::Step LinuxUserTunnel::afterError(int error) const {
    // From an address that is gone the kernel refuses to send with EINVAL, or, the newer ones, with
    // ENETUNREACH, which can as well mean that there is no route for a while.
    if (error == EINVAL || (error == ENETUNREACH && !hasOwnAddress(m_encapsulation.socket)))
        return failure(
            Error::Code::System,
            "The tunnel's outer address " + m_parameters.outerLocal.address.text()
                + " is no longer on this machine: connect again from the new one.");
    if (!isPassing(error))
        return tl::unexpected(socketFailed(error));
    return {};
}

// While the socket takes no more, packets wait in the device's queue, whose length the senders feel.
LinuxUserTunnel::Step LinuxUserTunnel::pauseDevice(bool pause) {
    if (pause == m_paused)
        return {};
    m_paused = pause;
    const std::uint32_t toSend = pause ? EPOLLOUT : 0U;
    if (Step step
        = watch(m_poll, EPOLL_CTL_MOD, m_encapsulation.socket.descriptor(), EPOLLIN | EPOLLRDHUP | toSend);
        !step)
        return step;
    return watch(m_poll, EPOLL_CTL_MOD, m_device.descriptor(), pause ? 0U : EPOLLIN);
}

LinuxUserTunnel::Step LinuxUserTunnel::receive() {
    const int received = ::recvmmsg(
        m_encapsulation.socket.descriptor(), m_incoming.messages(), LinuxPacketBatch::capacity, MSG_DONTWAIT,
        nullptr);
    if (received < 0)
        return afterError(errno);
    for (unsigned index = 0; index < static_cast<unsigned>(received); ++index) {
        const mmsghdr& message = m_incoming.message(index);
        if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0)
            continue; // larger than any tunnel's MTU
        if (Step step = leave(m_incoming.buffer(index).first(message.msg_len)); !step)
            return step;
    }
    return {};
}

LinuxUserTunnel::Step LinuxUserTunnel::leave(PacketView datagram) {
    if (m_encapsulation.hasOuterHeader) {
        const auto outer = parsePacket(datagram);
        if (!outer || outer->version != 4)
            return {};
        datagram = datagram.subspan(outer->headerLength, outer->length - outer->headerLength);
    }
    const auto header = parsePacket(datagram);
    // Nobody but this machine has innerLocal as its source.
    if (!header || header->version != m_encapsulation.innerVersion
        || header->source == m_parameters.innerLocal)
        return {};
    const PacketView packet = datagram.first(header->length);
    m_in.count(packet.size());
    if (header->source == m_parameters.innerRemote)
        if (const auto sequence = echoReplySequence(packet, m_echoIdentifier)) {
            if (m_callbacks.echoReply)
                m_callbacks.echoReply(*sequence);
            return {};
        }
    return writeDevice(packet);
}

LinuxUserTunnel::Step LinuxUserTunnel::writeDevice(PacketView packet) {
    // A full queue or an interface that somebody switched off loses the packet, as on any wire.
    if (::write(m_device.descriptor(), packet.data(), packet.size()) < 0 && errno == EBADFD)
        return tl::unexpected(deviceFailed(m_device.name()));
    return {};
}

void LinuxUserTunnel::sendEcho(std::uint16_t sequence) {
    const auto packet
        = echoRequest(m_parameters.innerLocal, m_parameters.innerRemote, m_echoIdentifier, sequence);
    // What is lost here is what the keepalive is there to notice.
    if (::send(m_encapsulation.socket.descriptor(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
        >= 0)
        m_out.count(packet.size());
}

TunnelCounters LinuxUserTunnel::counters() const {
    return {m_in.packets.load(), m_in.bytes.load(), m_out.packets.load(), m_out.bytes.load()};
}

} // namespace viaduct::tunnel
