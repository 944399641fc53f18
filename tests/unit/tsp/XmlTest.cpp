// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/XmlReader.h"
#include "shared/tsp/XmlTree.h"
#include "shared/tsp/XmlWriter.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace viaduct;
using namespace viaduct::tsp;

namespace {
IpAddress address(const char* text) {
    return *IpAddress::fromText(text);
}

TunnelRequest routerRequest() {
    TunnelRequest request;
    request.mode = TunnelMode::V6udpv4;
    request.clientOuter = address("10.9.1.2");
    request.keepaliveInterval = 30;
    request.router = RouterRequest{48, {"ns1.example.net", "2001:db8::53"}};
    return request;
}

TunnelInfo info() {
    TunnelInfo info;
    info.mode = TunnelMode::V6udpv4;
    info.serverOuter = address("203.0.113.10");
    info.serverInner = address("2001:db8:8000::38");
    info.clientOuter = address("10.9.1.2");
    info.clientInner = address("2001:db8:8000::39");
    return info;
}

TunnelInfo fullInfo() {
    TunnelInfo full = info();
    full.clientName = "alice.broker.example";
    full.resolvers = {address("2001:db8:1111::53"), address("192.0.2.53")};
    full.delegation = Delegation{*Prefix::fromText("2001:db8:f001::/48"), {"ns1.example.net"}};
    full.keepaliveInterval = std::chrono::seconds(30);
    return full;
}

constexpr Version current{2, 0, 2};

Status refusal(const std::string& xml) {
    const auto read = readClientMessage(xml);
    return read ? Status::Success : read.error();
}

TunnelRequest read(const std::string& xml) {
    const auto message = readClientMessage(xml);
    if (!message || !std::holds_alternative<TunnelRequest>(*message)) {
        ADD_FAILURE() << "not read: " << xml;
        return {};
    }
    return std::get<TunnelRequest>(*message);
}

/// The limits of the clients' hand-written parser, for each text that a broker sends.
void expectEdible(const std::string& xml) {
    EXPECT_TRUE(xml.starts_with("<tunnel "));
    EXPECT_TRUE(xml.ends_with("</tunnel>\r\n"));
    for (const char* poison : {"<?", "<!", "&", "'", "/>", "  =", "= ", " =", "\" >", "\t", "\r\r"})
        EXPECT_EQ(xml.find(poison), std::string::npos) << poison << " in\n" << xml;
    EXPECT_EQ(std::count(xml.begin(), xml.end(), '\n'), std::count(xml.begin(), xml.end(), '\r'));
    // No text with white space, and exactly one blank before each attribute.
    bool inTag = false;
    for (std::size_t i = 0; i + 1 < xml.size(); ++i) {
        if (xml[i] == '<')
            inTag = true;
        else if (xml[i] == '>')
            inTag = false;
        else if (xml[i] == ' ' && inTag) {
            EXPECT_TRUE(xml[i + 1] >= 'a' && xml[i + 1] <= 'z') << xml;
        }
    }
}
} // namespace

TEST(XmlWriter, whatItWritesReadsBackEqual) {
    EXPECT_EQ(read(writeRequest(routerRequest())), routerRequest());
    TunnelRequest plain;
    plain.mode = TunnelMode::V4v6;
    plain.proxy = true;
    plain.clientOuter = address("2001:db8:a::2");
    EXPECT_EQ(read(writeRequest(plain)), plain);
    EXPECT_EQ(readInfo(writeInfo(fullInfo(), current)), fullInfo());
    TunnelInfo dstm = info();
    dstm.mode = TunnelMode::V4v6;
    std::swap(dstm.serverOuter, dstm.serverInner);
    std::swap(dstm.clientOuter, dstm.clientInner);
    dstm.delegation = Delegation{*Prefix::fromText("198.51.100.64/28"), {}};
    EXPECT_EQ(readInfo(writeInfo(dstm, Version{2, 0, 1})), dstm);
    EXPECT_TRUE(std::holds_alternative<TunnelAccept>(*readClientMessage(writeAccept())));
    EXPECT_EQ(writeAccept().size(), 35U);
}

TEST(XmlWriter, keepsToWhatTheClientsCanTake) {
    expectEdible(writeInfo(fullInfo(), current));
    expectEdible(writeInfo(info(), Version{2, 0, 0}));
    expectEdible(writeBrokerList({"203.0.113.99", "[2001:db8::1]:3653", "broker.example:443"}));
}

TEST(XmlWriter, delegatedPrefixIsNeverCompressed) {
    const std::string line
        = "\r\n   <prefix length=\"48\">2001:0db8:f001:0000:0000:0000:0000:0000</prefix>\r\n";
    EXPECT_NE(writeInfo(fullInfo(), current).find(line), std::string::npos);
}

