// SPDX-License-Identifier: GPL-3.0-or-later
// The broker with a real store; only the data plane is a list that can be looked at.
#include "server/broker/Broker.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QTemporaryDir>

#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>

using namespace viaduct;
using namespace viaduct::broker;
using tsp::Status;

namespace {

IpAddress address(const char* text) {
    return *IpAddress::fromText(text);
}

const IpAddress here = address("192.0.2.1");

struct Table : dataplane::DataPlane {
    std::map<std::int64_t, dataplane::TunnelEntry> entries;
    void put(const dataplane::TunnelEntry& entry) override { entries[entry.id] = entry; }
    void remove(std::int64_t id) override { entries.erase(id); }
    std::string name() const override { return "table"; }
};

config::Configuration sampleConfiguration() {
    config::Configuration configuration;
    configuration.pools
        = {{"ends", *Prefix::fromText("2001:db8:0:1::/64"), 128},
           {"sites", *Prefix::fromText("2001:db8:1000::/36"), 48},
           {"guests", *Prefix::fromText("2001:db8:0:2::/125"), 128}};
    config::TspServer tspServer;
    tspServer.name = "T";
    tspServer.addresses = {here};
    configuration.tspServers = {tspServer};
    config::TunnelServer tunnelServer;
    tunnelServer.name = "S";
    tunnelServer.addresses = {here};
    tunnelServer.endpointPool = "ends";
    tunnelServer.anonymousPool = "guests";
    tunnelServer.prefixPools = {"sites"};
    configuration.tunnelServers = {tunnelServer};
    configuration.tunnelBrokers = {{"B", {"T"}, "S"}};
    using Password = config::User::Password;
    configuration.users
        = {{"alice", Password{"secret"}, config::AccountKind::Site, {}},
           {"bob", Password{"secret"}, config::AccountKind::Site, {}},
           {"carol", Password{"secret"}, config::AccountKind::Host, {}}};
    return configuration;
}

/// A broker that can be stopped and started again on the same database.
class BrokerTest : public testing::Test {
protected:
    void SetUp() override { start(); }
    void TearDown() override { stop(); }

    void start() {
        auto opened = store::Store::open(m_directory.path().toStdString());
        ASSERT_TRUE(opened) << opened.error().message;
        m_store = std::move(*opened);
        m_table = Table();
        m_broker = std::make_unique<Broker>(*m_store, m_table);
        QObject::connect(m_broker.get(), &Broker::happened, [this](const Event& event) {
            m_events.push_back(text(event));
        });
        const auto snapshot = m_store->load();
        ASSERT_TRUE(snapshot) << snapshot.error().message;
        const auto restored = m_broker->restore(m_configuration, *snapshot);
        ASSERT_TRUE(restored) << restored.error().message;
    }
    void stop() {
        m_broker.reset();
        m_store.reset();
    }
    void restart() {
        stop();
        start();
    }

    template <typename Condition>
    bool waitFor(Condition condition) {
        const QDeadlineTimer deadline(10000);
        while (!condition() && !deadline.hasExpired())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
        return condition();
    }

    Caller from(const char* remote, std::uint16_t port = 4000) {
        return {"T", Transport::Udp, {here, 3653}, {address(remote), port}, {2, 0, 1}};
    }

    Identity login(const Caller& caller, const tsp::Credentials& credentials) {
        std::optional<Login> result;
        m_broker->authenticate(caller, credentials, [&](Login answer) { result = std::move(answer); });
        EXPECT_TRUE(result && std::holds_alternative<tsp::Granted>(result->answer));
        return result ? result->identity : Identity{};
    }

    tsp::TunnelAnswer request(
        const Caller& caller, const Identity& identity, std::optional<int> prefixLength = {},
        TunnelMode mode = TunnelMode::V6anyv4) {
        tsp::TunnelRequest request;
        request.mode = mode;
        request.clientOuter = caller.remote.address;
        if (prefixLength)
            request.router = tsp::RouterRequest{prefixLength, {}};
        std::optional<std::optional<tsp::TunnelAnswer>> answer;
        m_broker->requestTunnel(caller, identity, request, [&](auto given) { answer = std::move(given); });
        EXPECT_TRUE(waitFor([&] { return answer.has_value(); }));
        return answer && *answer ? **answer : tsp::Refusal{};
    }
    tsp::TunnelInfo tunnel(const char* user, const char* remote, std::optional<int> prefixLength = {}) {
        const Caller caller = from(remote);
        const auto answer = request(caller, login(caller, tsp::PlainLogin{user, "secret"}), prefixLength);
        const auto* info = std::get_if<tsp::TunnelInfo>(&answer);
        EXPECT_TRUE(info) << static_cast<int>(std::get<tsp::Refusal>(answer).status);
        return info ? *info : tsp::TunnelInfo{};
    }
    int refused(const char* user, const char* remote, std::optional<int> prefixLength = {}) {
        const Caller caller = from(remote);
        const auto answer = request(caller, login(caller, tsp::PlainLogin{user, "secret"}), prefixLength);
        const auto* refusal = std::get_if<tsp::Refusal>(&answer);
        return refusal ? static_cast<int>(refusal->status) : 200;
    }
    bool happened(const std::string& part) {
        return waitFor([&] {
            return std::any_of(m_events.begin(), m_events.end(), [&](const std::string& event) {
                return event.find(part) != std::string::npos;
            });
        });
    }

