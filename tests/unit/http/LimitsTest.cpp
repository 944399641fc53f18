// SPDX-License-Identifier: GPL-3.0-or-later
// Strangers who ask too much, too slowly, or from too many ends.
#include "tests/unit/http/ServerFixture.h"

#include <QElapsedTimer>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace viaduct;
using namespace viaduct::http;

namespace {

class LimitsTest : public ServerFixture {
protected:
    void open(const Limits& limits) {
        Options limited = options();
        limited.limits = limits;
        ServerFixture::open(std::move(limited));
    }
    bool serves(const char* from = "127.0.0.1") {
        Peer peer(local(), from);
        peer.say(get("/echo"));
        return peer.answer().status == 200;
    }
};

Limits bodyOf(std::size_t bytes) {
    Limits limits;
    limits.bodyBytes = bytes;
    return limits;
}

std::string chunked(const std::string& body) {
    std::array<char, 32> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", body.size());
    return request("POST", "/echo", {}, "Transfer-Encoding: chunked\r\n") + size.data() + body
        + "\r\n0\r\n\r\n";
}

/// TCP connections that never say a word of TLS, each from an address of its own.
class HalfOpen {
public:
    HalfOpen() = default;
    HalfOpen(const HalfOpen&) = delete;
    HalfOpen& operator=(const HalfOpen&) = delete;
    ~HalfOpen() {
        for (const int descriptor : m_descriptors)
            close(descriptor);
    }
    void open(const Endpoint& server, std::uint32_t from) {
        const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        ASSERT_GE(descriptor, 0);
        m_descriptors.push_back(descriptor);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(from);
        ASSERT_EQ(bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        address.sin_addr.s_addr = htonl(server.address.v4Value());
        address.sin_port = htons(server.port);
        (void)!connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address);
    }

private:
    std::vector<int> m_descriptors;
};

} // namespace

TEST_F(LimitsTest, aBodyOverTheLimitGets413AndTheConnectionGoesOn) {
    open(bodyOf(1000));
    Peer peer(local());
    peer.say(request("POST", "/echo", std::string(1000, 'x')));
    EXPECT_EQ(peer.answer().status, 200);
    peer.say(request("POST", "/echo", std::string(1001, 'x')));
    const Answer refused = peer.answer();
    EXPECT_EQ(refused.status, 413);
    EXPECT_EQ(refused.body, "the body is larger than 1000 bytes, which is the most taken here\n");
    peer.say(chunked(std::string(1000, 'x')));
    EXPECT_EQ(peer.answer().status, 200);
    peer.say(chunked(std::string(5000, 'x')));
    EXPECT_EQ(peer.answer().status, 413);
    peer.say(get("/echo"));
    EXPECT_EQ(peer.answer().status, 200);
}

TEST_F(LimitsTest, aHugeBodyIsNotReadToItsEnd) {
    open(bodyOf(1000));
    Peer declared(local());
    declared.say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n");
    EXPECT_EQ(declared.answer().status, 413);
    EXPECT_TRUE(declared.getsClosed());
    Peer endless(local());
    endless.say(request("POST", "/echo", {}, "Transfer-Encoding: chunked\r\n") + "fffffff\r\n");
    const std::string piece(1'000'000, 'x');
    for (int i = 0; i < 20; ++i)
        endless.say(piece);
    EXPECT_TRUE(endless.getsClosed());
    EXPECT_TRUE(serves());
}

TEST_F(LimitsTest, whoAsksBeforeItSendsIsRefusedAtOnce) {
    open(bodyOf(1000));
    Peer peer(local());
    peer.say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(peer.answer().status, 413);
    Peer small(local());
    small.say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_TRUE(small.hears("100 Continue\r\n\r\n"));
    small.say("body");
    EXPECT_EQ(small.answer(false).status, 100);
    EXPECT_EQ(small.answer().status, 200);
}

TEST_F(LimitsTest, theHandlersHookLimitsByPath) {
    Options limited = options();
    limited.bodyLimit
        = [](const Request& head) -> std::size_t { return head.path == "/echo/large" ? 2000 : 0; };
    ServerFixture::open(std::move(limited));
    Peer peer(local());
    peer.say(request("POST", "/echo/large", std::string(2000, 'x')));
    EXPECT_EQ(peer.answer().status, 200);
    peer.say(request("POST", "/echo/small", "x"));
    EXPECT_EQ(peer.answer().status, 413);
    peer.say(get("/echo/small"));
    EXPECT_EQ(peer.answer().status, 200);
}

