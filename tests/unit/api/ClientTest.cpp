// SPDX-License-Identifier: GPL-3.0-or-later
// The client against a real TLS server.
#include "shared/api/EventStream.h"
#include "tests/unit/api/TestBroker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QThread>

using namespace viaduct;
using namespace viaduct::api;
using test::Asked;
using test::jsonAnswer;
using testing::HasSubstr;
using namespace std::chrono_literals;

namespace {

QString q(const char* text) {
    return QString::fromUtf8(text);
}

class ClientTest : public testing::Test {
protected:
    ClientTest() {
        m_client.setBroker(m_broker.url());
        m_client.setPin(m_broker.fingerprint());
        m_client.setToken(q("vs_secret"));
    }

    static bool until(const std::function<bool()>& holds, std::chrono::milliseconds patience = 10s) {
        QElapsedTimer timer;
        timer.start();
        while (!holds() && timer.elapsed() < patience.count()) {
            QCoreApplication::processEvents();
            QThread::msleep(2);
        }
        return holds();
    }

    template <typename Body, typename Answer>
    Answered<Answer>
    ask(const Operation<Body, Answer>& operation, const Question& question = {}, const Body& body = {}) {
        std::optional<Answered<Answer>> got;
        m_client.call(
            operation, question, body, &m_context, [&](Answered<Answer> answer) { got = std::move(answer); });
        EXPECT_FALSE(got) << "never from within the call";
        until([&] { return got.has_value(); });
        if (!got)
            ADD_FAILURE() << "no answer";
        return got ? *got : tl::unexpected(Trouble{});
    }

    test::TestBroker m_broker;
    Client m_client;
    QObject m_context;
};

const QByteArray streamHead
    = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
const QByteArray snapshot
    = "event: snapshot.begin\ndata: {\"at\":\"2026-11-24T09:30:00Z\",\"topics\":[\"alarms\"]}\n\n"
      "id: 10\nevent: snapshot.end\ndata: {\"at\":\"2026-11-24T09:30:00Z\"}\n\n";
const QByteArray cleared = "event: alarm.cleared\ndata: {\"id\":\"x\",\"at\":\"2026-11-24T09:30:01Z\"}\n\n";

class EventStreamTest : public ClientTest {
protected:
    EventStreamTest() : m_stream(m_client) {
        QObject::connect(&m_stream, &EventStream::happened, [this](const Event& event) {
            m_names.emplace_back(nameOf(event));
        });
        QObject::connect(
            &m_stream, &EventStream::lost, [this](const Error& error, auto) { m_lost.push_back(error); });
        QObject::connect(
            &m_stream, &EventStream::ended, [this](const Trouble& trouble) { m_ended = trouble; });
        m_broker.answer([](const Asked&) { return streamHead + "retry: 100\n\n" + snapshot; });
    }

    EventStream m_stream;
    std::vector<std::string> m_names;
    std::vector<Error> m_lost;
    std::optional<Trouble> m_ended;
};

} // namespace

TEST_F(ClientTest, aCallSendsTokenRevisionAndBodyAndGivesTheAnswer) {
    m_broker.answer([](const Asked&) {
        return jsonAnswer(R"({"revision":8,"applied":"2026-11-24T09:30:00Z","by":"mdurand"})");
    });
    Question question;
    question.revision = 7;
    ConfigurationApply body;
    body.text = q("hostname é\n");
    const auto state = ask(operation::applyConfiguration, question, body);
    ASSERT_TRUE(state) << state.error().error.message;
    EXPECT_EQ(state->revision, 8);
    ASSERT_EQ(m_broker.asked().size(), 1U);
    Asked asked = m_broker.asked().front();
    EXPECT_EQ(asked.method, "POST");
    EXPECT_EQ(asked.target, "/api/v1/configuration/apply");
    EXPECT_EQ(asked.headers["authorization"], "Bearer vs_secret");
    EXPECT_EQ(asked.headers["if-match"], "\"7\"");
    EXPECT_EQ(asked.headers["content-type"], "application/json");
    EXPECT_EQ(fromJson<ConfigurationApply>(QJsonDocument::fromJson(asked.body).object()).value(), body);
}