    /// As if nothing had come from any client for so long.
    void silence(std::chrono::milliseconds time) {
        const auto seen = std::chrono::steady_clock::now().time_since_epoch() - time;
        for (const auto& [id, active] : m_broker->tunnels())
            active.counters->lastSeen = std::chrono::duration_cast<std::chrono::milliseconds>(seen).count();
    }

    QTemporaryDir m_directory;
    config::Configuration m_configuration = sampleConfiguration();
    std::unique_ptr<store::Store> m_store;
    Table m_table;
    std::unique_ptr<Broker> m_broker;
    std::vector<std::string> m_events;
};

} // namespace

TEST_F(BrokerTest, aTunnelCarriesPacketsWhenItIsAnswered) {
    const tsp::TunnelInfo info = tunnel("alice", "198.51.100.7", 48);
    EXPECT_EQ(info.mode, TunnelMode::V6v4);
    EXPECT_EQ(info.serverInner.text(), "2001:db8:0:1::2") << "the first pair holds the anycast address";
    EXPECT_EQ(info.clientInner.text(), "2001:db8:0:1::3");
    ASSERT_TRUE(info.delegation);
    EXPECT_EQ(info.delegation->prefix.text(), "2001:db8:1000::/48");
    ASSERT_EQ(m_table.entries.size(), 1U);
    const auto& entry = m_table.entries.begin()->second;
    EXPECT_EQ(entry.outerRemote, (Endpoint{address("198.51.100.7"), 0}));
    EXPECT_EQ(entry.prefixes, std::vector{info.delegation->prefix});
    EXPECT_TRUE(happened("event=tunnel-up"));
}

TEST_F(BrokerTest, addressesAreTheSameAtEveryLoginAndAfterARestart) {
    const tsp::TunnelInfo alice = tunnel("alice", "198.51.100.7", 48);
    const tsp::TunnelInfo bob = tunnel("bob", "198.51.100.8", 48);
    EXPECT_NE(alice.clientInner, bob.clientInner);
    EXPECT_NE(alice.delegation->prefix, bob.delegation->prefix);
    restart();
    EXPECT_EQ(m_table.entries.size(), 2U) << "tunnels carry packets before any client speaks";
    EXPECT_EQ(tunnel("bob", "198.51.100.18", 48).delegation, bob.delegation);
    EXPECT_EQ(tunnel("alice", "198.51.100.7", 48).clientInner, alice.clientInner);
}

TEST_F(BrokerTest, aUserHasOneTunnelAndTheLaterLoginHasIt) {
    tunnel("alice", "198.51.100.7");
    const tsp::TunnelInfo moved = tunnel("alice", "203.0.113.7");
    ASSERT_EQ(m_table.entries.size(), 1U) << "the old outer address must get nothing any more";
    EXPECT_EQ(m_table.entries.begin()->second.outerRemote.address, address("203.0.113.7"));
    EXPECT_EQ(m_table.entries.begin()->second.innerClient, moved.clientInner);
    restart();
    ASSERT_EQ(m_table.entries.size(), 1U);
    EXPECT_EQ(m_table.entries.begin()->second.outerRemote.address, address("203.0.113.7"));
}

TEST_F(BrokerTest, requestsOfOneUserAtTheSameTimeAreServedInOrder) {
    const Caller first = from("198.51.100.7");
    const Identity alice = login(first, tsp::PlainLogin{"alice", "secret"});
    std::vector<std::string> answers;
    for (const char* remote : {"198.51.100.7", "198.51.100.8", "198.51.100.9"}) {
        tsp::TunnelRequest request;
        request.clientOuter = address(remote);
        m_broker->requestTunnel(
            from(remote), alice, request, [&](const std::optional<tsp::TunnelAnswer>& answer) {
                answers.push_back(std::get<tsp::TunnelInfo>(*answer).clientOuter.text());
            });
    }
    ASSERT_TRUE(waitFor([&] { return answers.size() == 3; }));
    EXPECT_EQ(answers, (std::vector<std::string>{"198.51.100.7", "198.51.100.8", "198.51.100.9"}));
    ASSERT_EQ(m_table.entries.size(), 1U);
    EXPECT_EQ(m_table.entries.begin()->second.outerRemote.address, address("198.51.100.9"));
}

TEST_F(BrokerTest, theKindOfAccountDecidesThePrefix) {
    EXPECT_EQ(refused("carol", "198.51.100.7", 48), 507);
    EXPECT_EQ(refused("alice", "198.51.100.7", 64), 507) << "no pool of that length";
    EXPECT_TRUE(m_table.entries.empty());
    EXPECT_FALSE(tunnel("carol", "198.51.100.7").delegation);
}

