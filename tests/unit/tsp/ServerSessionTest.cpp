// SPDX-License-Identifier: GPL-3.0-or-later
// What the recorded dialogues do not show: strange clients, hostile ones, and the answers that each of them
// has to get.
#include "shared/tsp/ServerSession.h"
#include "shared/tsp/Base64.h"
#include "shared/tsp/DigestMd5.h"
#include "shared/tsp/Framing.h"
#include "shared/tsp/XmlReader.h"
#include "shared/tsp/XmlWriter.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace viaduct;
using namespace viaduct::tsp;

namespace {
const std::string nonce = "9213002706";
const std::string success = "200 Success\r\n";
const std::string accept = framed(writeAccept());

ServerPolicy everything() {
    ServerPolicy policy;
    policy.modes = {TunnelMode::V6v4, TunnelMode::V6udpv4, TunnelMode::V4v6};
    policy.anonymous = true;
    policy.realm = "hexos";
    return policy;
}

TunnelRequest request(TunnelMode mode) {
    TunnelRequest asked;
    asked.mode = mode;
    asked.clientOuter = *IpAddress::fromText("10.9.1.2");
    return asked;
}

std::string create(TunnelMode mode = TunnelMode::V6v4) {
    return framed(writeRequest(request(mode)));
}

TunnelInfo given() {
    TunnelInfo info;
    info.serverOuter = *IpAddress::fromText("203.0.113.10");
    info.serverInner = *IpAddress::fromText("2001:db8:8000::38");
    info.clientOuter = *IpAddress::fromText("10.9.1.2");
    info.clientInner = *IpAddress::fromText("2001:db8:8000::39");
    return info;
}

DigestLogin login() {
    DigestLogin fields;
    fields.user = "alice";
    fields.realm = "hexos";
    fields.nonce = nonce;
    fields.cnonce = "1795461282";
    fields.nonceCount = "00000001";
    fields.digestUri = "tsp/203.0.113.10";
    fields.qop = "auth";
    fields.response = std::string(32, '0');
    return fields;
}

std::string base64Line(const std::string& text) {
    return toBase64(text) + "\r\n";
}

/// A session with what its client would see.
class Dialogue {
public:
    explicit Dialogue(
        Transport transport, ServerPolicy policy = everything(), std::optional<Refusal> refusal = {})
        : m_transport(transport), m_policy(std::move(policy)),
          m_session(transport, m_policy, nonce, std::move(refusal)) { }

    /// Sends one message as the next datagram, or writes it to the stream.
    Dialogue& say(const std::string& text) {
        ++m_sequence;
        return repeat(text, 0);
    }
    /// Sends it under the sequence number of the last message, later.
    Dialogue& repeat(const std::string& text, std::uint32_t later = 1) {
        m_header = m_transport == Transport::Udp ? writeHeader(m_sequence, m_sequence + later) : "";
        m_actions = m_session.receive(m_header + text);
        return *this;
    }
    Dialogue& sequence(std::uint32_t sequence) {
        m_sequence = sequence;
        return *this;
    }
    Dialogue& grant(const std::string& proof = "") {
        m_actions = m_session.authenticated(Granted{proof});
        return *this;
    }
    Dialogue& refuseLogin(const Refusal& refusal) {
        m_actions = m_session.authenticated(refusal);
        return *this;
    }
    Dialogue& give(const TunnelAnswer& answer) {
        m_actions = m_session.created(answer);
        return *this;
    }
    Dialogue& loggedIn(const std::string& version = "2.0.1") {
        say("VERSION=" + version + "\r\n").say(std::string("AUTHENTICATE ANONYMOUS\r\n\0", 25));
        EXPECT_TRUE(does<action::Authenticate>());
        return grant();
    }
    Dialogue& established(const std::string& version = "2.0.1") {
        return loggedIn(version).say(create()).give(given()).say(accept);
    }

