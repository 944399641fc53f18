// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/ClientSession.h"
#include "shared/tsp/Base64.h"
#include "shared/tsp/DigestMd5.h"
#include "shared/tsp/Framing.h"
#include "shared/tsp/XmlWriter.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::tsp;
using namespace std::chrono_literals;

namespace {

using Clock = ClientSession::Clock;
using Why = action::Broken::Why;

const std::string capability
    = "CAPABILITY TUNNEL=V6V4 TUNNEL=V6UDPV4 AUTH=PLAIN AUTH=DIGEST-MD5 AUTH=ANONYMOUS\r\n";

ClientParameters parameters(Mechanism mechanism, TunnelMode mode = TunnelMode::V6anyv4) {
    ClientParameters p;
    p.mechanisms = {mechanism};
    p.user = "alice";
    p.password = "secret";
    p.serverText = "203.0.113.10";
    p.request.mode = mode;
    p.request.clientOuter = *IpAddress::fromText("10.9.1.2");
    return p;
}

std::string info(TunnelMode mode) {
    TunnelInfo i;
    i.mode = mode;
    i.serverOuter = *IpAddress::fromText("203.0.113.10");
    i.clientOuter = *IpAddress::fromText("10.9.1.2");
    i.serverInner = *IpAddress::fromText("2001:db8::38");
    i.clientInner = *IpAddress::fromText("2001:db8::39");
    return framed(statusLine(Status::Success) + writeInfo(i, Version{2, 0, 1}));
}

/// A session with the tester as its broker.
class Talk {
public:
    explicit Talk(Transport transport, const ClientParameters& p = parameters(Mechanism::Anonymous))
        : m_transport(transport), m_session(transport, p, "cnonce") {
        take(m_session.start(m_now));
    }

    /// As the answer to what was sent last.
    Talk& answer(const std::string& text) {
        const bool udp = m_transport == Transport::Udp;
        return raw((udp ? m_sent.back().substr(0, headerLength) : "") + text);
    }
    Talk& raw(const std::string& bytes) {
        take(m_session.receive(bytes, m_now));
        return *this;
    }
    Talk& end() {
        take(m_session.disconnected(m_now));
        return *this;
    }
    /// Waits for the next deadline; false when there is none.
    bool wait() {
        if (!m_session.deadline())
            return false;
        m_now = *m_session.deadline();
        take(m_session.tick(m_now));
        return true;
    }

    std::string last() const {
        return m_transport == Transport::Udp ? m_sent.back().substr(headerLength) : m_sent.back();
    }
    const std::vector<std::string>& sent() const { return m_sent; }
    std::chrono::milliseconds elapsed() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(m_now - Clock::time_point{});
    }
    /// How it ended; the first alternative while it goes on.
    const ClientAction& outcome() const { return m_outcome; }
    std::optional<Why> brokenWhy() const {
        const auto* broken = std::get_if<action::Broken>(&m_outcome);
        return broken != nullptr ? std::optional(broken->why) : std::nullopt;
    }
    std::optional<Status> refusedWith() const {
        const auto* refused = std::get_if<action::Refused>(&m_outcome);
        return refused != nullptr ? std::optional(refused->refusal.status) : std::nullopt;
    }
    bool established() const { return std::holds_alternative<action::Established>(m_outcome); }
    bool over() const { return m_outcome.index() != 0; }

private:
    void take(const ClientActions& actions) {
        for (const ClientAction& action : actions)
            if (const auto* transmit = std::get_if<action::Transmit>(&action))
                m_sent.push_back(transmit->bytes);
            else if (!std::holds_alternative<action::Authenticating>(action)) {
                EXPECT_FALSE(over()) << "two outcomes";
                m_outcome = action;
            }
    }

    Transport m_transport;
    ClientSession m_session;
    Clock::time_point m_now{};
    std::vector<std::string> m_sent;
    ClientAction m_outcome;
};