TEST_F(BrokerTest, wrongPasswordsAreRefusedAndNoted) {
    std::optional<Login> result;
    m_broker->authenticate(from("198.51.100.7"), tsp::PlainLogin{"ali\nce", "wrong"}, [&](Login answer) {
        result = std::move(answer);
    });
    ASSERT_TRUE(result);
    EXPECT_EQ(std::get<tsp::Refusal>(result->answer).status, Status::AuthenticationFailed);
    EXPECT_TRUE(happened("who=\"ali?ce\" from=198.51.100.7:4000"));
    for (const std::string& event : m_events)
        EXPECT_EQ(event.find("wrong\""), std::string::npos) << "a password must never be logged";
}

TEST_F(BrokerTest, anAnonymousClientGetsAnAddressOfTheAnonymousPoolAndNoPrefix) {
    const Caller caller = from("198.51.100.7");
    const Identity nobody = login(caller, tsp::AnonymousLogin{});
    const auto answer = request(caller, nobody);
    EXPECT_EQ(std::get<tsp::TunnelInfo>(answer).clientInner.text(), "2001:db8:0:2::3");
    EXPECT_EQ(std::get<tsp::Refusal>(request(caller, nobody, 48)).status, Status::AnonymousPrefix);
    // 2001:db8:0:2::/125 has four pairs, one of which is left out.
    for (const char* remote : {"198.51.100.8", "198.51.100.9"})
        EXPECT_TRUE(std::holds_alternative<tsp::TunnelInfo>(request(from(remote), nobody)));
    EXPECT_EQ(std::get<tsp::Refusal>(request(from("198.51.100.10"), nobody)).status, Status::NoMoreTunnels);
}

TEST_F(BrokerTest, anOuterAddressBelongsToOneTunnel) {
    tunnel("alice", "198.51.100.7");
    EXPECT_EQ(refused("bob", "198.51.100.7"), 506);
    // When nothing was heard of alice for long, somebody else may be there now.
    silence(std::chrono::minutes(3));
    tunnel("bob", "198.51.100.7");
    ASSERT_EQ(m_table.entries.size(), 1U);
    EXPECT_TRUE(happened("event=tunnel-down"));
}

TEST_F(BrokerTest, whoHasProvedToBeAtAnAddressMayHaveIt) {
    tunnel("alice", "198.51.100.7");
    Caller overTcp = from("198.51.100.7");
    overTcp.transport = Transport::Tcp;
    const Identity bob = login(overTcp, tsp::PlainLogin{"bob", "secret"});
    ASSERT_TRUE(std::holds_alternative<tsp::TunnelInfo>(request(overTcp, bob)));
    ASSERT_EQ(m_table.entries.size(), 1U);
    EXPECT_TRUE(happened("event=tunnel-down"));
}

TEST_F(BrokerTest, aSilentTunnelStaysAndItsNextPacketWakesItUp) {
    config::Redirect redirect;
    redirect.brokers = {"203.0.113.11"};
    redirect.aboveTunnels = 1;
    m_configuration.tspServers[0].redirect = redirect;
    ASSERT_TRUE(m_broker->apply(m_configuration));
    tunnel("alice", "198.51.100.7", 48);
    EXPECT_EQ(m_table.entries.begin()->second.silence, m_configuration.tunnelServers[0].idleTimeout);
    const auto& counters = m_broker->tunnels().begin()->second.counters;
    const auto lastSeen = counters->lastSeen.load();
    silence(std::chrono::hours(3));
    m_broker->maintain();
    EXPECT_EQ(m_table.entries.size(), 1U) << "its client may have no keepalive and cannot know";
    EXPECT_TRUE(happened("event=tunnel-silent"));
    EXPECT_FALSE(m_broker->refusal(from("198.51.100.8"))) << "what is silent is no load";
    counters->lastSeen = lastSeen;
    m_broker->maintain();
    EXPECT_TRUE(happened("event=tunnel-heard"));
    EXPECT_TRUE(m_broker->refusal(from("198.51.100.8")));
}

TEST_F(BrokerTest, anAnonymousClientThatIsSilentOrNeverCameIsForgotten) {
    const Identity nobody = login(from("198.51.100.7"), tsp::AnonymousLogin{});
    request(from("198.51.100.7"), nobody);
    m_broker->maintain();
    ASSERT_EQ(m_table.entries.size(), 1U);
    silence(std::chrono::seconds(95));
    m_broker->maintain();
    EXPECT_TRUE(m_table.entries.empty()) << "nothing ever came through it: it is somebody's who is not there";
    request(from("198.51.100.8"), nobody);
    request(from("198.51.100.9"), nobody);
    EXPECT_TRUE(std::holds_alternative<tsp::TunnelInfo>(request(from("198.51.100.10"), nobody)))
        << "what nobody used needs no quarantine";
    for (const auto& [id, active] : m_broker->tunnels())
        active.counters->packetsIn = 1;
    silence(std::chrono::seconds(95));
    m_broker->maintain();
    EXPECT_EQ(m_table.entries.size(), 3U);
    silence(std::chrono::hours(3));
    m_broker->maintain();
    EXPECT_TRUE(m_table.entries.empty());
    EXPECT_EQ(std::get<tsp::Refusal>(request(from("198.51.100.11"), nobody)).status, Status::NoMoreTunnels)
        << "quarantine";
}

