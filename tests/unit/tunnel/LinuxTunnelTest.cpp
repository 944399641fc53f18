// SPDX-License-Identifier: GPL-3.0-or-later
// Two tunnels are the two ends of one, in two network namespaces with a cable between them; `ping` and `ip`,
// which know nothing of this code, say whether it works and what is left of it.
#include "shared/tunnel/LinuxKernelTunnel.h"
#include "shared/tunnel/LinuxSocketAddress.h"
#include "shared/tunnel/LinuxUserTunnel.h"
#include "shared/tunnel/Tunnel.h"
#include "tests/unit/tunnel/TestNamespace.h"
#include "tests/unit/tunnel/WithoutCapability.h"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mutex>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>

using namespace viaduct;
using namespace viaduct::tunnel;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr int mtu = 1280;
constexpr std::uint16_t port = 3653;

IpAddress ip(const std::string& text) {
    return *IpAddress::fromText(text);
}

/// What a tunnel told, to be waited for.
class Listener {
public:
    Tunnel::Callbacks callbacks() {
        return {
            [this](std::uint16_t sequence) { note("echo " + std::to_string(sequence)); },
            [this](const Error& error) { note("failed: " + error.message); }};
    }
    /// The first word that was told and is not yet taken; nothing after two seconds.
    std::string next() {
        std::unique_lock lock(m_mutex);
        m_told.wait_for(lock, 2s, [this] { return !m_words.empty(); });
        if (m_words.empty())
            return "nothing";
        std::string word = m_words.front();
        m_words.erase(m_words.begin());
        return word;
    }
    bool hasHeard() {
        const std::lock_guard lock(m_mutex);
        return !m_words.empty();
    }

private:
    void note(std::string word) {
        const std::lock_guard lock(m_mutex);
        m_words.push_back(std::move(word));
        m_told.notify_all();
    }

    std::mutex m_mutex;
    std::condition_variable m_told;
    std::vector<std::string> m_words;
};

/// A connected UDP socket of the namespace it is made in.
LinuxFile udpSocket(const IpAddress& local, const IpAddress& remote) {
    LinuxFile socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const LinuxSocketAddress from(Endpoint{local, port});
    const LinuxSocketAddress to(Endpoint{remote, port});
    EXPECT_EQ(::bind(socket.descriptor(), from.get(), from.size()), 0);
    EXPECT_EQ(::connect(socket.descriptor(), to.get(), to.size()), 0);
    return socket;
}

/// The cable, with both ends' addresses: .1 and ::1 is the client, .2 and ::2 the broker.
class TwoEnds {
public:
    TwoEnds() {
        client.connect(
            broker, "cable", "192.0.2.1/24 2001:db8:ffff::1/64", "192.0.2.2/24 2001:db8:ffff::2/64");
    }

    static TunnelParameters parameters(TunnelMode mode, bool isClient) {
        const bool is46 = mode == TunnelMode::V4v6;
        const std::string outer = is46 ? "2001:db8:ffff::" : "192.0.2.";
        const std::string inner = is46 ? "198.51.100." : "2001:db8::";
        const char* local = isClient ? "1" : "2";
        const char* remote = isClient ? "2" : "1";
        TunnelParameters result;
        result.mode = mode;
        result.outerLocal = {ip(outer + local), port};
        result.outerRemote = {ip(outer + remote), port};
        result.innerLocal = ip(inner + local);
        result.innerRemote = ip(inner + remote);
        result.mtu = mtu;
        result.defaultRoute = isClient;
        return result;
    }

    TestNamespace client;
    TestNamespace broker;
};

class NamespacesTest : public testing::Test {
protected:
    void SetUp() override {
        if (!TestNamespace::isPossible())
            GTEST_SKIP() << TestNamespace::skipReason;
        m_ends = std::make_unique<TwoEnds>();
    }

