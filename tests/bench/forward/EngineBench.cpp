// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/forward/EngineBench.h"

#include "server/dataplane/Engine.h"
#include "shared/tunnel/LinuxSocketAddress.h"
#include "tests/unit/dataplane/Packets.h"
#include "tests/unit/tunnel/TestNamespace.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <poll.h>
#include <thread>

namespace viaduct::bench {

using namespace dataplane;
using dataplane::test::Bytes;
using dataplane::test::ip;
using tunnel::LinuxFile;
using tunnel::LinuxSocketAddress;
using tunnel::TestNamespace;

namespace {

constexpr std::size_t batch = 64;
constexpr std::size_t window = 512; // packets on their way at a time: nothing overflows, both cores are busy
constexpr auto duration = std::chrono::seconds(2);
constexpr int repetitions = 3; // the ways take turns, so that a busy machine is busy for all
constexpr std::size_t innerSize = 512;

const Endpoint engineEndpoint{ip("192.0.2.1"), 3653};
const Endpoint copyEndpoint{ip("192.0.2.1"), 3700};
const Endpoint sourceEndpoint{ip("192.0.2.2"), 40000};
const Endpoint sinkEndpoint{ip("192.0.2.2"), 40001};

LinuxFile udpSocket(const Endpoint& local) {
    const LinuxSocketAddress address(local);
    LinuxFile file(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int size = 4 << 20;
    ::setsockopt(file.descriptor(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (::bind(file.descriptor(), address.get(), address.size()) < 0)
        std::perror("bind");
    return file;
}

/// A row of buffers for recvmmsg() and sendmmsg().
class Row {
public:
    Row() {
        for (std::size_t i = 0; i < batch; ++i) {
            m_vectors[i] = {m_bytes[i].data(), m_bytes[i].size()};
            m_messages[i].msg_hdr.msg_iov = &m_vectors[i];
            m_messages[i].msg_hdr.msg_iovlen = 1;
        }
    }
    void fill(const Bytes& packet, const LinuxSocketAddress& to) {
        for (std::size_t i = 0; i < batch; ++i) {
            std::ranges::copy(packet, m_bytes[i].begin());
            m_vectors[i].iov_len = packet.size();
        }
        address(to);
    }
    void address(const LinuxSocketAddress& to) {
        for (mmsghdr& message : m_messages) {
            message.msg_hdr.msg_name = const_cast<sockaddr*>(to.get());
            message.msg_hdr.msg_namelen = to.size();
        }
    }
    /// Those received go on as they came.
    void copyLengths(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            m_vectors[i].iov_len = m_messages[i].msg_len;
    }
    void reset() {
        for (std::size_t i = 0; i < batch; ++i) {
            m_vectors[i].iov_len = m_bytes[i].size();
            m_messages[i].msg_hdr.msg_name = nullptr;
            m_messages[i].msg_hdr.msg_namelen = 0;
        }
    }
    std::size_t receive(int socket, int flags) {
        return count(::recvmmsg(socket, m_messages.data(), batch, flags, nullptr));
    }
    std::size_t send(int socket, std::size_t packets) {
        return count(::sendmmsg(socket, m_messages.data(), static_cast<unsigned>(packets), 0));
    }

private:
    static std::size_t count(int result) { return result < 0 ? 0 : static_cast<std::size_t>(result); }

    std::array<std::array<std::uint8_t, 2048>, batch> m_bytes{};
    std::array<iovec, batch> m_vectors{};
    std::array<mmsghdr, batch> m_messages{};
};

/// The least that any forwarder in user space does: every datagram goes on to the sink, unread.
class CopyLoop {
public:
    explicit CopyLoop(const TestNamespace& net)
        : m_socket(net.in([] { return udpSocket(copyEndpoint); })), m_thread([this] { run(); }) { }
    ~CopyLoop() {
        m_stop = true;
        m_thread.join();
    }
    CopyLoop(const CopyLoop&) = delete;
    CopyLoop& operator=(const CopyLoop&) = delete;

private:
    void run() {
        const LinuxSocketAddress to(sinkEndpoint);
        Row row;
        while (!m_stop) {
            pollfd waiting{m_socket.descriptor(), POLLIN, 0};
            if (::poll(&waiting, 1, 100) <= 0)
                continue;
            row.reset();
            const std::size_t count = row.receive(m_socket.descriptor(), MSG_DONTWAIT);
            row.copyLengths(count);
            row.address(to);
            row.send(m_socket.descriptor(), count);
        }
    }

    LinuxFile m_socket;
    std::atomic<bool> m_stop{false};
    std::thread m_thread;
};

/// Sends packets and takes them at the other end; packets a second.
double rate(int source, int sink, const Endpoint& to, const Bytes& packet) {
    const LinuxSocketAddress address(to);
    Row outgoing;
    outgoing.fill(packet, address);
    Row incoming;
    std::size_t onTheirWay = 0;
    std::size_t arrived = 0;
    const auto begin = std::chrono::steady_clock::now();
    const auto end = begin + duration;
    while (std::chrono::steady_clock::now() < end) {
        while (onTheirWay + batch <= window)
            onTheirWay += outgoing.send(source, batch);
        pollfd waiting{sink, POLLIN, 0};
        if (::poll(&waiting, 1, 20) <= 0) {
            onTheirWay = 0; // some were lost
            continue;
        }
        incoming.reset();
        const std::size_t count = incoming.receive(sink, MSG_DONTWAIT);
        arrived += count;
        onTheirWay -= std::min(count, onTheirWay);
    }
    return static_cast<double>(arrived)
        / std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

class Bed {
public:
    Bed() {
        for (const TestNamespace* net : {&m_client, &m_broker, &m_host})
            net->does("sysctl -qw net.ipv6.conf.default.accept_dad=0");
        m_broker.connect(m_client, "outer", "192.0.2.1/24", "192.0.2.2/24");
        m_broker.connect(m_host, "inner", "2001:db8:ffff::1/64", "2001:db8:ffff::2/64");
        m_broker.does("sysctl -qw net.ipv6.conf.all.forwarding=1");
        m_host.does("ip -6 route add default via 2001:db8:ffff::1");
        m_source = m_client.in([] { return udpSocket(sourceEndpoint); });
        m_clientSink = m_client.in([] { return udpSocket(sinkEndpoint); });
        m_hostSink = m_host.in([] { return udpSocket({ip("::"), 9}); });
        EngineOptions options;
        options.interfaceName = "viaduct0";
        options.mtu = 1500;
        options.udpEndpoints = {engineEndpoint};
        m_broker.in([&] {
            auto engine = Engine::open(options);
            if (!engine) {
                std::printf("engine: %s\n", engine.error().message.c_str());
                return;
            }
            m_engine = std::move(*engine);
            m_engine->run([] {});
        });
        m_broker.does("ip -6 route add 2001:db8:8000::/48 dev viaduct0");
        putTunnel(1, sourceEndpoint, "2001:db8:8000::2", "2001:db8:8000::3");
        putTunnel(2, sinkEndpoint, "2001:db8:8000::4", "2001:db8:8000::5");
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }

    bool isReady() const { return m_engine != nullptr; }

    double copied() {
        const CopyLoop loop(m_broker);
        return rate(source(), clientSink(), copyEndpoint, packetTo("2001:db8:8000::5"));
    }
    double betweenClients() {
        return rate(source(), clientSink(), engineEndpoint, packetTo("2001:db8:8000::5"));
    }
    double toInternet() {
        return rate(source(), m_hostSink.descriptor(), engineEndpoint, packetTo("2001:db8:ffff::2"));
    }
    double fromInternet() {
        return rate(
            m_hostSink.descriptor(), clientSink(), {ip("2001:db8:8000::5"), 9},
            Bytes(innerSize - 48)); // the host's kernel makes the headers
    }

private:
    int source() const { return m_source.descriptor(); }
    int clientSink() const { return m_clientSink.descriptor(); }

    static Bytes packetTo(const char* destination) {
        return dataplane::test::udpPacket({ip("2001:db8:8000::3"), ip(destination), 64, innerSize});
    }
    void putTunnel(std::int64_t id, const Endpoint& remote, const char* server, const char* client) {
        if (m_engine)
            m_engine->put(
                {id,
                 TunnelMode::V6udpv4,
                 engineEndpoint,
                 remote,
                 ip(server),
                 ip(client),
                 {},
                 1280,
                 {},
                 nullptr});
    }

    TestNamespace m_client;
    TestNamespace m_broker;
    TestNamespace m_host;
    std::unique_ptr<Engine> m_engine;
    LinuxFile m_source;
    LinuxFile m_clientSink;
    LinuxFile m_hostSink;
};

double median(std::array<double, repetitions> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

} // namespace

void measureEngine() {
    Bed bed;
    if (!bed.isReady())
        return;
    std::array<std::array<double, repetitions>, 4> results{};
    for (std::size_t i = 0; i < repetitions; ++i) {
        results[0][i] = bed.copied();
        results[1][i] = bed.betweenClients();
        results[2][i] = bed.toInternet();
        results[3][i] = bed.fromInternet();
    }
    constexpr std::array names{
        "bare copy loop", "engine, client to client", "engine, client to Internet",
        "engine, Internet to client"};
    const double bare = median(results[0]);
    std::printf(
        "engine over virtual cables, %zu-byte packets, load on the same machine, median of %d:\n", innerSize,
        repetitions);
    for (std::size_t way = 0; way < names.size(); ++way) {
        const double packets = median(results[way]);
        std::printf("%28s %10.0f packets/s  %.2f of the bare loop\n", names[way], packets, packets / bare);
    }
}

} // namespace viaduct::bench
