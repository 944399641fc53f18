// SPDX-License-Identifier: GPL-3.0-or-later
// The running configuration by the API: checked, applied, kept, taken back.
#include "ApiFixture.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

namespace viaduct::face {

class ConfigurationsTest : public ApiFixture {
protected:
    static QByteArray body(const QByteArray& text, int confirmWithin = 0) {
        QJsonObject body{{QStringLiteral("text"), QString::fromUtf8(text)}};
        if (confirmWithin > 0)
            body.insert(QStringLiteral("confirmWithin"), confirmWithin);
        return QJsonDocument(body).toJson();
    }
    QByteArray runningText() {
        return get("/configuration").json().value(QLatin1String("text")).toString().toUtf8();
    }
    bool hasPool(const char* name) { return get(QByteArray("/pools/") + name).status == 200; }
    QByteArray fileText() const {
        QFile file(m_directory.filePath(QStringLiteral("viaduct.conf")));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    const QByteArray m_more = "ipv6 local pool more 2001:db8:4000::/40 48\n";
};

TEST_F(ConfigurationsTest, secretsAreNotShown) {
    const Answer running = get("/configuration");
    EXPECT_EQ(running.status, 200);
    EXPECT_FALSE(running.etag.isEmpty());
    EXPECT_FALSE(running.body.contains("secret secret"));
    EXPECT_TRUE(running.body.contains("username carol"));
}

TEST_F(ConfigurationsTest, aTextIsAppliedKeptAndTakenBack) {
    const Answer before = get("/configuration");
    const QByteArray text = runningText() + m_more;
    EXPECT_EQ(post("/configuration/apply", body(text)).problem(), QStringLiteral("precondition-needed"));
    const Answer applied = post("/configuration/apply", body(text), {{"If-Match", before.etag}});
    ASSERT_EQ(applied.status, 200) << applied.body.toStdString();
    EXPECT_TRUE(hasPool("more"));
    EXPECT_TRUE(fileText().contains("more"));
    // Who saw the one before may not undo what came since.
    EXPECT_EQ(
        post("/configuration/apply", body(text), {{"If-Match", before.etag}}).problem(),
        QStringLiteral("changed-meanwhile"));
    const Answer revisions = get("/configuration/revisions");
    EXPECT_EQ(revisions.json().value(QLatin1String("items")).toArray().size(), 2);
    const Answer back = post("/configuration/rollback", "{}", {{"If-Match", applied.etag}});
    ASSERT_EQ(back.status, 200) << back.body.toStdString();
    EXPECT_FALSE(hasPool("more"));
    EXPECT_FALSE(fileText().contains("more"));
    EXPECT_EQ(get("/configuration/revisions/" + applied.etag.mid(1, applied.etag.size() - 2)).status, 200);
    EXPECT_EQ(get("/configuration/revisions/99").status, 404);
    EXPECT_EQ(get("/configuration/revisions/x").status, 404);
}

TEST_F(ConfigurationsTest, mistakesAreNamedAndNothingIsDone) {
    const QByteArray broken = runningText() + "ipv6 local pool\n";
    const Answer check = post("/configuration/check", body(broken));
    ASSERT_EQ(check.status, 200);
    EXPECT_FALSE(check.json().value(QLatin1String("good")).toBool());
    EXPECT_EQ(check.json().value(QLatin1String("diagnostics")).toArray().size(), 1);
    const Answer refused
        = post("/configuration/apply", body(broken), {{"If-Match", get("/configuration").etag}});
    EXPECT_EQ(refused.problem(), QStringLiteral("invalid"));
    EXPECT_EQ(get("/configuration/revisions").json().value(QLatin1String("items")).toArray().size(), 1);
}

TEST_F(ConfigurationsTest, theDifferenceIsShown) {
    const Answer diff = post("/configuration/diff", body(runningText() + m_more));
    ASSERT_EQ(diff.status, 200);
    const QJsonArray lines = diff.json().value(QLatin1String("lines")).toArray();
    const auto added = std::count_if(lines.begin(), lines.end(), [](const QJsonValue& line) {
        return line.toObject().value(QLatin1String("kind")).toString() == QLatin1String("added");
    });
    EXPECT_EQ(added, 1);
}

TEST_F(ConfigurationsTest, whatIsConfirmedStays) {
    const Answer applied = post(
        "/configuration/apply", body(runningText() + m_more, 10), {{"If-Match", get("/configuration").etag}});
    ASSERT_EQ(applied.status, 200) << applied.body.toStdString();
    EXPECT_TRUE(applied.body.contains("confirmUntil"));
    EXPECT_EQ(
        post("/configuration/apply", body(runningText()), {{"If-Match", applied.etag}}).problem(),
        QStringLiteral("conflict"));
    const Answer confirmed = post("/configuration/confirm", "{}", {{"If-Match", applied.etag}});
    ASSERT_EQ(confirmed.status, 200) << confirmed.body.toStdString();
    EXPECT_FALSE(confirmed.body.contains("confirmUntil"));
    m_configuration = fileText();
    stop();
    start();
    EXPECT_TRUE(hasPool("more"));
}

} // namespace viaduct::face
