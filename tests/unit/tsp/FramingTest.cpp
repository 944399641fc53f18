// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/Framing.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::tsp;

TEST(Framing, headersCountInEitherByteOrder) {
    EXPECT_EQ(writeHeader(0xf0, 0x236), std::string("\xf0\0\0\xf0\0\0\2\x36", 8));
    EXPECT_EQ(writeHeader(0xffffffff, 0), std::string("\xff\xff\xff\xff\0\0\0\0", 8));
    EXPECT_EQ(readDatagram(writeHeader(0xf5, 1) + "x")->sequence(), 0xf5U);
    EXPECT_EQ(readDatagram(std::string("\x05\0\0\xf0\0\0\0\0", 8))->sequence(), 5U);
    EXPECT_EQ(readDatagram(writeHeader(0xf5, 1) + "x")->payload, "x");
}

TEST(Framing, linesEndInThreeWays) {
    for (const std::string end : {"\n", "\r\n", "\r\b"}) {
        const std::string stream = "200 Success" + end + "next";
        const auto line = takeLine(stream);
        ASSERT_TRUE(line);
        EXPECT_EQ(line->content, "200 Success");
        EXPECT_EQ(stream.substr(line->used), "next");
    }
    for (const char* open : {"", "200 Success", "200 Success\r", "\b"})
        EXPECT_FALSE(takeLine(open)) << open;
    EXPECT_EQ(takeLine("\n")->content, "");
}

TEST(Framing, framesAreTakenWhole) {
    const std::string stream = framed("12345\r\n") + "next";
    EXPECT_TRUE(stream.starts_with("Content-length: 7\r\n12345"));
    for (std::size_t size = 0; size < stream.size() - 4; ++size) {
        const auto piece = takeFramed(stream.substr(0, size));
        ASSERT_TRUE(piece) << size;
        EXPECT_FALSE(*piece) << size;
    }
    const auto piece = takeFramed(stream);
    ASSERT_TRUE(piece && *piece);
    EXPECT_EQ((*piece)->content, "12345\r\n");
    EXPECT_EQ((*piece)->used, stream.size() - 4);
    EXPECT_EQ((*takeFramed("content-LENGTH:3\nabc"))->content, "abc");
}

TEST(Framing, framesThatCannotBeAreRefused) {
    for (const char* stream :
         {"x", "Content-lengtx", "Content-length\r\n", "Content-length: \r\n", "Content-length: 4096\r\n",
          "Content-length: -1\r\n", "Content-length: 1x\r\n", "\r\n"})
        EXPECT_FALSE(takeFramed(stream)) << stream;
    EXPECT_FALSE(takeFramed("Content-length: " + std::string(100, ' ')));
}

TEST(Framing, capabilitiesReadBackEqualAndUnknownOnesAreSkipped) {
    const Capabilities all{
        {TunnelMode::V6v4, TunnelMode::V6udpv4, TunnelMode::V4v6},
        {Mechanism::Anonymous, Mechanism::Plain, Mechanism::DigestMd5}};
    const std::string line = capabilityLine(all);
    EXPECT_TRUE(line.ends_with(" AUTH=DIGEST-MD5\r\n"));
    EXPECT_EQ(readCapabilityLine(stripped(line)), all);
    const Capabilities some{{TunnelMode::V6v4}, {Mechanism::Plain}};
    EXPECT_EQ(
        readCapabilityLine(
            "CAPABILITY  TUNNEL=V6V4 TUNNEL=V6ANYV4 AUTH=PASSDSS-3DES-1 NEW AUTH=plain TUNNEL="),
        some);
    EXPECT_EQ(readCapabilityLine("CAPABILITY"), Capabilities());
    EXPECT_FALSE(readCapabilityLine("302 Unsupported client version"));
}

TEST(Framing, statusLinesAreReadWithOrWithoutText) {
    EXPECT_EQ(readStatusLine("200 Success")->code, 200);
    EXPECT_EQ(readStatusLine("200")->code, 200);
    EXPECT_EQ(readStatusLine("1302 a\x1b[2Jb\xff")->text, "a[2Jb");
    for (const char* line : {"", "20", "20x", "12345", "Success", " 200"})
        EXPECT_FALSE(readStatusLine(line)) << line;
    EXPECT_EQ(statusLine(Status::Redirection), "1200 Redirection\r\n");
}

TEST(Framing, everyStatusHasItsWords) {
    for (const int code :
         {200, 300, 301, 302, 303, 310, 500, 501, 502, 506, 507, 509, 518, 520, 521, 522, 530, 1200})
        EXPECT_NE(reason(static_cast<Status>(code)), "Unknown status") << code;
    EXPECT_EQ(reason(static_cast<Status>(1302)), "Redirection");
    EXPECT_EQ(reason(static_cast<Status>(999)), "Unknown status");
}

TEST(Framing, versionAndMechanismReadBackEqual) {
    EXPECT_EQ(versionLine(Version{2, 0, 1}), "VERSION=2.0.1\r\n");
    EXPECT_EQ(readVersionLine("VERSION=2.0.2"), (Version{2, 0, 2}));
    EXPECT_EQ(readVersionLine("VERSION=1"), (Version{1, 0, 0}));
    EXPECT_FALSE(readVersionLine("VERSION=2.0.1x"));
    for (const Mechanism mechanism : {Mechanism::Anonymous, Mechanism::Plain, Mechanism::DigestMd5}) {
        const std::string line = authenticateLine(mechanism);
        EXPECT_EQ(mechanismFromText(*readAuthenticateLine(stripped(line))), mechanism);
    }
    EXPECT_EQ(readAuthenticateLine("AUTHENTICATE PASSDSS-3DES-1"), "PASSDSS-3DES-1");
    EXPECT_FALSE(readAuthenticateLine("HELLO"));
}
