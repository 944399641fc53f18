// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/Endpoint.h"
#include "shared/net/Prefix.h"
#include "shared/net/TunnelMode.h"

#include <gtest/gtest.h>

using namespace viaduct;

TEST(IpAddress, readsAndWritesBothFamilies) {
    EXPECT_EQ(IpAddress::fromText("192.0.2.1")->text(), "192.0.2.1");
    EXPECT_EQ(IpAddress::fromText("192.0.2.1")->v4Value(), 0xC0000201U);
    EXPECT_EQ(IpAddress::v4(0xC0000201), *IpAddress::fromText("::ffff:192.0.2.1"));
    EXPECT_EQ(IpAddress::fromText("2001:DB8:0:0::1")->text(), "2001:db8::1");
    EXPECT_EQ(IpAddress::fromText("2001:db8::38")->fullText(), "2001:0db8:0000:0000:0000:0000:0000:0038");
}

TEST(IpAddress, refusesWhatIsNoAddress) {
    for (const char* text :
         {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", " 1.2.3.4", "2001:db8::g", "2001:db8:::1", "fe80::1%eth0",
          "[::1]", "01.2.3.4 ", "::1/128"})
        EXPECT_FALSE(IpAddress::fromText(text)) << text;
    EXPECT_FALSE(IpAddress::fromText(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddress, numbersAndTextAgree) {
    const IpAddress address = *IpAddress::fromText("2001:db8::ff");
    EXPECT_EQ(IpAddress::fromNumber(address.number() + 1).text(), "2001:db8::100");
    EXPECT_LT(address, *IpAddress::fromText("2001:db8::100"));
}

TEST(IpAddress, knowsItsScope) {
    EXPECT_TRUE(IpAddress::fromText("2001:db8::1")->isUnicast());
    EXPECT_TRUE(IpAddress::fromText("192.0.2.1")->isUnicast());
    for (const char* text :
         {"::", "::1", "fe80::1", "ff02::1", "0.0.0.0", "127.0.0.1", "169.254.1.1", "224.0.0.1",
          "255.255.255.255"})
        EXPECT_FALSE(IpAddress::fromText(text)->isUnicast()) << text;
}

TEST(Prefix, clearsOrRefusesHostBits) {
    EXPECT_EQ(Prefix(*IpAddress::fromText("2001:db8::1"), 64).text(), "2001:db8::/64");
    EXPECT_EQ(Prefix::fromText("2001:660:f100::/41")->text(), "2001:660:f100::/41");
    EXPECT_EQ(Prefix::fromText("198.51.100.0/24")->length(), 24);
    for (const char* text :
         {"2001:db8::1/64", "2001:db8::/129", "2001:db8::/-1", "2001:db8::", "2001:db8::/", "/64",
          "198.51.100.0/33", "2001:db8::/64x"})
        EXPECT_FALSE(Prefix::fromText(text)) << text;
}

TEST(Prefix, containsOnlyItsOwnFamily) {
    const Prefix all = *Prefix::fromText("::/0");
    EXPECT_TRUE(all.contains(*IpAddress::fromText("2001:db8::1")));
    EXPECT_FALSE(all.contains(*IpAddress::fromText("192.0.2.1")));
    const Prefix site = *Prefix::fromText("2001:db8:1::/48");
    EXPECT_TRUE(site.contains(*Prefix::fromText("2001:db8:1:2::/64")));
    EXPECT_FALSE(site.contains(*Prefix::fromText("2001:db8::/32")));
    EXPECT_TRUE(site.overlaps(*Prefix::fromText("2001:db8::/32")));
    EXPECT_FALSE(site.overlaps(*Prefix::fromText("2001:db8:2::/48")));
    EXPECT_TRUE(Prefix::fromText("0.0.0.0/0")->contains(*IpAddress::fromText("192.0.2.1")));
}

TEST(Endpoint, readsWhatItWrites) {
    for (const char* text : {"192.0.2.1:3653", "[2001:db8::1]:3653"})
        EXPECT_EQ(Endpoint::fromText(text)->text(), text);
    for (const char* text :
         {"192.0.2.1", "2001:db8::1:3653", "[192.0.2.1]:3653", "192.0.2.1:0", "192.0.2.1:65536", ":1"})
        EXPECT_FALSE(Endpoint::fromText(text)) << text;
}

TEST(TunnelMode, isReadInAnyCase) {
    EXPECT_EQ(tunnelModeFromText("V6UDPV4"), TunnelMode::V6udpv4);
    EXPECT_FALSE(tunnelModeFromText("v6"));
    EXPECT_EQ(text(TunnelMode::V4v6), "v4v6");
}