TEST_F(ClientTest, eachPostHasAKeyOfItsOwn) {
    m_broker.answer([](const Asked&) { return jsonAnswer("", 204); });
    Question question{{q("4711")}};
    ASSERT_TRUE(ask(operation::disconnectTunnel, question, {q("Maintenance.")}));
    ASSERT_TRUE(ask(operation::disconnectTunnel, question, {q("Maintenance.")}));
    question.idempotencyKey = q("mine");
    ASSERT_TRUE(ask(operation::disconnectTunnel, question, {q("Maintenance.")}));
    ASSERT_TRUE(ask(operation::logOut));
    std::vector<Asked> asked = m_broker.asked();
    const QByteArray first = asked[0].headers["idempotency-key"];
    EXPECT_GE(first.size(), 32);
    EXPECT_NE(first, asked[1].headers["idempotency-key"]);
    EXPECT_EQ(asked[2].headers["idempotency-key"], "mine");
    EXPECT_FALSE(asked[3].headers.contains("idempotency-key")) << "a DELETE needs none";
}

TEST_F(ClientTest, aRefusalIsToldWithItsKindAndFields) {
    m_broker.answer([](const Asked&) {
        return jsonAnswer(
            R"({"type":"urn:viaduct:problem:invalid","title":"Invalid","status":400,"detail":"It ends too early.",
                "cure":"Choose a later end.","errors":[{"pointer":"/validUntil","detail":"It lies in the past."}]})",
            400, "application/problem+json");
    });
    const auto answer = ask(operation::createAccount);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ProblemKind::Invalid);
    EXPECT_EQ(answer.error().error.code, Error::Code::Invalid);
    EXPECT_EQ(
        answer.error().error.message,
        "It ends too early. /validUntil: It lies in the past. Choose a later end.");
    ASSERT_EQ(answer.error().fields.size(), 1U);
    EXPECT_EQ(answer.error().fields.front().pointer, q("/validUntil"));
}

TEST_F(ClientTest, anAnswerThatIsNotTheBrokersIsNotBelieved) {
    for (const QByteArray& wrong :
         {jsonAnswer("<html>Log in to the hotel</html>", 200, "text/html"), jsonAnswer("[]"),
          jsonAnswer("{}"), jsonAnswer("Bad gateway", 502, "text/html"),
          QByteArray(
              "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n")}) {
        m_broker.answer([&](const Asked&) { return wrong; });
        const auto answer = ask(operation::showStatistics);
        ASSERT_FALSE(answer) << wrong.constData();
        EXPECT_THAT(answer.error().error.message, HasSubstr("not one of a Viaduct broker"))
            << wrong.constData();
    }
}

TEST_F(ClientTest, anUnknownCertificateIsShownAndNothingIsSent) {
    m_client.setPin({});
    const auto answer = ask(operation::showStatistics);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().certificate, Certificate::Unknown);
    EXPECT_EQ(answer.error().fingerprint, m_broker.fingerprint());
    EXPECT_THAT(answer.error().error.message, HasSubstr(m_broker.fingerprint().toStdString()));
    EXPECT_TRUE(m_broker.asked().empty());

    m_broker.answer([](const Asked&) { return jsonAnswer(R"({"status":"ok"})"); });
    m_client.setPin(answer.error().fingerprint);
    EXPECT_TRUE(ask(operation::showHealth)) << "after a person has said yes";
}

TEST_F(ClientTest, aChangedCertificateIsRefusedAndNothingIsSent) {
    m_broker.answer([](const Asked&) { return jsonAnswer(R"({"status":"ok"})"); });
    ASSERT_TRUE(ask(operation::showHealth));
    m_broker.changeCertificate();
    const auto answer = ask(operation::showHealth);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().certificate, Certificate::Changed);
    EXPECT_THAT(answer.error().error.message, HasSubstr("another certificate"));
    EXPECT_EQ(m_broker.asked().size(), 1U) << "the token was not shown to it";
}