    /// The end of a tunnel over UDP with a socket of its own, which is closed then: the tunnel has its own.
    Result<std::unique_ptr<Tunnel>> makeUdp(bool isClient, Tunnel::Callbacks callbacks = {}) {
        return (isClient ? m_ends->client : m_ends->broker).in([&] {
            TunnelParameters parameters = TwoEnds::parameters(TunnelMode::V6udpv4, isClient);
            m_socket = udpSocket(parameters.outerLocal.address, parameters.outerRemote.address);
            parameters.socket = m_socket.descriptor();
            return createTunnel(parameters, std::move(callbacks));
        });
    }

    std::unique_ptr<TwoEnds> m_ends;
    LinuxFile m_socket; ///< of the tunnel that was made last
};

struct Way {
    TunnelMode mode;
    bool isInKernel;
    const char* name;
};

class EveryWayTest : public NamespacesTest, public testing::WithParamInterface<Way> {
protected:
    void SetUp() override {
        NamespacesTest::SetUp();
        if (IsSkipped())
            return;
        if (GetParam().isInKernel && !m_ends->client.in([] { return hasKernelTunnel(); }))
            GTEST_SKIP() << "this kernel has no sit device";
        m_clientBefore = m_ends->client.dump();
        m_brokerBefore = m_ends->broker.dump();
        m_wayBefore = wayToBroker();
        m_client = make(true);
        m_broker = make(false);
        ASSERT_TRUE(m_client && m_broker);
    }

    static bool hasKernelTunnel() {
        const auto tunnel
            = LinuxKernelTunnel::create(TwoEnds::parameters(TunnelMode::V6v4, true), Tunnel::Callbacks());
        return tunnel && *tunnel;
    }

    std::unique_ptr<Tunnel> make(bool isClient) {
        return (isClient ? m_ends->client : m_ends->broker).in([&]() -> std::unique_ptr<Tunnel> {
            TunnelParameters parameters = TwoEnds::parameters(GetParam().mode, isClient);
            LinuxFile socket;
            if (parameters.mode == TunnelMode::V6udpv4)
                socket = udpSocket(parameters.outerLocal.address, parameters.outerRemote.address);
            parameters.socket = socket.descriptor();
            const auto callbacks = isClient ? m_listener.callbacks() : Tunnel::Callbacks();
            auto made = GetParam().isInKernel ? LinuxKernelTunnel::create(parameters, callbacks)
                                              : LinuxUserTunnel::create(parameters, callbacks);
            EXPECT_TRUE(made) << made.error().message;
            return made ? std::move(*made) : nullptr;
        });
    }

    /// Pings the other end from the client with packets of `size` bytes, inner header included.
    std::string ping(int size, const std::string& options = "-c 3 -i 0.05") const {
        const TunnelParameters parameters = TwoEnds::parameters(GetParam().mode, true);
        const int headers = parameters.innerLocal.isV4() ? 20 + 8 : 40 + 8;
        return m_ends->client.output(
            "ping -n -M do -W 2 " + options + " -s " + std::to_string(size - headers) + " "
            + parameters.innerRemote.text());
    }

    std::string wayToBroker() const {
        return m_ends->client.output(
            "ip route get " + TwoEnds::parameters(GetParam().mode, true).outerRemote.address.text());
    }

    Listener m_listener;
    std::string m_clientBefore;
    std::string m_brokerBefore;
    std::string m_wayBefore;
    std::unique_ptr<Tunnel> m_client;
    std::unique_ptr<Tunnel> m_broker;
};

INSTANTIATE_TEST_SUITE_P(
    Linux, EveryWayTest,
    testing::Values(
        Way{TunnelMode::V6udpv4, false, "V6udpv4"}, Way{TunnelMode::V6v4, false, "V6v4"},
        Way{TunnelMode::V4v6, false, "V4v6"}, Way{TunnelMode::V6v4, true, "V6v4InKernel"}),
    [](const auto& way) { return std::string(way.param.name); });

} // namespace

TEST_P(EveryWayTest, carriesPingsAndCountsThem) {
    EXPECT_THAT(ping(100), HasSubstr(" 0% packet loss"));
    const TunnelCounters counters = m_client->counters();
    EXPECT_EQ(counters.packetsOut, 3U);
    EXPECT_EQ(counters.bytesOut, 300U);
    EXPECT_EQ(counters.packetsIn, 3U);
    EXPECT_EQ(counters.bytesIn, 300U);
    EXPECT_EQ(m_client->path(), GetParam().isInKernel ? "kernel" : "user space");
    EXPECT_EQ(m_client->interfaceName(), "viaduct0");
}

