// SPDX-License-Identifier: GPL-3.0-or-later
// What every operation does alike: who speaks, what was sent, lost updates, repetitions, problems.
#include "ApiFixture.h"

#include <QJsonArray>
#include <QNetworkReply>

namespace viaduct::face {

class RouterTest : public ApiFixture {
protected:
    static QByteArray account(const char* name) {
        return QByteArray(R"({"name":")") + name
            + R"(","settings":{"kind":"site","organisation":"Example"}})";
    }
};

TEST_F(RouterTest, withoutATokenItSaysHowToGetOne) {
    const Answer answer = ask({"GET", "/accounts", {}, {}, {}});
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.problem(), QStringLiteral("login-needed"));
    EXPECT_TRUE(answer.headers.value("www-authenticate").startsWith("Bearer"));
    EXPECT_TRUE(answer.json().value(QLatin1String("cure")).toString().contains(QLatin1String("/session")));
    EXPECT_EQ(
        ask({"GET", "/accounts", {}, "vdt_0000000000000000000000000000000000000000000", {}}).status, 401);
    EXPECT_EQ(ask({"GET", "/accounts", {}, {}, {{"Authorization", "Basic YWRtaW46YWRtaW4="}}}).status, 401);
}

TEST_F(RouterTest, pathsAndMethodsThatAreNone) {
    EXPECT_EQ(get("/nothing").problem(), QStringLiteral("not-found"));
    EXPECT_EQ(get("/accounts/").status, 404);
    EXPECT_EQ(get("/accounts/a/b/c/d").status, 404);
    EXPECT_EQ(get("/accounts/..%2f..%2fetc%2fpasswd").status, 400); // the HTTP server takes no such path
    const Answer patch = ask({"PATCH", "/accounts/jdupont", "{}", token(api::Role::Administrator), {}});
    EXPECT_EQ(patch.status, 405);
    EXPECT_EQ(patch.headers.value("allow"), "GET, HEAD, PUT, DELETE");
    EXPECT_EQ(get("/accounts/nobody").problem(), QStringLiteral("not-found"));
}

TEST_F(RouterTest, whatCannotBeReadIsNamed) {
    EXPECT_EQ(post("/accounts", "{").problem(), QStringLiteral("invalid"));
    EXPECT_EQ(post("/accounts", "[]").problem(), QStringLiteral("invalid"));
    const Answer missing = post("/accounts", R"({"name":"x","settings":{"kind":"castle"}})");
    EXPECT_EQ(missing.status, 400);
    const QJsonArray errors = missing.json().value(QLatin1String("errors")).toArray();
    ASSERT_EQ(errors.size(), 1);
    EXPECT_EQ(
        errors.at(0).toObject().value(QLatin1String("pointer")).toString(), QStringLiteral("/settings/kind"));
    const Answer mistyped
        = post("/accounts", R"({"name":"x","settings":{"validUntill":"2027-01-01T00:00:00Z"}})");
    EXPECT_EQ(mistyped.status, 400);
    EXPECT_TRUE(mistyped.body.contains("/settings/validUntill"));
    EXPECT_EQ(get("/accounts/x").status, 404);
    EXPECT_EQ(
        post("/accounts", "name=x", {{"Content-Type", "text/plain"}}).problem(),
        QStringLiteral("unsupported-media"));
    const Answer parameter = get("/accounts?stat=active");
    EXPECT_EQ(parameter.status, 400);
    EXPECT_TRUE(parameter.body.contains("/query/stat"));
    EXPECT_EQ(get("/accounts?state=active&state=expired").status, 400);
    EXPECT_EQ(post("/accounts", QByteArray(300 << 10, ' ')).status, 413);
}

TEST_F(RouterTest, largeBodiesAreForThoseWhoLogIn) {
    const QByteArray large(300 << 10, ' ');
    EXPECT_EQ(ask({"POST", "/configuration/check", large, {}, {}}).status, 413);
    EXPECT_EQ(ask({"POST", "/configuration/check", large, "nonsense", {}}).status, 413);
    EXPECT_EQ(post("/configuration/check", large).status, 400) << "read, and no JSON";
}

TEST(Problems, whatIsBusySaysWhenToComeBack) {
    const auto retryAfter = [](const http::Response& response) {
        return http::valueOf(response.headers, "Retry-After").value_or("none");
    };
    EXPECT_EQ(retryAfter(toResponse(api::problemOf(Error{Error::Code::Busy, "Too many at once."}))), "10");
    EXPECT_EQ(retryAfter(toResponse(http::Refusal{503, "too many large requests"})), "10");
    EXPECT_EQ(retryAfter(toResponse(http::Refusal{413, "too large"})), "none");
}

TEST_F(RouterTest, aChangeShowsItsResultWhateverTheClientHas) {
    ASSERT_EQ(post("/accounts", account("jdupont")).status, 201);
    const Answer changed = put(
        "/accounts/jdupont", R"({"kind":"site","organisation":"Another"})",
        {{"If-Match", "\"1\""}, {"If-None-Match", "\"2\""}});
    EXPECT_EQ(changed.status, 200);
    EXPECT_TRUE(changed.body.contains("Another"));
}