    /// All bytes of the last actions, without the header, which must be that of the last datagram.
    std::string heard() const {
        std::string bytes;
        for (const ServerAction& action : m_actions) {
            if (const auto* send = std::get_if<action::Send>(&action)) {
                EXPECT_TRUE(send->bytes.starts_with(m_header));
                bytes += send->bytes.substr(m_header.size());
            }
        }
        return bytes;
    }
    template <typename Action>
    bool does() const {
        return std::any_of(m_actions.begin(), m_actions.end(), [](const ServerAction& action) {
            return std::holds_alternative<Action>(action);
        });
    }
    template <typename Action>
    Action first() const {
        for (const ServerAction& action : m_actions) {
            if (const auto* found = std::get_if<Action>(&action))
                return *found;
        }
        ADD_FAILURE() << "no such action";
        return {};
    }
    bool isSilent() const { return m_actions.empty(); }
    const ServerActions& actions() const { return m_actions; }
    ServerSession& session() { return m_session; }

private:
    Transport m_transport;
    ServerPolicy m_policy;
    ServerSession m_session;
    std::uint32_t m_sequence = 0xef;
    std::string m_header;
    ServerActions m_actions;
};

constexpr Transport both[] = {Transport::Udp, Transport::Tcp};
} // namespace

// ---- VERSION ----

TEST(Version, everyKnownOneIsWelcome) {
    for (const char* version : {"2.0.0", "2.0.1", "2.0.2", "2.0.9", "2.0"}) {
        for (const Transport transport : both) {
            Dialogue client(transport);
            client.say(std::string("VERSION=") + version + "\r\n");
            EXPECT_TRUE(client.heard().starts_with("CAPABILITY TUNNEL=")) << version;
        }
    }
    for (const char* version : {"1.0.0", "1.0.1"}) {
        Dialogue client(Transport::Tcp);
        client.say(std::string("VERSION=") + version + "\r\n");
        EXPECT_TRUE(client.heard().starts_with("CAPABILITY TUNNEL=")) << version;
    }
}

TEST(Version, anotherOneIsRefusedAndTheDialogueOver) {
    for (const char* version :
         {"3.0.0", "2.1.0", "1.0.1", "0", "", "x", "2.0.1.1", "2..1", "99999999999.0.0"}) {
        Dialogue client(Transport::Udp);
        client.say(std::string("VERSION=") + version + "\r\n");
        EXPECT_EQ(client.heard(), "302 Unsupported client version\r\n") << version;
        EXPECT_TRUE(client.does<action::Close>()) << version;
    }
}

TEST(Version, aLoadedBrokerSaysSoHere) {
    Dialogue busy(Transport::Tcp, everything(), Refusal{Status::ServerBusy, {}});
    EXPECT_EQ(busy.say("VERSION=2.0.1\r\n").heard(), "530 Server too busy\r\n");
    EXPECT_TRUE(busy.does<action::Close>());
    // A redirect to nobody would make the client exit.
    Dialogue nobody(Transport::Tcp, everything(), Refusal{Status::Redirection, {"<broken>"}});
    EXPECT_EQ(nobody.say("VERSION=2.0.1\r\n").heard(), "530 Server too busy\r\n");
}

TEST(Version, otherProtocolsLearnNothing) {
    Dialogue web(Transport::Tcp);
    web.say("GET / HTTP/1.1\r\n");
    EXPECT_EQ(web.heard(), "");
    EXPECT_TRUE(web.does<action::Close>());
    Dialogue datagram(Transport::Udp);
    EXPECT_TRUE(datagram.say("GET / HTTP/1.1\r\n").isSilent());
    EXPECT_TRUE(datagram.say("").isSilent());
    EXPECT_TRUE(datagram.say("VERSION=2.0.1\r\n").heard().starts_with("CAPABILITY"));
}

