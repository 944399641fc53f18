// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/http/ServerFixture.h"

using namespace viaduct;
using namespace viaduct::http;

namespace {

std::shared_ptr<const std::string> bytes(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

/// Every request gets a stream, kept in m_streams.
class StreamTest : public ServerFixture {
protected:
    void open(Limits limits = {}) {
        Options limited = options();
        limited.limits = limits;
        ServerFixture::open(std::move(limited));
        m_handler = [this](const Request&, const Responder& responder) {
            Response head{200, {{"Content-Type", "text/event-stream"}}, ": welcome\n\n"};
            m_streams.push_back(responder.stream(std::move(head)));
        };
    }
    std::unique_ptr<Peer> listener() {
        auto peer = std::make_unique<Peer>(local());
        peer->say(get("/events"));
        const std::size_t before = m_streams.size();
        EXPECT_TRUE(eventually([&] { return m_streams.size() > before; }));
        return peer;
    }

    std::vector<std::shared_ptr<Stream>> m_streams;
};

} // namespace

TEST_F(StreamTest, eventsArriveWhileTheAnswerGoesOn) {
    open();
    const auto peer = listener();
    ASSERT_TRUE(peer->hears(": welcome"));
    EXPECT_NE(peer->heard().find("Content-Type: text/event-stream\r\n"), std::string::npos);
    for (const char* event : {"data: one\n\n", "data: two\n\n"}) {
        EXPECT_TRUE(m_streams[0]->send(bytes(event)));
        EXPECT_TRUE(peer->hears(event));
    }
    EXPECT_TRUE(m_streams[0]->isOpen());
}

TEST_F(StreamTest, aClosedStreamSendsWhatItHadAndKeepsTheConnection) {
    open();
    const auto peer = listener();
    bool closed = false;
    m_streams[0]->onClosed([&] { closed = true; });
    m_streams[0]->send(bytes("data: last\n\n"));
    m_streams[0]->close();
    EXPECT_FALSE(m_streams[0]->isOpen());
    EXPECT_FALSE(m_streams[0]->send(bytes("more")));
    EXPECT_EQ(peer->answer().body, ": welcome\n\ndata: last\n\n");
    EXPECT_TRUE(eventually([&] { return closed; }));
    m_handler = {};
    peer->say(get("/echo"));
    EXPECT_EQ(peer->answer().status, 200);
}

TEST_F(StreamTest, aDroppedHandleClosesTheStream) {
    open();
    const auto peer = listener();
    bool called = false;
    m_streams[0]->onClosed([&] { called = true; });
    m_streams.clear();
    EXPECT_EQ(peer->answer().body, ": welcome\n\n");
    EXPECT_FALSE(called) << "who let go is not called";
}

TEST_F(StreamTest, aClientThatLeavesIsNoticedWithoutASend) {
    open();
    auto peer = listener();
    int closed = 0;
    m_streams[0]->onClosed([&] { ++closed; });
    ASSERT_TRUE(peer->hears("welcome"));
    peer.reset();
    EXPECT_TRUE(eventually([&] { return closed == 1; }));
    EXPECT_FALSE(m_streams[0]->isOpen());
    EXPECT_FALSE(m_streams[0]->send(bytes("data: x\n\n")));
    EXPECT_TRUE(eventually([&] { return m_server->connections() == 0; }));
    m_streams[0]->onClosed([&] { ++closed; });
    EXPECT_TRUE(eventually([&] { return closed == 2; })) << "asked too late, told all the same";
}

TEST_F(StreamTest, aReaderThatDoesNotReadIsCutOff) {
    open();
    const auto slow = listener();
    const auto quick = listener();
    bool closed = false;
    m_streams[0]->onClosed([&] { closed = true; });
    slow->socket().setReadBufferSize(1); // Qt stops reading from the system
    ASSERT_TRUE(eventually([&] { return slow->heard().find("welcome") != std::string::npos; }));
    const auto event = bytes(std::string(100'000, 'x'));
    std::size_t sent = 0;
    while (m_streams[0]->send(event) && sent < 2000) {
        ++sent;
        ASSERT_TRUE(m_streams[1]->send(event)) << "who reads is served";
        const std::size_t before = quick->heard().size();
        ASSERT_TRUE(eventually([&] { return quick->heard().size() >= before + event->size(); }));
    }
    EXPECT_LT(sent, 2000U) << "200 MB were buffered";
    EXPECT_FALSE(m_streams[0]->isOpen());
    EXPECT_TRUE(eventually([&] { return closed; }));
    EXPECT_TRUE(m_streams[1]->isOpen());
}

TEST_F(StreamTest, whatExceedsTheBoundAtOnceCutsOffToo) {
    Limits limits;
    limits.queuedBytesPerStream = 1000;
    open(limits);
    const auto peer = listener();
    ASSERT_TRUE(peer->hears("welcome"));
    EXPECT_FALSE(m_streams[0]->send(bytes(std::string(1001, 'x'))));
    EXPECT_TRUE(peer->getsClosed());
}

TEST_F(StreamTest, aStreamOutlivesTheTimesOfRequests) {
    open(smallLimits());
    const auto peer = listener();
    EXPECT_FALSE(eventually([&] { return peer->isClosed(); }, std::chrono::milliseconds(2500)));
    m_streams[0]->send(bytes("data: late\n\n"));
    EXPECT_TRUE(peer->hears("late"));
}

TEST_F(StreamTest, headOfAStreamIsOnlyItsHead) {
    open();
    Peer peer(local());
    peer.say(request("HEAD", "/events"));
    EXPECT_EQ(peer.answer(false).status, 200);
    ASSERT_TRUE(eventually([&] { return m_streams.size() == 1 && !m_streams[0]->isOpen(); }));
}

TEST_F(StreamTest, twoHundredStreamsHearTheSame) {
    Limits limits;
    limits.connectionsPerSite = 300;
    open(limits);
    std::vector<std::unique_ptr<Peer>> peers;
    peers.reserve(200);
    for (int i = 0; i < 200; ++i)
        peers.push_back(listener());
    for (int i = 0; i < 50; ++i) {
        const auto event = bytes("data: " + std::to_string(i) + "\n\n");
        for (const auto& stream : m_streams)
            EXPECT_TRUE(stream->send(event));
        EXPECT_LE(event.use_count(), 201);
    }
    for (const auto& stream : m_streams)
        stream->close();
    std::string expected = ": welcome\n\n";
    for (int i = 0; i < 50; ++i)
        expected += "data: " + std::to_string(i) + "\n\n";
    for (const auto& peer : peers)
        EXPECT_EQ(peer->answer().body, expected);
}

TEST_F(StreamTest, theServerEndsWithStreamsOpen) {
    open();
    std::vector<std::unique_ptr<Peer>> peers;
    peers.reserve(10);
    for (int i = 0; i < 10; ++i)
        peers.push_back(listener());
    m_streams[3]->send(bytes(std::string(900'000, 'x')));
    m_server.reset();
    for (const auto& stream : m_streams) {
        EXPECT_FALSE(stream->isOpen());
        EXPECT_FALSE(stream->send(bytes("x")));
    }
    for (const auto& peer : peers)
        EXPECT_TRUE(peer->getsClosed());
}
