// SPDX-License-Identifier: GPL-3.0-or-later
// Which dialogue a datagram is for, who gives way when there are too many, and how long each is remembered.
#include "server/tsp/UdpFace.h"

#include "shared/tsp/Framing.h"
#include "shared/tsp/XmlReader.h"
#include "shared/tsp/XmlWriter.h"
#include "tests/unit/tsp-face/FaceFixture.h"

#include <QElapsedTimer>

#include <ctime>
#include <map>
#include <set>

namespace viaduct::face {
namespace {

using namespace std::chrono_literals;

const Endpoint local{*IpAddress::fromText("192.0.2.1"), 3653};
const std::string version = "VERSION=2.0.1\r\n";
const std::string digest("AUTHENTICATE DIGEST-MD5\r\n\0", 26);
const std::string plain("AUTHENTICATE PLAIN\r\n\0", 21);
constexpr std::uint32_t firstSequence = 0xf0;

std::string plainLogin(const std::string& password) {
    return std::string(1, '\0') + "alice" + std::string(1, '\0') + password + "\r\n";
}

class UdpFaceTest : public FaceTest {
protected:
    /// A client: a mapping, and the count of its messages.
    struct Client {
        Endpoint remote;
        std::uint32_t sequence = firstSequence;
        std::string header{};
    };

    void SetUp() override {
        FaceTest::SetUp();
        m_face.emplace(*m_broker, m_failures, [this](const dataplane::SignallingDatagram& datagram) {
            m_heard[datagram.remote].push_back(datagram.bytes);
        });
        limit(64);
    }

    void limit(std::size_t sessionsPerAddress) { m_face->setServers({{local, server(sessionsPerAddress)}}); }

    static Client client(std::uint16_t port, const char* host = "198.51.100.7") {
        return {Endpoint{address(host), port}};
    }

    /// All answers to the next message of the client, without headers; nothing is silence.
    std::string ask(Client& client, const std::string& text) {
        std::string answer = repeat(client, text);
        ++client.sequence;
        return answer;
    }
    /// As ask(), but the message keeps its number: another copy may follow.
    std::string repeat(Client& client, const std::string& text) {
        client.header = tsp::writeHeader(client.sequence, ++m_timestamp);
        m_heard.erase(client.remote);
        m_face->receive({local, client.remote, client.header + text}, m_now);
        return heard(client);
    }
    /// What has come since; it must carry the header of the client's last datagram.
    std::string heard(const Client& client) {
        std::string all;
        for (const std::string& datagram : m_heard[client.remote]) {
            EXPECT_TRUE(datagram.starts_with(client.header)) << "the client would drop this";
            all += datagram.substr(tsp::headerLength);
        }
        return all;
    }
    std::size_t answers(const Client& client) { return m_heard[client.remote].size(); }

    std::string challenge(Client& client) {
        EXPECT_TRUE(ask(client, version).starts_with("CAPABILITY "));
        return ask(client, digest);
    }
    void logIn(Client& client) {
        EXPECT_FALSE(ask(client, digestLine(challenge(client), "secret")).starts_with("300"));
        EXPECT_EQ(ask(client, ""), "200 Success\r\n");
    }
    std::string create(Client& client) {
        ask(client, createMessage(client.remote.address));
        EXPECT_TRUE(waitFor([&] { return answers(client) > 0; }));
        return heard(client);
    }
    void establish(Client& client) {
        logIn(client);
        EXPECT_NE(create(client).find("200 Success"), std::string::npos);
        ask(client, tsp::framed(tsp::writeAccept()));
        EXPECT_EQ(answers(client), 1U);
    }
    void restart(Client& client) { client.sequence = firstSequence; }

    /// VERSION= from many other ports of the same address, each of them twice.
    void flood(const char* host = "198.51.100.7", int datagrams = 500) {
        for (int number = 0; number < datagrams; ++number) {
            Client forged = client(static_cast<std::uint16_t>(20000 + number), host);
            repeat(forged, version);
            repeat(forged, version);
        }
    }

