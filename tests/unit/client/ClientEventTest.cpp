// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/ClientEvent.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::client;

namespace {
event::Established tunnel() {
    event::Established e;
    e.info.mode = TunnelMode::V6udpv4;
    e.info.clientInner = *IpAddress::fromText("2001:db8::39");
    e.info.serverInner = *IpAddress::fromText("2001:db8::38");
    e.info.delegation = tsp::Delegation{*Prefix::fromText("2001:db8:f001::/48"), {}};
    e.info.keepaliveInterval = std::chrono::seconds(30);
    e.server = {"broker.example", 3653};
    e.outerLocal = *Endpoint::fromText("10.9.1.2:40000");
    e.outerRemote = *Endpoint::fromText("203.0.113.10:3653");
    e.interfaceName = "viaduct0";
    e.path = "user space";
    e.prefixInterface = "eth1";
    return e;
}
} // namespace

TEST(ClientEvent, tellsAPersonWhatTheTunnelIs) {
    const std::string text = sentence(tunnel());
    for (const char* part :
         {"v6udpv4", "10.9.1.2:40000", "203.0.113.10:3653", "2001:db8::39", "2001:db8:f001::/48", "eth1",
          "viaduct0"})
        EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
}

TEST(ClientEvent, isOneLineOfJson) {
    EXPECT_EQ(
        json(tunnel()),
        R"({"event":"established","inner_local":"2001:db8::39","inner_remote":"2001:db8::38",)"
        R"("interface":"viaduct0","keepalive":30,"lifetime":604800,"mode":"v6udpv4",)"
        R"("outer_local":"10.9.1.2:40000","outer_remote":"203.0.113.10:3653","path":"user space",)"
        R"("prefix":"2001:db8:f001::/48","prefix_interface":"eth1","resolvers":[],)"
        R"("server":"broker.example","transport":"udp"})");
    EXPECT_EQ(
        json(event::Failed{ExitCode::Authentication, "a \"quoted\"\nreason"}),
        R"({"code":16,"event":"failed","reason":"a \"quoted\"\nreason"})");
    EXPECT_EQ(
        json(event::Retrying{std::chrono::milliseconds(1500), "why"}),
        R"({"event":"retrying","milliseconds":1500,"reason":"why"})");
    EXPECT_EQ(json(event::Stopped{}), R"({"event":"stopped"})");
}

TEST(ClientEvent, roundsPausesUp) {
    EXPECT_EQ(sentence(event::Retrying{std::chrono::milliseconds(30), "Away."}), "Away. Next try in 0.1 s.");
    EXPECT_EQ(
        sentence(event::Retrying{std::chrono::milliseconds(30000), "Away."}), "Away. Next try in 30 s.");
}