TEST(XmlWriter, keepaliveComesWithAnAddressOrNotAtAll) {
    const std::string with = writeInfo(fullInfo(), current);
    const std::string line = "<keepalive interval=\"30\">\r\n"
                             "    <address type=\"ipv6\">2001:0db8:8000:0000:0000:0000:0000:0038</address>";
    EXPECT_NE(with.find(line), std::string::npos);
    EXPECT_EQ(writeInfo(info(), current).find("keepalive"), std::string::npos);
}

TEST(XmlWriter, aResolverComesWithVersion202Always) {
    const std::string server = "<dns_server>\r\n   <address type=\"ipv6\">2001:db8:8000::38</address>";
    EXPECT_NE(writeInfo(info(), current).find(server), std::string::npos);
    EXPECT_EQ(writeInfo(fullInfo(), Version{2, 0, 1}).find("::53"), std::string::npos);
    TunnelInfo v4Only = info();
    v4Only.resolvers = {address("192.0.2.53")};
    EXPECT_NE(writeInfo(v4Only, current).find("2001:db8:8000::38"), std::string::npos);
}

TEST(XmlWriter, claimedAddressComesBackAndLifetimeIsInSeconds) {
    const std::string text = writeInfo(info(), current);
    EXPECT_NE(text.find("<address type=\"ipv4\">10.9.1.2</address>"), std::string::npos);
    EXPECT_NE(text.find(" lifetime=\"604800\""), std::string::npos);
}

TEST(XmlWriter, namesThatAreNoneAreLeftOut) {
    TunnelInfo broken = fullInfo();
    broken.clientName = "<script>";
    broken.delegation->dnsServers = {"a b", "good.example", "&amp;", ""};
    const auto back = readInfo(writeInfo(broken, current));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->clientName, "");
    EXPECT_EQ(back->delegation->dnsServers, std::vector<std::string>{"good.example"});
    expectEdible(writeInfo(broken, current));
}

TEST(XmlWriter, brokerListsNameTheirTypesAndStayShort) {
    const std::vector<std::string> brokers{"203.0.113.99",      "203.0.113.11:443", "2001:db8::1",
                                           "[2001:db8::1]:443", "b.example",        "b.example:443"};
    const std::string xml = writeBrokerList(brokers);
    EXPECT_EQ(readBrokerList(xml), brokers);
    std::string types;
    for (std::size_t at = xml.find("type=\"", 30); at != std::string::npos; at = xml.find("type=\"", at + 1))
        types += xml.substr(at + 6, 4) + ' ';
    EXPECT_EQ(types, "ipv4 ipv4 ipv6 ipv6 dn\"> dn\"> ");
    EXPECT_EQ(readBrokerList(writeBrokerList(std::vector<std::string>(99, "b.example")))->size(), 50U);
    EXPECT_LT(writeBrokerList(std::vector<std::string>(50, std::string(253, 'b'))).size(), 4000U);
}

TEST(XmlReader, takesTheFormsOfOtherClients) {
    const TunnelRequest expected = routerRequest();
    // RFC 5572's figures, old clients, jipv6, and what nobody has written yet.
    const std::string forms[] = {
        "<?xml version='1.0' encoding='UTF-8'?>\n<!-- hello -->\n<tunnel action='CREATE' type='V6UDPV4'>\n"
        "<client><address type='IPV4'>\n  10.9.\n1.2\n</address><router protocol='none'>"
        "<keepalive interval='30'/><prefix length='48'></prefix><dns_server><address type='dn'>"
        "ns1.example.net</address><address "
        "type='ipv6'>2001:db8::53</address></dns_server></router></client></tunnel>",
        "<tunnel  type=\"v6udpv4\"\taction=\"create\" lifetime=\"1440\" new=\"x\">\r\n<new><tunnel/></new>"
        "<client>\r\n<address type=\"ipv6\">::1</address><address type=\"ipv4\">10.9.1.2</address>"
        "<router><prefix length=\"48\">any</prefix><as number=\"1\"/><dns_server><address type=\"dn\">"
        "ns1.example.net</address><address type=\"dn\">2001:db8::53</address></dns_server></router></client>"
        "<keepalive interval=\"30\"><address type=\"ipv6\">::</address></keepalive></tunnel>\r\n"
            + std::string(2, '\0'),
    };
    for (const std::string& form : forms)
        EXPECT_EQ(read(form), expected);
}