TEST(Version, capabilitiesAreThoseOfThePolicy) {
    ServerPolicy policy;
    policy.modes = {TunnelMode::V6udpv4};
    policy.plain = false;
    Dialogue client(Transport::Udp, policy);
    EXPECT_EQ(client.say("VERSION=2.0.1\r\n").heard(), "CAPABILITY TUNNEL=V6UDPV4 AUTH=DIGEST-MD5\r\n");
}

// ---- logins ----

TEST(Login, aMechanismThatIsNotOfferedIsRefused) {
    ServerPolicy policy = everything();
    policy.anonymous = false;
    for (const char* mechanism : {"ANONYMOUS", "PASSDSS-3DES-1", "SCRAM-SHA-1", ""}) {
        Dialogue client(Transport::Udp, policy);
        client.say("VERSION=2.0.1\r\n").say(std::string("AUTHENTICATE ") + mechanism + "\r\n");
        EXPECT_EQ(client.heard(), "300 Authentication failed\r\n") << mechanism;
        EXPECT_TRUE(client.does<action::Close>()) << mechanism;
    }
}

TEST(Login, plainCredentialsAreTheLastTwoFields) {
    const std::vector<std::string> forms{
        std::string("\0alice\0secret\r\n", 15), std::string("\0\0alice\0secret\r\n", 16),
        std::string("\0alice\0secret\r\b", 15), std::string("x\0alice\0secret\r\n", 16)};
    for (const std::string& form : forms) {
        for (const Transport transport : both) {
            Dialogue client(transport);
            client.say("VERSION=2.0.1\r\n").say(std::string("AUTHENTICATE PLAIN\r\n\0", 21));
            // Over UDP a bare header stops the client's repetitions; over TCP nothing may come.
            EXPECT_EQ(client.isSilent(), transport == Transport::Tcp);
            EXPECT_EQ(client.heard(), "");
            client.say(form);
            const auto asked = client.first<action::Authenticate>();
            EXPECT_EQ(asked.credentials, Credentials(PlainLogin{"alice", "secret"}));
            EXPECT_EQ(client.grant().heard(), success);
        }
    }
}

TEST(Login, plainTakesAnyPasswordAndNoEmptyUser) {
    Dialogue empty(Transport::Udp);
    empty.say("VERSION=2.0.1\r\n").say("AUTHENTICATE PLAIN\r\n").say(std::string("\0alice\0\r\n\0", 10));
    EXPECT_EQ(empty.first<action::Authenticate>().credentials, Credentials(PlainLogin{"alice", ""}));
    const std::vector<std::string> broken{
        "alice\r\n", std::string("\0secret\r\n", 9), std::string("\0\0secret\r\n", 10),
        std::string("\0al\033ice\0secret\r\n", 16)};
    for (const std::string& form : broken) {
        Dialogue client(Transport::Udp);
        client.say("VERSION=2.0.1\r\n").say("AUTHENTICATE PLAIN\r\n").say(form);
        EXPECT_EQ(client.heard(), "300 Authentication failed\r\n");
    }
}

TEST(Login, linesMayEndTheWayJipv6EndsThem) {
    Dialogue client(Transport::Tcp);
    EXPECT_TRUE(client.say("VERSION=2.0.0\r\b").heard().starts_with("CAPABILITY"));
    EXPECT_TRUE(client.say("AUTHENTICATE ANONYMOUS\r\b").does<action::Authenticate>());
}

