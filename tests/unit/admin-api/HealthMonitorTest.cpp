// SPDX-License-Identifier: GPL-3.0-or-later
// Alarms: raised once, cleared when the trouble is well over; forecasts; and health by HTTP.
#include "ViewsFixture.h"

#include <QJsonArray>

namespace viaduct::face {

using namespace std::chrono_literals;
using api::Severity;

TEST(Alarms, aLevelThatWaversRaisesOneAlarm) {
    const Thresholds thresholds{0.90, 0.98, 0.05};
    std::optional<Severity> severity;
    int changes = 0;
    const auto see = [&](double level) {
        const auto next = severityOf(level, thresholds, severity);
        changes += next == severity ? 0 : 1;
        severity = next;
        return severity;
    };
    EXPECT_EQ(see(0.89), std::nullopt);
    EXPECT_EQ(see(0.90), Severity::Warning);
    EXPECT_EQ(see(0.89), Severity::Warning);
    EXPECT_EQ(see(0.91), Severity::Warning);
    EXPECT_EQ(see(0.86), Severity::Warning);
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(see(0.98), Severity::Critical);
    EXPECT_EQ(see(0.94), Severity::Critical);
    EXPECT_EQ(see(0.92), Severity::Warning);
    EXPECT_EQ(see(0.84), std::nullopt);
    EXPECT_EQ(changes, 4);
}

TEST(PoolForecast, aPoolThatGrowsSaysWhenItIsFull) {
    store::PoolTrend trend;
    trend.heldBefore = 100;
    for (store::Day day = 20'000; day < 20'060; ++day)
        trend.days.push_back({day, 3, 1});
    const store::DayRange range{20'000, 20'059};
    const api::Forecast growing = forecastFrom(trend, range, 420);
    EXPECT_DOUBLE_EQ(growing.blocksPerDay, 2);
    ASSERT_TRUE(growing.exhausted);
    const auto left
        = std::chrono::sys_days(*growing.exhausted) - std::chrono::sys_days(std::chrono::days(20'059));
    EXPECT_NEAR(static_cast<double>(left.count()), 100, 2) << "200 blocks at 2 a day";
    EXPECT_TRUE(forecastFrom(trend, range, 220).sentence.contains(QLatin1String("full")));
    EXPECT_FALSE(forecastFrom({7, {}}, range, 220).exhausted) << "nothing comes and nothing goes";
    EXPECT_FALSE(forecastFrom({0, {{20'058, 5, 0}}}, range, 220).exhausted) << "a day says nothing yet";
}

class HealthMonitorTest : public ViewsFixture {
protected:
    HealthMonitorTest() {
        m_configuration.replace("pool prefix sites", "pool prefix tiny");
        m_configuration.prepend("ipv6 local pool tiny 2001:db8:2000::/45 48\n");
    }
    void SetUp() override {
        ViewsFixture::SetUp();
        QObject::connect(&m_face->health(), &HealthMonitor::raised, [this](const api::Alarm& alarm) {
            m_seen += QStringLiteral("+") + alarm.id
                + (alarm.severity == Severity::Critical ? QStringLiteral("!") : QString());
        });
        QObject::connect(&m_face->health(), &HealthMonitor::cleared, [this](const QString& id, api::Time) {
            m_seen += QStringLiteral("-") + id;
        });
    }
    QStringList take() { return std::exchange(m_seen, {}); }
    static api::Time now() { return timeOf(std::chrono::system_clock::now()); }
    QStringList m_seen;
};

TEST_F(HealthMonitorTest, aPoolThatFillsUpIsAnAlarmUntilThereIsRoom) {
    HealthMonitor& health = m_face->health();
    health.look(now());
    EXPECT_EQ(take(), QStringList());
    for (int i = 0; i < 8; ++i) {
        const QByteArray name = "site" + QByteArray::number(i);
        makeSite(name.constData());
        bringUp(name.constData(), ("203.0.113." + QByteArray::number(10 + i)).constData());
    }
    health.look(now());
    health.look(now());
    EXPECT_EQ(take(), QStringList{QStringLiteral("+pool-low:tiny!")});
    const Answer details = get("/health/details");
    ASSERT_EQ(details.status, 200) << details.body.toStdString();
    const QJsonObject alarm = details.json().value(QLatin1String("alarms")).toArray().at(0).toObject();
    EXPECT_EQ(alarm.value(QLatin1String("cause")).toString(), QStringLiteral("The pool tiny is 100 % used."));
    EXPECT_EQ(alarm.value(QLatin1String("object")).toString(), QStringLiteral("/pools/tiny"));
    EXPECT_EQ(details.json().value(QLatin1String("status")).toString(), QStringLiteral("ok"))
        << "every part works";

    config::Configuration wider = m_broker->configuration();
    wider.pools.front().prefix = *Prefix::fromText("2001:db8:2000::/44");
    ASSERT_TRUE(m_broker->apply(wider));
    health.look(now());
    EXPECT_EQ(take(), QStringList{QStringLiteral("-pool-low:tiny")});
}

TEST_F(HealthMonitorTest, aCertificateThatEndsAndADatabaseThatFails) {
    HealthMonitor& health = m_face->health();
    api::Time end = now() + 20 * 24h;
    health.setCertificate([&] { return end; });
    health.look(now());
    EXPECT_EQ(take(), QStringList());
    health.look(now() + 7 * 24h);
    health.look(now() + 18 * 24h);
    EXPECT_EQ(take(), (QStringList{QStringLiteral("+certificate"), QStringLiteral("+certificate!")}));
    end = now() + 365 * 24h;
    health.look(now() + 18 * 24h);
    EXPECT_EQ(take(), QStringList{QStringLiteral("-certificate")});

    Q_EMIT m_broker->happened(broker::event::StoreFailed{"The disk is full."});
    Q_EMIT m_broker->happened(broker::event::StoreFailed{"The disk is full."});
    EXPECT_EQ(take(), QStringList{QStringLiteral("+database!")});
    const Answer summary = ask({"GET", "/health", {}, {}, {}});
    EXPECT_EQ(summary.body, R"({"status":"down"})") << "strangers are told a word";
    health.look(now() + 3min);
    EXPECT_EQ(take(), QStringList{QStringLiteral("-database")});
}

TEST_F(HealthMonitorTest, numbersOfNow) {
    makeSite("jdupont");
    bringUp("jdupont", "203.0.113.5");
    dataplane::PathCounters counters;
    counters.unknownOuter = 7;
    m_face->health().setPath("engine", counters);
    m_face->health().setSessions([] { return 4; });
    m_face->health().look(now());
    const QJsonObject numbers = get("/statistics").json();
    EXPECT_EQ(numbers.value(QLatin1String("tunnels")).toInt(), 1);
    EXPECT_EQ(numbers.value(QLatin1String("accounts")).toInt(), 2) << "one is in the configuration";
    EXPECT_EQ(numbers.value(QLatin1String("sessions")).toInt(), 4);
    EXPECT_EQ(
        numbers.value(QLatin1String("path")).toObject().value(QLatin1String("unknownOuter")).toInt(), 7);
    EXPECT_EQ(numbers.value(QLatin1String("modes")).toArray().size(), 1);
    EXPECT_EQ(numbers.value(QLatin1String("recent")).toArray().size(), 1);
}

} // namespace viaduct::face