TEST_F(ClientTest, aPinThatIsTakenBackEndsOldConnections) {
    m_broker.answer([](const Asked&) { return jsonAnswer(R"({"status":"ok"})"); });
    ASSERT_TRUE(ask(operation::showHealth));
    m_client.setPin(QString(95, u'0'));
    EXPECT_EQ(ask(operation::showHealth).error().certificate, Certificate::Changed);
}

TEST_F(ClientTest, aBrokerThatDoesNotAnswerIsNotWaitedForForever) {
    m_client.setTimeout(200ms);
    const auto answer = ask(operation::showStatistics);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error.code, Error::Code::Busy);
    EXPECT_THAT(answer.error().error.message, HasSubstr("does not answer in time"));
}

TEST_F(ClientTest, aBrokerThatIsNotThereIsSaidSo) {
    m_broker.stopListening();
    const auto answer = ask(operation::showStatistics);
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().error.message, HasSubstr("Nothing answers at 127.0.0.1:"));
}

TEST_F(ClientTest, withoutABrokerThereIsASentence) {
    m_client.setBroker({});
    EXPECT_FALSE(m_client.hasToken()) << "it was the other broker's";
    EXPECT_THAT(ask(operation::showStatistics).error().error.message, HasSubstr("No broker is named"));
}

TEST_F(ClientTest, aCancelledCallAnswersNoMore) {
    bool called = false;
    Call call = m_client.call(
        operation::showStatistics, {}, {}, &m_context, [&](const Answered<Statistics>&) { called = true; });
    ASSERT_TRUE(until([&] { return !m_broker.asked().empty(); }));
    EXPECT_TRUE(call.isRunning());
    call.cancel();
    until([] { return false; }, 100ms);
    EXPECT_FALSE(called);
    EXPECT_FALSE(call.isRunning());
}

TEST_F(ClientTest, aContextThatIsGoneIsNotCalled) {
    bool called = false;
    auto context = std::make_unique<QObject>();
    Call call
        = m_client.call(operation::showStatistics, {}, {}, context.get(), [&](const Answered<Statistics>&) {
              called = true;
          });
    context.reset();
    until([] { return false; }, 100ms);
    EXPECT_FALSE(called);
    EXPECT_FALSE(call.isRunning());
}

TEST_F(ClientTest, aListIsReadPageByPage) {
    m_broker.answer([](const Asked& asked) {
        const auto page = [](const QByteArray& name, const QByteArray& next) {
            return jsonAnswer(
                R"({"items":[{"name":")" + name
                + R"(","source":"192.0.2.1","destination":"192.0.2.2","shutdown":false}],"next":")" + next
                + "\"}");
        };
        if (asked.target == "/api/v1/static-tunnels?sort=name")
            return page("a", "c+1");
        if (asked.target == "/api/v1/static-tunnels?sort=name&cursor=c%2B1")
            return page("b", "c2");
        if (asked.target == "/api/v1/static-tunnels?sort=name&cursor=c2")
            return page("c", "");
        return jsonAnswer("?", 400);
    });
    QStringList names;
    std::optional<Answered<Nothing>> done;
    const Question question{{}, {{q("sort"), q("name")}}};
    const auto read = [&](qsizetype most) {
        names.clear();
        done.reset();
        m_client.everyPage(
            operation::listStaticTunnels, question, &m_context,
            [&, most](const std::vector<StaticTunnel>& items) {
                names.append(items.front().name);
                return names.size() < most;
            },
            [&](Answered<Nothing> answer) { done = std::move(answer); });
        return until([&] { return done.has_value(); }) && done->has_value();
    };
    EXPECT_TRUE(read(10));
    EXPECT_EQ(names, (QStringList{q("a"), q("b"), q("c")}));
    EXPECT_TRUE(read(2));
    EXPECT_EQ(names, (QStringList{q("a"), q("b")})) << "as far as it was wanted";
}

