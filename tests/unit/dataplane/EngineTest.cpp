// SPDX-License-Identifier: GPL-3.0-or-later
// The engine in a network of its own: clients at 192.0.2.2 (2001:db8:a::2), the broker at 192.0.2.1 and .3
// (2001:db8:a::1), and beyond it a host with a real network stack, 2001:db8:ffff::2 (203.0.113.2).
#include "server/dataplane/Engine.h"

#include "shared/tunnel/LinuxSocketAddress.h"
#include "tests/unit/dataplane/Packets.h"
#include "tests/unit/tunnel/TestNamespace.h"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace viaduct;
using namespace viaduct::dataplane;
using namespace viaduct::dataplane::test;
using namespace std::chrono_literals;
using testing::HasSubstr;
using tunnel::LinuxSocketAddress;
using tunnel::TestNamespace;

namespace {

const char* const host = "2001:db8:ffff::2";
const Endpoint endpoint{ip("192.0.2.1"), 3653};
const Endpoint secondEndpoint{ip("192.0.2.3"), 3653};

/// A socket of a client or of the host: UDP, or raw for protocol 41 or 4.
class Peer {
public:
    Peer(const TestNamespace& net, TunnelMode mode, const char* address, std::uint16_t port = 0) {
        net.in([&] {
            const LinuxSocketAddress local(Endpoint{ip(address), port});
            const int type = mode == TunnelMode::V6udpv4 ? SOCK_DGRAM : SOCK_RAW;
            const int protocol = mode == TunnelMode::V6udpv4 ? IPPROTO_UDP
                : mode == TunnelMode::V6v4                   ? IPPROTO_IPV6
                                                             : IPPROTO_IPIP;
            m_file = tunnel::LinuxFile(::socket(local.family(), type | SOCK_CLOEXEC, protocol));
            EXPECT_EQ(::bind(descriptor(), local.get(), local.size()), 0);
        });
        m_skipsHeader = mode == TunnelMode::V6v4;
    }

    int descriptor() const { return m_file.descriptor(); }

    void send(const Endpoint& to, const Bytes& bytes) const {
        const LinuxSocketAddress address(to);
        EXPECT_EQ(
            ::sendto(descriptor(), bytes.data(), bytes.size(), 0, address.get(), address.size()),
            static_cast<ssize_t>(bytes.size()));
    }

    struct Received {
        Endpoint from;
        Bytes bytes;
    };
    std::optional<Received> receive(std::chrono::milliseconds wait) const {
        pollfd waiting{descriptor(), POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(wait.count())) != 1)
            return std::nullopt;
        Received received;
        received.bytes.resize(4096);
        sockaddr_storage from{};
        socklen_t length = sizeof from;
        const ssize_t size = ::recvfrom(
            descriptor(), received.bytes.data(), received.bytes.size(), 0, reinterpret_cast<sockaddr*>(&from),
            &length);
        if (size < 0)
            return std::nullopt;
        received.bytes.resize(static_cast<std::size_t>(size));
        if (m_skipsHeader)
            received.bytes.erase(received.bytes.begin(), received.bytes.begin() + 20);
        received.from = LinuxSocketAddress::toEndpoint(from);
        return received;
    }

    /// Pings through the tunnel to `to` until an answer comes; where that came from.
    std::optional<Endpoint> ping(const Endpoint& to, const char* source, const char* destination) const {
        for (std::uint16_t sequence = 1; sequence < 50; ++sequence) {
            send(to, tunnel::echoRequest(ip(source), ip(destination), 77, sequence));
            while (const auto received = receive(100ms)) {
                if (!tunnel::echoReplySequence(received->bytes, 77))
                    continue;
                while (receive(20ms)) { } // late answers to earlier pings
                return received->from;
            }
        }
        return std::nullopt;
    }

private:
    tunnel::LinuxFile m_file;
    bool m_skipsHeader = false;
};

TunnelEntry makeEntry(
    std::int64_t id, TunnelMode mode, const Endpoint& local, const Endpoint& remote, const char* server,
    const char* client) {
    return {id,         mode, local, remote, ip(server),
            ip(client), {},   1280,  {},     std::make_shared<TunnelCounters>()};
}

const Endpoint aliceOuter{ip("192.0.2.2"), 40000};
const Endpoint clientOuter{ip("192.0.2.2"), 0};

