// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/TunnelPolicy.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::broker;
using tsp::Status;

namespace {

IpAddress address(const char* text) {
    return *IpAddress::fromText(text);
}

const IpAddress here = address("192.0.2.1");
const IpAddress seen = address("198.51.100.7");

struct Case {
    const char* what;
    TunnelMode asked;
    Transport transport;
    const char* claimed;
    bool proxy;
    bool preferUdp;
    bool trustSource;
    std::variant<TunnelMode, Status> expected;
    const char* outerRemote;
};

std::string describe(const tl::expected<Outer, Status>& outer) {
    if (!outer)
        return std::to_string(static_cast<int>(outer.error()));
    const Endpoint& remote = outer->remote;
    return std::string(text(outer->mode)) + ' ' + (remote.port == 0 ? remote.address.text() : remote.text());
}

std::string describe(const Case& expected) {
    if (const auto* status = std::get_if<Status>(&expected.expected))
        return std::to_string(static_cast<int>(*status));
    return std::string(text(std::get<TunnelMode>(expected.expected))) + ' ' + expected.outerRemote;
}

} // namespace

TEST(TunnelPolicy, givesTheModeThatTheNetworkAllows) {
    using enum TunnelMode;
    using enum Transport;
    const Case cases[] = {
        {"direct", V6v4, Udp, "198.51.100.7", false, false, false, V6v4, "198.51.100.7"},
        {"direct over TCP", V6v4, Tcp, "198.51.100.7", false, false, false, V6v4, "198.51.100.7"},
        {"forged or behind a NAT", V6v4, Udp, "10.0.0.1", false, false, false, Status::BadIpv4Address, ""},
        {"stale, but the source is trusted", V6v4, Udp, "198.51.100.9", false, false, true, V6v4,
         "198.51.100.7"},
        {"any, direct", V6anyv4, Udp, "198.51.100.7", false, false, false, V6v4, "198.51.100.7"},
        {"any, NAT", V6anyv4, Udp, "10.0.0.1", false, false, false, V6udpv4, "198.51.100.7:4000"},
        {"any, NAT, TCP", V6anyv4, Tcp, "10.0.0.1", false, false, false, Status::UnsupportedTunnelType, ""},
        {"any, direct, UDP preferred", V6anyv4, Udp, "198.51.100.7", false, true, false, V6udpv4,
         "198.51.100.7:4000"},
        {"any, direct, UDP preferred, TCP", V6anyv4, Tcp, "198.51.100.7", false, true, false, V6v4,
         "198.51.100.7"},
        {"UDP", V6udpv4, Udp, "10.0.0.1", false, false, false, V6udpv4, "198.51.100.7:4000"},
        {"UDP over TCP", V6udpv4, Tcp, "10.0.0.1", false, false, false, Status::UnsupportedTunnelType, ""},
        {"proxy for a router", V6v4, Udp, "203.0.113.9", true, false, false, V6v4, "203.0.113.9"},
        {"proxy for a private address", V6v4, Udp, "127.0.0.1", true, false, false, Status::BadIpv4Address,
         ""},
        {"proxy for the broker itself", V6v4, Udp, "192.0.2.1", true, false, false, Status::BadIpv4Address,
         ""},
        {"v4v6 over IPv4", V4v6, Udp, "2001:db8::2", false, false, false, Status::UnsupportedTunnelType, ""},
    };
    for (const Case& c : cases) {
        config::TunnelServer server;
        server.addresses = {here};
        server.preferUdp = c.preferUdp;
        server.trustSource = c.trustSource;
        const Caller caller{"T", c.transport, {here, 3653}, {seen, 4000}, {}};
        tsp::TunnelRequest request;
        request.mode = c.asked;
        request.clientOuter = address(c.claimed);
        request.proxy = c.proxy;
        EXPECT_EQ(
            describe(decideOuter(server, caller, request, {*Prefix::fromText("203.0.113.0/24")})),
            describe(c))
            << c.what;
    }
}

TEST(TunnelPolicy, proxyIsForThoseWhoMay) {
    config::TunnelServer server;
    server.addresses = {here};
    const Caller caller{"T", Transport::Udp, {here, 3653}, {seen, 4000}, {}};
    tsp::TunnelRequest request;
    request.mode = TunnelMode::V6v4;
    request.clientOuter = address("203.0.113.9");
    request.proxy = true;
    EXPECT_EQ(describe(decideOuter(server, caller, request, {})), "501");
}