TEST_F(BrokerTest, anAddressHasSoManyAnonymousTunnels) {
    m_configuration.tunnelServers[0].anonymousPool = "ends";
    m_configuration.tunnelServers[0].anonymousPerAddress = 2;
    m_configuration.pools.pop_back();
    ASSERT_TRUE(m_broker->apply(m_configuration));
    const Identity nobody = login(from("198.51.100.7"), tsp::AnonymousLogin{});
    const auto ask = [&](const char* remote, std::uint16_t port, const char* claimed) {
        const Caller caller = from(remote, port);
        tsp::TunnelRequest wish;
        wish.mode = TunnelMode::V6udpv4;
        wish.clientOuter = address(claimed);
        std::optional<tsp::TunnelAnswer> answer;
        m_broker->requestTunnel(caller, nobody, wish, [&](auto given) { answer = std::move(given); });
        EXPECT_TRUE(waitFor([&] { return answer.has_value(); }));
        return std::holds_alternative<tsp::TunnelInfo>(*answer);
    };
    EXPECT_TRUE(ask("198.51.100.7", 1, "10.0.0.1"));
    EXPECT_TRUE(ask("198.51.100.7", 2, "10.0.0.2"));
    EXPECT_FALSE(ask("198.51.100.7", 3, "10.0.0.3"));
    EXPECT_TRUE(ask("198.51.100.7", 4, "10.0.0.2")) << "the one it has moves";
    EXPECT_TRUE(ask("198.51.100.8", 1, "10.0.0.3"));
    EXPECT_EQ(m_table.entries.size(), 3U);
}

TEST_F(BrokerTest, aLoginThatCanBeForgedCutsNobodysTunnel) {
    const Caller mapping = from("198.51.100.7", 5000);
    const auto ask
        = [&](const Identity& identity) { return request(mapping, identity, {}, TunnelMode::V6udpv4); };
    ASSERT_TRUE(
        std::holds_alternative<tsp::TunnelInfo>(ask(login(mapping, tsp::PlainLogin{"alice", "secret"}))));
    const Identity nobody = login(mapping, tsp::AnonymousLogin{});
    EXPECT_EQ(m_table.entries.size(), 1U);
    EXPECT_EQ(std::get<tsp::Refusal>(ask(nobody)).status, Status::AddressInUse);
    EXPECT_EQ(
        std::get<tsp::Refusal>(ask(login(mapping, tsp::PlainLogin{"bob", "secret"}))).status,
        Status::AddressInUse);
    ASSERT_EQ(m_table.entries.size(), 1U);
    EXPECT_EQ(m_broker->tunnels().begin()->second.tunnel.holder, "account:alice");
    silence(std::chrono::minutes(3));
    EXPECT_TRUE(std::holds_alternative<tsp::TunnelInfo>(ask(nobody)))
        << "the NAT gave the port to another host";
}

TEST_F(BrokerTest, aPoolMayBeRenamed) {
    const tsp::TunnelInfo alice = tunnel("alice", "198.51.100.7", 48);
    m_configuration.pools[1].name = "campuses";
    m_configuration.tunnelServers[0].prefixPools = {"campuses"};
    ASSERT_TRUE(m_broker->apply(m_configuration));
    EXPECT_EQ(m_table.entries.size(), 1U) << "nobody loses a tunnel over a name";
    EXPECT_NE(tunnel("bob", "198.51.100.8", 48).delegation, alice.delegation);
    restart();
    EXPECT_EQ(tunnel("alice", "198.51.100.7", 48).delegation, alice.delegation);
}

TEST_F(BrokerTest, whatWasGivenOutBeforeAPoolWasCutAnewRestsFirst) {
    const tsp::TunnelInfo alice = tunnel("alice", "198.51.100.7", 48);
    m_configuration.pools[1].blockLength = 56;
    ASSERT_TRUE(m_broker->apply(m_configuration));
    EXPECT_TRUE(m_table.entries.empty());
    for (int round = 0; round < 2; ++round) {
        const auto prefix = tunnel("bob", "198.51.100.8", 56).delegation->prefix;
        EXPECT_FALSE(prefix.overlaps(alice.delegation->prefix)) << prefix.text();
        restart();
    }
    m_configuration.pools[1].blockLength = 48;
    ASSERT_TRUE(m_broker->apply(m_configuration));
    EXPECT_EQ(tunnel("alice", "198.51.100.7", 48).delegation, alice.delegation) << "it was hers";
}