TEST(Login, digestFieldsThatCannotBeOursAreRefusedWith300) {
    const auto refused = [](const std::string& line) {
        Dialogue client(Transport::Tcp);
        client.say("VERSION=2.0.1\r\n").say("AUTHENTICATE DIGEST-MD5\r\n").say(line);
        return client.heard() == "300 Authentication failed\r\n" && client.does<action::Close>();
    };
    const auto with = [](std::string DigestLogin::*field, const char* value) {
        DigestLogin fields = login();
        fields.*field = value;
        return base64Line(digestResponse(fields));
    };
    EXPECT_FALSE(refused(base64Line(digestResponse(login()))));
    EXPECT_TRUE(refused(with(&DigestLogin::nonce, "1")));
    EXPECT_TRUE(refused(with(&DigestLogin::realm, "other")));
    EXPECT_TRUE(refused(with(&DigestLogin::nonceCount, "00000002")));
    EXPECT_TRUE(refused(with(&DigestLogin::qop, "auth-int")));
    EXPECT_TRUE(refused(with(&DigestLogin::digestUri, "http/203.0.113.10")));
    EXPECT_TRUE(refused(with(&DigestLogin::response, "short")));
    EXPECT_TRUE(refused("not base64!\r\n"));
    EXPECT_TRUE(refused(base64Line("x")));
    EXPECT_TRUE(refused(base64Line("username=\"alice")));
}

TEST(Login, digestUriIsTheClientsOwn) {
    for (const char* uri : {"tsp/broker.example", "tsp/broker.example:3653", "tsp/[2001:db8::1]:443"}) {
        DigestLogin fields = login();
        fields.digestUri = uri;
        Dialogue client(Transport::Udp);
        client.say("VERSION=2.0.1\r\n").say("AUTHENTICATE DIGEST-MD5\r\n");
        client.say(base64Line(digestResponse(fields)));
        EXPECT_EQ(client.first<action::Authenticate>().credentials, Credentials(fields)) << uri;
    }
}

TEST(Login, onlyOldVersionsMayHaveCutTheirHash) {
    for (const auto& [version, cut] : {std::pair("2.0.0", true), std::pair("2.0.1", false)}) {
        Dialogue client(Transport::Udp);
        client.say(std::string("VERSION=") + version + "\r\n").say("AUTHENTICATE DIGEST-MD5\r\n");
        client.say(base64Line(digestResponse(login())));
        const auto asked = client.first<action::Authenticate>().credentials;
        EXPECT_EQ(std::get<DigestLogin>(asked).truncatedHash, cut) << version;
    }
}

TEST(Login, digestIsRefusedWith300WhateverTheCause) {
    for (const Status status :
         {Status::AuthenticationFailed, Status::NoMoreTunnels, Status::ServerError, Status::ServerBusy}) {
        Dialogue client(Transport::Tcp);
        client.say("VERSION=2.0.1\r\n").say("AUTHENTICATE DIGEST-MD5\r\n");
        client.say(base64Line(digestResponse(login()))).refuseLogin({status, {}});
        EXPECT_EQ(client.heard(), "300 Authentication failed\r\n");
        EXPECT_TRUE(client.session().isOver());
        EXPECT_FALSE(client.session().isAuthenticated());
    }
}

TEST(Login, theOtherMechanismsHearTheCause) {
    Dialogue client(Transport::Tcp);
    client.say("VERSION=2.0.1\r\n").say("AUTHENTICATE ANONYMOUS\r\n");
    EXPECT_EQ(client.refuseLogin({Status::ServerError, {}}).heard(), "310 Server side error\r\n");
}

TEST(Login, theSuccessBehindTheProofIsFetchedOverUdpAndHeldBackOverTcp) {
    const std::string proof(32, 'a');
    Dialogue udp(Transport::Udp);
    udp.say("VERSION=2.0.1\r\n").say("AUTHENTICATE DIGEST-MD5\r\n");
    udp.say(base64Line(digestResponse(login()))).grant(proof);
    EXPECT_EQ(udp.heard(), base64Line("rspauth=" + proof));
    EXPECT_EQ(udp.actions().size(), 1U);
    EXPECT_EQ(udp.say("").heard(), success);
    EXPECT_EQ(udp.repeat("").heard(), success);
    EXPECT_TRUE(udp.say(create()).does<action::CreateTunnel>());

    Dialogue tcp(Transport::Tcp);
    tcp.say("VERSION=2.0.1\r\n").say("AUTHENTICATE DIGEST-MD5\r\n");
    tcp.say(base64Line(digestResponse(login()))).grant(proof);
    const ServerActions expected{action::Send{base64Line("rspauth=" + proof)}, action::SendAfterGap{success}};
    EXPECT_EQ(tcp.actions(), expected);
}