TEST_P(EveryWayTest, carriesPacketsUpToItsMtuAndNoLarger) {
    EXPECT_THAT(ping(mtu), HasSubstr(" 0% packet loss"));
    EXPECT_THAT(ping(mtu + 1, "-c 1 -W 0.2"), HasSubstr("essage too long"));
}

TEST_P(EveryWayTest, carriesFullPacketsOverANarrowerOuterPath) {
    ASSERT_TRUE(m_ends->client.does("ip link set cable mtu 1280"));
    ASSERT_TRUE(m_ends->broker.does("ip link set cable mtu 1280"));
    EXPECT_THAT(ping(mtu), HasSubstr(" 0% packet loss"));
}

TEST_P(EveryWayTest, losesNothingOfABurst) {
    (void)ping(mtu, "-c 3000 -l 64 -f -q"); // its own socket may well lose some
    std::this_thread::sleep_for(200ms); // packets are counted after they have left
    const TunnelCounters client = m_client->counters();
    const TunnelCounters broker = m_broker->counters();
    EXPECT_EQ(client.packetsOut, 3000U);
    EXPECT_EQ(broker.packetsIn, client.packetsOut);
    EXPECT_EQ(broker.packetsOut, client.packetsOut);
    EXPECT_EQ(client.packetsIn, broker.packetsOut);
}

TEST_P(EveryWayTest, takesTheDefaultRouteButNotTheWayToTheBroker) {
    const bool isV4 = GetParam().mode == TunnelMode::V4v6;
    EXPECT_THAT(
        m_ends->client.output(isV4 ? "ip route get 203.0.113.1" : "ip route get 2001:db8:abcd::1"),
        HasSubstr("dev viaduct0"));
    EXPECT_EQ(wayToBroker(), m_wayBefore);
}

TEST_P(EveryWayTest, leavesNothingBehind) {
    EXPECT_NE(m_ends->client.dump(), m_clientBefore);
    m_client.reset();
    m_broker.reset();
    EXPECT_EQ(m_ends->client.dump(), m_clientBefore);
    EXPECT_EQ(m_ends->broker.dump(), m_brokerBefore);
}

TEST_P(EveryWayTest, tellsOfEchoRepliesAndKeepsThemFromTheInterface) {
    m_client->sendEcho(7);
    EXPECT_EQ(m_listener.next(), "echo 7");
    m_client->sendEcho(65535);
    EXPECT_EQ(m_listener.next(), "echo 65535");
    EXPECT_THAT(ping(100), HasSubstr(" 0% packet loss")) << "another program's pings are its own";
    EXPECT_FALSE(m_listener.hasHeard());
    m_broker.reset();
    m_client->sendEcho(8);
    std::this_thread::sleep_for(200ms);
    EXPECT_FALSE(m_listener.hasHeard()) << "neither an echo nor a failure: the keepalive decides";
}

TEST_P(EveryWayTest, outlivesTheOtherEnd) {
    m_broker.reset();
    EXPECT_THAT(ping(100, "-c 3 -i 0.05 -W 0.2"), Not(HasSubstr(" 0% packet loss")));
    m_broker = make(false);
    EXPECT_THAT(ping(100), HasSubstr(" 0% packet loss"));
    EXPECT_FALSE(m_listener.hasHeard());
}

TEST_P(EveryWayTest, isSilentWhenNobodySpeaks) {
    std::this_thread::sleep_for(1500ms); // router solicitations would come within the first second
    EXPECT_EQ(m_client->counters().packetsOut, 0U);
}

TEST_F(NamespacesTest, picksTheRightWayByItself) {
    for (const TunnelMode mode : {TunnelMode::V6v4, TunnelMode::V4v6}) {
        const auto tunnel = m_ends->client.in(
            [&] { return createTunnel(TwoEnds::parameters(mode, true), Tunnel::Callbacks()); });
        ASSERT_TRUE(tunnel) << tunnel.error().message;
        EXPECT_THAT((*tunnel)->path(), testing::AnyOf("kernel", "user space"));
    }
}