TEST_F(RouterTest, anAccountIsMadeFoundChangedAndErased) {
    const Answer made = post("/accounts", account("jdupont"));
    ASSERT_EQ(made.status, 201) << made.body.toStdString();
    EXPECT_FALSE(made.json().value(QLatin1String("password")).toString().isEmpty());
    const Answer shown = get("/accounts/jdupont");
    EXPECT_EQ(shown.status, 200);
    EXPECT_EQ(shown.etag, "\"1\"");
    const Answer known
        = ask({"GET", "/accounts/jdupont", {}, token(api::Role::Viewer), {{"If-None-Match", "\"1\""}}});
    EXPECT_EQ(known.status, 304);
    EXPECT_TRUE(known.body.isEmpty());

    const QByteArray settings = R"({"kind":"site","organisation":"Another"})";
    EXPECT_EQ(put("/accounts/jdupont", settings).problem(), QStringLiteral("precondition-needed"));
    EXPECT_EQ(
        put("/accounts/jdupont", settings, {{"If-Match", "\"7\""}}).problem(),
        QStringLiteral("changed-meanwhile"));
    EXPECT_EQ(put("/accounts/jdupont", settings, {{"If-Match", "W/\"1\""}}).status, 412);
    const Answer changed = put("/accounts/jdupont", settings, {{"If-Match", "\"1\""}});
    ASSERT_EQ(changed.status, 200) << changed.body.toStdString();
    EXPECT_EQ(changed.etag, "\"2\"");
    EXPECT_TRUE(changed.body.contains("Another"));

    EXPECT_EQ(remove("/accounts/jdupont", {{"If-Match", "\"1\""}}).status, 412);
    EXPECT_EQ(remove("/accounts/jdupont", {{"If-Match", "\"2\""}}).status, 204);
    EXPECT_EQ(get("/accounts/jdupont").status, 404);
}

TEST_F(RouterTest, aRequestThatIsSentAgainIsNotDoneAgain) {
    const QMap<QByteArray, QByteArray> key{{"Idempotency-Key", "1f0c"}};
    const Answer first = post("/accounts", account("twice"), key);
    ASSERT_EQ(first.status, 201);
    const Answer again = post("/accounts", account("twice"), key);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(post("/accounts", account("other"), key).problem(), QStringLiteral("key-reused"));
    EXPECT_EQ(get("/accounts/other").status, 404);
    // Without the key it is another request, and the name is taken.
    EXPECT_EQ(post("/accounts", account("twice")).problem(), QStringLiteral("conflict"));
}

TEST_F(RouterTest, headIsGetWithoutABody) {
    const Answer head = ask({"HEAD", "/accounts", {}, token(api::Role::Viewer), {}});
    EXPECT_EQ(head.status, 200);
    EXPECT_TRUE(head.body.isEmpty());
}

TEST_F(RouterTest, listsAreFilteredSortedAndPaged) {
    for (const char* name : {"alice", "bob", "dora"})
        makeAccount(name, *name == 'b' ? "Another" : "Example University");
    const auto names = [](const Answer& answer) {
        QStringList list;
        const QJsonArray items = answer.json().value(QLatin1String("items")).toArray();
        for (const auto& item : items)
            list.append(item.toObject().value(QLatin1String("name")).toString());
        return list.join(u' ');
    };
    EXPECT_EQ(names(get("/accounts")), QStringLiteral("alice bob carol dora"));
    EXPECT_EQ(names(get("/accounts?organisation=example%20university")), QStringLiteral("alice dora"));
    EXPECT_EQ(names(get("/accounts?origin=configuration")), QStringLiteral("carol"));
    EXPECT_EQ(names(get("/accounts?q=ANOTH")), QStringLiteral("bob"));
    const Answer first = get("/accounts?limit=2&total=true");
    EXPECT_EQ(names(first), QStringLiteral("alice bob"));
    EXPECT_EQ(first.json().value(QLatin1String("total")).toInt(), 4);
    const QByteArray next = first.json().value(QLatin1String("next")).toString().toLatin1();
    const Answer second = get("/accounts?limit=2&cursor=" + next);
    EXPECT_EQ(names(second), QStringLiteral("carol dora"));
    EXPECT_TRUE(second.json().value(QLatin1String("next")).toString().isEmpty());
}

TEST_F(RouterTest, thePersonOfTheFirstStartMustChooseAPassword) {
    const QByteArray login = QJsonDocument(QJsonObject{
                                               {QStringLiteral("login"), QStringLiteral("admin")},
                                               {QStringLiteral("password"), firstPassword()}})
                                 .toJson();
    const Answer wrong = ask({"POST", "/session", R"({"login":"admin","password":"guess"})", {}, {}});
    EXPECT_EQ(wrong.problem(), QStringLiteral("login-refused"));
    const Answer session = ask({"POST", "/session", login, {}, {}});
    ASSERT_EQ(session.status, 201) << session.body.toStdString();
    const QByteArray token = session.json().value(QLatin1String("token")).toString().toLatin1();
    EXPECT_TRUE(session.json().value(QLatin1String("changePassword")).toBool());
    EXPECT_EQ(ask({"GET", "/accounts", {}, token, {}}).problem(), QStringLiteral("denied"));
    const QByteArray change
        = QJsonDocument(QJsonObject{
                            {QStringLiteral("oldPassword"), firstPassword()},
                            {QStringLiteral("newPassword"), QStringLiteral("a long enough sentence")}})
              .toJson();
    const Answer changed = ask({"PUT", "/session/password", change, token, {}});
    ASSERT_EQ(changed.status, 204) << changed.body.toStdString();
    EXPECT_EQ(ask({"GET", "/accounts", {}, token, {}}).status, 200);
    EXPECT_EQ(ask({"DELETE", "/session", {}, token, {}}).status, 204);
    EXPECT_EQ(ask({"GET", "/accounts", {}, token, {}}).problem(), QStringLiteral("login-needed"));
}

} // namespace viaduct::face
