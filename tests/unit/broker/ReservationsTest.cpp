// SPDX-License-Identifier: GPL-3.0-or-later
// Parts of pools that are set aside: durable, audited, and never given out.
#include "server/broker/Reservations.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QTemporaryDir>

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::broker;
using namespace std::chrono_literals;

namespace {

const Actor operatorAnn{"ann", *IpAddress::fromText("192.0.2.250"), api::Role::Operator};

struct Table : dataplane::DataPlane {
    void put(const dataplane::TunnelEntry&) override { }
    void remove(std::int64_t) override { }
    std::string name() const override { return "table"; }
};

config::Configuration sampleConfiguration() {
    config::Configuration configuration;
    configuration.pools
        = {{"ends", *Prefix::fromText("2001:db8:0:1::/64"), 128},
           {"sites", *Prefix::fromText("2001:db8:1000::/44"), 48}};
    config::TunnelServer server;
    server.name = "S";
    server.addresses = {*IpAddress::fromText("192.0.2.1")};
    server.endpointPool = "ends";
    server.prefixPools = {"sites"};
    configuration.tunnelServers = {server};
    return configuration;
}

class ReservationsTest : public testing::Test {
protected:
    void SetUp() override { start(); }
    void TearDown() override { stop(); }
    void start() {
        auto opened = store::Store::open(m_directory.path().toStdString());
        ASSERT_TRUE(opened) << opened.error().message;
        m_store = std::move(*opened);
        m_broker = std::make_unique<Broker>(*m_store, m_table);
        m_reservations = std::make_unique<Reservations>(*m_broker, *m_store);
        const auto snapshot = m_store->load();
        ASSERT_TRUE(snapshot) << snapshot.error().message;
        ASSERT_TRUE(m_reservations->load(*snapshot));
        const auto restored = m_broker->restore(m_configuration, *snapshot);
        ASSERT_TRUE(restored) << restored.error().message;
    }
    void stop() {
        m_reservations.reset();
        m_broker.reset();
        m_store.reset();
    }
    template <typename Condition>
    bool waitFor(Condition condition) {
        const QDeadlineTimer deadline(10'000);
        while (!condition() && !deadline.hasExpired())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
        return condition();
    }
    static api::ReservationDraft draft(const char* prefix) {
        api::ReservationDraft draft;
        draft.pool = QStringLiteral("sites");
        draft.prefix = *Prefix::fromText(prefix);
        draft.note = QStringLiteral("For a laboratory");
        return draft;
    }
    Result<api::Reservation> create(const api::ReservationDraft& wish) {
        std::optional<Result<api::Reservation>> result;
        m_reservations->create(wish, operatorAnn, [&](auto answer) { result = std::move(answer); });
        EXPECT_TRUE(waitFor([&] { return result.has_value(); }));
        return *result;
    }
    Result<void> remove(const QString& id) {
        std::optional<Result<void>> result;
        m_reservations->remove(id, operatorAnn, [&](auto answer) { result = std::move(answer); });
        EXPECT_TRUE(waitFor([&] { return result.has_value(); }));
        return *result;
    }
    std::vector<std::string> actions() {
        std::optional<std::vector<std::string>> list;
        m_store->audit({}, {{}, 100, false}, m_broker.get(), [&](const auto& lines) {
            list.emplace();
            for (const store::AuditLine& line : lines->rows)
                list->push_back(line.entry.actor + ' ' + line.entry.action + ' ' + line.entry.target);
        });
        EXPECT_TRUE(waitFor([&] { return list.has_value(); }));
        return *list;
    }

    QTemporaryDir m_directory;
    config::Configuration m_configuration = sampleConfiguration();
    Table m_table;
    std::unique_ptr<store::Store> m_store;
    std::unique_ptr<Broker> m_broker;
    std::unique_ptr<Reservations> m_reservations;
};

} // namespace

TEST_F(ReservationsTest, oneOutlivesARestartAndANewConfiguration) {
    const auto made = create(draft("2001:db8:1000::/45"));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->by, QStringLiteral("ann"));
    stop();
    start();
    EXPECT_EQ(m_reservations->find(made->id), *made);
    EXPECT_EQ(create(draft("2001:db8:1000::/48")).error().code, Error::Code::Invalid) << "still set aside";
    ASSERT_TRUE(m_broker->apply(m_configuration));
    EXPECT_EQ(create(draft("2001:db8:1004::/48")).error().code, Error::Code::Invalid);
    ASSERT_TRUE(remove(made->id));
    EXPECT_EQ(remove(made->id).error().code, Error::Code::NotFound);
    const auto next = create(draft("2001:db8:1004::/48"));
    ASSERT_TRUE(next);
    stop();
    start();
    EXPECT_FALSE(m_reservations->find(made->id));
    EXPECT_EQ(
        actions(),
        (std::vector<std::string>{
            "ann createReservation reservation:" + made->id.toStdString(),
            "ann deleteReservation reservation:" + made->id.toStdString(),
            "ann createReservation reservation:" + next->id.toStdString()}));
}

TEST_F(ReservationsTest, itIsSetAsideBeforeItIsDurable) {
    bool isDone = false;
    m_reservations->create(draft("2001:db8:1000::/45"), operatorAnn, [&](const auto&) { isDone = true; });
    EXPECT_FALSE(isDone);
    EXPECT_EQ(m_broker->ledger().reserved().size(), 1U) << "nobody is to get a block of it meanwhile";
    EXPECT_TRUE(waitFor([&] { return isDone; }));
}

TEST_F(ReservationsTest, oneEndsByItself) {
    api::ReservationDraft short_ = draft("2001:db8:1000::/45");
    short_.until = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 300ms;
    const auto made = create(short_);
    ASSERT_TRUE(made);
    EXPECT_TRUE(waitFor([&] { return !m_reservations->find(made->id); }));
    EXPECT_TRUE(m_broker->ledger().reserved().empty());
    EXPECT_EQ(actions().back(), "system deleteReservation reservation:" + made->id.toStdString());
    short_.until = *short_.until - 1h;
    EXPECT_EQ(create(short_).error().code, Error::Code::Invalid);
}

TEST_F(ReservationsTest, whatIsNoPartOfThePoolIsRefused) {
    EXPECT_EQ(create(draft("2001:db8::/44")).error().code, Error::Code::Invalid);
    EXPECT_EQ(create(draft("2001:db8:1000::/49")).error().code, Error::Code::Invalid);
    api::ReservationDraft other = draft("2001:db8:1000::/48");
    other.pool = QStringLiteral("nowhere");
    EXPECT_EQ(create(other).error().code, Error::Code::NotFound);
    other = draft("2001:db8:1000::/48");
    other.note = QStringLiteral(" ");
    EXPECT_EQ(create(other).error().code, Error::Code::Invalid);
}