TunnelEntry alice() {
    return makeEntry(1, TunnelMode::V6udpv4, endpoint, aliceOuter, "2001:db8:8000::2", "2001:db8:8000::3");
}
TunnelEntry bob() {
    return makeEntry(
        2, TunnelMode::V6v4, {endpoint.address, 0}, clientOuter, "2001:db8:8000::4", "2001:db8:8000::5");
}

class EngineTest : public testing::Test {
protected:
    void SetUp() override {
        if (!TestNamespace::isPossible())
            GTEST_SKIP() << TestNamespace::skipReason;
        m_client = std::make_unique<TestNamespace>();
        m_broker = std::make_unique<TestNamespace>();
        m_host = std::make_unique<TestNamespace>();
        // Addresses of a test's own network need no search for duplicates, which takes seconds.
        for (const auto& net : {m_client.get(), m_broker.get(), m_host.get()})
            ASSERT_TRUE(net->does("sysctl -qw net.ipv6.conf.default.accept_dad=0"));
        m_broker->connect(
            *m_client, "outer", "192.0.2.1/24 192.0.2.3/24 2001:db8:a::1/64",
            "192.0.2.2/24 2001:db8:a::2/64");
        // A router asks for its neighbours from its link-local address: without one it cannot.
        m_broker->connect(
            *m_host, "inner", "fe80::1/64 2001:db8:ffff::1/64 203.0.113.1/24",
            "fe80::2/64 2001:db8:ffff::2/64 203.0.113.2/24");
        ASSERT_TRUE(m_broker->does("sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1"));
        ASSERT_TRUE(m_host->does("ip -6 route add default via 2001:db8:ffff::1 && "
                                 "ip route add default via 203.0.113.1"));
        m_options.interfaceName = "viaduct0";
        m_options.mtu = 1500;
        m_options.udpEndpoints = {endpoint, secondEndpoint};
        m_options.tunnelAddresses = {endpoint.address, ip("2001:db8:a::1")};
    }

    /// Opens the engine, routes the pools to it and starts it.
    void start() {
        open();
        ASSERT_TRUE(m_broker->does("ip -6 route add 2001:db8:8000::/48 dev viaduct0 && "
                                   "ip route add 198.51.100.0/24 dev viaduct0"));
    }
    void open() {
        m_broker->in([this] {
            auto engine = Engine::open(m_options);
            ASSERT_TRUE(engine) << engine.error().message;
            m_engine = std::move(*engine);
            m_engine->run([this] { ++m_woken; });
        });
    }
    std::string openError() {
        return m_broker->in([this] {
            const auto engine = Engine::open(m_options);
            return engine ? std::string("no error") : engine.error().message;
        });
    }
    template <typename Condition>
    static bool eventually(Condition condition) {
        for (int i = 0; i < 500; ++i) {
            if (condition())
                return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }
    std::vector<SignallingDatagram> waitForSignalling() {
        eventually([this] { return m_woken > 0; });
        m_woken = 0;
        return m_engine->takeSignalling();
    }

    std::unique_ptr<TestNamespace> m_client;
    std::unique_ptr<TestNamespace> m_broker;
    std::unique_ptr<TestNamespace> m_host;
    EngineOptions m_options;
    std::atomic<int> m_woken{0};
    std::unique_ptr<Engine> m_engine; // last: its thread uses m_woken
};

const Bytes version = [] {
    Bytes bytes{0xf0, 0, 0, 0xf0, 0, 0, 0, 1};
    for (const char c : std::string_view("VERSION=2.0.1\r\n"))
        bytes.push_back(static_cast<std::uint8_t>(c));
    return bytes;
}();

} // namespace

TEST_F(EngineTest, aClientBehindUdpReachesTheHostBeyond) {
    start();
    m_engine->put(alice());
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    EXPECT_EQ(client.ping(endpoint, "2001:db8:8000::3", host), endpoint);
}

