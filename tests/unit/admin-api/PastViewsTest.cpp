// SPDX-License-Identifier: GPL-3.0-or-later
// Who had an address, what happened, who changed what, and whether the audit is whole.
#include "ViewsFixture.h"

#include <QJsonArray>
#include <QSqlDatabase>
#include <QSqlQuery>

namespace viaduct::face {

using namespace std::chrono_literals;

class PastViewsTest : public ViewsFixture {
protected:
    static QJsonArray items(const Answer& answer) {
        return answer.json().value(QLatin1String("items")).toArray();
    }
    static QByteArray nowText() { return api::text(timeOf(std::chrono::system_clock::now())).toLatin1(); }
};

TEST_F(PastViewsTest, whoHadThisAddressAtThatTime) {
    makeSite("jdupont");
    const QByteArray before = nowText();
    std::this_thread::sleep_for(5ms);
    bringUp("jdupont", "203.0.113.5");
    const Answer now = get("/history/holders?address=2001:db8:1000:7::9");
    ASSERT_EQ(now.status, 200) << now.body.toStdString();
    const QJsonArray tenures = now.json().value(QLatin1String("tenures")).toArray();
    ASSERT_EQ(tenures.size(), 1);
    EXPECT_EQ(
        tenures.at(0).toObject().value(QLatin1String("holder")).toString(),
        QStringLiteral("account:jdupont"));
    EXPECT_EQ(
        tenures.at(0).toObject().value(QLatin1String("person")).toString(), QStringLiteral("Jean Dupont"));
    EXPECT_FALSE(tenures.at(0).toObject().contains(QLatin1String("to"))) << "it is held still";
    const Answer then = get("/history/holders?address=2001:db8:1000:7::9&at=" + before);
    EXPECT_TRUE(then.json().value(QLatin1String("tenures")).toArray().isEmpty());
    EXPECT_EQ(get("/history/holders").status, 400) << "an address is needed";

    const auto gone = ask<api::Account>([&](auto done) {
        m_registry->erase(QStringLiteral("jdupont"), 0, {"ann", {}, api::Role::Administrator}, done);
    });
    ASSERT_TRUE(gone);
    const Answer later = get("/history/holders?address=2001:db8:1000:7::9&at=" + nowText());
    EXPECT_FALSE(later.body.contains("jdupont")) << "only a pseudonym is left";
    EXPECT_FALSE(later.body.contains("Dupont"));
}

TEST_F(PastViewsTest, linesOfTheHistoryInPages) {
    makeSite("alice");
    makeSite("bob");
    bringUp("alice", "203.0.113.5");
    bringUp("bob", "203.0.113.6");
    const Answer all = get("/history");
    EXPECT_EQ(items(all).size(), 6) << "two blocks and a connection each";
    EXPECT_EQ(
        items(all).at(0).toObject().value(QLatin1String("holder")).toString(), QStringLiteral("account:bob"))
        << "the newest first";
    EXPECT_EQ(items(get("/history?account=alice&what=connected")).size(), 1);
    EXPECT_EQ(items(get("/history?what=moved")).size(), 0);
    EXPECT_EQ(items(get("/history?within=2001:db8:1001::/48")).size(), 1);
    EXPECT_EQ(items(get("/history?until=2020-01-01T00:00:00Z")).size(), 0);
    EXPECT_EQ(get("/history?total=true").status, 400);
    EXPECT_EQ(get("/history?cursor=x").status, 400);
    QByteArray cursor;
    QStringList seen;
    for (int page = 0; page < 10; ++page) {
        const Answer answer
            = get("/history?limit=2&sort=at" + (cursor.isEmpty() ? QByteArray() : "&cursor=" + cursor));
        ASSERT_EQ(answer.status, 200);
        seen += texts(answer, "holder");
        cursor = answer.json().value(QLatin1String("next")).toString().toLatin1();
        if (cursor.isEmpty())
            break;
    }
    EXPECT_EQ(seen.size(), 6);
    EXPECT_EQ(seen.front(), QStringLiteral("account:alice"));
}

TEST_F(PastViewsTest, theAuditSaysWhoDidWhatAndIsWhole) {
    makeSite("jdupont");
    const Answer audit = get("/audit?who=ann&action=createAccount");
    ASSERT_EQ(items(audit).size(), 1);
    EXPECT_EQ(
        items(audit).at(0).toObject().value(QLatin1String("from")).toString(), QStringLiteral("192.0.2.250"));
    EXPECT_EQ(items(audit).at(0).toObject().value(QLatin1String("hash")).toString().size(), 64);
    EXPECT_EQ(items(get("/audit?who=nobody")).size(), 0);
    EXPECT_EQ(ask({"GET", "/audit", {}, token(api::Role::Operator), {}}).status, 403);

    const QString last
        = items(get("/audit?limit=1")).at(0).toObject().value(QLatin1String("hash")).toString();
    const Answer whole = get("/audit/verification");
    ASSERT_EQ(whole.status, 200) << whole.body.toStdString();
    EXPECT_TRUE(whole.json().value(QLatin1String("whole")).toBool());
    EXPECT_EQ(whole.json().value(QLatin1String("lastHash")).toString(), last);

    {
        QSqlDatabase other = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("forger"));
        other.setDatabaseName(m_directory.filePath(QStringLiteral("viaduct.db")));
        ASSERT_TRUE(other.open());
        QSqlQuery forge(other);
        ASSERT_TRUE(forge.exec(QStringLiteral("DROP TRIGGER audit_refuses_UPDATE")));
        ASSERT_TRUE(forge.exec(QStringLiteral("UPDATE audit SET actor = 'bob' WHERE seq = 1")));
    }
    QSqlDatabase::removeDatabase(QStringLiteral("forger"));
    const Answer broken = get("/audit/verification");
    ASSERT_EQ(broken.status, 200);
    EXPECT_FALSE(broken.json().value(QLatin1String("whole")).toBool());
    EXPECT_EQ(broken.json().value(QLatin1String("brokenAt")).toInt(), 1);
}

} // namespace viaduct::face
