// SPDX-License-Identifier: GPL-3.0-or-later
// Links come from strangers' pages: what is written is read, and nothing else is.
#include "shared/client/ProfileLink.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::client;

namespace {
ProfileLink site() {
    ProfileLink profile;
    profile.broker = *ServerName::fromText("broker.example.net");
    profile.login = "jdupont";
    profile.password = "kiwi-plum-42-fig";
    profile.hostType = HostType::Router;
    profile.prefixLength = 48;
    return profile;
}
} // namespace

TEST(ProfileLink, isWrittenAsItsDefinitionSays) {
    EXPECT_EQ(
        *writeProfileLink(site()),
        "viaduct://broker.example.net/"
        "?v=1&login=jdupont&password=kiwi-plum-42-fig&mode=v6anyv4&hosttype=router&prefix=48");
    ProfileLink host;
    host.broker = *ServerName::fromText("2001:db8::1");
    host.login = "zoë & co";
    EXPECT_EQ(
        *writeProfileLink(host),
        "viaduct://[2001:db8::1]/?v=1&login=zo%C3%AB%20%26%20co&mode=v6anyv4&hosttype=host");
}

TEST(ProfileLink, isReadBack) {
    for (const char* broker : {"broker.example.net", "192.0.2.1:4000", "2001:db8::1", "[2001:db8::1]:99"}) {
        ProfileLink profile = site();
        profile.broker = *ServerName::fromText(broker);
        profile.password = "a+b %&=#\xC3\xA9";
        const auto read = readProfileLink(*writeProfileLink(profile));
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read, profile);
    }
    const auto least = readProfileLink("viaduct://192.0.2.1/?login=x&v=1");
    ASSERT_TRUE(least);
    EXPECT_EQ(least->mode, TunnelMode::V6anyv4);
    EXPECT_EQ(configurationOf(site(), "eth1").prefixInterface, "eth1");
    EXPECT_EQ(configurationOf(site()).prefixLength, 48);
}

TEST(ProfileLink, refusesWhatIsNotOne) {
    for (const char* link :
         {"",
          "https://192.0.2.1/?v=1&login=x",
          "viaduct://192.0.2.1",
          "viaduct:///?v=1&login=x",
          "viaduct://192.0.2.1/?login=x",
          "viaduct://192.0.2.1/?v=2&login=x",
          "viaduct://192.0.2.1/?v=1",
          "viaduct://192.0.2.1/?v=1&login=",
          "viaduct://192.0.2.1/?v=1&login=x&login=y",
          "viaduct://192.0.2.1/?v=1&login=x&",
          "viaduct://192.0.2.1/?v=1&&login=x",
          "viaduct://192.0.2.1/?v=1&login=x&script=/bin/sh",
          "viaduct://192.0.2.1/?v=1&login=x%0Atemplate%3Devil",
          "viaduct://192.0.2.1/?v=1&login=x%2",
          "viaduct://192.0.2.1/?v=1&login=x+y",
          "viaduct://192.0.2.1/?v=1&login=%FF",
          "viaduct://192.0.2.1/?v=1&login=%C0%AF",
          "viaduct://192.0.2.1/?v=1&login=x%20%23y",
          "viaduct://192.0.2.1/?v=1&login=x#y",
          "viaduct://192.0.2.1/?v=1&login=x&mode=V6V4",
          "viaduct://192.0.2.1/?v=1&login=x&hosttype=router",
          "viaduct://192.0.2.1/?v=1&login=x&prefix=48",
          "viaduct://192.0.2.1/?v=1&login=x&hosttype=router&prefix=129",
          "viaduct://192.0.2.1/?v=1&login=x&hosttype=router&prefix=048",
          "viaduct://a@192.0.2.1/?v=1&login=x",
          "viaduct://2001:db8::1/?v=1&login=x",
          "viaduct://192.0.2.1/?v=1&login=x&hosttype=router&mode=v4v6&prefix=48"}) {
        const auto read = readProfileLink(link);
        EXPECT_FALSE(read) << link;
    }
    EXPECT_FALSE(readProfileLink("viaduct://192.0.2.1/?v=1&login=" + std::string(3000, 'x')));
    EXPECT_FALSE(readProfileLink("viaduct://192.0.2.1/?v=1&login=" + std::string(256, 'x')));
}

TEST(ProfileLink, noSentenceRepeatsThePassword) {
    for (const char* link :
         {"viaduct://192.0.2.1/?v=1&login=x&password=topsecret%0A",
          "viaduct://192.0.2.1/?v=1&login=x&password=topsecret&odd=topsecret"})
        EXPECT_EQ(readProfileLink(link).error().message.find("topsecret"), std::string::npos);
}