TEST_F(EngineTest, aPacketThatComesRightBehindTheTunnelFindsIt) {
    start();
    m_engine->put(alice());
    const Peer client(*m_client, TunnelMode::V6v4, "192.0.2.2");
    const Bytes packet = udpPacket({ip("2001:db8:8000::5"), ip("2001:db8:8000::3")});
    client.send({endpoint.address, 0}, packet); // the way there is known after this one
    ASSERT_TRUE(eventually([this] { return m_engine->counters().unknownOuter == 1; }));
    // On a busy machine the engine's thread wakes up late, and sees the new tunnel and its packet together.
    std::atomic<bool> done{false};
    std::vector<std::jthread> busy;
    for (unsigned i = 0; i < 2 * std::thread::hardware_concurrency(); ++i)
        busy.emplace_back([&done] {
            while (!done) { }
        });
    constexpr unsigned rounds = 300;
    TunnelEntry entry = bob();
    for (unsigned round = 1; round <= rounds; ++round) {
        m_engine->put(entry);
        client.send({endpoint.address, 0}, packet); // before the engine's thread has woken up
        ASSERT_TRUE(eventually(
            [&] { return entry.counters->packetsIn + m_engine->counters().unknownOuter == round + 1; }));
        m_engine->remove(entry.id);
    }
    done = true;
    EXPECT_EQ(m_engine->counters().unknownOuter, 1U) << "a client that has its answer loses no packet";
}

TEST_F(EngineTest, aClientOfProtocol41ReachesTheHostBeyond) {
    start();
    m_engine->put(bob());
    const Peer client(*m_client, TunnelMode::V6v4, "192.0.2.2");
    EXPECT_EQ(client.ping({endpoint.address, 0}, "2001:db8:8000::5", host)->address, endpoint.address);
}

TEST_F(EngineTest, ipv4InIpv6ReachesTheHostBeyond) {
    start();
    m_engine->put(makeEntry(
        4, TunnelMode::V4v6, {ip("2001:db8:a::1"), 0}, {ip("2001:db8:a::2"), 0}, "198.51.100.56",
        "198.51.100.57"));
    const Peer client(*m_client, TunnelMode::V4v6, "2001:db8:a::2");
    EXPECT_TRUE(client.ping({ip("2001:db8:a::1"), 0}, "198.51.100.57", "203.0.113.2"));
    EXPECT_TRUE(client.ping({ip("2001:db8:a::1"), 0}, "198.51.100.57", "198.51.100.56"));
}

TEST_F(EngineTest, theEndpointAnswersPingsEvenWithTheDeviceDown) {
    start();
    m_engine->put(alice());
    ASSERT_TRUE(m_broker->does("ip link set viaduct0 down"));
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    EXPECT_TRUE(client.ping(endpoint, "2001:db8:8000::3", "2001:db8:8000::2"));
    ASSERT_TRUE(m_broker->does("ip link set viaduct0 up"));
    ASSERT_TRUE(m_broker->does("ip -6 route add 2001:db8:8000::/48 dev viaduct0"));
    EXPECT_TRUE(client.ping(endpoint, "2001:db8:8000::3", host)) << "and carries on when it is up again";
}