std::string challenge() {
    return toBase64(digestChallenge("hexos", "9213002706")) + "\r\n";
}

/// What the broker that knows `password` answers to the digest response `sent`.
std::string proof(const std::string& sent, const std::string& password) {
    const auto login = parseDigestResponse(*fromBase64(stripped(sent)));
    return toBase64("rspauth=" + expectedResponseAuth(*login, digestKey("alice", "hexos", password)))
        + "\r\n";
}

} // namespace

TEST(ClientSession, asksThreeTimesInSixSecondsAndGivesUp) {
    Talk talk(Transport::Udp);
    while (talk.wait()) { }
    EXPECT_EQ(talk.sent().size(), 3U);
    EXPECT_EQ(talk.elapsed(), 6s);
    EXPECT_EQ(talk.brokenWhy(), Why::Timeout);
}

TEST(ClientSession, repeatsLaterMessagesEightTimesInAboutAMinute) {
    Talk talk(Transport::Udp);
    talk.answer(capability);
    const std::size_t before = talk.sent().size();
    while (talk.wait()) { }
    EXPECT_EQ(talk.sent().size() - before, 7U);
    EXPECT_GE(talk.elapsed(), 60s);
    EXPECT_LE(talk.elapsed(), 70s);
    EXPECT_EQ(talk.brokenWhy(), Why::Timeout);
}

TEST(ClientSession, keepsTheSequenceAndChangesTheTimeWhenItRepeats) {
    Talk talk(Transport::Udp);
    talk.wait();
    ASSERT_EQ(talk.sent().size(), 2U);
    EXPECT_EQ(talk.sent()[0], std::string("\xf0\x00\x00\xf0\x00\x00\x00\x00VERSION=2.0.2\r\n", 23));
    EXPECT_EQ(talk.sent()[1], std::string("\xf0\x00\x00\xf0\x00\x00\x07\xd0VERSION=2.0.2\r\n", 23));
}

TEST(ClientSession, takesTheAnswerToAnEarlierCopy) {
    Talk talk(Transport::Udp);
    talk.wait();
    talk.raw(talk.sent().front().substr(0, headerLength) + capability);
    EXPECT_EQ(talk.last(), "AUTHENTICATE ANONYMOUS\r\n");
}

TEST(ClientSession, ignoresWhatAnswersAnotherMessage) {
    Talk talk(Transport::Udp);
    talk.raw("").raw("x").raw(writeHeader(0xEF, 0) + capability).raw(writeHeader(0xF1, 0) + capability);
    talk.raw(std::string(60, '\x60')).raw(writeHeader(0xF0, 0) + std::string(4096, 'x'));
    EXPECT_EQ(talk.sent().size(), 1U);
    EXPECT_FALSE(talk.over());
    talk.answer(capability).answer("200 Success\r\n");
    const std::size_t sent = talk.sent().size();
    talk.raw(talk.sent()[1].substr(0, headerLength) + "200 Success\r\n"); // a late copy
    EXPECT_EQ(talk.sent().size(), sent);
}

TEST(ClientSession, waitsOverUdpForTheEmptyAnswerThatAsksForThePassword) {
    Talk talk(Transport::Udp, parameters(Mechanism::Plain));
    talk.answer(capability);
    EXPECT_EQ(talk.last(), "AUTHENTICATE PLAIN\r\n");
    talk.answer("");
    EXPECT_EQ(talk.last(), std::string("\0alice\0secret\r\n", 15));
    talk.answer("300 Authentication failed\r\n");
    EXPECT_EQ(talk.refusedWith(), Status::AuthenticationFailed);
}

TEST(ClientSession, fetchesTheStatusBehindTheProofWithAnEmptyDatagram) {
    Talk talk(Transport::Udp, parameters(Mechanism::DigestMd5));
    talk.answer(capability).answer(challenge());
    talk.answer(proof(talk.last(), "secret"));
    EXPECT_EQ(talk.last(), "");
    EXPECT_EQ(talk.sent().back().substr(0, 4), std::string("\xf0\x00\x00\xf3", 4));
    talk.answer("200 Success\r\n");
    EXPECT_TRUE(talk.last().starts_with("Content-length: "));
}