TEST_F(BrokerTest, staticTunnelsShareThePools) {
    config::StaticTunnel router;
    router.name = "lyon";
    router.source = here;
    router.destination = address("203.0.113.1");
    router.prefix = *Prefix::fromText("2001:db8:1000::/48");
    m_configuration.staticTunnels = {router};
    ASSERT_TRUE(m_broker->apply(m_configuration));
    ASSERT_TRUE(waitFor([&] { return m_table.entries.size() == 1; }));
    EXPECT_EQ(m_table.entries.begin()->second.prefixes, std::vector{*Prefix::fromText("2001:db8:1000::/48")});
    EXPECT_EQ(tunnel("alice", "198.51.100.7", 48).delegation->prefix.text(), "2001:db8:1001::/48");
    EXPECT_EQ(refused("bob", "203.0.113.1"), 506) << "the router's address is not for others";
    restart();
    EXPECT_EQ(m_table.entries.size(), 2U);

    m_configuration.staticTunnels.clear();
    ASSERT_TRUE(m_broker->apply(m_configuration));
    EXPECT_EQ(m_table.entries.size(), 1U);
    EXPECT_TRUE(happened("event=released block=2001:db8:1000::/48"));
}

TEST_F(BrokerTest, aStaticTunnelMayHaveARangeOutsideOfEveryPool) {
    config::StaticTunnel router;
    router.name = "lyon";
    router.source = here;
    router.destination = address("203.0.113.1");
    router.prefix = *Prefix::fromText("2001:db8:beef::/48");
    router.endpoints = *Prefix::fromText("2001:db8:0:3::/127");
    router.shutdown = true;
    m_configuration.staticTunnels = {router};
    const auto applied = m_broker->apply(m_configuration);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(happened("event=allocated block=2001:db8:beef::/48")) << "shut down, it keeps its addresses";
    EXPECT_TRUE(m_table.entries.empty());
    m_configuration.staticTunnels[0].shutdown = false;
    ASSERT_TRUE(m_broker->apply(m_configuration));
    ASSERT_TRUE(waitFor([&] { return m_table.entries.size() == 1; }));
    EXPECT_EQ(m_table.entries.begin()->second.innerClient.text(), "2001:db8:0:3::1");
    EXPECT_EQ(m_table.entries.begin()->second.silence, std::chrono::seconds(0))
        << "a router says nothing for days";
    restart();
    EXPECT_EQ(m_table.entries.size(), 1U);
}

TEST_F(BrokerTest, aStaticTunnelThatCannotBeLeavesEverythingAsItWas) {
    const tsp::TunnelInfo alice = tunnel("alice", "198.51.100.7", 48);
    config::StaticTunnel router;
    router.name = "lyon";
    router.source = here;
    router.destination = address("203.0.113.1");
    router.prefix = alice.delegation->prefix;
    config::Configuration wrong = m_configuration;
    wrong.staticTunnels = {router};
    wrong.users.clear();
    const auto applied = m_broker->apply(wrong);
    ASSERT_FALSE(applied);
    EXPECT_NE(applied.error().message.find("interface tunnel lyon"), std::string::npos)
        << applied.error().message;
    EXPECT_NE(applied.error().message.find("alice"), std::string::npos) << applied.error().message;
    EXPECT_EQ(m_table.entries.size(), 1U);
    EXPECT_EQ(tunnel("alice", "198.51.100.7", 48).delegation, alice.delegation);
}

TEST_F(BrokerTest, whoIsTakenOutOfTheConfigurationLosesTheTunnelAndTheBlockRests) {
    const tsp::TunnelInfo alice = tunnel("alice", "198.51.100.7", 48);
    m_configuration.users.erase(m_configuration.users.begin());
    ASSERT_TRUE(m_broker->apply(m_configuration));
    EXPECT_TRUE(m_table.entries.empty());
    EXPECT_TRUE(happened("event=tunnel-down"));
    EXPECT_NE(tunnel("bob", "198.51.100.8", 48).delegation, alice.delegation) << "quarantine";
    m_configuration = sampleConfiguration();
    ASSERT_TRUE(m_broker->apply(m_configuration));
    EXPECT_EQ(tunnel("alice", "198.51.100.7", 48).delegation, alice.delegation) << "it was hers";
}

TEST_F(BrokerTest, aTunnelOnItsWayToTheDiskFallsWithItsTunnelServer) {
    const Caller caller = from("198.51.100.7");
    const Identity alice = login(caller, tsp::PlainLogin{"alice", "secret"});
    tsp::TunnelRequest request;
    request.mode = TunnelMode::V6v4;
    request.clientOuter = caller.remote.address;
    std::optional<std::optional<tsp::TunnelAnswer>> answer;
    m_broker->requestTunnel(caller, alice, request, [&](auto given) { answer = std::move(given); });
    m_configuration.tunnelServers.clear();
    m_configuration.tunnelBrokers.clear();
    ASSERT_TRUE(m_broker->apply(m_configuration));
    ASSERT_TRUE(waitFor([&] { return answer.has_value(); }));
    ASSERT_TRUE(*answer);
    EXPECT_TRUE(std::holds_alternative<tsp::Refusal>(**answer));
    EXPECT_TRUE(happened("event=tunnel-down"));
    EXPECT_TRUE(m_table.entries.empty());
    m_broker->maintain();
    restart();
    EXPECT_TRUE(m_table.entries.empty());
}