TEST_F(NamespacesTest, servesAMachineThatSwitchedIpv6Off) {
    ASSERT_TRUE(m_ends->client.does("sysctl -q net.ipv6.conf.all.disable_ipv6=1"));
    const auto client = makeUdp(true);
    const auto broker = makeUdp(false);
    ASSERT_TRUE(client && broker);
    EXPECT_THAT(m_ends->client.output("ping -c 1 -W 2 2001:db8::2"), HasSubstr(" 0% packet loss"));
}

TEST_F(NamespacesTest, comesBackAfterKill) {
    for (const TunnelMode mode : {TunnelMode::V6v4, TunnelMode::V4v6}) {
        const auto make = [&] {
            TunnelParameters parameters = TwoEnds::parameters(mode, true);
            parameters.interfaceName = "viaduct7"; // so that it would be in the way
            return createTunnel(parameters, Tunnel::Callbacks());
        };
        m_ends->client.in([&] {
            const pid_t child = ::fork();
            if (child == 0) {
                const auto tunnel = make();
                ::kill(::getpid(), tunnel ? SIGKILL : SIGTERM);
            }
            int status = 0;
            ASSERT_EQ(::waitpid(child, &status, 0), child);
            ASSERT_EQ(WTERMSIG(status), SIGKILL);
        });
        const auto again = m_ends->client.in(make);
        EXPECT_TRUE(again) << again.error().message;
    }
}

TEST_F(NamespacesTest, dropsWhatIsNoInnerPacketOfItsOwn) {
    const auto client = makeUdp(true);
    ASSERT_TRUE(client);
    const LinuxFile broker = m_ends->broker.in([] { return udpSocket(ip("192.0.2.2"), ip("192.0.2.1")); });
    const auto send = [&](std::vector<std::uint8_t> datagram) {
        ASSERT_EQ(
            ::send(broker.descriptor(), datagram.data(), datagram.size(), 0),
            static_cast<ssize_t>(datagram.size()));
    };
    const auto request = echoRequest(ip("2001:db8::2"), ip("2001:db8::1"), 1, 1);
    send({});
    send({0xf0, 0, 0, 0xf0, 0, 0, 0, 0, 'T', 'S', 'P'});
    send({0x60});
    send(std::vector<std::uint8_t>(request.begin(), request.end() - 1)); // shorter than it says
    send(echoRequest(ip("198.51.100.2"), ip("198.51.100.1"), 1, 1)); // IPv4 in a tunnel for IPv6
    send(echoRequest(ip("2001:db8::1"), ip("2001:db8::1"), 1, 1)); // our own address as source
    send(std::vector<std::uint8_t>(60000, 0x60)); // larger than any buffer
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ((*client)->counters().packetsIn, 0U);
    send(request);
    auto padded = request;
    padded.resize(padded.size() + 9);
    send(padded);
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ((*client)->counters().packetsIn, 2U);
    EXPECT_EQ((*client)->counters().bytesIn, 2 * request.size()) << "padding is no part of the packet";
    EXPECT_EQ((*client)->counters().packetsOut, 2U) << "both are answered by the system";
}

TEST_F(NamespacesTest, takesNothingFromStrangers) {
    ASSERT_TRUE(m_ends->broker.does("ip address add 192.0.2.3/24 dev cable"));
    const auto client = m_ends->client.in([] {
        return LinuxUserTunnel::create(TwoEnds::parameters(TunnelMode::V6v4, true), Tunnel::Callbacks());
    });
    ASSERT_TRUE(client) << client.error().message;
    TunnelParameters stranger = TwoEnds::parameters(TunnelMode::V6v4, false);
    const auto packet = echoRequest(stranger.innerLocal, stranger.innerRemote, 1, 1);
    for (const auto& [source, arrived] : {std::pair{"192.0.2.3", 0U}, {"192.0.2.2", 1U}}) {
        stranger.outerLocal.address = ip(source);
        const auto raw = m_ends->broker.in([&] { return LinuxEncapsulation::open(stranger); });
        ASSERT_TRUE(raw) << raw.error().message;
        ASSERT_GT(::send(raw->socket.descriptor(), packet.data(), packet.size(), 0), 0);
        std::this_thread::sleep_for(100ms);
        EXPECT_EQ((*client)->counters().packetsIn, arrived) << source;
    }
}

