// SPDX-License-Identifier: GPL-3.0-or-later
// A person's name goes when it must, and the history stays true.
#include "tests/unit/store/StoreFixture.h"

#include <QFile>

using namespace viaduct;
using namespace viaduct::store;

namespace {

using What = HistoryEntry::What;

constexpr const char* zoe = "account:zoe.dupont";

class ErasingTest : public StoreFixture {
protected:
    Result<void> erase(const char* holder, const char* pseudonym) {
        return commit(*m_store, {change::EraseHolder{holder, pseudonym}});
    }
    Result<void> endRetention(int before) { return commit(*m_store, {change::EndRetention{second(before)}}); }
    std::string who(int at) {
        const auto tenures = holdersAt(*m_store, "2001:db8:1::1", at).value();
        return tenures.empty() ? "nobody" : tenures.front().holder;
    }
    /// A block granted and released, a connection, an hour of use.
    std::vector<Change> lifeOf(const char* holder, int from, int to) {
        return {
            line(from, What::Granted, "2001:db8:1::/48", holder),
            line(from, What::Connected, "2001:db8:f::3/128", holder),
            line(to, What::Disconnected, "2001:db8:f::3/128", holder),
            line(to, What::Released, "2001:db8:1::/48", holder),
            change::AddUsage{20'454, holder, {1, 1, 1, 1, 3600, 0}}};
    }
    qint64 count(const char* table) {
        return sql(file(), QStringLiteral("SELECT count(*) FROM ") + QString::fromLatin1(table))
            .value.toLongLong();
    }
};

} // namespace

TEST_F(ErasingTest, theHistoryKeepsAPseudonym) {
    ASSERT_TRUE(commit(*m_store, lifeOf(zoe, 10, 20)));
    ASSERT_TRUE(commit(*m_store, {change::PutAllocation{quarantined("2001:db8:1::/48", zoe, 20, 900)}}));
    ASSERT_TRUE(erase(zoe, "erased:7f3a"));
    EXPECT_EQ(who(15), "erased:7f3a");
    EXPECT_EQ(who(25), "nobody");
    EXPECT_EQ(m_store->load()->allocations.at(0).holder, "erased:7f3a");
    EXPECT_EQ(
        asked<std::vector<HolderUsage>>(*m_store, &Store::usageTop, DayRange{20'454, 20'454}, 5)
            ->at(0)
            .holder,
        "erased:7f3a");
    EXPECT_TRUE(asked<Rows<Tenure>>(*m_store, &Store::tenures, zoe, Page{})->rows.empty());
}

TEST_F(ErasingTest, nothingOfTheNameIsLeftInTheFiles) {
    ASSERT_TRUE(commit(*m_store, lifeOf(zoe, 10, 20)));
    ASSERT_TRUE(commit(
        *m_store,
        {change::PutAllocation{quarantined("2001:db8:1::/48", zoe, 20, 900)},
         change::PutRecord{{"account", "7f3a", 1, R"({"name":"zoe.dupont"})"}}}));
    reopen();
    ASSERT_TRUE(
        commit(*m_store, {change::DropRecord{"account", "7f3a"}, change::EraseHolder{zoe, "erased:7f3a"}}));
    m_store.reset();
    QFile whole(QString::fromStdString(file()));
    ASSERT_TRUE(whole.open(QIODevice::ReadOnly));
    EXPECT_FALSE(whole.readAll().contains("zoe.dupont"));
    EXPECT_FALSE(QFile::exists(QString::fromStdString(file() + "-wal")));
}

TEST_F(ErasingTest, whoTakesTheNameLaterIsAnother) {
    ASSERT_TRUE(commit(*m_store, lifeOf(zoe, 10, 20)));
    ASSERT_TRUE(erase(zoe, "erased:7f3a"));
    ASSERT_TRUE(commit(*m_store, lifeOf(zoe, 30, 40)));
    EXPECT_EQ(who(15), "erased:7f3a");
    EXPECT_EQ(who(35), zoe);
    EXPECT_EQ(erase(zoe, "erased:7f3a").error().code, Error::Code::Invalid) << "two would become one";
    EXPECT_EQ(who(35), zoe);
    ASSERT_TRUE(erase(zoe, "erased:8c11"));
    EXPECT_EQ(who(35), "erased:8c11");
}

TEST_F(ErasingTest, isRefusedWhileABlockOrATunnelIsHeld) {
    ASSERT_TRUE(commit(*m_store, {change::PutAllocation{held("2001:db8:1::/48", zoe, 10)}}));
    const auto refused = erase(zoe, "erased:1");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Error::Code::Denied);
    EXPECT_EQ(
        refused.error().message,
        "account:zoe.dupont still has a block or a tunnel: release them first, then it can be erased");
    Tunnel tunnel = tunnelNumbered(1);
    tunnel.holder = "account:b";
    ASSERT_TRUE(commit(*m_store, {change::PutTunnel{tunnel}}));
    EXPECT_EQ(erase("account:b", "erased:2").error().code, Error::Code::Denied);
    EXPECT_TRUE(commit(*m_store, {change::DropTunnel{1}, change::EraseHolder{"account:b", "erased:2"}}));
    EXPECT_TRUE(erase("account:never seen", "erased:3"));
}

TEST_F(ErasingTest, aListUndoneDoesNotMixUpHolders) {
    const std::vector<Change> fails{
        line(1, What::Granted, "2001:db8:1::/48", "account:undone"), change::PutRecord{{"", "", 1, ""}}};
    EXPECT_FALSE(commit(*m_store, fails));
    ASSERT_TRUE(commit(*m_store, {line(2, What::Granted, "2001:db8:1::/48", "account:b")}));
    ASSERT_TRUE(commit(*m_store, {line(3, What::Granted, "2001:db8:1::/48", "account:undone")}));
    EXPECT_EQ(who(2), "account:b");
    EXPECT_EQ(who(3), "account:undone");
}

TEST_F(ErasingTest, retentionEndsForWhatEndedBefore) {
    ASSERT_TRUE(commit(*m_store, lifeOf(zoe, 10, 20)));
    ASSERT_TRUE(commit(*m_store, lifeOf("account:b", 30, 40)));
    ASSERT_TRUE(commit(
        *m_store,
        {line(50, What::Granted, "2001:db8:1::/48", "account:holds"),
         change::AddUsage{20'455, "account:holds", {1, 1, 1, 1, 1, 1}}}));
    ASSERT_TRUE(endRetention(35));
    EXPECT_EQ(who(15), "nobody") << "forgotten";
    EXPECT_EQ(who(35), "account:b") << "held at the edge";
    EXPECT_EQ(count("holder WHERE name LIKE '%zoe%'"), 1) << "usage of that day still tells of it";
    ASSERT_TRUE(endRetention(2 * 86'400));
    EXPECT_EQ(count("history"), 1);
    EXPECT_EQ(count("holder"), 1);
    EXPECT_EQ(count("usage"), 0);
    EXPECT_EQ(who(99), "account:holds") << "still held, however long ago it was granted";
    EXPECT_EQ(
        asked<PoolTrend>(*m_store, &Store::poolTrend, "P_Sites48", DayRange{20'454, 20'454})
            ->days.at(0)
            .granted,
        3)
        << "figures without names stay";
    ASSERT_TRUE(endRetention(0));
    EXPECT_EQ(
        sql(file(), QStringLiteral("SELECT value FROM meta WHERE name = 'history_kept_from'"))
            .value.toLongLong(),
        (1'767'225'600LL + 2 * 86'400) * 1000)
        << "it never goes back";
}

TEST_F(ErasingTest, retentionEndsAFewLinesAtATimeAndNeverTurnsAReleaseIntoATenure) {
    std::vector<Change> changes;
    for (int i = 0; i < 1500; ++i) {
        changes.push_back(line(2 * i, What::Granted, "2001:db8:1::/48", "account:a"));
        changes.push_back(line(2 * i + 1, What::Released, "2001:db8:1::/48", "account:a"));
    }
    ASSERT_TRUE(commit(*m_store, std::move(changes)));
    ASSERT_TRUE(endRetention(9000));
    EXPECT_EQ(count("history"), 1000);
    EXPECT_EQ(who(9000), "nobody");
    ASSERT_TRUE(endRetention(9000));
    EXPECT_EQ(count("history"), 0);
}

TEST_F(ErasingTest, linesWithinRetentionCannotBeDeleted) {
    ASSERT_TRUE(commit(*m_store, lifeOf(zoe, 10, 20)));
    ASSERT_TRUE(endRetention(15));
    EXPECT_EQ(count("history"), 3) << "the grant lasted beyond";
    EXPECT_EQ(
        sql(file(), QStringLiteral("DELETE FROM history WHERE what = 'R'")).error,
        QStringLiteral("history is append-only"));
}
