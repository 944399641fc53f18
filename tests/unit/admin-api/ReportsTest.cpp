// SPDX-License-Identifier: GPL-3.0-or-later
// The reports as JSON and as CSV.
#include "ViewsFixture.h"

#include "server/api/ReportCsv.h"
#include "server/api/Reports.h"

#include <QJsonArray>

namespace viaduct::face {

using namespace std::chrono_literals;

class ReportsTest : public ViewsFixture {
protected:
    static QJsonArray rows(const Answer& answer) {
        return answer.json().value(QLatin1String("rows")).toArray();
    }
    static QJsonObject row(const Answer& answer, int place = 0) { return rows(answer).at(place).toObject(); }
    void use(const char* holder, std::int64_t bytes, std::int64_t seconds) {
        store::Usage usage;
        usage.bytesIn = bytes;
        usage.bytesOut = bytes / 2;
        usage.secondsUp = seconds;
        const auto day
            = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now().time_since_epoch());
        bool isDone = false;
        m_store->commit(
            {store::change::AddUsage{day.count(), holder, usage}}, m_broker.get(),
            [&](const Result<void>& done) { isDone = done.has_value(); });
        ASSERT_TRUE(waitFor([&] { return isDone; }));
    }
};

TEST_F(ReportsTest, whoCarriedMostAsJsonAndAsCsv) {
    makeSite("alice", "Example University");
    makeSite("bob", "=cmd|' /C calc'!A0");
    use("account:alice", 1000, 60);
    use("account:bob", 5000, 60);
    const Answer traffic = get("/reports/traffic");
    ASSERT_EQ(rows(traffic).size(), 2) << traffic.body.toStdString();
    EXPECT_EQ(row(traffic).value(QLatin1String("holder")).toString(), QStringLiteral("account:bob"));
    EXPECT_EQ(row(traffic).value(QLatin1String("bytesOut")).toInt(), 2500);
    EXPECT_EQ(rows(get("/reports/traffic?top=1")).size(), 1);
    EXPECT_EQ(rows(get("/reports/traffic?organisation=example%20university")).size(), 1);
    EXPECT_EQ(rows(get("/reports/traffic?until=2020-01-01T00:00:00Z")).size(), 0);
    EXPECT_EQ(get("/reports/traffic?from=2020-01-01T00:00:00Z").status, 400) << "too many days";

    const Answer csv = get("/reports/traffic?format=csv");
    EXPECT_TRUE(csv.type.startsWith("text/csv")) << csv.type.toStdString();
    EXPECT_EQ(
        csv.body,
        "holder,organisation,bytesIn,bytesOut\r\n"
        "account:bob,'=cmd|' /C calc'!A0,5000,2500\r\n"
        "account:alice,Example University,1000,500\r\n")
        << "a spreadsheet must not take it for a formula";
    const auto accepting = [&](const char* accept) {
        return ask({"GET", "/reports/traffic", {}, token(api::Role::Viewer), {{"Accept", accept}}});
    };
    EXPECT_TRUE(accepting("text/csv").type.startsWith("text/csv"));
    EXPECT_TRUE(accepting("text/csv;q=0.5, application/json").type.startsWith("application/json"));
    EXPECT_TRUE(accepting("*/*").type.startsWith("application/json"));
    EXPECT_EQ(accepting("image/png").status, 406);
    EXPECT_EQ(get("/reports/traffic?format=pdf").status, 400);
}

TEST_F(ReportsTest, poolsByDay) {
    makeSite("alice");
    bringUp("alice", "203.0.113.5");
    const QByteArray tomorrow = api::text(timeOf(std::chrono::system_clock::now() + 24h)).toLatin1();
    const Answer report = get("/reports/utilisation?pool=sites&until=" + tomorrow);
    ASSERT_EQ(report.status, 200) << report.body.toStdString();
    ASSERT_EQ(rows(report).size(), 30);
    EXPECT_EQ(row(report, 0).value(QLatin1String("held")).toInt(), 0);
    EXPECT_EQ(row(report, 29).value(QLatin1String("held")).toInt(), 1) << "at the next midnight";
    EXPECT_EQ(row(report, 29).value(QLatin1String("total")).toString(), QStringLiteral("4096"));
    EXPECT_EQ(get("/reports/utilisation?pool=nowhere").status, 404);
    EXPECT_EQ(rows(get("/reports/utilisation?until=" + tomorrow)).size(), 60) << "both pools";
}

TEST_F(ReportsTest, accountsByOrganisationAndMonth) {
    makeSite("alice", "Example University");
    makeSite("bob", "example university");
    makeSite("carl", "Another");
    const Answer report = get(
        "/reports/organisations?until="
        + api::text(timeOf(std::chrono::system_clock::now() + 1h)).toLatin1());
    ASSERT_EQ(rows(report).size(), 2) << report.body.toStdString();
    EXPECT_EQ(row(report, 0).value(QLatin1String("organisation")).toString(), QStringLiteral("Another"));
    EXPECT_EQ(row(report, 1).value(QLatin1String("newAccounts")).toInt(), 2)
        << "whatever the case of letters";
    EXPECT_EQ(row(report, 1).value(QLatin1String("accounts")).toInt(), 2);
    EXPECT_EQ(
        rows(get("/reports/organisations?organisation=another&until="
                 + api::text(timeOf(std::chrono::system_clock::now() + 1h)).toLatin1()))
            .size(),
        1);
}