// ---- requests ----

TEST(Request, v6udpv4CannotBeHadOverTcp) {
    Dialogue client(Transport::Tcp);
    client.loggedIn().say(create(TunnelMode::V6udpv4));
    EXPECT_EQ(client.heard(), framed("303 Unsupported tunnel type\r\n"));
    EXPECT_TRUE(client.does<action::Close>());
}

TEST(Request, aModeThatIsNotOfferedIsRefused) {
    ServerPolicy policy = everything();
    policy.modes = {TunnelMode::V6udpv4};
    for (const auto& [mode, possible] :
         {std::pair(TunnelMode::V6v4, false), std::pair(TunnelMode::V6udpv4, true),
          std::pair(TunnelMode::V6anyv4, true)}) {
        Dialogue client(Transport::Udp, policy);
        EXPECT_EQ(client.loggedIn().say(create(mode)).does<action::CreateTunnel>(), possible) << text(mode);
    }
}

TEST(Request, badOnesGetTheStatusThatTellsWhy) {
    const std::string head = "<tunnel action=\"create\" type=\"v6v4\">";
    const std::string address = "<address type=\"ipv4\">10.9.1.2</address>";
    const std::vector<std::pair<std::string, int>> table{
        {"", 500},
        {"<tunnel", 500},
        {"<tunnel action=\"delete\" type=\"v6v4\"></tunnel>", 500},
        {"<tunnel action=\"info\" type=\"v6v4\"></tunnel>", 500},
        {"<tunnel type=\"v6v4\"></tunnel>", 500},
        {"<tunnel action=\"create\"><client>" + address + "</client></tunnel>", 500},
        {"<other action=\"create\" type=\"v6v4\"/>", 500},
        {head + "</tunnel>", 500},
        {"<tunnel action=\"accept\"></tunnel>", 500},
        {"<!DOCTYPE t [<!ENTITY a \"b\">]>" + head + "<client>" + address + "</client></tunnel>", 500},
        {"<tunnel action=\"create\" type=\"v6v5\"><client>" + address + "</client></tunnel>", 303},
        {head + "<client/></tunnel>", 501},
        {head + "<client><address type=\"ipv4\">10.9.1</address></client></tunnel>", 501},
        {head + "<client><address type=\"ipv4\">2001:db8::1</address></client></tunnel>", 501},
        {"<tunnel action=\"create\" type=\"v4v6\"><client>" + address + "</client></tunnel>", 502},
        {head + "<client>" + address + "<router><prefix/></router></client></tunnel>", 520},
        {head + "<client>" + address + "<router><prefix length=\"129\"/></router></client></tunnel>", 518},
        {head + "<client>" + address + "<router><prefix length=\"-1\"/></router></client></tunnel>", 518},
        {head + "<client>" + address + "<keepalive interval=\"soon\"/></client></tunnel>", 500},
    };
    for (const auto& [xml, status] : table) {
        for (const Transport transport : both) {
            Dialogue client(transport);
            client.loggedIn().say(framed(xml));
            EXPECT_EQ(client.heard(), framed(statusLine(static_cast<Status>(status)))) << xml;
            EXPECT_TRUE(client.does<action::Close>()) << xml;
        }
    }
}