TEST(XmlReader, keepaliveIsNeverNegativeOrEndless) {
    const auto interval = [](const std::string& text) {
        return read(
                   "<tunnel action=\"create\" type=\"v6v4\"><client><address type=\"ipv4\">10.9.1.2</address>"
                   "<keepalive interval=\""
                   + text + "\"/></client></tunnel>")
            .keepaliveInterval;
    };
    EXPECT_EQ(interval("0"), std::nullopt);
    EXPECT_EQ(interval("30"), 30);
    EXPECT_EQ(interval("99999999999999999999"), 86400);
}

TEST(XmlReader, refusesWhatOnlyAnAttackerSends) {
    const std::string body = "<tunnel action=\"create\" type=\"v6v4\"><client>"
                             "<address type=\"ipv4\">10.9.1.2</address></client></tunnel>";
    EXPECT_EQ(refusal(body), Status::Success);
    for (const char* before :
         {"<!DOCTYPE tunnel>", "<!DOCTYPE t SYSTEM \"file:///etc/passwd\">",
          "<!DOCTYPE t [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>", "<?php x?>", "x", "<a/>"})
        EXPECT_EQ(refusal(before + body), Status::BadRequest) << before;
    EXPECT_EQ(refusal(body + "<a/>"), Status::BadRequest);
    EXPECT_EQ(refusal(body + "x"), Status::BadRequest);
    for (const char* inside : {"<?php x?>", "&bomb;", "<![CDATA[", "</a>"}) {
        std::string xml = body;
        xml.insert(xml.find("<client>"), inside);
        EXPECT_EQ(refusal(xml), Status::BadRequest) << inside;
    }
    std::string entity = body;
    entity.replace(entity.find("10.9"), 2, "&bomb;");
    EXPECT_EQ(refusal(entity), Status::BadRequest);
    EXPECT_EQ(refusal(body + std::string(4096, ' ') + "<!-- -->"), Status::BadRequest);
}

TEST(XmlReader, boundsDepthAndNames) {
    const auto nested = [](int depth) {
        std::string xml = "<tunnel action=\"accept\">";
        for (int i = 1; i < depth; ++i)
            xml += "<a>";
        for (int i = 1; i < depth; ++i)
            xml += "</a>";
        return xml + "</tunnel>";
    };
    EXPECT_EQ(refusal(nested(8)), Status::Success);
    EXPECT_EQ(refusal(nested(9)), Status::BadRequest);
    EXPECT_EQ(refusal(nested(500)), Status::BadRequest);
    TunnelRequest request = routerRequest();
    request.router->dnsServers.assign(16, "ns.example");
    EXPECT_EQ(refusal(writeRequest(request)), Status::Success);
    request.router->dnsServers.assign(17, "ns.example");
    EXPECT_EQ(refusal(writeRequest(request)), Status::BadRequest);
}

TEST(XmlReader, clientRefusesInfoThatCannotBeUsed) {
    const std::string good = writeInfo(fullInfo(), current);
    const std::pair<const char*, const char*> changes[] = {
        {"action=\"info\"", "action=\"create\""},
        {"type=\"v6udpv4\"", "type=\"v6anyv4\""},
        {"203.0.113.10", "203.0.113.1000"},
        {"<address type=\"ipv6\">2001:0db8:8000:0000:0000:0000:0000:0039</address>", ""},
        {"2001:0db8:f001:0000:0000:0000:0000:0000", "2001:db8::g"},
        {"2001:0db8:f001:0000:0000:0000:0000:0000", "2001:db8:f001::1"},
        {"2001:0db8:f001:0000:0000:0000:0000:0000", "192.0.2.0"},
        {"length=\"48\"", "length=\"129\""},
        {"</server>", "</client>"},
    };
    for (const auto& [from, to] : changes) {
        std::string xml = good;
        ASSERT_NE(xml.find(from), std::string::npos) << from;
        xml.replace(xml.find(from), std::string(from).size(), to);
        const auto read = readInfo(xml);
        EXPECT_FALSE(read) << from << " -> " << to;
        EXPECT_TRUE(read || read.error().message.ends_with("report it to who runs the broker"));
    }
}

TEST(XmlReader, brokerListsMayHaveSeveralBrokers) {
    const std::vector<std::string> expected{"203.0.113.11", "broker.example:443"};
    EXPECT_EQ(
        readBrokerList(
            "<tunnel action=\"list\" type=\"broker\"><broker><address type=\"ipv4\">203.0.113.11</address>"
            "</broker><broker><address type=\"dn\">\n broker.example:443\n</address><address type=\"dn\">$(x)"
            "</address></broker></tunnel>"),
        expected);
    EXPECT_FALSE(readBrokerList("<tunnel action=\"list\" type=\"broker\"><broker></broker></tunnel>"));
    EXPECT_FALSE(readBrokerList("<tunnel action=\"info\"/>"));
    EXPECT_FALSE(readBrokerList(""));
}