TEST_F(LimitsTest, allBodiesTogetherHaveALimitAndGiveBackWhatTheyTook) {
    Limits limits;
    limits.freeBodyBytes = 1000;
    limits.bodyBytesInAll = 100'000;
    open(limits);
    std::vector<Responder> kept;
    m_handler = [&](const Request&, const Responder& responder) { kept.push_back(responder); };
    Peer first(local());
    first.say(request("POST", "/", std::string(60'000, 'x')));
    ASSERT_TRUE(eventually([&] { return kept.size() == 1; }));
    Peer second(local());
    second.say(request("POST", "/", std::string(60'000, 'x')));
    EXPECT_EQ(second.answer().status, 503);
    kept[0].respond(Response::text(200, ""));
    EXPECT_EQ(first.answer().status, 200);
    second.say(request("POST", "/", std::string(60'000, 'x')));
    EXPECT_TRUE(eventually([&] { return kept.size() == 2; }));
}

TEST_F(LimitsTest, largeBodiesKeepNobodyOutWhoSendsASmallOne) {
    Limits limits;
    limits.bodyBytesInAll = 300'000;
    open(limits);
    std::vector<Responder> kept;
    m_handler = [&](const Request&, const Responder& responder) { kept.push_back(responder); };
    Peer large(local());
    large.say(request("POST", "/", std::string(300'000, 'x')));
    ASSERT_TRUE(eventually([&] { return kept.size() == 1; }));
    Peer another(local(), "127.0.0.2");
    another.say(request("POST", "/", std::string(300'000, 'x')));
    EXPECT_EQ(another.answer().status, 503);
    m_handler = {};
    for (int i = 0; i < 3; ++i) {
        another.say(request("POST", "/echo", std::string(60'000, 'x')));
        EXPECT_EQ(another.answer().status, 200);
    }
}

TEST_F(LimitsTest, oneSiteHasAShareOfTheLargeBodies) {
    Limits limits;
    limits.freeBodyBytes = 1000;
    limits.bodyBytesPerSite = 100'000;
    open(limits);
    std::vector<Responder> kept;
    m_handler = [&](const Request&, const Responder& responder) { kept.push_back(responder); };
    Peer first(local());
    first.say(request("POST", "/", std::string(90'000, 'x')));
    ASSERT_TRUE(eventually([&] { return kept.size() == 1; }));
    Peer second(local());
    second.say(request("POST", "/", std::string(90'000, 'x')));
    EXPECT_EQ(second.answer().status, 503);
    Peer elsewhere(local(), "127.0.0.2");
    elsewhere.say(request("POST", "/", std::string(90'000, 'x')));
    EXPECT_TRUE(eventually([&] { return kept.size() == 2; }));
}

TEST_F(LimitsTest, aHeadOverTheLimitGets431) {
    open(Limits());
    Peer peer(local());
    peer.say(request("GET", "/echo", {}, "X-Long: " + std::string(40'000, 'x') + "\r\n"));
    EXPECT_EQ(peer.answer().status, 431);
    Peer many(local());
    std::string lines;
    for (int i = 0; i < 5000; ++i)
        lines += "X-" + std::to_string(i) + ": y\r\n";
    many.say(request("GET", "/echo", {}, lines));
    EXPECT_EQ(many.answer().status, 431);
    Peer path(local());
    path.say(get(("/" + std::string(40'000, 'x')).c_str()));
    EXPECT_EQ(path.answer().status, 414);
    Peer fits(local());
    fits.say(request("GET", "/echo", {}, "X-Long: " + std::string(8000, 'x') + "\r\n"));
    EXPECT_EQ(fits.answer().status, 200);
}

TEST_F(LimitsTest, aRequestHasALimitedTimeHoweverItTrickles) {
    open(smallLimits());
    const std::string whole = request("POST", "/echo", std::string(200, 'x'));
    const auto trickle = [&](std::size_t from) {
        Peer peer(local());
        peer.say(whole.substr(0, from));
        QElapsedTimer elapsed;
        elapsed.start();
        for (std::size_t i = from; i < whole.size() && !peer.isClosed() && elapsed.elapsed() < 8000; ++i) {
            peer.say(whole.substr(i, 1)); // a byte now and then, so that it is never idle
            eventually([&] { return peer.isClosed(); }, std::chrono::milliseconds(50));
        }
        return peer.isClosed() && elapsed.elapsed() < 3000;
    };
    EXPECT_TRUE(trickle(5)) << "the head";
    EXPECT_TRUE(trickle(whole.size() - 200)) << "the body";
}

TEST_F(LimitsTest, laterRequestsOfAConnectionHaveALimitedTimeToo) {
    open(smallLimits());
    Peer peer(local());
    peer.say(get("/echo"));
    EXPECT_EQ(peer.answer().status, 200);
    QElapsedTimer elapsed;
    elapsed.start();
    const std::string second
        = get("/echo/and/a/path/that/takes/a/while/to/say/if/it/is/said/letter/by/letter");
    for (std::size_t i = 0; i < second.size() && !peer.isClosed(); ++i) {
        peer.say(second.substr(i, 1));
        eventually([&] { return peer.isClosed(); }, std::chrono::milliseconds(50));
    }
    EXPECT_TRUE(peer.isClosed());
    EXPECT_LT(elapsed.elapsed(), 4000);
    EXPECT_EQ(peer.heard(), "");
}

TEST_F(LimitsTest, idleConnectionsAreClosed) {
    open(smallLimits());
    Peer peer(local());
    peer.say(get("/echo"));
    EXPECT_EQ(peer.answer().status, 200);
    EXPECT_TRUE(peer.getsClosed());
    Peer silent(local());
    EXPECT_TRUE(silent.connected());
    EXPECT_TRUE(silent.getsClosed());
}

TEST_F(LimitsTest, aWaitingRequestIsNotIdle) {
    Limits limits = smallLimits();
    open(limits);
    std::vector<Responder> kept;
    m_handler = [&](const Request&, const Responder& responder) { kept.push_back(responder); };
    Peer peer(local());
    peer.say(get("/"));
    EXPECT_FALSE(eventually([&] { return peer.isClosed(); }, std::chrono::milliseconds(2500)));
    kept.at(0).respond(Response::text(200, "at last"));
    EXPECT_EQ(peer.answer().body, "at last");
}

TEST_F(LimitsTest, anAddressHasItsShareOfConnections) {
    Limits limits;
    limits.connectionsPerSite = 3;
    open(limits);
    std::vector<Responder> kept;
    m_handler = [&](const Request&, const Responder& responder) { kept.push_back(responder); };
    std::vector<std::unique_ptr<Peer>> peers;
    for (std::size_t i = 1; i <= 3; ++i) {
        peers.push_back(std::make_unique<Peer>(local()));
        peers.back()->say(get("/"));
        ASSERT_TRUE(eventually([&] { return kept.size() == i; }));
    }
    Peer fourth(local());
    EXPECT_FALSE(fourth.connected());
    m_handler = {};
    EXPECT_TRUE(serves("127.0.0.2")) << "another address";
    kept.clear();
    for (const auto& peer : peers)
        EXPECT_EQ(peer->answer().status, 500);
    EXPECT_TRUE(eventually([&] { return serves(); })) << "an idle one has given way";
}

TEST_F(LimitsTest, tenThousandHalfOpenConnectionsLeaveItServing) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    ASSERT_GE(limit.rlim_max, 14'000U) << "the test needs a higher limit of open files (ulimit -Hn)";
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    open(Limits());
    std::vector<Responder> kept;
    m_handler = [&](const Request&, const Responder& responder) { kept.push_back(responder); };
    Peer waiting(local());
    waiting.say(get("/"));
    ASSERT_TRUE(eventually([&] { return kept.size() == 1; }));
    m_handler = {};

    HalfOpen flood;
    int served = 0;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        flood.open(local(), 0x7F010000U + i / 50); // 127.1.0.0 on: fifty from each
        if (i % 1000 == 999)
            served += serves("127.0.0.1") ? 1 : 0;
    }
    EXPECT_EQ(served, 10);
    EXPECT_TRUE(eventually([&] { return m_server->connections() <= Limits().connections; }));
    kept[0].respond(Response::text(200, "still here"));
    EXPECT_EQ(waiting.answer().body, "still here") << "who was there keeps its place";
}