TEST_F(ClientTest, aListThatGoesInACircleEnds) {
    m_broker.answer([](const Asked&) { return jsonAnswer(R"({"items":[],"next":"c"})"); });
    std::optional<Answered<Nothing>> done;
    m_client.everyPage(
        operation::listPools, {}, &m_context, [](const std::vector<Pool>&) { return true; },
        [&](Answered<Nothing> answer) { done = std::move(answer); });
    ASSERT_TRUE(until([&] { return done.has_value(); }));
    EXPECT_FALSE(done->has_value());
}

TEST_F(ClientTest, csvGoesBothWays) {
    m_broker.answer([](const Asked& asked) {
        return asked.method == "GET"
            ? jsonAnswer("name,kind\r\n", 200, "text/csv")
            : jsonAnswer(R"({"dryRun":true,"rows":1,"created":1,"changed":0,"unchanged":0})");
    });
    std::optional<Answered<QByteArray>> csv;
    m_client.download(
        operation::exportAccounts, {}, &m_context, [&](Answered<QByteArray> got) { csv = got; });
    ASSERT_TRUE(until([&] { return csv.has_value(); }));
    EXPECT_EQ(csv->value_or(""), "name,kind\r\n");
    std::optional<Answered<ImportResult>> result;
    m_client.upload(
        operation::importAccounts, {{}, {{q("dryRun"), q("true")}}}, "name,kind\r\na,site\r\n", &m_context,
        [&](Answered<ImportResult> got) { result = got; });
    ASSERT_TRUE(until([&] { return result.has_value(); }));
    ASSERT_TRUE(result->has_value());
    EXPECT_EQ((*result)->created, 1);
    std::vector<Asked> asked = m_broker.asked();
    EXPECT_TRUE(asked[0].headers["accept"].startsWith("text/csv"));
    EXPECT_EQ(asked[1].headers["content-type"], "text/csv");
    EXPECT_EQ(asked[1].body, "name,kind\r\na,site\r\n");
}

TEST_F(EventStreamTest, aSnapshotMakesItLiveAndChangesFollow) {
    m_stream.start({Topic::Alarms, Topic::Tunnels});
    ASSERT_TRUE(until([&] { return m_stream.isLive(); }));
    EXPECT_EQ(m_broker.asked().front().target, "/api/v1/events?topics=alarms%2Ctunnels");
    m_broker.write("id: 11\nevent: tunnel.sideways\ndata: {}\n\nid: 12\n" + cleared);
    ASSERT_TRUE(until([&] { return m_names.size() == 3; }));
    EXPECT_EQ(m_names, (std::vector<std::string>{"snapshot.begin", "snapshot.end", "alarm.cleared"}))
        << "what a newer broker says more is ignored";
    EXPECT_TRUE(m_lost.empty());
}

TEST_F(EventStreamTest, itComesBackWhereItBrokeOff) {
    m_stream.start();
    ASSERT_TRUE(until([&] { return m_stream.isLive(); }));
    m_broker.answer([](const Asked&) { return streamHead + ":\n"; });
    m_broker.closeConnections();
    ASSERT_TRUE(until([&] { return !m_lost.empty(); }));
    EXPECT_FALSE(m_stream.isLive()) << "what is shown may be old now";
    ASSERT_TRUE(until([&] { return m_stream.isLive(); })) << "nothing has happened, and that is known";
    Asked again = m_broker.asked().back();
    EXPECT_EQ(again.headers["last-event-id"], "10");
    EXPECT_EQ(m_names.size(), 2U);
}