TEST_F(ReportsTest, anOrganisationHasARowForEachMonthWithAccounts) {
    makeSite("alice", "Example University");
    makeSite("carl", "Another");
    const api::Time now = timeOf(std::chrono::system_clock::now());
    face::ReportQuestion question;
    question.from = now - 24h * 60;
    question.until = now + 24h * 62; // the API cuts that to today
    const auto report = face::reportOrganisations(*m_registry, question);
    ASSERT_TRUE(report) << report.error().message;
    const auto& all = report->rows;
    ASSERT_GE(all.size(), 6U);
    EXPECT_EQ(all[0].newAccounts, 1) << "none before there was one";
    EXPECT_EQ(all[0].organisation, QStringLiteral("Another"));
    EXPECT_EQ(all[1].organisation, QStringLiteral("Example University")) << "by month first";
    EXPECT_EQ(all.back().newAccounts, 0);
    EXPECT_EQ(all.back().accounts, 1);
    EXPECT_EQ(rows(get("/reports/organisations?until=" + api::text(question.until).toLatin1())).size(), 2)
        << "nobody knows the months to come";
}

TEST_F(ReportsTest, howLongTunnelsWereUp) {
    makeSite("alice");
    bringUp("alice", "203.0.113.5");
    bringUp("alice", "203.0.113.6");
    use("account:alice", 10, 43'200);
    const auto until = timeOf(std::chrono::system_clock::now() + 1s);
    const QByteArray period
        = "from=" + api::text(until - 24h).toLatin1() + "&until=" + api::text(until).toLatin1();
    const Answer report = get("/reports/availability?" + period);
    ASSERT_EQ(rows(report).size(), 1) << report.body.toStdString();
    EXPECT_EQ(row(report).value(QLatin1String("connections")).toInt(), 2);
    EXPECT_GE(row(report).value(QLatin1String("upSeconds")).toInt(), 43'200);
    EXPECT_NEAR(row(report).value(QLatin1String("share")).toDouble(), 0.5, 0.01);
}

TEST_F(ReportsTest, anAbuseCaseNamesThePersonAndTheOuterAddress) {
    makeSite("alice");
    makeSite("bob");
    bringUp("alice", "203.0.113.5");
    bringUp("bob", "203.0.113.9");
    bringUp("alice", "203.0.113.6");
    const QByteArray until = "&until=" + api::text(timeOf(std::chrono::system_clock::now() + 1s)).toLatin1();
    const Answer report = get("/reports/abuse?within=2001:db8:1000::/48" + until);
    ASSERT_EQ(report.status, 200) << report.body.toStdString();
    ASSERT_EQ(rows(report).size(), 2) << "each connection of its holder, and nobody else's";
    EXPECT_EQ(row(report, 0).value(QLatin1String("person")).toString(), QStringLiteral("Jean Dupont"));
    EXPECT_TRUE(
        row(report, 0).value(QLatin1String("outer")).toString().startsWith(QLatin1String("203.0.113.5")));
    EXPECT_TRUE(
        row(report, 1).value(QLatin1String("outer")).toString().startsWith(QLatin1String("203.0.113.6")));
    EXPECT_FALSE(row(report, 1).contains(QLatin1String("to")));
    EXPECT_EQ(get("/reports/abuse").status, 400) << "of what?";
    EXPECT_EQ(rows(get("/reports/abuse?within=2001:db8:1000::/48&until=2020-01-01T00:00:00Z")).size(), 0);
    const Answer viewer = ask({"GET", "/reports/abuse?within=::/0", {}, token(api::Role::Viewer), {}});
    EXPECT_EQ(viewer.status, 403);
}

TEST_F(ReportsTest, anAbuseCaseHasTheConnectionsAcrossItsEnds) {
    makeSite("alice");
    const auto moment = [] {
        std::this_thread::sleep_for(5ms);
        const auto time = timeOf(std::chrono::system_clock::now());
        std::this_thread::sleep_for(5ms);
        return time;
    };
    bringUp("alice", "203.0.113.4");
    bringUp("alice", "203.0.113.5");
    const api::Time from = moment();
    bringUp("alice", "203.0.113.6");
    const api::Time until = moment();
    bringUp("alice", "203.0.113.7");
    bringUp("alice", "203.0.113.8");
    const Answer report = get(
        "/reports/abuse?within=2001:db8:1000::/48&from=" + api::text(from).toLatin1()
        + "&until=" + api::text(until).toLatin1());
    ASSERT_EQ(rows(report).size(), 2) << report.body.toStdString();
    const auto outer = [&](int place) { return row(report, place).value(QLatin1String("outer")).toString(); };
    EXPECT_TRUE(outer(0).startsWith(QLatin1String("203.0.113.5"))) << "it had begun before";
    EXPECT_TRUE(outer(1).startsWith(QLatin1String("203.0.113.6")));
    EXPECT_TRUE(row(report, 1).contains(QLatin1String("to"))) << "its end came after";
}

} // namespace viaduct::face