TEST_F(BrokerTest, whatAConfigurationWouldTakeIsCountedAndNotTaken) {
    tunnel("alice", "203.0.113.1", 48);
    tunnel("bob", "203.0.113.2", 48);
    const auto none = m_broker->losses(m_configuration);
    ASSERT_TRUE(none);
    EXPECT_EQ(none->tunnels, 0U);
    EXPECT_EQ(none->blocks, 0U);
    config::Configuration without = m_configuration;
    std::erase_if(without.users, [](const auto& user) { return user.name == "alice"; });
    const auto one = m_broker->losses(without);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->tunnels, 1U);
    EXPECT_EQ(one->blocks, 2U); // the pair and the prefix
    without.tunnelServers.clear();
    without.pools.clear();
    EXPECT_EQ(m_broker->losses(without)->tunnels, 2U);
    EXPECT_EQ(m_broker->losses(without)->blocks, 4U);
    EXPECT_EQ(m_broker->tunnels().size(), 2U);
    EXPECT_EQ(m_broker->heldBy("account:alice").size(), 2U);
    EXPECT_EQ(m_broker->configuration(), m_configuration);
}

TEST_F(BrokerTest, newDialoguesAreRedirectedWhenTheConfigurationSaysSo) {
    EXPECT_FALSE(m_broker->refusal(from("198.51.100.7")));
    config::Redirect redirect;
    redirect.brokers = {"203.0.113.11"};
    redirect.aboveTunnels = 1;
    m_configuration.tspServers[0].redirect = redirect;
    ASSERT_TRUE(m_broker->apply(m_configuration));
    EXPECT_FALSE(m_broker->refusal(from("198.51.100.7")));
    tunnel("alice", "198.51.100.7");
    const auto refusal = m_broker->refusal(from("198.51.100.8"));
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->status, Status::Redirection);
    EXPECT_EQ(refusal->brokers, redirect.brokers);
}

TEST_F(BrokerTest, aDiskThatRefusesSilencesRequestsAndLosesNothingThatHappened) {
    const tsp::TunnelInfo alice = tunnel("alice", "198.51.100.7", 48);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit nothing{0, before.rlim_max};
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &nothing), 0);

    const Caller caller = from("198.51.100.8");
    std::optional<std::optional<tsp::TunnelAnswer>> answer;
    tsp::TunnelRequest wish;
    wish.clientOuter = caller.remote.address;
    wish.router = tsp::RouterRequest{48, {}};
    m_broker->requestTunnel(caller, login(caller, tsp::PlainLogin{"bob", "secret"}), wish, [&](auto given) {
        answer = std::move(given);
    });
    EXPECT_TRUE(waitFor([&] { return answer.has_value(); }));
    EXPECT_FALSE(answer->has_value()) << "silence: the clients try again";
    EXPECT_EQ(m_broker->refusal(caller)->status, Status::ServerBusy);
    m_configuration.users.erase(m_configuration.users.begin()); // alice goes while nothing can be written
    ASSERT_TRUE(m_broker->apply(m_configuration));
    EXPECT_TRUE(m_table.entries.empty());
    EXPECT_TRUE(happened("event=store-failed"));

    setrlimit(RLIMIT_FSIZE, &before);
    (void)std::signal(SIGXFSZ, handler);
    EXPECT_NE(tunnel("bob", "198.51.100.8", 48).delegation, alice.delegation);
    restart();
    ASSERT_EQ(m_table.entries.size(), 1U) << "that alice's tunnel went is known";
    EXPECT_EQ(m_broker->tunnels().begin()->second.tunnel.holder, "account:bob");
}