TEST_F(EventStreamTest, aSnapshotThatBreaksOffIsToldAnew) {
    m_stream.start();
    ASSERT_TRUE(until([&] { return m_stream.isLive(); }));
    m_broker.answer([](const Asked&) { return streamHead + snapshot.first(snapshot.indexOf("id: 10")); });
    m_broker.closeConnections();
    ASSERT_TRUE(until([&] { return m_names.size() == 3; }));
    EXPECT_FALSE(m_stream.isLive());
    m_broker.answer([](const Asked&) { return streamHead + snapshot; });
    m_broker.closeConnections();
    ASSERT_TRUE(until([&] { return m_stream.isLive(); }));
    Asked last = m_broker.asked().back();
    EXPECT_FALSE(last.headers.contains("last-event-id")) << "what was known is forgotten";
}

TEST_F(EventStreamTest, aSilentBrokerIsLost) {
    m_stream.setHeartbeat(300ms);
    m_stream.start();
    ASSERT_TRUE(until([&] { return !m_lost.empty(); }));
    EXPECT_THAT(m_lost.front().message, HasSubstr("silent"));
    EXPECT_TRUE(until([&] { return m_broker.asked().size() >= 2; })) << "and tried anew";
}

TEST_F(EventStreamTest, anEventThatCannotBeReadBeginsItAnew) {
    m_stream.start();
    ASSERT_TRUE(until([&] { return m_stream.isLive(); }));
    m_broker.write("id: 11\nevent: alarm.cleared\ndata: {\"id\":7}\n\n");
    ASSERT_TRUE(until([&] { return m_broker.asked().size() == 2; }));
    ASSERT_EQ(m_lost.size(), 1U);
    EXPECT_THAT(m_lost.front().message, HasSubstr("/id"));
    Asked again = m_broker.asked().back();
    EXPECT_FALSE(again.headers.contains("last-event-id")) << "from a snapshot";
}

TEST_F(EventStreamTest, aLoginThatHasEndedEndsIt) {
    m_broker.answer([](const Asked&) {
        return jsonAnswer(
            R"({"type":"urn:viaduct:problem:login-needed","title":"x","status":401,"detail":"The session is over."})",
            401, "application/problem+json");
    });
    m_stream.start();
    ASSERT_TRUE(until([&] { return m_ended.has_value(); }));
    EXPECT_EQ(m_ended->kind, ProblemKind::LoginNeeded);
    EXPECT_TRUE(m_lost.empty());
}

TEST_F(EventStreamTest, aBrokerThatIsAwayIsTriedAgain) {
    m_broker.answer([](const Asked&) {
        return jsonAnswer(
            R"({"type":"urn:viaduct:problem:unavailable","title":"x","status":503,"detail":"Starting."})",
            503, "application/problem+json");
    });
    m_stream.start();
    ASSERT_TRUE(until([&] { return !m_lost.empty(); }));
    m_broker.answer([](const Asked&) { return streamHead + snapshot; });
    EXPECT_TRUE(until([&] { return m_stream.isLive(); }));
}

TEST_F(EventStreamTest, stoppedIsStopped) {
    m_stream.start();
    ASSERT_TRUE(until([&] { return m_stream.isLive(); }));
    m_stream.stop();
    EXPECT_FALSE(m_stream.isLive());
    m_broker.write("id: 11\n" + cleared);
    until([] { return false; }, 200ms);
    EXPECT_EQ(m_names.size(), 2U);
    EXPECT_EQ(m_broker.asked().size(), 1U);
}

TEST(Trust, fingerprintsAreReadAsPeopleTypeThem) {
    const QString normal = fingerprintOf("x");
    EXPECT_EQ(normal.size(), 95);
    EXPECT_EQ(normalFingerprint(normal), normal);
    EXPECT_EQ(normalFingerprint(QString(normal).remove(u':').toLower() + u' '), normal);
    for (const QString& wrong :
         {QString(), normal.left(94), normal + q("0"), QString(normal).replace(0, 1, q("g"))})
        EXPECT_EQ(normalFingerprint(wrong), QString());
}

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
