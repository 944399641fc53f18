// SPDX-License-Identifier: GPL-3.0-or-later
// What clients that mean well see, and those that mean harm.
#include "tests/unit/http/ServerFixture.h"

#include <QNetworkAccessManager>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QThread>
#include <sys/socket.h>

using namespace viaduct;
using namespace viaduct::http;

namespace {

class RequestTest : public ServerFixture {
protected:
    Answer ask(const std::string& text) {
        Peer peer(local());
        peer.say(text);
        return peer.answer();
    }
    int statusFor(const std::string& text) { return ask(text).status; }
};

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_F(RequestTest, aRequestComesWholeAndInTheServersThread) {
    open();
    QThread* thread = nullptr;
    std::string body;
    m_handler = [&](const Request& request, const Responder& responder) {
        thread = QThread::currentThread();
        body = request.body;
        responder.respond(Response::json(201, "{}").with("ETag", "\"7\""));
    };
    const std::string large(900'000, 'x');
    const Answer answer = ask(request("POST", "/things", large));
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.body, "{}");
    EXPECT_TRUE(answer.hasLine("ETag: \"7\""));
    EXPECT_TRUE(answer.hasLine("X-Content-Type-Options: nosniff"));
    EXPECT_EQ(thread, QThread::currentThread());
    EXPECT_EQ(body, large);
}

TEST_F(RequestTest, partsAreDecoded) {
    open();
    const Answer answer = ask(request("PATCH", "/echo/a%20b/?x=%26&y", "body", "X-A: 1\r\nx-a:  2 \r\n"));
    EXPECT_EQ(
        answer.body,
        "PATCH /echo/a%20b/\nsegment echo\nsegment a b\nsegment \nquery x=&\nquery y=\nheader host: "
        "localhost\nheader x-a: 1, 2\nheader content-length: 4\nfrom 127.0.0.1\nbody");
}

TEST_F(RequestTest, aConnectionIsKeptForManyRequests) {
    open();
    Peer peer(local());
    for (int i = 0; i < 5; ++i) {
        peer.say(request("POST", "/echo", "number " + std::to_string(i)));
        EXPECT_TRUE(contains(peer.answer().body, "number " + std::to_string(i)));
    }
    EXPECT_EQ(m_server->connections(), 1U);
}

TEST_F(RequestTest, pipelinedRequestsAreAnsweredInOrder) {
    open();
    Peer peer(local());
    peer.say(
        request("POST", "/echo/1", "one") + get("/none") + request("POST", "/echo/2", "two")
        + get("/echo/3"));
    EXPECT_TRUE(contains(peer.answer().body, "/echo/1"));
    EXPECT_EQ(peer.answer().status, 404);
    EXPECT_TRUE(contains(peer.answer().body, "two"));
    EXPECT_TRUE(contains(peer.answer().body, "/echo/3"));
}

TEST_F(RequestTest, chunkedBodiesArePutTogether) {
    open();
    const std::string head = request("POST", "/echo", {}, "Transfer-Encoding: chunked\r\n");
    EXPECT_TRUE(contains(ask(head + "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n").body, "\nabcdefg"));
    EXPECT_EQ(statusFor(head + "zz\r\nabc\r\n0\r\n\r\n"), 400);
    EXPECT_EQ(statusFor(head + "3\r\nabcd\r\n0\r\n\r\n"), 400);
}

TEST_F(RequestTest, headSaysWhatGetWouldWithoutBody) {
    open();
    Peer peer(local());
    peer.say(request("HEAD", "/none") + get("/none"));
    const Answer head = peer.answer(false);
    EXPECT_EQ(head.status, 404);
    EXPECT_TRUE(head.hasLine("Content-Length: 13"));
    EXPECT_EQ(peer.answer().body, "nothing here\n");
}

TEST_F(RequestTest, answersWithoutBodyAreWhole) {
    open();
    m_handler = [&](const Request& request, const Responder& responder) {
        responder.respond(Response::empty(request.path == "/304" ? 304 : 204));
    };
    Peer peer(local());
    peer.say(get("/304") + get("/204") + get("/304"));
    EXPECT_EQ(peer.answer().status, 304);
    const Answer none = peer.answer();
    EXPECT_EQ(none.status, 204);
    EXPECT_FALSE(contains(none.head, "Content-Length"));
    EXPECT_EQ(peer.answer().status, 304);
}

TEST_F(RequestTest, theMethodIsTheHandlersMatter) {
    open();
    EXPECT_TRUE(ask(request("BREW", "/echo")).body.starts_with("BREW /echo"));
}

TEST_F(RequestTest, dubiousRequestsGoNoFurther) {
    open();
    bool called = false;
    m_handler = [&](const Request&, const Responder&) { called = true; };
    const std::vector<std::pair<std::string, int>> cases{
        {get("/../etc/passwd"), 400},
        {get("/a/%2e%2e/b"), 400},
        {get("/a%2fb"), 400},
        {get("/a%00b"), 400},
        {get("//a"), 400},
        {get("/%ff"), 400},
        {request("OPTIONS", "*"), 400},
        {request("CONNECT", "example.net:25"), 400},
        {request("POST", "/", "abc", "Content-Length: 4\r\n"), 400},
        {request("POST", "/", "abc", "Transfer-Encoding: chunked\r\n"), 400},
        {request("POST", "/", {}, "Transfer-Encoding: gzip\r\n"), 501},
        {request("GET", "/", {}, "Host: other\r\n"), 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\n : b\r\n\r\n", 400},
    };
    for (const auto& [text, status] : cases)
        EXPECT_EQ(statusFor(text), status) << text;
    for (const char* text :
         {"\r\n\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "\x16\x03\x01 / HTTP/1.1\r\n\r\n"}) {
        const int status = statusFor(text);
        EXPECT_TRUE(status == 0 || status >= 400) << text << " got " << status;
    }
    EXPECT_FALSE(called);
    EXPECT_EQ(statusFor("GET / HTTP/1.1\r\nHost: a\r\nmalformed\r\n\r\n"), 400);
}

TEST_F(RequestTest, refusalsProtectBrowsersToo) {
    open();
    EXPECT_TRUE(
        ask(get("/../x")).hasLine("Content-Security-Policy: default-src 'none'; frame-ancestors 'none'"));
}

TEST_F(RequestTest, anAnswerMayComeLater) {
    open();
    std::vector<Responder> later;
    m_handler = [&](const Request&, const Responder& responder) { later.push_back(responder); };
    Peer one(local());
    Peer two(local());
    one.say(get("/1"));
    ASSERT_TRUE(eventually([&] { return later.size() == 1; }));
    two.say(get("/2"));
    ASSERT_TRUE(eventually([&] { return later.size() == 2; }));
    EXPECT_TRUE(later[0].isOpen());
    later[1].respond(Response::text(200, "second"));
    EXPECT_EQ(two.answer().body, "second");
    later[0].respond(Response::text(200, "first"));
    later[0].respond(Response::text(200, "again"));
    EXPECT_EQ(one.answer().body, "first");
    EXPECT_FALSE(later[0].isOpen());
    EXPECT_FALSE(later[0].stream({})->isOpen());
}

TEST_F(RequestTest, whoForgetsToAnswerSaysSo) {
    open();
    std::optional<Responder> kept;
    m_handler = [&](const Request&, const Responder& responder) { kept = responder; };
    Peer peer(local());
    peer.say(get("/"));
    ASSERT_TRUE(eventually([&] { return kept.has_value(); }));
    std::optional<Responder> copy = kept;
    kept.reset();
    EXPECT_TRUE(copy->isOpen()) << "a copy is left";
    copy.reset();
    EXPECT_EQ(peer.answer().status, 500);
}

TEST_F(RequestTest, anAnswerToAClientThatLeftIsNoMatter) {
    open();
    std::vector<Responder> kept;
    m_handler = [&](const Request&, const Responder& responder) { kept.push_back(responder); };
    auto peer = std::make_unique<Peer>(local());
    peer->say(get("/"));
    ASSERT_TRUE(eventually([&] { return kept.size() == 1; }));
    peer.reset();
    kept[0].respond(Response::text(200, std::string(500'000, 'x')));
    EXPECT_TRUE(eventually([&] { return m_server->connections() == 0; }));
    m_handler = {};
    EXPECT_EQ(statusFor(get("/echo")), 200);
}

TEST_F(RequestTest, aResetConnectionIsNoticedWhileItWaits) {
    open();
    std::vector<Responder> kept;
    m_handler = [&](const Request&, const Responder& responder) { kept.push_back(responder); };
    Peer peer(local());
    peer.say(get("/"));
    ASSERT_TRUE(eventually([&] { return kept.size() == 1; }));
    const linger reset{1, 0};
    setsockopt(
        static_cast<int>(peer.socket().socketDescriptor()), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    peer.socket().abort();
    EXPECT_TRUE(eventually([&] { return !kept[0].isOpen(); }));
    EXPECT_TRUE(eventually([&] { return m_server->connections() == 0; }));
}

TEST_F(RequestTest, qtsOwnClientIsServed) {
    open();
    QNetworkAccessManager manager;
    manager.setProxy(QNetworkProxy::NoProxy);
    QNetworkRequest question(QUrl(QStringLiteral("https://127.0.0.1:%1/echo?a=b").arg(local().port)));
    question.setHeader(QNetworkRequest::ContentTypeHeader, QByteArray("text/plain"));
    std::unique_ptr<QNetworkReply> reply(manager.put(question, QByteArray("content")));
    reply->ignoreSslErrors();
    ASSERT_TRUE(eventually([&] { return reply->isFinished(); }));
    EXPECT_EQ(reply->error(), QNetworkReply::NoError) << reply->errorString().toStdString();
    EXPECT_TRUE(reply->readAll().endsWith("content"));
}

TEST_F(RequestTest, bothFamiliesAreServedAtOnce) {
    Options both = options();
    both.endpoints.push_back(*Endpoint::fromText("[::1]:1"));
    open(std::move(both));
    for (const Endpoint& endpoint : m_server->endpoints()) {
        Peer peer(endpoint);
        peer.say(get("/echo"));
        EXPECT_TRUE(contains(peer.answer().body, "from " + endpoint.address.text() + "\n"));
    }
}

TEST_F(RequestTest, aPortThatIsTakenIsNamedWithTheCure) {
    open();
    Options same = options();
    same.endpoints = {local()};
    const auto second = Server::open(same, {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Error::Code::Busy);
    EXPECT_EQ(
        second.error().message,
        "cannot serve HTTPS on " + local().text()
            + ": another program has it: stop that (ss -ltnp names it), or choose another port");
    same.endpoints.clear();
    EXPECT_EQ(Server::open(same, {}).error().code, Error::Code::Invalid);
    same.endpoints = {*Endpoint::fromText("192.0.2.77:4443")};
    EXPECT_TRUE(contains(Server::open(same, {}).error().message, "this machine does not have the address"));
}

TEST_F(RequestTest, theServerEndsWithRequestsOpen) {
    open();
    std::vector<Responder> kept;
    m_handler = [&](const Request&, const Responder& responder) { kept.push_back(responder); };
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 20; ++i) {
        peers.push_back(std::make_unique<Peer>(local()));
        peers.back()->say(get("/"));
    }
    ASSERT_TRUE(eventually([&] { return kept.size() == peers.size(); }));
    m_server.reset();
    for (const auto& peer : peers)
        EXPECT_TRUE(peer->getsClosed());
    EXPECT_FALSE(kept[0].isOpen());
    kept[0].respond(Response::text(200, "too late"));
    kept.clear();
}

TEST_F(RequestTest, aSharedBodyGoesToAllAndIsHeldOnce) {
    open();
    const auto text = std::make_shared<const std::string>(400'000, 'x');
    m_handler
        = [&](const Request&, const Responder& responder) { responder.respond(Response::json(200, text)); };
    for (int i = 0; i < 3; ++i) {
        Peer peer(local());
        peer.say(get("/"));
        EXPECT_EQ(peer.answer().body, *text);
    }
    EXPECT_TRUE(eventually([&] { return text.use_count() == 1; })) << "given back when it is sent";
}

TEST_F(RequestTest, requestsOnTheirWayWhenTheServerEndsAreDropped) {
    open();
    bool called = false;
    m_handler = [&](const Request&, const Responder&) { called = true; };
    Peer peer(local());
    ASSERT_TRUE(peer.connected());
    peer.say(get("/"));
    peer.socket().flush();
    QThread::msleep(100); // suspended and posted, but this thread has not looked
    m_server.reset();
    EXPECT_TRUE(peer.getsClosed());
    EXPECT_FALSE(called);
}
