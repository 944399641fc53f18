// SPDX-License-Identifier: GPL-3.0-or-later
// What an administrator writes, and what the broker understands.
#include "server/config/Language.h"
#include "tests/unit/config/Files.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::config;

namespace {

/// The configuration; an empty one, with the mistakes told, when the text has any.
Configuration accepted(std::string_view text) {
    auto configuration = parse(text);
    if (configuration)
        return *configuration;
    for (const Diagnostic& diagnostic : configuration.error())
        ADD_FAILURE() << config::text(diagnostic, "text");
    return {};
}

std::string renater() {
    return contentOf(sourcePath("docs/examples/renater.conf"));
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

/// One tunnel server with one line more.
TunnelServer serverWith(const std::string& line) {
    const Configuration configuration = accepted(
        "ipv6 local pool P 2001:db8::/64 128\ntunnel server T\nip address 192.0.2.1\n" + line + "\n");
    return configuration.tunnelServers.empty() ? TunnelServer() : configuration.tunnelServers.front();
}

/// A registration that lacks nothing, with some lines more.
std::string registrationWith(const std::string& lines) {
    return "ipv6 local pool Interco 2001:db8:0:1::/64 128\nipv6 local pool Users64 2001:db8:4000::/36 64\n"
           "ipv6 local pool Sites48 2001:db8:8000::/36 48\ntsp T\nip address 192.0.2.1\n"
           "tunnel server S\nip address 192.0.2.1\nipv6 pool endpoints Interco\nipv6 pool prefix Users64\n"
           "ipv6 pool prefix Sites48\ntunnel broker B\nset tsp T\nset tunnel server S\n"
           "web server W\nip address 192.0.2.1\nserve registration\n"
           "registration\norganisation Example\ncontact noc@example.net\n"
        + lines;
}

IpAddress address(const char* text) {
    return *IpAddress::fromText(text);
}

Prefix prefix(const char* text) {
    return *Prefix::fromText(text);
}

} // namespace

TEST(Parse, understandsTheFileOfRenaterAsItStands) {
    const Configuration configuration = accepted(renater());
    const std::vector<Pool> pools{
        {"P_IntercoSites", prefix("2001:660:f001:1::/64"), 128},
        {"P_Sites48", prefix("2001:660:f100::/41"), 48}};
    EXPECT_EQ(configuration.pools, pools);
    ASSERT_EQ(configuration.tspServers.size(), 1U);
    const TspServer& tsp = configuration.tspServers.front();
    EXPECT_EQ(tsp.name, "TSP_Sites48");
    EXPECT_EQ(tsp.addresses, std::vector{address("1.2.3.4")});
    EXPECT_EQ(tsp.tcpPort, 3653);
    EXPECT_EQ(tsp.udpPort, 3653) << "every client starts with UDP, though the file names only TCP";
    ASSERT_EQ(configuration.tunnelServers.size(), 1U);
    const TunnelServer& server = configuration.tunnelServers.front();
    EXPECT_EQ(server.name, "TS_RenaterSites48");
    EXPECT_EQ(server.addresses, std::vector{address("1.2.3.4")});
    EXPECT_EQ(server.prefixPools, std::vector<std::string>{"P_Sites48"});
    EXPECT_EQ(server.endpointPool, "P_IntercoSites");
    const std::vector<TunnelBroker> brokers{{"TB_Renater_48", {"TSP_Sites48"}, "TS_RenaterSites48"}};
    EXPECT_EQ(configuration.tunnelBrokers, brokers);
}

TEST(Parse, takesTheRenaterFileInEveryLayout) {
    const Configuration plain = accepted(renater());
    EXPECT_EQ(accepted(contentOf(sourcePath("docs/examples/renater-running.conf"))), plain);
    EXPECT_EQ(accepted(replaced(renater(), "\n", "\r\n")), plain);
    EXPECT_EQ(accepted(replaced(renater(), "\n", "\n  ")), plain);
    EXPECT_EQ(accepted(replaced(renater(), " ", "\t \t")), plain);
    EXPECT_EQ(accepted(replaced(renater(), "\n", " # why\n!\n\n")), plain);
    EXPECT_EQ(accepted(replaced(renater(), "\n#", "\nexit\n#")), plain);
    EXPECT_EQ(accepted("\xEF\xBB\xBF" + renater()), plain);
    EXPECT_EQ(accepted(replaced(renater(), "tunnel server", "TUNNEL Server")), plain);
    EXPECT_EQ(accepted(renater() + "end"), plain);
}

TEST(Parse, understandsEveryLineOfTheFullExample) {
    const Configuration configuration = accepted(contentOf(sourcePath("docs/examples/full.conf")));
    EXPECT_EQ(configuration.hostname, "broker1.example.net");
    EXPECT_EQ(configuration.realm, "example.net");
    EXPECT_EQ(configuration.interfaceName, "viaduct0");
    ASSERT_EQ(configuration.pools.size(), 7U);
    EXPECT_EQ(*configuration.pool("Interco-V4"), (Pool{"Interco-V4", prefix("198.51.100.0/24"), 32}));

    TspServer sites;
    sites.name = "TSP-Sites";
    sites.addresses = {address("192.0.2.1"), address("2001:db8::1")};
    sites.plain = false;
    sites.truncatedDigest = true;
    sites.sessionsPerAddress = 16;
    sites.redirect = Redirect{{"192.0.2.3", "broker2.example.net:3653"}, 20000, Redirect::Stage::Capability};
    EXPECT_EQ(*configuration.tspServer("TSP-Sites"), sites);
    EXPECT_EQ(configuration.tspServer("TSP-Users")->tcpPort, 443);

    TunnelServer server;
    server.name = "TS-Sites";
    server.addresses = sites.addresses;
    server.prefixPools = {"Sites48", "Users64"};
    server.endpointPool = "Interco-Sites";
    server.ipv4EndpointPool = "Interco-V4";
    server.quarantine = Seconds{30 * 86400};
    server.mtu = 1480;
    server.resolvers = {address("2001:db8::53"), address("2001:db8::5353")};
    EXPECT_EQ(*configuration.tunnelServer("TS-Sites"), server);
    const TunnelServer& users = *configuration.tunnelServer("TS-Users");
    EXPECT_EQ(users.anonymousPool, "Guests");
    EXPECT_EQ(users.quarantine, Seconds{3600});
    EXPECT_TRUE(users.preferUdp);
    EXPECT_TRUE(users.trustSource);
    EXPECT_EQ(configuration.tunnelServerAt(address("192.0.2.2"))->name, "TS-Users");
    EXPECT_EQ(configuration.tunnelServerAt(address("192.0.2.9")), nullptr);
}

TEST(Parse, understandsTheStaticTunnelsAndAccountsOfTheFullExample) {
    const Configuration configuration = accepted(contentOf(sourcePath("docs/examples/full.conf")));
    const std::vector<StaticTunnel> tunnels{
        {"Lycee-Voltaire", "Lycee Voltaire, Brest: router in room 12", address("192.0.2.1"),
         address("203.0.113.7"), "Interco-Sites", "Manual48", false},
        {"1", "Campus #2", address("192.0.2.1"), address("203.0.113.8"), prefix("2001:db8:1:1::1000/127"),
         prefix("2001:db8:5fff::/48"), true}};
    EXPECT_EQ(configuration.staticTunnels, tunnels);
    const std::vector<User> users{
        {"alice",
         User::Password{"correct horse battery staple"},
         AccountKind::Site,
         {*Prefix::fromText("203.0.113.9/32"), *Prefix::fromText("198.51.100.0/24")}},
        {"bob", User::Password{"bob#1"}, AccountKind::Soho, {}},
        {"carol", User::Digest{"5f4dcc3b5aa765d61d8327deb882cf99"}, AccountKind::Host, {}}};
    EXPECT_EQ(configuration.users, users);
}

TEST(Parse, understandsTheWebServersOfTheFullExample) {
    const Configuration configuration = accepted(contentOf(sourcePath("docs/examples/full.conf")));
    WebServer open;
    open.name = "Public";
    open.addresses = {address("192.0.2.1"), address("2001:db8::1")};
    open.port = 443;
    open.certificate = WebServer::Certificate{"/etc/viaduct/broker1.pem", "/etc/viaduct/broker1.key"};
    open.serverName = "broker.example.net";
    open.servesRegistration = true;
    open.connections = 2000;
    open.connectionsPerAddress = 100;
    WebServer inner;
    inner.name = "Inner";
    inner.addresses = {address("10.0.0.1")};
    inner.port = 8443;
    inner.servesApi = true;
    EXPECT_EQ(configuration.webServers, (std::vector{open, inner}));
}

TEST(Parse, understandsTheRegistrationOfTheFullExample) {
    const Configuration configuration = accepted(contentOf(sourcePath("docs/examples/full.conf")));
    Registration registration;
    registration.organisation = "Example Network, Brest";
    registration.contact = "noc@example.net";
    registration.charterFile = "/etc/viaduct/charter.md";
    registration.offers = {AccountKind::Soho, AccountKind::Site};
    registration.mailDomains = {"example.net", "*.example.net", "school.example.org"};
    registration.automaticDomains = {"staff.example.net"};
    registration.requireMailVerification = true;
    registration.poolUsePercent = 90;
    registration.accountLifetime = Seconds{730 * 86400};
    registration.requestsPerAddress = 5;
    registration.proofOfWorkBits = 18;
    EXPECT_EQ(configuration.registration, registration);
    EXPECT_EQ(
        configuration.retention,
        (Retention{Seconds{400 * 86400}, Seconds{1825 * 86400}, Seconds{30 * 86400}}));
}

TEST(Parse, understandsTheMailAndRadiusServersOfTheFullExample) {
    const Configuration configuration = accepted(contentOf(sourcePath("docs/examples/full.conf")));
    const MailServer mail{
        "mail.example.net", 465, MailServer::Encryption::Tls, "broker@example.net",
        MailServer::Login{"broker", "/etc/viaduct/mail.password"}};
    EXPECT_EQ(configuration.mailServer, mail);
    const std::vector<RadiusServer> servers{
        {"10.0.0.2", 1812, "/etc/viaduct/radius.secret", Seconds{5}, 1},
        {"2001:db8::12", 11812, "/etc/viaduct/radius.secret", Seconds{3}, 2}};
    EXPECT_EQ(configuration.radiusServers, servers);
    EXPECT_EQ(configuration.radiusKind, AccountKind::Soho);
    EXPECT_FALSE(configuration.tspServer("TSP-Sites")->radius);
    EXPECT_TRUE(configuration.tspServer("TSP-Users")->radius);
}

TEST(Parse, takesTheEmptyTextForTheDefaults) {
    EXPECT_EQ(accepted(""), Configuration());
    EXPECT_EQ(accepted("\n! nothing\n#\n   \n"), Configuration());
}

TEST(Parse, takesKeywordsCutShort) {
    const Configuration configuration
        = accepted("tu server T\nip addr 192.0.2.1\nipv6 pool e P\nlife 2 d\nquar 5 min\n"
                   "ipv6 loc p P 2001:db8::/64 128\n"
                   "int tunnel Brest\ntun so 192.0.2.1\ntun dest 203.0.113.1\n"
                   "int Tu7\ntunnel source 192.0.2.1\ntunnel destination 203.0.113.2\n"
                   "interface tunnel 8\ntunnel source 192.0.2.1\ntunnel destination 203.0.113.3\n");
    ASSERT_EQ(configuration.staticTunnels.size(), 3U);
    EXPECT_EQ(configuration.staticTunnels[0].name, "Brest");
    EXPECT_EQ(configuration.staticTunnels[1].name, "7");
    EXPECT_EQ(configuration.staticTunnels[2].name, "8");
    EXPECT_EQ(configuration.tunnelServers.at(0).lifetime, Seconds{2 * 86400});
    EXPECT_EQ(configuration.tunnelServers.at(0).quarantine, Seconds{300});
}

TEST(Parse, leavesTheInnerAddressesOfAStaticTunnelOpen) {
    const Configuration configuration
        = accepted(renater() + "int tunnel Brest\ntunnel source 1.2.3.4\ntunnel destination 1.2.3.5\n");
    ASSERT_EQ(configuration.staticTunnels.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(configuration.staticTunnels[0].endpoints));
    EXPECT_EQ(
        configuration.tunnelServerAt(configuration.staticTunnels[0].source)->endpointPool, "P_IntercoSites");
}

TEST(Parse, turnsThingsOffByNo) {
    const Configuration configuration
        = accepted("tsp A\nip address 192.0.2.1\nno transport udp\n"
                   "tsp B\nip address 192.0.2.2\nno transport tcp 3653\nNO authentication plain\n"
                   "no auth digest\n");
    ASSERT_EQ(configuration.tspServers.size(), 2U);
    EXPECT_FALSE(configuration.tspServers[0].udpPort);
    EXPECT_EQ(configuration.tspServers[0].tcpPort, 3653);
    EXPECT_FALSE(configuration.tspServers[1].tcpPort);
    EXPECT_FALSE(configuration.tspServers[1].plain);
    EXPECT_FALSE(configuration.tspServers[1].digestMd5);
    EXPECT_FALSE(serverWith("no prefer udp").preferUdp);
    EXPECT_FALSE(serverWith("no trust source").trustSource);
    EXPECT_FALSE(accepted("tsp A\nip address 192.0.2.1\nno authentication radius").tspServers.at(0).radius);
    const Configuration none
        = accepted(registrationWith("no require mail verification\nno account lifetime\nno proof-of-work\n"));
    ASSERT_TRUE(none.registration);
    EXPECT_FALSE(none.registration->requireMailVerification);
    EXPECT_EQ(none.registration->accountLifetime, std::nullopt);
    EXPECT_EQ(none.registration->proofOfWorkBits, 0);
    const Configuration web
        = accepted("web server W\nip address 192.0.2.1\nno serve registration\nserve api");
    EXPECT_FALSE(web.webServers.at(0).servesRegistration);
    EXPECT_TRUE(web.webServers.at(0).servesApi);
}

TEST(Parse, offersDigestMd5NowhereWithoutOldClients) {
    const std::string servers = "tsp A\nip address 192.0.2.1\ntsp B\nip address 192.0.2.2\n";
    EXPECT_TRUE(accepted(servers + "authentication old-clients").tspServers.at(0).digestMd5);
    const Configuration configuration = accepted(servers + "no authentication old-clients");
    EXPECT_FALSE(configuration.oldClients);
    EXPECT_FALSE(configuration.tspServers.at(0).digestMd5);
    EXPECT_FALSE(configuration.tspServers.at(1).digestMd5);
    EXPECT_TRUE(configuration.tspServers.at(0).plain);
}

TEST(Parse, offersWhatThePoolsServeUnlessTold) {
    const Configuration all = accepted(registrationWith(""));
    EXPECT_EQ(all.offeredKinds(), (std::vector{AccountKind::Host, AccountKind::Soho, AccountKind::Site}));
    ASSERT_EQ(all.poolsFor(AccountKind::Soho).size(), 1U);
    EXPECT_EQ(all.poolsFor(AccountKind::Soho).front()->name, "Users64");
    EXPECT_EQ(all.poolsFor(AccountKind::Host).front()->name, "Interco");
    EXPECT_EQ(
        accepted(registrationWith("offer site\noffer host")).offeredKinds(),
        (std::vector{AccountKind::Host, AccountKind::Site}));
    EXPECT_TRUE(accepted("").offeredKinds().empty());
    // What no tunnel broker reaches serves nobody.
    const Configuration site = accepted(
        renater()
        + "ipv6 local pool Users64 2001:db8::/48 64\ntunnel server Lost\nip address 192.0.2.7\n"
          "ipv6 pool prefix Users64\nregistration\norganisation A\ncontact a@example.net\n"
          "web server W\nip address 192.0.2.1\nserve registration\n");
    EXPECT_EQ(site.offeredKinds(), (std::vector{AccountKind::Host, AccountKind::Site}));
}

TEST(Parse, knowsTheUsualPortsOfMailServers) {
    const auto portOf = [](const std::string& host, const std::string& line) {
        const Configuration configuration
            = accepted("mail server " + host + "\n" + line + "\nfrom a@example.net");
        return configuration.mailServer ? configuration.mailServer->port : 0;
    };
    EXPECT_EQ(portOf("mail.example.net", ""), 587);
    EXPECT_EQ(portOf("2001:db8::25", "encryption tls"), 465);
    EXPECT_EQ(portOf("localhost", "encryption none"), 25);
    EXPECT_EQ(portOf("[2001:db8::25]:2525", "encryption tls"), 2525);
    EXPECT_EQ(portOf("mail.example.net:2525", ""), 2525);
}

TEST(Parse, letsTheApiStandOnAnInnerAddressAtTheSamePort) {
    EXPECT_EQ(
        accepted(
            "web server A\nip address 192.0.2.1\nserve api\nweb server B\nip address 10.0.0.1\nserve api\n"
            "tsp T\nip address 192.0.2.2\ntransport tcp 443\n"
            "tsp U\nip address 192.0.2.1\ntransport udp 443\n")
            .webServers.size(),
        2U)
        << "another address, or UDP, is another place";
}

TEST(Parse, readsPasswordsWithAnySign) {
    const Configuration configuration
        = accepted("username a secret p#w!\"\\ site # a comment\n"
                   "username b secret \"two words # and \\\"quotes\\\" \\\\\"\t! a comment\n"
                   "username c secret \"#\"\n"
                   "username d secret m\xC3\xB6tley proxy 192.0.2.9\n"
                   "username \"e f\" secret secret proxy 203.0.113.0/24 site proxy 192.0.2.9\n");
    const std::vector<User> users{
        {"a", User::Password{"p#w!\"\\"}, AccountKind::Site, {}},
        {"b", User::Password{"two words # and \"quotes\" \\"}, AccountKind::Host, {}},
        {"c", User::Password{"#"}, AccountKind::Host, {}},
        {"d", User::Password{"m\xC3\xB6tley"}, AccountKind::Host, {*Prefix::fromText("192.0.2.9/32")}},
        {"e f",
         User::Password{"secret"},
         AccountKind::Site,
         {*Prefix::fromText("203.0.113.0/24"), *Prefix::fromText("192.0.2.9/32")}}};
    EXPECT_EQ(configuration.users, users);
}

TEST(Parse, readsTimesInEveryUnit) {
    EXPECT_EQ(serverWith("lifetime 90").lifetime, Seconds{90});
    EXPECT_EQ(serverWith("lifetime 90 seconds").lifetime, Seconds{90});
    EXPECT_EQ(serverWith("idle-timeout 1 minute").idleTimeout, Seconds{60});
    EXPECT_EQ(serverWith("idle-timeout 3 HOURS").idleTimeout, Seconds{10800});
    EXPECT_EQ(serverWith("quarantine 0").quarantine, Seconds{0});
    EXPECT_EQ(serverWith("quarantine 30 days").quarantine, Seconds{2592000});
}

TEST(Parse, fitsTheUsualKeepaliveIntoItsRange) {
    EXPECT_EQ(serverWith("keepalive 5 300").keepaliveDefault, Seconds{30});
    EXPECT_EQ(serverWith("keepalive 60 300").keepaliveDefault, Seconds{60});
    EXPECT_EQ(serverWith("keepalive 5 20").keepaliveDefault, Seconds{20});
    EXPECT_EQ(serverWith("keepalive 5 20 0").keepaliveDefault, Seconds{0});
}

TEST(Parse, letsTspServersShareAnAddressOnOtherPorts) {
    EXPECT_EQ(
        accepted("tsp A\nip address 192.0.2.1\ntsp B\nip address 192.0.2.1\ntransport udp 3654\ntransport "
                 "tcp 3654")
            .tspServers.size(),
        2U);
    EXPECT_EQ(
        accepted(
            "tsp A\nip address 192.0.2.1\nno transport tcp\ntsp B\nip address 192.0.2.1\nno transport udp")
            .tspServers.size(),
        2U);
}

TEST(Parse, doesNotTakeLongForManyAccounts) {
    std::string text = renater();
    for (int i = 0; i < 100'000; ++i)
        text += "username user" + std::to_string(i) + " secret password" + std::to_string(i) + " site\n";
    EXPECT_EQ(accepted(text).users.size(), 100'000U);
}