TEST(Request, badFramesGet500) {
    for (const char* bytes :
         {"hello\r\n", "Content-length: x\r\n", "Content-length: 4096\r\n", "Content-length: -1\r\n",
          "Content-length:\r\n", "Content-length: 99999999999999999999\r\n",
          "Content-lengthhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"}) {
        Dialogue client(Transport::Tcp);
        client.loggedIn().say(bytes);
        EXPECT_EQ(client.heard(), framed(statusLine(Status::BadRequest))) << bytes;
    }
    Dialogue cut(Transport::Udp);
    cut.loggedIn().say(create().substr(0, 100));
    EXPECT_EQ(cut.heard(), framed(statusLine(Status::BadRequest)));
}

TEST(Request, nulsAroundItDoNoHarm) {
    for (const Transport transport : both) {
        Dialogue client(transport);
        client.loggedIn().say(std::string(1, '\0') + create() + std::string(2, '\0'));
        EXPECT_TRUE(client.does<action::CreateTunnel>());
        client.give(given()).say(accept + std::string(1, '\0'));
        EXPECT_TRUE(client.does<action::Accepted>());
    }
}

TEST(Request, isAnsweredBehindItsLength) {
    Dialogue client(Transport::Tcp);
    client.loggedIn().say(create()).give(given());
    const ServerActions whole{action::Send{framed(success + writeInfo(given(), Version{2, 0, 1}))}};
    EXPECT_EQ(client.actions(), whole);
    EXPECT_TRUE(client.say(accept).heard().empty());
    EXPECT_TRUE(client.does<action::Accepted>());
}

TEST(Request, isRefusedBehindItsLength) {
    Dialogue client(Transport::Udp);
    client.loggedIn().say(create()).give(Refusal{Status::PrefixUnavailable, {}});
    EXPECT_EQ(client.heard(), framed("507 Requested prefix length cannot be assigned\r\n"));
    EXPECT_TRUE(client.session().isOver());
    for (const Refusal& wrong : {Refusal{Status::Success, {}}, Refusal{Status::Redirection, {}}}) {
        Dialogue unlucky(Transport::Udp);
        unlucky.loggedIn().say(create()).give(wrong);
        EXPECT_EQ(unlucky.heard(), framed("310 Server side error\r\n"));
    }
}

TEST(Request, answerAlwaysFitsIntoTheClientsBuffer) {
    TunnelInfo info = given();
    info.clientName = std::string(253, 'n');
    info.delegation = Delegation{*Prefix::fromText("2001:db8:f001::/48"), {}};
    info.delegation->dnsServers.assign(16, std::string(253, 'd'));
    Dialogue client(Transport::Udp);
    client.loggedIn().say(create()).give(info);
    EXPECT_LT(client.heard().size(), 4096U - 8U);
    const std::string heard = client.heard();
    const auto read = readInfo(heard.substr(heard.find('<')));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->delegation->prefix, info.delegation->prefix);
    EXPECT_TRUE(read->delegation->dnsServers.empty());
}

TEST(Request, aSecondOneIsRefused) {
    for (const Transport transport : both) {
        Dialogue client(transport);
        client.established().say(create());
        EXPECT_EQ(client.heard(), framed("521 Request already in progress\r\n"));
    }
}

TEST(Accept, isAcknowledgedAndCountsOnce) {
    Dialogue client(Transport::Udp);
    client.loggedIn().say(create()).give(given()).say(accept);
    const ServerActions& actions = client.actions();
    ASSERT_EQ(actions.size(), 2U);
    EXPECT_EQ(client.heard(), "");
    EXPECT_TRUE(client.does<action::Accepted>());
    EXPECT_EQ(client.repeat(accept).actions().size(), 1U);
    client.say(accept);
    EXPECT_EQ(client.actions().size(), 1U);
    EXPECT_FALSE(client.does<action::Accepted>());
}

TEST(Accept, isNotWaitedForFromVersion1) {
    Dialogue client(Transport::Tcp);
    client.loggedIn("1.0.1").say(create()).give(given());
    EXPECT_TRUE(client.does<action::Accepted>());
    EXPECT_EQ(client.session().version(), (Version{1, 0, 1}));
}