TEST(ClientSession, takesProofAndStatusTogetherOrApart) {
    for (const Transport transport : {Transport::Udp, Transport::Tcp}) {
        Talk talk(transport, parameters(Mechanism::DigestMd5));
        talk.answer(capability).answer(challenge());
        talk.answer(proof(talk.last(), "secret") + "200 Success\r\n");
        EXPECT_TRUE(talk.last().starts_with("Content-length: ")) << talk.last();
    }
    Talk talk(Transport::Tcp, parameters(Mechanism::DigestMd5));
    talk.answer(capability).answer(challenge());
    talk.answer(proof(talk.last(), "secret"));
    EXPECT_TRUE(talk.last().ends_with("==\r\n") || talk.last().find('<') == std::string::npos)
        << "spoke too early";
    talk.answer("200 Success\r\n");
    EXPECT_TRUE(talk.last().starts_with("Content-length: "));
}

TEST(ClientSession, doesNotTrustABrokerThatDoesNotKnowThePassword) {
    for (const bool agreed : {false, true}) {
        Talk talk(Transport::Udp, parameters(Mechanism::DigestMd5));
        talk.answer(capability).answer(challenge());
        talk.answer(agreed ? "200 Success\r\n" : proof(talk.last(), "another"));
        EXPECT_EQ(talk.brokenWhy(), Why::ServerNotTrusted);
    }
}

TEST(ClientSession, takesTheBestMechanismThatIsAllowed) {
    ClientParameters p = parameters(Mechanism::DigestMd5);
    p.mechanisms = {Mechanism::DigestMd5, Mechanism::Plain};
    Talk best(Transport::Tcp, p);
    best.answer(capability);
    EXPECT_EQ(best.last(), "AUTHENTICATE DIGEST-MD5\r\n");
    Talk second(Transport::Udp, p);
    second.answer("CAPABILITY TUNNEL=V6V4 AUTH=PLAIN AUTH=ANONYMOUS AUTH=FUTURE\r\n");
    EXPECT_EQ(second.last(), "AUTHENTICATE PLAIN\r\n");
    Talk none(Transport::Tcp, p);
    none.answer("CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS AUTH=PASSDSS-3DES-1\r\n");
    EXPECT_EQ(none.brokenWhy(), Why::NoMechanism);
}

TEST(ClientSession, isEstablishedOnlyWhenTheAcceptIsAcknowledged) {
    Talk talk(Transport::Udp);
    talk.answer(capability).answer("200 Success\r\n").answer(info(TunnelMode::V6udpv4));
    EXPECT_EQ(talk.last(), "Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n");
    EXPECT_FALSE(talk.over());
    talk.answer("");
    EXPECT_TRUE(talk.established());
    EXPECT_FALSE(talk.wait());
    Talk stream(Transport::Tcp);
    stream.answer(capability).answer("200 Success\r\n").answer(info(TunnelMode::V6v4));
    EXPECT_TRUE(stream.established());
}

TEST(ClientSession, acceptsNothingFromBrokersOfVersionOne) {
    ClientParameters p = parameters(Mechanism::Anonymous);
    p.version = {1, 0, 1};
    Talk talk(Transport::Tcp, p);
    talk.answer(capability).answer("200 Success\r\n").answer(info(TunnelMode::V6v4));
    EXPECT_TRUE(talk.established());
    EXPECT_EQ(talk.last().find("accept"), std::string::npos);
}