TEST_F(BrokerTest, thePoolMapFollowsTheTunnels) {
    using State = addressing::OccupancyMap::State;
    const auto state = [&](const char* pool, const char* inside) {
        return m_broker->occupancy(pool)->at(address(inside))->state;
    };
    EXPECT_EQ(m_broker->occupancy("nowhere"), nullptr);
    EXPECT_EQ(state("sites", "2001:db8:1000::"), State::Free);
    tunnel("alice", "198.51.100.7", 48);
    EXPECT_EQ(state("sites", "2001:db8:1000::"), State::Active);
    EXPECT_EQ(state("ends", "2001:db8:0:1::3"), State::Active);
    tunnel("alice", "203.0.113.7");
    EXPECT_EQ(state("ends", "2001:db8:0:1::3"), State::Active) << "the new tunnel has the same end point";
    EXPECT_EQ(state("sites", "2001:db8:1000::"), State::Allocated) << "but no prefix any more";
    tunnel("alice", "203.0.113.7", 48);
    restart();
    EXPECT_EQ(state("sites", "2001:db8:1000::"), State::Active);
    ASSERT_TRUE(m_broker->apply(m_configuration));
    EXPECT_EQ(state("sites", "2001:db8:1000::"), State::Active);

    config::StaticTunnel router;
    router.name = "lyon";
    router.source = here;
    router.destination = address("203.0.113.1");
    router.prefix = *Prefix::fromText("2001:db8:1001::/48");
    m_configuration.staticTunnels = {router};
    ASSERT_TRUE(m_broker->apply(m_configuration));
    ASSERT_TRUE(waitFor([&] { return m_table.entries.size() == 2; }));
    EXPECT_EQ(state("sites", "2001:db8:1001::"), State::Static);

    silence(std::chrono::hours(3));
    m_broker->maintain();
    EXPECT_EQ(state("sites", "2001:db8:1000::"), State::Allocated) << "silent, and still hers";
    m_configuration.users.clear();
    m_configuration.staticTunnels.clear();
    ASSERT_TRUE(m_broker->apply(m_configuration));
    EXPECT_EQ(state("sites", "2001:db8:1000::"), State::Quarantined);
    EXPECT_EQ(state("sites", "2001:db8:1001::"), State::Quarantined);
}

TEST_F(BrokerTest, whoAsksFasterThanTheDiskWritesIsToldThatARequestIsInProgress) {
    const Caller caller = from("198.51.100.7");
    const Identity alice = login(caller, tsp::PlainLogin{"alice", "secret"});
    tsp::TunnelRequest wish;
    wish.clientOuter = caller.remote.address;
    std::map<int, int> answers; // by status
    constexpr int requests = 8;
    int answered = 0;
    for (int i = 0; i < requests; ++i)
        m_broker->requestTunnel(caller, alice, wish, [&](const std::optional<tsp::TunnelAnswer>& answer) {
            const auto* refusal = std::get_if<tsp::Refusal>(&*answer);
            ++answers[refusal ? static_cast<int>(refusal->status) : 200];
            ++answered;
        });
    ASSERT_TRUE(waitFor([&] { return answered == requests; }));
    EXPECT_EQ(answers, (std::map<int, int>{{200, 5}, {521, 3}})) << "one under way, four in the queue";
    EXPECT_EQ(m_table.entries.size(), 1U);
}

TEST_F(BrokerTest, aRouterThatNamesNoLengthGetsWhatItsKindMayHave) {
    const Caller caller = from("198.51.100.7");
    const auto ask = [&](const char* user) {
        tsp::TunnelRequest wish;
        wish.clientOuter = caller.remote.address;
        wish.router = tsp::RouterRequest{{}, {}}; // <router protocol="none"> of clients before 2.0
        std::optional<tsp::TunnelAnswer> answer;
        m_broker->requestTunnel(
            caller, login(caller, tsp::PlainLogin{user, "secret"}), wish,
            [&](auto given) { answer = std::move(given); });
        EXPECT_TRUE(waitFor([&] { return answer.has_value(); }));
        return answer.value_or(tsp::Refusal{});
    };
    EXPECT_EQ(std::get<tsp::TunnelInfo>(ask("alice")).delegation->prefix.length(), 48);
    EXPECT_EQ(std::get<tsp::Refusal>(ask("carol")).status, Status::MissingPrefixLength)
        << "a single host has none";
}