TEST(TunnelPolicy, keepaliveIsKeptInItsRange) {
    config::TunnelServer server;
    server.keepaliveMinimum = std::chrono::seconds(10);
    server.keepaliveMaximum = std::chrono::seconds(60);
    server.keepaliveDefault = std::chrono::seconds(25);
    const auto given = [&](std::optional<int> asked, bool proxy = false) {
        tsp::TunnelRequest request;
        request.keepaliveInterval = asked;
        request.proxy = proxy;
        return decideKeepalive(server, request).count();
    };
    EXPECT_EQ(given(30), 30);
    EXPECT_EQ(given(1), 10);
    EXPECT_EQ(given(100000), 60);
    EXPECT_EQ(given(std::nullopt), 25) << "without keepalive neither side learns that the other has gone";
    EXPECT_EQ(given(0), 25);
    EXPECT_EQ(given(30, true), 0) << "the router at the other end speaks no TSP";
}

TEST(TunnelPolicy, aProxyServesOnlyAddressesThatWereVouchedFor) {
    config::TunnelServer server;
    server.addresses = {here};
    const Caller caller{"T", Transport::Udp, {here, 3653}, {seen, 4000}, {}};
    tsp::TunnelRequest request;
    request.mode = TunnelMode::V6v4;
    request.proxy = true;
    const std::vector<Prefix> mine{*Prefix::fromText("203.0.113.8/31"), *Prefix::fromText("192.0.2.7/32")};
    for (const auto& [asked, expected] :
         {std::pair("203.0.113.9", "v6v4 203.0.113.9"),
          {"192.0.2.7", "v6v4 192.0.2.7"},
          {"203.0.113.10", "501"},
          {"198.51.100.7", "501"}}) {
        request.clientOuter = address(asked);
        EXPECT_EQ(describe(decideOuter(server, caller, request, mine)), expected) << asked;
    }
}

TEST(TunnelPolicy, theTunnelServerIsTheFirstThatHasWhatIsAsked) {
    config::Configuration configuration;
    configuration.pools
        = {{"ends", *Prefix::fromText("2001:db8:0:1::/64"), 128},
           {"sites", *Prefix::fromText("2001:db8:1000::/36"), 48},
           {"users", *Prefix::fromText("2001:db8:2000::/36"), 64}};
    config::TunnelServer sites;
    sites.name = "sites";
    sites.addresses = {here};
    sites.endpointPool = "ends";
    sites.prefixPools = {"sites"};
    config::TunnelServer users = sites;
    users.name = "users";
    users.prefixPools = {"users"};
    configuration.tunnelServers = {sites, users};
    configuration.tunnelBrokers = {{"A", {"T"}, "sites"}, {"B", {"T"}, "users"}, {"C", {"other"}, "users"}};
    const Caller caller{"T", Transport::Udp, {here, 3653}, {seen, 4000}, {}};
    const auto selected = [&](std::optional<tsp::RouterRequest> router, TunnelMode mode = TunnelMode::V6v4) {
        tsp::TunnelRequest request;
        request.mode = mode;
        request.router = std::move(router);
        const auto server = selectTunnelServer(configuration, caller, request, false);
        return server ? (*server)->name : std::to_string(static_cast<int>(server.error()));
    };
    EXPECT_EQ(selected({}), "sites");
    EXPECT_EQ(selected(tsp::RouterRequest{48, {}}), "sites");
    EXPECT_EQ(selected(tsp::RouterRequest{64, {}}), "users");
    EXPECT_EQ(selected(tsp::RouterRequest{56, {}}), "507");
    EXPECT_EQ(selected(tsp::RouterRequest{{}, {}}), "520");
    EXPECT_EQ(selected({}, TunnelMode::V4v6), "303");
    config::TspServer tspServer;
    tspServer.name = "T";
    EXPECT_EQ(offeredModes(configuration, tspServer), (std::vector{TunnelMode::V6v4, TunnelMode::V6udpv4}));
    EXPECT_FALSE(offersAnonymous(configuration, tspServer));
}