    UdpFace::Clock::time_point m_now = UdpFace::Clock::time_point{} + 1h;
    std::uint32_t m_timestamp = 0;
    std::map<Endpoint, std::vector<std::string>> m_heard;
    std::optional<UdpFace> m_face;
};

// ---- too many ----

TEST_F(UdpFaceTest, aFloodFromItsOwnAddressDoesNotDisturbALogin) {
    Client waiting = client(1000);
    const std::string line = digestLine(challenge(waiting), "secret");
    Client loggedIn = client(1001);
    logIn(loggedIn);
    flood();
    EXPECT_FALSE(ask(waiting, line).empty()) << "it waited at the digest response";
    flood();
    EXPECT_EQ(ask(waiting, ""), "200 Success\r\n");
    EXPECT_NE(create(loggedIn).find("200 Success"), std::string::npos) << "it was past its 200";
    EXPECT_LE(m_face->dialogues(), 64U);
}

TEST_F(UdpFaceTest, aNewcomerIsServedInTheMidstOfAFlood) {
    flood();
    Client newcomer = client(1000);
    logIn(newcomer);
}

TEST_F(UdpFaceTest, whenAllAreUnderWayANewcomerIsToldToComeBack) {
    limit(3);
    std::vector<Client> clients{client(1), client(2), client(3)};
    std::vector<std::string> lines;
    lines.reserve(clients.size());
    for (Client& each : clients)
        lines.push_back(digestLine(challenge(each), "secret"));
    Client late = client(4);
    EXPECT_TRUE(repeat(late, version).starts_with("530 "));
    EXPECT_EQ(m_face->dialogues(), 3U);
    Client elsewhere = client(4, "198.51.100.8");
    EXPECT_TRUE(ask(elsewhere, version).starts_with("CAPABILITY ")) << "each address has its own limit";
    for (std::size_t i = 0; i < clients.size(); ++i)
        EXPECT_FALSE(ask(clients[i], lines[i]).empty());
    ask(clients[1], "");
    create(clients[1]);
    ask(clients[1], tsp::framed(tsp::writeAccept()));
    restart(late);
    EXPECT_TRUE(ask(late, version).starts_with("CAPABILITY ")) << "one of the three has finished";
}

TEST_F(UdpFaceTest, aRefusedDialogueLeavesItsPlace) {
    limit(1);
    Client wrong = client(1);
    EXPECT_TRUE(ask(wrong, digestLine(challenge(wrong), "wrong")).starts_with("300 "));
    Client next = client(2);
    EXPECT_TRUE(ask(next, version).starts_with("CAPABILITY "));
}

TEST_F(UdpFaceTest, aLoginThatIsSilentGivesWayAfterTenSeconds) {
    limit(2);
    Client lost = client(1);
    challenge(lost);
    Client loggedIn = client(2);
    logIn(loggedIn);
    m_now += 9s;
    Client newcomer = client(3);
    EXPECT_TRUE(repeat(newcomer, version).starts_with("530 "));
    m_now += 2s;
    EXPECT_TRUE(repeat(newcomer, version).starts_with("CAPABILITY "));
    EXPECT_EQ(ask(lost, "nonsense\r\n"), "") << "the one that had got less far has gone";
    EXPECT_NE(create(loggedIn).find("200 Success"), std::string::npos);
}

TEST_F(UdpFaceTest, theLongestUntouchedOfThoseThatOnlySaidVersionGivesWay) {
    limit(3);
    std::vector<Client> clients{client(1), client(2), client(3)};
    for (Client& each : clients) {
        m_now += 1s;
        EXPECT_FALSE(repeat(each, version).empty());
    }
    EXPECT_FALSE(repeat(clients[0], version).empty()); // is now younger than the second
    Client newcomer = client(4);
    EXPECT_FALSE(repeat(newcomer, version).empty());
    for (Client& each : clients)
        ++each.sequence;
    EXPECT_FALSE(ask(clients[0], digest).empty());
    EXPECT_TRUE(ask(clients[1], digest).empty());
    EXPECT_FALSE(ask(clients[2], digest).empty());
}

TEST_F(UdpFaceTest, theWholeTableFullOfForgedAddressesLeavesLoginsAlone) {
    Client waiting = client(1000);
    const std::string line = digestLine(challenge(waiting), "secret");
    for (std::uint32_t number = 0; number < 70'000; ++number) {
        Client forged{Endpoint{IpAddress::v4(0x0a000000 + number), 4000}};
        m_face->receive({local, forged.remote, tsp::writeHeader(firstSequence, number) + version}, m_now);
    }
    EXPECT_EQ(m_face->dialogues(), 65536U);
    EXPECT_FALSE(ask(waiting, line).empty());
    Client newcomer = client(1000, "203.0.113.5");
    logIn(newcomer);
}

TEST_F(UdpFaceTest, chosenAddressesDoNotSlowItDown) {
    // These all had one and the same value under the mixing function of before, whatever the table's size.
    constexpr std::uint64_t multiplier = 0x9e3779b97f4a7c15U;
    constexpr int number = 20'000;
    const auto timeFor = [&](auto lowOf) {
        FailureMeter failures;
        UdpFace face(*m_broker, failures, [](const auto&) {});
        face.setServers({{local, server()}});
        const std::clock_t begin = std::clock(); // the processor's time: the machine may be busy
        for (std::uint64_t i = 0; i < number; ++i) {
            const std::uint64_t high = 0x20010db800000000U + (i << 8);
            const IpAddress remote = IpAddress::fromNumber(Uint128{high} << 64 | lowOf(high));
            face.receive({local, {remote, 4000}, tsp::writeHeader(firstSequence, 1) + version}, m_now);
        }
        EXPECT_EQ(face.dialogues(), std::size_t{number});
        return std::clock() - begin;
    };
    const auto ordinary = timeFor([](std::uint64_t high) { return high * 77 + 1; });
    const auto chosen = timeFor(
        [](std::uint64_t high) { return __builtin_bswap64(__builtin_bswap64(high) * multiplier ^ 0x5eed); });
    EXPECT_LT(chosen, 5 * ordinary);
}

// ---- how long ----

TEST_F(UdpFaceTest, eachStageHasItsPatience) {
    Client fresh = client(1);
    ask(fresh, version);
    Client continued = client(2);
    challenge(continued);
    Client loggedIn = client(3);
    logIn(loggedIn);
    Client over = client(4);
    establish(over);
    EXPECT_EQ(m_face->dialogues(), 4U);
    m_now += 9s;
    m_face->expire(m_now);
    EXPECT_EQ(m_face->dialogues(), 4U);
    m_now += 1s;
    m_face->expire(m_now);
    EXPECT_EQ(m_face->dialogues(), 3U) << "a VERSION= is repeated for 6 s";
    m_now += 59s;
    m_face->expire(m_now);
    EXPECT_EQ(m_face->dialogues(), 3U) << "anything later for 66 s";
    EXPECT_TRUE(ask(fresh, digest).empty());
    ask(continued, "");
    m_now += 1s;
    m_face->expire(m_now);
    EXPECT_EQ(m_face->dialogues(), 1U) << "what comes prolongs it";
}

TEST_F(UdpFaceTest, theLastAnswerIsRepeatedUntilThen) {
    Client peer = client(1);
    establish(peer);
    --peer.sequence;
    m_now += 60s;
    m_face->expire(m_now);
    EXPECT_EQ(repeat(peer, tsp::framed(tsp::writeAccept())), "");
    EXPECT_EQ(answers(peer), 1U) << "the header alone";
}

TEST_F(UdpFaceTest, aClientThatStartsAnewFromTheSamePortKeepsItsPlace) {
    Client peer = client(1);
    establish(peer);
    m_now += 69s;
    m_face->expire(m_now);
    restart(peer);
    EXPECT_TRUE(ask(peer, version).starts_with("CAPABILITY "));
    m_now += 2s; // the finished dialogue alone would have been forgotten
    m_face->expire(m_now);
    EXPECT_FALSE(ask(peer, digest).empty()) << "between VERSION= and AUTHENTICATE it was forgotten";
}

// ---- two dialogues on one mapping ----

TEST_F(UdpFaceTest, whatFollowsALaterVersionBelongsToTheNewDialogue) {
    Client peer = client(1);
    establish(peer);
    restart(peer);
    logIn(peer);
    EXPECT_NE(create(peer).find("200 Success"), std::string::npos);
    EXPECT_EQ(m_face->dialogues(), 1U);
}

TEST_F(UdpFaceTest, aStrayVersionDisturbsNoLogin) {
    Client peer = client(1);
    const std::string line = digestLine(challenge(peer), "secret");
    Client stray{peer.remote, firstSequence + 0x100000};
    EXPECT_TRUE(repeat(stray, version).starts_with("CAPABILITY "));
    EXPECT_FALSE(ask(peer, line).empty());
    EXPECT_EQ(ask(peer, ""), "200 Success\r\n");
    EXPECT_NE(create(peer).find("200 Success"), std::string::npos);
}

TEST_F(UdpFaceTest, theNonceStaysWhileALoginIsUnderWay) {
    Client peer = client(1);
    const std::string first = challenge(peer);
    Client late{peer.remote};
    ask(late, "VERSION=2.0.0\r\n"); // another text: no repetition
    EXPECT_EQ(nonceIn(ask(late, "AUTHENTICATE DIGEST-MD5\r\n")), nonceIn(first))
        << "the client may already have the challenge of the first";
}

TEST_F(UdpFaceTest, theNonceIsNewOnceALoginHasUsedIt) {
    Client peer = client(1);
    const std::string first = challenge(peer);
    ask(peer, digestLine(first, "secret"));
    EXPECT_EQ(ask(peer, ""), "200 Success\r\n");
    restart(peer);
    EXPECT_NE(nonceIn(challenge(peer)), nonceIn(first));
    Client other = client(2);
    EXPECT_NE(nonceIn(challenge(other)), nonceIn(first));
}

TEST_F(UdpFaceTest, aSecondDialogueOfAFinishedMappingCountsAgain) {
    limit(1);
    Client peer = client(1);
    establish(peer);
    restart(peer);
    challenge(peer);
    Client late = client(2);
    EXPECT_TRUE(repeat(late, version).starts_with("530 ")) << "the one place is taken by a login under way";
}

TEST_F(UdpFaceTest, manyFinishedMappingsCannotAllComeBackAtOnce) {
    limit(2);
    std::vector<Client> clients{client(1), client(2), client(3)};
    for (Client& each : clients)
        establish(each);
    for (Client& each : clients) {
        restart(each);
        EXPECT_TRUE(ask(each, version).starts_with("CAPABILITY "));
    }
    EXPECT_FALSE(ask(clients[0], digest).empty());
    EXPECT_FALSE(ask(clients[1], digest).empty());
    EXPECT_TRUE(repeat(clients[2], digest).empty()) << "silence: it will repeat itself";
    m_now += 11s;
    EXPECT_FALSE(repeat(clients[2], digest).empty()) << "and is served when there is room";
}

// ---- redirects ----

TEST_F(UdpFaceTest, aRedirectIsShortAndEveryBrokerGetsClients) {
    std::vector<std::string> brokers;
    for (int number = 1; number <= 50; ++number)
        brokers.push_back("203.0.113." + std::to_string(number));
    redirectTo(brokers);
    std::set<std::string> told;
    for (std::uint32_t number = 0; number < 2000; ++number) {
        Client peer{Endpoint{IpAddress::v4(0x0a000000 + number), 4000}};
        const std::string answer = ask(peer, version);
        ASSERT_TRUE(answer.starts_with("1200 "));
        ASSERT_LT(answer.size(), 400U) << "the datagram that asked had 23 bytes, from whomever";
        const auto list = tsp::readBrokerList(answer.substr(answer.find('\n') + 1));
        ASSERT_TRUE(list);
        EXPECT_EQ(list->size(), 4U);
        told.insert(list->begin(), list->end());
    }
    EXPECT_EQ(told.size(), brokers.size());
}

TEST_F(UdpFaceTest, aShortRedirectIsToldInItsOrderAndLongNamesOneByOne) {
    redirectTo({"a.example", "b.example:4000", "203.0.113.9"});
    Client peer = client(1);
    const std::string answer = ask(peer, version);
    EXPECT_LT(answer.find("a.example"), answer.find("b.example:4000"));
    EXPECT_LT(answer.find("b.example:4000"), answer.find("203.0.113.9"));
    redirectTo({std::string(240, 'a'), std::string(240, 'b'), std::string(240, 'c')});
    Client other = client(2);
    EXPECT_LT(ask(other, version).size(), 600U);
}

// ---- failures ----

TEST_F(UdpFaceTest, wrongPasswordsAreAnsweredLateAfterTheFirstFew) {
    for (std::uint16_t port = 1; port <= 5; ++port) {
        Client guesser = client(port);
        EXPECT_TRUE(ask(guesser, digestLine(challenge(guesser), "wrong", "mallory")).starts_with("300 "));
    }
    Client guesser = client(6);
    const std::string line = digestLine(challenge(guesser), "wrong", "mallory");
    QElapsedTimer since;
    since.start();
    EXPECT_EQ(repeat(guesser, line), "");
    EXPECT_TRUE(waitFor([&] { return answers(guesser) > 0; }));
    EXPECT_GE(since.elapsed(), earliest());
    EXPECT_TRUE(heard(guesser).starts_with("300 "));

    Client neighbour = client(1, "198.51.100.8");
    logIn(neighbour);
    Client owner = client(7);
    EXPECT_EQ(ask(owner, digestLine(challenge(owner), "secret")), "") << "right or wrong, it waits";
    EXPECT_TRUE(waitFor([&] { return answers(owner) > 0; }));
    EXPECT_EQ(ask(owner, ""), "200 Success\r\n") << "behind the same address the right password gets in";
}

TEST_F(UdpFaceTest, aLateAnswerCarriesTheHeaderOfTheLatestCopyAndComesOnce) {
    for (std::uint16_t port = 1; port <= 5; ++port) {
        Client storm = client(port);
        EXPECT_TRUE(ask(storm, "VERSION=9.9.9\r\n").starts_with("302 "));
    }
    Client refused = client(6);
    EXPECT_EQ(repeat(refused, "VERSION=9.9.9\r\n"), "");
    EXPECT_EQ(repeat(refused, "VERSION=9.9.9\r\n"), "");
    EXPECT_EQ(repeat(refused, "VERSION=9.9.9\r\n"), "");
    EXPECT_TRUE(waitFor([&] { return answers(refused) > 0; }));
    EXPECT_TRUE(heard(refused).starts_with("302 "));
    EXPECT_FALSE(waitFor([&] { return answers(refused) > 1; }, 400));
    EXPECT_TRUE(repeat(refused, "VERSION=9.9.9\r\n").starts_with("302 ")) << "repetitions are answered again";

    Client guesser = client(7);
    ask(guesser, version);
    ask(guesser, plain);
    repeat(guesser, plainLogin("wrong"));
    EXPECT_EQ(repeat(guesser, plainLogin("wrong")), "");
    EXPECT_TRUE(waitFor([&] { return answers(guesser) > 0; }));
    EXPECT_TRUE(heard(guesser).starts_with("300 "));
}

TEST_F(UdpFaceTest, aRefusalThatHasWaitedLeavesItsPlace) {
    limit(1);
    for (std::uint16_t port = 1; port <= 5; ++port) {
        Client guesser = client(port);
        EXPECT_TRUE(ask(guesser, digestLine(challenge(guesser), "wrong")).starts_with("300 "));
    }
    Client guesser = client(6);
    EXPECT_EQ(ask(guesser, digestLine(challenge(guesser), "wrong")), "");
    Client newcomer = client(7);
    EXPECT_TRUE(repeat(newcomer, version).starts_with("530 "));
    EXPECT_TRUE(waitFor([&] { return answers(guesser) > 0; }));
    EXPECT_TRUE(repeat(newcomer, version).starts_with("CAPABILITY "));
}

TEST_F(UdpFaceTest, aStormOfRefusedVersionsGetsFewAnswers) {
    std::size_t answered = 0;
    std::vector<Client> storm;
    for (std::uint16_t port = 1; port <= 3000; ++port) {
        storm.push_back(client(port));
        answered += repeat(storm.back(), "VERSION=9.9.9\r\n").empty() ? 0U : 1U;
    }
    EXPECT_EQ(answered, 5U);
    waitFor([] { return false; }, 500);
    for (const Client& each : storm)
        answered += answers(each);
    EXPECT_LE(answered, 5U + 5U + 64U) << "those that were still there when their time had come";
}

} // namespace
} // namespace viaduct::face