// ---- reliable UDP ----

TEST(Udp, aRepetitionIsAnsweredFromMemoryUnderItsOwnHeader) {
    Dialogue client(Transport::Udp);
    const std::string first = client.say("VERSION=2.0.1\r\n").heard();
    EXPECT_EQ(client.repeat("VERSION=2.0.1\r\n", 2000).heard(), first);
    client.say("AUTHENTICATE ANONYMOUS\r\n");
    EXPECT_TRUE(client.does<action::Authenticate>());
    // While the broker thinks, a repetition is only noted: the answer goes to the latest copy.
    EXPECT_TRUE(client.repeat("AUTHENTICATE ANONYMOUS\r\n", 2000).isSilent());
    EXPECT_EQ(client.grant().heard(), success);
    EXPECT_EQ(client.repeat("AUTHENTICATE ANONYMOUS\r\n", 4000).heard(), success);
}

TEST(Udp, aRepeatedRequestIsNoSecondRequest) {
    Dialogue client(Transport::Udp);
    EXPECT_TRUE(client.loggedIn().say(create()).does<action::CreateTunnel>());
    EXPECT_TRUE(client.repeat(create()).isSilent());
    const std::string info = client.give(given()).heard();
    EXPECT_EQ(client.repeat(create()).heard(), info);
    EXPECT_EQ(client.actions().size(), 1U);
}

TEST(Udp, aMessageIsKnownByItsNumberAndItsText) {
    Dialogue sameText(Transport::Udp);
    sameText.say("VERSION=2.0.1\r\n").say("AUTHENTICATE PLAIN\r\n");
    EXPECT_EQ(sameText.repeat("AUTHENTICATE PLAIN\r\n").heard(), "");
    EXPECT_FALSE(sameText.does<action::Close>());
    EXPECT_EQ(sameText.say("AUTHENTICATE PLAIN\r\n").heard(), "300 Authentication failed\r\n");
    Dialogue sameNumber(Transport::Udp);
    sameNumber.say("VERSION=2.0.1\r\n").repeat("AUTHENTICATE ANONYMOUS\r\n");
    EXPECT_TRUE(sameNumber.does<action::Authenticate>());
}

TEST(Udp, lateCopiesOfEarlierMessagesAreIgnored) {
    Dialogue client(Transport::Udp);
    client.say("VERSION=2.0.1\r\n").say("AUTHENTICATE DIGEST-MD5\r\n");
    EXPECT_TRUE(client.sequence(0xf0).repeat("VERSION=2.0.1\r\n").isSilent());
    client.sequence(0xf1).say(base64Line(digestResponse(login())));
    EXPECT_TRUE(client.does<action::Authenticate>());
}

TEST(Udp, aRefusalIsRepeatedToo) {
    Dialogue client(Transport::Udp, everything(), Refusal{Status::ServerBusy, {}});
    client.say("VERSION=2.0.1\r\n");
    EXPECT_EQ(client.repeat("VERSION=2.0.1\r\n").heard(), "530 Server too busy\r\n");
    EXPECT_FALSE(client.does<action::Close>());
    EXPECT_TRUE(client.say("AUTHENTICATE PLAIN\r\n").isSilent());
}

TEST(Udp, clientsThatCountInHostOrderAreServed) {
    const ServerPolicy policy = everything();
    ServerSession session(Transport::Udp, policy, nonce);
    const auto say = [&](int sequence, const std::string& text) {
        const std::string datagram
            = static_cast<char>(sequence) + std::string("\0\0\xf0", 3) + std::string(4, '\x01') + text;
        EXPECT_TRUE(isSignalling(datagram));
        const ServerActions actions = session.receive(datagram);
        EXPECT_EQ(actions.size(), 1U) << text;
        return actions.empty() ? ServerAction() : actions[0];
    };
    EXPECT_TRUE(startsSession(std::string("\0\0\0\xf0", 4) + std::string(4, '\x01') + "VERSION=2.0.0\r\n"));
    say(14, "VERSION=2.0.0\r\n");
    EXPECT_EQ(say(15, "AUTHENTICATE ANONYMOUS\r\n").index(), ServerAction(action::Authenticate{}).index());
    session.authenticated(Granted{});
    // The sixteenth message and those after it keep the mark in the fourth byte only.
    EXPECT_EQ(say(16, create()).index(), ServerAction(action::CreateTunnel{}).index());
}