TEST_F(NamespacesTest, neverSendsToItself) {
    const auto client = makeUdp(true);
    ASSERT_TRUE(client);
    // A machine that forwards its own tunnel address into the tunnel: its local route is gone.
    ASSERT_TRUE(m_ends->client.does("ip -6 route del local 2001:db8::1 table local"
                                    " && ip -6 address add 2001:db8:1::1/64 dev cable nodad"
                                    " && ip -6 route add 2001:db8::1 dev viaduct0 metric 1"));
    (void)m_ends->client.output("ping -c 1 -W 0.2 -I 2001:db8:1::1 2001:db8::1");
    EXPECT_EQ((*client)->counters().packetsOut, 0U);
    (void)m_ends->client.output("ping -c 1 -W 0.2 -I 2001:db8:1::1 2001:db8::2");
    EXPECT_EQ((*client)->counters().packetsOut, 1U);
}

TEST_F(NamespacesTest, keepsTalkToNeighboursToItself) {
    const auto client = makeUdp(true);
    ASSERT_TRUE(client);
    ASSERT_TRUE(m_ends->client.does("ip -6 address add fe80::1/64 dev viaduct0 nodad"));
    (void)m_ends->client.output("ping -c 1 -W 0.2 -I fe80::1%viaduct0 fe80::2%viaduct0");
    EXPECT_EQ((*client)->counters().packetsOut, 0U);
}

TEST_F(NamespacesTest, tellsThatItsSocketDied) {
    Listener listener;
    const auto client = makeUdp(true, listener.callbacks());
    ASSERT_TRUE(client);
    ASSERT_EQ(::shutdown(m_socket.descriptor(), SHUT_RDWR), 0);
    EXPECT_THAT(listener.next(), HasSubstr("failed: The tunnel's socket failed"));
    EXPECT_FALSE(listener.hasHeard()) << "once is enough";
}

TEST_F(NamespacesTest, outlivesTheCallersSocket) {
    Listener listener;
    const auto client = makeUdp(true, listener.callbacks());
    const auto broker = makeUdp(false);
    ASSERT_TRUE(client && broker);
    m_socket = LinuxFile();
    EXPECT_THAT(m_ends->client.output("ping -c 1 -W 2 2001:db8::2"), HasSubstr(" 0% packet loss"));
}

TEST_F(NamespacesTest, tellsThatItsInterfaceWasRemoved) {
    Listener listener;
    const auto client = makeUdp(true, listener.callbacks());
    ASSERT_TRUE(client);
    ASSERT_TRUE(m_ends->client.does("ip link del viaduct0"));
    EXPECT_THAT(listener.next(), HasSubstr("viaduct0 was removed by another program"));
}

TEST_F(NamespacesTest, tellsThatItsOuterAddressIsGone) {
    Listener listener;
    const auto client = makeUdp(true, listener.callbacks());
    ASSERT_TRUE(client);
    ASSERT_TRUE(
        m_ends->client.does("ip address add 192.0.2.9/25 dev cable && ip address del 192.0.2.1/24 dev cable"
                            " && ip route replace 192.0.2.0/24 dev cable"));
    (void)m_ends->client.output("ping -c 1 -W 0.2 2001:db8::2");
    EXPECT_THAT(listener.next(), HasSubstr("no longer on this machine"));
}

TEST_F(NamespacesTest, waitsWhenTheNetworkIsDownForAWhile) {
    Listener listener;
    const auto client = makeUdp(true, listener.callbacks());
    const auto broker = makeUdp(false);
    ASSERT_TRUE(client && broker);
    ASSERT_TRUE(m_ends->client.does("ip link set cable down"));
    (void)m_ends->client.output("ping -c 2 -i 0.1 -W 0.2 2001:db8::2");
    ASSERT_TRUE(m_ends->client.does("ip link set cable up"));
    EXPECT_THAT(
        m_ends->client.output("ping -c 3 -i 0.5 -W 2 2001:db8::2"), Not(HasSubstr(" 100% packet loss")));
    EXPECT_FALSE(listener.hasHeard());
}