TEST(ClientSession, refusesATunnelThatItDidNotAskFor) {
    const struct {
        Transport transport;
        TunnelMode asked;
        TunnelMode given;
    } table[]
        = {{Transport::Udp, TunnelMode::V6v4, TunnelMode::V6udpv4},
           {Transport::Udp, TunnelMode::V6udpv4, TunnelMode::V6v4},
           {Transport::Tcp, TunnelMode::V6anyv4, TunnelMode::V6udpv4}};
    for (const auto& row : table) {
        Talk talk(row.transport, parameters(Mechanism::Anonymous, row.asked));
        talk.answer(capability).answer("200 Success\r\n").answer(info(row.given));
        EXPECT_EQ(talk.brokenWhy(), Why::Protocol);
    }
}

TEST(ClientSession, followsARedirectOnlyWhenAllOfItHasCome) {
    const std::string list = writeBrokerList({"203.0.113.11", "broker.example:4000"});
    Talk talk(Transport::Tcp);
    talk.answer("1302 Redirect\r\n").answer(list.substr(0, 30));
    EXPECT_FALSE(talk.over());
    talk.answer(list.substr(30));
    ASSERT_EQ(talk.refusedWith(), Status::Redirection);
    EXPECT_EQ(
        std::get<action::Refused>(talk.outcome()).refusal.brokers,
        (std::vector<std::string>{"203.0.113.11", "broker.example:4000"}));
    Talk unreadable(Transport::Udp);
    unreadable.answer("1200 Redirection\r\n<tunnel>");
    EXPECT_EQ(unreadable.refusedWith(), Status::Redirection);
    EXPECT_TRUE(std::get<action::Refused>(unreadable.outcome()).refusal.brokers.empty());
}

TEST(ClientSession, takesAStatusWithoutFrameOrLineEnd) {
    Talk talk(Transport::Tcp);
    talk.answer(capability).answer("200 Success\r\n").answer("301 No more tunnels");
    EXPECT_FALSE(talk.over());
    talk.end();
    EXPECT_EQ(talk.refusedWith(), Status::NoMoreTunnels);
}

TEST(ClientSession, breaksOnWhatIsNoTsp) {
    const std::string garbage[]
        = {"HTTP/1.1 400 Bad Request\r\n\r\n", "200 Success\r\n", std::string("\x16\x03\x01\n", 4),
           "CAPABILIT\r\n"};
    for (const Transport transport : {Transport::Udp, Transport::Tcp})
        for (const std::string& text : garbage) {
            Talk talk(transport);
            talk.answer(text);
            EXPECT_EQ(talk.brokenWhy(), Why::Protocol) << text;
        }
    for (const char* text :
         {"Content-length: 99999\r\n", "Content-length: -1\r\n", "Content-length: 9\r\nno status",
          "Content-length: 13\r\n200 Success\r\n", "<tunnel action=\"info\"></tunnel>\r\n"}) {
        Talk talk(Transport::Udp);
        talk.answer(capability).answer("200 Success\r\n").answer(text);
        EXPECT_EQ(talk.brokenWhy(), Why::Protocol) << text;
    }
}

TEST(ClientSession, keepsNoEndlessStream) {
    Talk talk(Transport::Tcp);
    for (int i = 0; i < 5000 && !talk.over(); ++i)
        talk.raw("x");
    EXPECT_EQ(talk.brokenWhy(), Why::Protocol);
    Talk silent(Transport::Tcp);
    EXPECT_TRUE(silent.wait());
    EXPECT_EQ(silent.brokenWhy(), Why::Timeout);
    EXPECT_EQ(Talk(Transport::Tcp).end().brokenWhy(), Why::Disconnected);
}

TEST(ClientSession, showsOnlyPrintableWordsOfTheBroker) {
    Talk talk(Transport::Udp);
    talk.answer("310 Bad\x1b[2J server\x07 error " + std::string(1000, 'x') + "\r\n");
    ASSERT_EQ(talk.refusedWith(), Status::ServerError);
    const std::string& text = std::get<action::Refused>(talk.outcome()).text;
    EXPECT_TRUE(text.starts_with("Bad[2J server error x")) << text;
    EXPECT_LE(text.size(), 200U);
}