TEST_F(EngineTest, clientsReachEachOther) {
    start();
    m_engine->put(alice());
    m_engine->put(bob());
    const Peer from(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    const Peer to(*m_client, TunnelMode::V6v4, "192.0.2.2");
    ASSERT_TRUE(from.ping(endpoint, "2001:db8:8000::3", "2001:db8:8000::2"));
    from.send(endpoint, udpPacket({ip("2001:db8:8000::3"), ip("2001:db8:8000::5"), 64, 100}));
    const auto received = to.receive(2s);
    ASSERT_TRUE(received);
    const Bytes expected = udpPacket({ip("2001:db8:8000::3"), ip("2001:db8:8000::5"), 63, 100});
    EXPECT_EQ(received->bytes, expected);
}

TEST_F(EngineTest, aForgedInnerSourceReachesNobody) {
    start();
    const TunnelEntry entry = alice();
    m_engine->put(entry);
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    const Peer listener(*m_host, TunnelMode::V6udpv4, host, 9);
    ASSERT_TRUE(client.ping(endpoint, "2001:db8:8000::3", host));
    client.send(endpoint, udpPacket({ip("2001:db8:8000::5"), ip(host)}));
    client.send(endpoint, udpPacket({ip("2001:db8:8000::3"), ip(host)}));
    const auto received = listener.receive(2s);
    ASSERT_TRUE(received);
    EXPECT_EQ(received->from.address, ip("2001:db8:8000::3"));
    EXPECT_FALSE(listener.receive(200ms));
    EXPECT_EQ(entry.counters->droppedSource, 1U);
    const auto steady = std::chrono::steady_clock::now().time_since_epoch();
    const auto ago = steady - std::chrono::milliseconds(entry.counters->lastSeen);
    EXPECT_TRUE(ago >= 0s && ago < 60s) << "counted by the clock that nobody sets";
}

TEST_F(EngineTest, aRealSenderLearnsTheMtuOfTheTunnel) {
    start();
    m_engine->put(alice());
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    ASSERT_TRUE(client.ping(endpoint, "2001:db8:8000::3", host));
    const Peer sender(*m_host, TunnelMode::V6udpv4, host, 9);
    const int probe = IPV6_PMTUDISC_DO;
    ASSERT_EQ(::setsockopt(sender.descriptor(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe, sizeof probe), 0);
    const LinuxSocketAddress to(Endpoint{ip("2001:db8:8000::3"), 9});
    ASSERT_EQ(::connect(sender.descriptor(), to.get(), to.size()), 0);
    const Bytes large(1400);
    ASSERT_EQ(::send(sender.descriptor(), large.data(), large.size(), 0), 1400);
    int mtu = 0;
    socklen_t length = sizeof mtu;
    EXPECT_TRUE(eventually([&] {
        return ::getsockopt(sender.descriptor(), IPPROTO_IPV6, IPV6_MTU, &mtu, &length) == 0 && mtu == 1280;
    })) << mtu;
    const Bytes fits(1280 - 48);
    (void)::send(sender.descriptor(), fits.data(), fits.size(), 0); // takes the error of the one before
    ASSERT_EQ(::send(sender.descriptor(), fits.data(), fits.size(), 0), 1280 - 48);
    const auto received = client.receive(2s);
    ASSERT_TRUE(received);
    EXPECT_EQ(received->bytes.size(), 1280U);
}

TEST_F(EngineTest, aFullInnerPacketPassesANarrowPathOutside) {
    start();
    m_engine->put(bob());
    for (const auto& net : {m_client.get(), m_broker.get()})
        ASSERT_TRUE(net->does("ip link set outer mtu 1280"));
    const Peer client(*m_client, TunnelMode::V6v4, "192.0.2.2");
    ASSERT_TRUE(client.ping({endpoint.address, 0}, "2001:db8:8000::5", host));
    const Peer sender(*m_host, TunnelMode::V6udpv4, host, 9);
    sender.send({ip("2001:db8:8000::5"), 9}, Bytes(1280 - 48));
    const auto received = client.receive(2s);
    ASSERT_TRUE(received);
    EXPECT_EQ(received->bytes.size(), 1280U);
}

TEST_F(EngineTest, signallingAndPacketsShareThePort) {
    start();
    m_engine->put(alice());
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    client.send(endpoint, version);
    EXPECT_TRUE(client.ping(endpoint, "2001:db8:8000::3", host));
    const auto datagrams = waitForSignalling();
    ASSERT_EQ(datagrams.size(), 1U);
    EXPECT_EQ(datagrams[0].local, endpoint);
    EXPECT_EQ(datagrams[0].remote, aliceOuter);
    EXPECT_EQ(Bytes(datagrams[0].bytes.begin(), datagrams[0].bytes.end()), version);
    const std::uint64_t discarded = m_engine->counters().discarded;
    client.send(endpoint, Bytes{0x10, 0, 0, 0, 0, 0, 0, 0, 0});
    EXPECT_TRUE(eventually([&] { return m_engine->counters().discarded > discarded; }));
    EXPECT_TRUE(m_engine->takeSignalling().empty());
}

TEST_F(EngineTest, answersComeFromTheAddressThatWasAddressed) {
    start();
    // By itself the kernel would choose 192.0.2.1 for both.
    TunnelEntry entry = alice();
    entry.outerLocal = secondEndpoint;
    m_engine->put(entry);
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    EXPECT_EQ(client.ping(secondEndpoint, "2001:db8:8000::3", host), secondEndpoint);
    for (const Endpoint& to : {endpoint, secondEndpoint}) {
        client.send(to, version);
        auto datagrams = waitForSignalling();
        ASSERT_EQ(datagrams.size(), 1U);
        m_engine->sendSignalling({{datagrams[0].local, datagrams[0].remote, "answer"}});
        const auto received = client.receive(2s);
        ASSERT_TRUE(received);
        EXPECT_EQ(received->from, to);
        EXPECT_EQ(received->bytes, (Bytes{'a', 'n', 's', 'w', 'e', 'r'}));
    }
}

TEST_F(EngineTest, manyAnswersLeaveAtOnce) {
    start();
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    std::vector<SignallingDatagram> answers;
    answers.reserve(100);
    for (int i = 0; i < 100; ++i)
        answers.push_back({i % 3 == 0 ? endpoint : secondEndpoint, aliceOuter, std::to_string(i)});
    m_engine->sendSignalling(answers);
    for (const SignallingDatagram& answer : answers) {
        const auto received = client.receive(2s);
        ASSERT_TRUE(received);
        EXPECT_EQ(std::string(received->bytes.begin(), received->bytes.end()), answer.bytes);
        EXPECT_EQ(received->from, answer.local);
    }
}

TEST_F(EngineTest, floodedSignallingDoesNotStopPackets) {
    start();
    m_engine->put(alice());
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    const Peer flood(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40001);
    EXPECT_TRUE(eventually([&] {
        for (int i = 0; i < 1000; ++i)
            flood.send(secondEndpoint, version);
        return m_engine->counters().signallingDropped > 0U;
    }));
    EXPECT_TRUE(client.ping(endpoint, "2001:db8:8000::3", host));
    EXPECT_EQ(m_woken, 1) << "told once, and nobody came";
    EXPECT_EQ(m_engine->takeSignalling().size(), 8192U);
}

TEST_F(EngineTest, unknownOuterAddressesAreCountedAndGetNoAnswer) {
    start();
    const Peer stranger(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40001);
    stranger.send(endpoint, tunnel::echoRequest(ip("2001:db8:8000::3"), ip(host), 1, 1));
    EXPECT_TRUE(eventually([this] { return m_engine->counters().unknownOuter == 1U; }));
    EXPECT_FALSE(stranger.receive(100ms));
}

TEST_F(EngineTest, whoAsksForAnAddressOfNobodyIsTold) {
    start();
    m_engine->put(alice());
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    ASSERT_TRUE(client.ping(endpoint, "2001:db8:8000::3", host));
    const Peer sender(*m_host, TunnelMode::V6udpv4, host, 9);
    const int on = 1;
    ASSERT_EQ(::setsockopt(sender.descriptor(), IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on), 0);
    const LinuxSocketAddress to(Endpoint{ip("2001:db8:8000::99"), 9});
    ASSERT_EQ(::connect(sender.descriptor(), to.get(), to.size()), 0);
    ASSERT_EQ(::send(sender.descriptor(), "x", 1, 0), 1);
    EXPECT_TRUE(eventually([&] {
        char byte = 0;
        return ::recv(sender.descriptor(), &byte, 1, MSG_DONTWAIT) < 0 && errno == ENETUNREACH;
    }));
    EXPECT_EQ(m_engine->counters().unknownInner, 1U);
}

TEST_F(EngineTest, aRemovedTunnelCarriesNothing) {
    start();
    const TunnelEntry entry = alice();
    m_engine->put(entry);
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    ASSERT_TRUE(client.ping(endpoint, "2001:db8:8000::3", host));
    m_engine->remove(entry.id);
    EXPECT_TRUE(eventually([&] {
        client.send(endpoint, tunnel::echoRequest(ip("2001:db8:8000::3"), ip(host), 1, 1));
        return m_engine->counters().unknownOuter > 0U;
    }));
}

TEST_F(EngineTest, aRestartKeepsTheDeviceAndItsRoutes) {
    start();
    const std::string routes = m_broker->output("ip -6 route show dev viaduct0; ip route show dev viaduct0");
    ASSERT_THAT(routes, HasSubstr("2001:db8:8000::/48"));
    m_engine.reset();
    open(); // but no route is added again
    m_engine->put(alice());
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    EXPECT_TRUE(client.ping(endpoint, "2001:db8:8000::3", host));
}

TEST_F(EngineTest, aHundredThousandTunnelsAreThereQuickly) {
    start();
    const auto begin = std::chrono::steady_clock::now();
    for (std::int64_t id = 0; id < 100'000; ++id) {
        TunnelEntry entry = alice();
        entry.id = 1000 + id;
        entry.outerRemote.address = IpAddress::v4(0xC0000202 + 256 * static_cast<std::uint32_t>(id));
        const Uint128 pair = ip("2001:db8:8000::1000").number() + static_cast<Uint128>(id) * 2;
        entry.innerServer = IpAddress::fromNumber(pair);
        entry.innerClient = IpAddress::fromNumber(pair + 1);
        entry.prefixes
            = {Prefix(IpAddress::fromNumber(Uint128{0x20010db9} << 96 | static_cast<Uint128>(id) << 64), 64)};
        m_engine->put(entry);
    }
    m_engine->put(alice()); // the last one
    m_engine->remove(1000); // which has Alice's outer address
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    EXPECT_TRUE(client.ping(endpoint, "2001:db8:8000::3", host));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(EngineTest, aNewConfigurationTakesEffectWithoutAStop) {
    start();
    TunnelEntry entry = alice();
    entry.outerLocal = secondEndpoint;
    m_engine->put(entry);
    const Peer client(*m_client, TunnelMode::V6udpv4, "192.0.2.2", 40000);
    ASSERT_TRUE(client.ping(secondEndpoint, "2001:db8:8000::3", host));
    const auto reconfigure = [this](const EngineOptions& options) {
        return m_broker->in([&] { return m_engine->reconfigure(options); });
    };

    EngineOptions impossible = m_options;
    impossible.udpEndpoints = {{ip("192.0.2.1"), 4000}, {ip("192.0.2.77"), 3653}};
    const Result<void> refused = reconfigure(impossible);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("192.0.2.77"));
    EXPECT_TRUE(client.ping(secondEndpoint, "2001:db8:8000::3", host)) << "nothing has changed";

    EngineOptions changed = m_options;
    changed.mtu = 1400;
    changed.udpEndpoints = {{ip("192.0.2.1"), 4000}, secondEndpoint};
    ASSERT_TRUE(reconfigure(changed));
    EXPECT_TRUE(client.ping(secondEndpoint, "2001:db8:8000::3", host));
    EXPECT_THAT(m_broker->output("ip link show viaduct0"), HasSubstr("mtu 1400"));
    client.send({ip("192.0.2.1"), 4000}, version);
    EXPECT_EQ(waitForSignalling().size(), 1U);
    // What was given up is free at once, and can be taken again.
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(reconfigure(m_options));
        ASSERT_TRUE(reconfigure(changed));
    }
}

TEST_F(EngineTest, eachErrorSaysWhatIsMissing) {
    m_options.udpEndpoints = {{ip("192.0.2.77"), 3653}};
    EXPECT_THAT(openError(), HasSubstr("this machine does not have the address"));
    m_options.udpEndpoints = {{ip("0.0.0.0"), 3653}};
    EXPECT_THAT(openError(), HasSubstr("Name each address"));
    m_options.udpEndpoints = {endpoint};
    {
        const Peer other(*m_broker, TunnelMode::V6udpv4, "192.0.2.1", 3653);
        EXPECT_THAT(openError(), HasSubstr("another program has the port"));
    }
    m_options.tunnelAddresses = {ip("192.0.2.77")};
    EXPECT_THAT(openError(), HasSubstr("protocol 41 at 192.0.2.77"));
    m_options.tunnelAddresses = {endpoint.address};
    EXPECT_EQ(openError(), "no error");
    EXPECT_EQ(openError(), "no error") << "twice, one after the other";
}

TEST_F(EngineTest, missingCapabilitiesAreNamed) {
    // Capabilities belong to a thread, so that one that gives them up takes them from nobody else.
    std::thread([this] {
        const auto messageWithout = [this](unsigned capability) {
            return m_broker->in([&] {
                __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
                __user_cap_data_struct data[2] = {};
                EXPECT_EQ(::syscall(SYS_capget, &header, data), 0);
                const __user_cap_data_struct all[2] = {data[0], data[1]};
                data[0].effective &= ~(1U << capability);
                EXPECT_EQ(::syscall(SYS_capset, &header, data), 0);
                std::string message = openError();
                EXPECT_EQ(::syscall(SYS_capset, &header, all), 0);
                return message;
            });
        };
        EXPECT_THAT(messageWithout(CAP_NET_RAW), HasSubstr("CAP_NET_RAW"));
        EXPECT_THAT(messageWithout(CAP_NET_ADMIN), HasSubstr("CAP_NET_ADMIN"));
    }).join();
}