TEST_F(BrokerTest, theLongerListOfNameServersIsKept) {
    const Caller caller = from("198.51.100.7");
    const Identity alice = login(caller, tsp::PlainLogin{"alice", "secret"});
    const auto names = [&](const std::vector<std::string>& asked) {
        tsp::TunnelRequest wish;
        wish.clientOuter = caller.remote.address;
        wish.router = tsp::RouterRequest{48, asked};
        std::optional<tsp::TunnelAnswer> answer;
        m_broker->requestTunnel(caller, alice, wish, [&](auto given) { answer = std::move(given); });
        EXPECT_TRUE(waitFor([&] { return answer.has_value(); }));
        return std::get<tsp::TunnelInfo>(*answer).delegation->dnsServers;
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(names({"ns1.example.net", "ns2.example.net"}), (Names{"ns1.example.net", "ns2.example.net"}));
    EXPECT_EQ(names({"ns1.example.net"}), (Names{"ns1.example.net", "ns2.example.net"}))
        << "some clients send only the first one when they reconnect";
    EXPECT_EQ(names({"ns3.example.net"}), (Names{"ns3.example.net"})) << "a change is a change";
    EXPECT_EQ(names({}), Names{});
}

TEST_F(BrokerTest, whoPingsRarelyIsNotSilentBetweenTwoPings) {
    m_configuration.tunnelServers[0].idleTimeout = std::chrono::seconds(60);
    m_configuration.tunnelServers[0].keepaliveDefault = std::chrono::seconds(60);
    ASSERT_TRUE(m_broker->apply(m_configuration));
    tunnel("alice", "198.51.100.7");
    EXPECT_EQ(m_table.entries.begin()->second.silence, std::chrono::seconds(300)) << "five pings";
}

TEST_F(BrokerTest, whoClaimsAnAddressThatIsNotSeenIsToldWhichIsWrong) {
    config::TunnelServer& server = m_configuration.tunnelServers[0];
    server.addresses.push_back(address("2001:db8:b::1"));
    server.ipv4EndpointPool = "v4";
    m_configuration.pools.push_back({"v4", *Prefix::fromText("203.0.113.0/24"), 32});
    ASSERT_TRUE(m_broker->apply(m_configuration));
    Caller caller = from("198.51.100.7");
    const Identity alice = login(caller, tsp::PlainLogin{"alice", "secret"});
    const auto ask = [&](TunnelMode mode, const char* claimed) {
        tsp::TunnelRequest wish;
        wish.mode = mode;
        wish.clientOuter = address(claimed);
        std::optional<tsp::TunnelAnswer> answer;
        m_broker->requestTunnel(caller, alice, wish, [&](auto given) { answer = std::move(given); });
        EXPECT_TRUE(waitFor([&] { return answer.has_value(); }));
        const auto* refusal = std::get_if<tsp::Refusal>(&*answer);
        return refusal ? static_cast<int>(refusal->status) : 200;
    };
    EXPECT_EQ(ask(TunnelMode::V6v4, "198.51.100.8"), 501);
    EXPECT_EQ(ask(TunnelMode::V6v4, "198.51.100.7"), 200);
    caller.local.address = address("2001:db8:b::1");
    caller.remote.address = address("2001:db8:c::2");
    EXPECT_EQ(ask(TunnelMode::V4v6, "2001:db8:c::3"), 502);
    EXPECT_EQ(ask(TunnelMode::V4v6, "2001:db8:c::2"), 200);
}

TEST_F(BrokerTest, anAdministratorTakesATunnelDownAndItsClientComesBack) {
    const tsp::TunnelInfo before = tunnel("alice", "198.51.100.7", 48);
    const Actor ann{"ann", address("192.0.2.250"), api::Role::Operator};
    const auto disconnect = [&](std::int64_t id) {
        std::optional<Result<void>> result;
        m_broker->disconnect(id, "It floods the network.", ann, [&](auto done) { result = std::move(done); });
        EXPECT_TRUE(waitFor([&] { return result.has_value(); }));
        return *result;
    };
    const std::int64_t id = m_table.entries.begin()->first;
    ASSERT_TRUE(disconnect(id));
    EXPECT_TRUE(m_table.entries.empty());
    EXPECT_TRUE(happened("event=tunnel-down")) << "whoever listens is told";
    EXPECT_TRUE(happened("It floods the network."));
    EXPECT_EQ(disconnect(id).error().code, Error::Code::NotFound);
    restart();
    EXPECT_TRUE(m_table.entries.empty()) << "it stays down";
    const tsp::TunnelInfo after = tunnel("alice", "198.51.100.7", 48);
    EXPECT_EQ(after.delegation->prefix, before.delegation->prefix) << "its own addresses";

    std::optional<store::AuditLine> line;
    m_store->audit({}, {{}, 1, true}, m_broker.get(), [&](const auto& lines) { line = lines->rows.at(0); });
    ASSERT_TRUE(waitFor([&] { return line.has_value(); }));
    EXPECT_EQ(line->entry.actor, "ann");
    EXPECT_EQ(line->entry.action, "disconnectTunnel");
    EXPECT_EQ(line->entry.target, "tunnel:" + std::to_string(id));
    EXPECT_EQ(line->entry.after.find("floods"), std::string::npos) << "the audit does not forget";
}

TEST_F(BrokerTest, whatCannotBeTakenDownNow) {
    config::StaticTunnel rennes;
    rennes.name = "Rennes";
    rennes.source = here;
    rennes.destination = address("198.51.100.9");
    m_configuration.staticTunnels = {rennes};
    ASSERT_TRUE(m_broker->apply(m_configuration));
    ASSERT_TRUE(waitFor([&] { return m_broker->tunnelOf("static:Rennes") != nullptr; }));
    tunnel("alice", "198.51.100.7");
    const auto codeOf = [&](std::int64_t id) {
        std::optional<Error::Code> code;
        m_broker->disconnect(id, "x", {}, [&](const Result<void>& done) { code = done.error().code; });
        return code;
    };
    EXPECT_EQ(codeOf(m_broker->tunnelOf("static:Rennes")->id), Error::Code::Invalid);
    const std::int64_t id = m_broker->tunnelOf("account:alice")->id;
    const Caller caller = from("198.51.100.8");
    tsp::TunnelRequest next;
    next.clientOuter = caller.remote.address;
    bool isUp = false;
    m_broker->requestTunnel(
        caller, login(caller, tsp::PlainLogin{"alice", "secret"}), next, [&](const auto&) { isUp = true; });
    EXPECT_EQ(codeOf(id), Error::Code::Busy) << "its next tunnel is on its way to the disk";
    EXPECT_TRUE(waitFor([&] { return isUp; }));
}
