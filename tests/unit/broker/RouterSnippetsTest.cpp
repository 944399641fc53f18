// SPDX-License-Identifier: GPL-3.0-or-later
// What is pasted into routers: the right values in the right places, and nothing that a name smuggles in.
#include "server/broker/RouterSnippets.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::broker;
using api::RouterSystem;

namespace {
RouterTunnel rennes() {
    return {
        "Rennes",
        *IpAddress::fromText("198.51.100.7"),
        *IpAddress::fromText("192.0.2.1"),
        *IpAddress::fromText("2001:db8::1:1"),
        *IpAddress::fromText("2001:db8::1:0"),
        Prefix::fromText("2001:db8:8000::/48"),
        1480};
}
constexpr RouterSystem all[]
    = {RouterSystem::CiscoIos, RouterSystem::JuniperJunos, RouterSystem::MikroTik, RouterSystem::Linux,
       RouterSystem::FreeBsd};
} // namespace

TEST(RouterSnippets, ciscoGetsItsLines) {
    EXPECT_EQ(
        *routerSnippet(RouterSystem::CiscoIos, rennes()),
        "ipv6 unicast-routing\n!\ninterface Tunnel0\n description Viaduct Rennes\n no ip address\n ipv6 "
        "enable\n"
        " ipv6 address 2001:db8::1:1/127\n ipv6 mtu 1480\n tunnel source 198.51.100.7\n"
        " tunnel destination 192.0.2.1\n tunnel mode ipv6ip\n!\nipv6 route ::/0 Tunnel0\n"
        "ipv6 route 2001:db8:8000::/48 Null0\n");
}

TEST(RouterSnippets, everySystemGetsEveryValue) {
    for (const RouterSystem system : all) {
        const auto text = routerSnippet(system, rennes());
        ASSERT_TRUE(text);
        EXPECT_LE(text->size(), static_cast<std::size_t>(api::limit::text));
        for (const char* value :
             {"Rennes", "198.51.100.7", "192.0.2.1", "2001:db8::1:1", "2001:db8:8000::/48", "1480"})
            EXPECT_NE(text->find(value), std::string::npos) << value << " in " << *text;
        EXPECT_EQ(text->back(), '\n');
        EXPECT_FALSE(routerSystemName(system).empty());
    }
}

TEST(RouterSnippets, withoutAPrefixNothingIsDropped) {
    RouterTunnel tunnel = rennes();
    tunnel.prefix.reset();
    for (const RouterSystem system : all) {
        const std::string text = *routerSnippet(system, tunnel);
        for (const char* word : {"Null0", "discard", "blackhole", "unreachable", "-reject"})
            EXPECT_EQ(text.find(word), std::string::npos) << text;
    }
}

TEST(RouterSnippets, aNameCannotAddALine) {
    RouterTunnel tunnel = rennes();
    tunnel.name = "a\n enable secret x \"; reload";
    for (const RouterSystem system : all) {
        const std::string text = *routerSnippet(system, tunnel);
        EXPECT_NE(text.find("a--enable-secret-x----reload"), std::string::npos) << text;
    }
    tunnel.routerOuter = *IpAddress::fromText("2001:db8::7");
    EXPECT_FALSE(routerSnippet(RouterSystem::Linux, tunnel)) << "a tunnel of IPv4 in IPv6";
}