TEST_F(NamespacesTest, undoesEverythingWhenItFails) {
    ASSERT_TRUE(m_ends->client.does("ip tuntap add taken mode tun"));
    const LinuxFile loose(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto with = [](auto change) {
        TunnelParameters parameters = TwoEnds::parameters(TunnelMode::V6v4, true);
        change(parameters);
        return parameters;
    };
    const std::pair<TunnelParameters, const char*> mistakes[] = {
        {with([](auto& p) { p.interfaceName = "taken"; }), "another"},
        {with([](auto& p) { p.interfaceName = "much-too-long-for-linux"; }), "1 to 15 characters"},
        {with([](auto& p) { p.outerLocal.address = ip("192.0.2.77"); }), "does not have that address"},
        {with([](auto& p) { p.outerLocal.address = ip("2001:db8::1"); }), "do not fit"},
        {with([](auto& p) { p.innerRemote = ip("192.0.2.1"); }), "do not fit"},
        {with([](auto& p) { p.mode = TunnelMode::V6anyv4; }), "the broker must have chosen"},
        {with([](auto& p) { p.mtu = 1279; }), "1280 to"},
        {with([](auto& p) { p.innerLocal = ip("ff02::1"); }), "do not fit"},
        {with([](auto& p) { p.mode = TunnelMode::V6udpv4; }), "socket of the signalling"},
        {with([&](auto& p) { p.mode = TunnelMode::V6udpv4, p.socket = loose.descriptor(); }),
         "connect it first"},
    };
    const std::string before = m_ends->client.dump();
    for (const auto& [parameters, message] : mistakes) {
        const auto tunnel
            = m_ends->client.in([&p = parameters] { return createTunnel(p, Tunnel::Callbacks()); });
        ASSERT_FALSE(tunnel) << message;
        EXPECT_THAT(tunnel.error().message, HasSubstr(message));
        EXPECT_EQ(m_ends->client.dump(), before) << message;
    }
}

// No descriptor is left for the first thing that needs one, then for the second, and so on: whichever step
// fails, all before it are undone.
TEST_F(NamespacesTest, undoesEverythingWhicheverStepFails) {
    const std::string before = m_ends->client.dump();
    rlimit whole{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &whole), 0);
    unsigned failures = 0;
    for (rlim_t limit = 0;; ++limit) {
        const auto tunnel = m_ends->client.in([&] {
            const rlimit few{limit, whole.rlim_max};
            EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
            auto made = LinuxUserTunnel::create(TwoEnds::parameters(TunnelMode::V4v6, true), {});
            EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &whole), 0);
            return made;
        });
        if (tunnel)
            break;
        ++failures;
        ASSERT_FALSE(tunnel.error().message.empty());
        ASSERT_EQ(m_ends->client.dump(), before) << "with " << limit << ": " << tunnel.error().message;
    }
    EXPECT_GE(failures, 4U); // raw socket, device, netlink, epoll, eventfd
}

TEST_F(NamespacesTest, saysWhichRightIsMissing) {
    const std::string before = m_ends->client.dump();
    for (const auto& [capability, name] :
         {std::pair{CAP_NET_ADMIN, "CAP_NET_ADMIN"}, {CAP_NET_RAW, "CAP_NET_RAW"}})
        m_ends->client.in([&, number = static_cast<unsigned>(capability), text = name] {
            withoutCapability(number, [&] {
                const auto tunnel
                    = createTunnel(TwoEnds::parameters(TunnelMode::V6v4, true), Tunnel::Callbacks());
                ASSERT_FALSE(tunnel);
                EXPECT_THAT(tunnel.error().message, HasSubstr(text));
            });
        });
    EXPECT_EQ(m_ends->client.dump(), before);
}