TEST(Udp, anythingElseIsNoSignalling) {
    EXPECT_FALSE(isSignalling(""));
    EXPECT_FALSE(isSignalling("\xf0\x01\x01\xf0\x01\x01\x01"));
    EXPECT_TRUE(isSignalling("\xf0\x01\x01\xf0\x01\x01\x01\x01"));
    // An IPv6 packet of a tunnel, whatever its flow label.
    EXPECT_FALSE(isSignalling("\x60\x01\x01\xf0\x01\x01\x01\x01"));
    EXPECT_FALSE(isSignalling("\x45\x01\x01\x0f\x01\x01\x01\x01"));
    EXPECT_TRUE(isSignalling("\x11\x01\x01\xf0\x01\x01\x01\x01"));
}

TEST(Udp, probesAreAnsweredOutsideAnySession) {
    const std::string header = writeHeader(0xf0, 0x64);
    EXPECT_EQ(answerToEcho(header + "ECHO REQUEST"), header + success);
    EXPECT_EQ(answerToEcho(header + "ECHO REQUEST\r\n"), header + success);
    EXPECT_FALSE(answerToEcho(header + "ECHO"));
    EXPECT_FALSE(answerToEcho("ECHO REQUEST"));
    EXPECT_FALSE(startsSession(header + "ECHO REQUEST"));
}

TEST(Udp, aDatagramLongerThanAnyMessageIsIgnored) {
    Dialogue client(Transport::Udp);
    EXPECT_TRUE(client.say("VERSION=2.0.1\r\n" + std::string(4096, '\0')).isSilent());
}

// ---- TCP ----

TEST(Tcp, whatComesWhileTheBrokerThinksIsKept) {
    Dialogue client(Transport::Tcp);
    client.say("VERSION=2.0.1\r\nAUTHENTICATE ANONYMOUS\r\n" + std::string(1, '\0') + create() + accept);
    EXPECT_TRUE(client.does<action::Authenticate>());
    EXPECT_FALSE(client.does<action::CreateTunnel>());
    EXPECT_TRUE(client.grant().does<action::CreateTunnel>());
    EXPECT_TRUE(client.give(given()).does<action::Accepted>());
}

TEST(Tcp, keepsNoMoreThanOneMessage) {
    Dialogue line(Transport::Tcp);
    EXPECT_TRUE(line.say(std::string(4096, 'x')).isSilent());
    EXPECT_TRUE(line.say("x").does<action::Close>());
    Dialogue waiting(Transport::Tcp);
    waiting.say("VERSION=2.0.1\r\n").say("AUTHENTICATE ANONYMOUS\r\n");
    EXPECT_TRUE(waiting.say(std::string(4096, '\n')).isSilent());
    EXPECT_TRUE(waiting.say("x").does<action::Close>());
    EXPECT_TRUE(waiting.grant().isSilent());
    EXPECT_TRUE(waiting.say("VERSION=2.0.1\r\n").isSilent());
}

TEST(Tcp, answersThatNobodyAskedForDoNothing) {
    Dialogue client(Transport::Tcp);
    EXPECT_TRUE(client.grant().isSilent());
    EXPECT_TRUE(client.give(given()).isSilent());
    EXPECT_FALSE(client.session().isAuthenticated());
    EXPECT_TRUE(client.loggedIn().session().isAuthenticated());
    EXPECT_FALSE(client.session().isOver());
}
