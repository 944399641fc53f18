// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/StoreFixture.h"

using namespace viaduct;
using namespace viaduct::store;

namespace {

using What = HistoryEntry::What;

class HistoryTest : public StoreFixture {
protected:
    /// "PREFIX HOLDER FROM-TO", most specific first, in seconds of the test.
    std::string who(const char* where, int at) {
        std::string text;
        const auto tenures = holdersAt(*m_store, where, at);
        for (const Tenure& tenure : tenures.value()) {
            const auto seconds = [](TimePoint time) {
                return std::to_string(
                    std::chrono::duration_cast<std::chrono::seconds>(time - second(0)).count());
            };
            text += (text.empty() ? "" : ", ") + tenure.prefix.text() + ' ' + tenure.holder + ' '
                + seconds(tenure.from) + '-' + (tenure.to ? seconds(*tenure.to) : "");
        }
        return text;
    }
};

} // namespace

TEST_F(HistoryTest, tellsWhoHadAnAddressAtATime) {
    ASSERT_TRUE(commit(
        *m_store,
        {
            line(10, What::Granted, "2001:db8:1::/48", "account:a"),
            line(10, What::Connected, "2001:db8:f001::3/128", "account:a"),
            line(20, What::Released, "2001:db8:1::/48", "account:a"),
            line(30, What::Granted, "2001:db8:1::/48", "account:b"),
            line(35, What::Granted, "2001:db8:1:5::/64", "account:c"),
            line(40, What::Granted, "2001:db8:2::/48", "account:d"),
            line(40, What::Granted, "198.51.100.2/31", "account:four"),
            line(50, What::Granted, "::/0", "account:all"),
        }));
    EXPECT_EQ(who("2001:db8:1::1", 9), "");
    EXPECT_EQ(who("2001:db8:1::1", 10), "2001:db8:1::/48 account:a 10-20");
    EXPECT_EQ(who("2001:db8:1:ffff::1", 19), "2001:db8:1::/48 account:a 10-20");
    EXPECT_EQ(who("2001:db8:1::1", 20), "") << "released in this very moment";
    EXPECT_EQ(who("2001:db8:1::1", 30), "2001:db8:1::/48 account:b 30-");
    EXPECT_EQ(who("2001:db8:1:5::1", 36), "2001:db8:1:5::/64 account:c 35-, 2001:db8:1::/48 account:b 30-");
    EXPECT_EQ(who("2001:db8:3::1", 49), "");
    EXPECT_EQ(who("2001:db8:f001::3", 49), "") << "being connected is not holding";
    EXPECT_EQ(who("2001:db8:2::1", 99), "2001:db8:2::/48 account:d 40-, ::/0 account:all 50-");
    EXPECT_EQ(who("198.51.100.3", 99), "198.51.100.2/31 account:four 40-") << "::/0 holds no IPv4";
    EXPECT_EQ(who("198.51.100.4", 99), "");
}

TEST_F(HistoryTest, theLaterOfTwoLinesOfOneMomentCounts) {
    ASSERT_TRUE(commit(
        *m_store,
        {line(10, What::Granted, "2001:db8:1::/48", "account:a"),
         line(10, What::Released, "2001:db8:1::/48", "account:a"),
         line(10, What::Granted, "2001:db8:1::/48", "account:b")}));
    EXPECT_EQ(who("2001:db8:1::1", 10), "2001:db8:1::/48 account:b 10-");
}

TEST_F(HistoryTest, nobodyCanChangeIt) {
    ASSERT_TRUE(commit(*m_store, {line(10, What::Granted, "2001:db8:1::/48", "account:a")}));
    for (const char* statement :
         {"UPDATE history SET holder_id = 2", "DELETE FROM history", "DELETE FROM history WHERE id = 1",
          "INSERT INTO history(at, what, address, length, holder_id, detail) VALUES (1, 'X', x'00', 0, 1, "
          "'')"})
        EXPECT_FALSE(sql(file(), QString::fromLatin1(statement)).error.isEmpty()) << statement;
    EXPECT_EQ(
        sql(file(), QStringLiteral("DELETE FROM history")).error, QStringLiteral("history is append-only"));
    EXPECT_EQ(who("2001:db8:1::1", 10), "2001:db8:1::/48 account:a 10-");
}

/// The page on the database shows this query to people: it must stay true.
TEST_F(HistoryTest, theQueryByHandGivesTheSameAnswer) {
    ASSERT_TRUE(commit(
        *m_store,
        {line(10, What::Granted, "2001:db8:1::/48", "account:a"),
         line(20, What::Released, "2001:db8:1::/48", "account:a"),
         line(30, What::Granted, "2001:db8:1::/48", "account:b")}));
    const QString query = QStringLiteral(
        "SELECT what || ' ' || name FROM history JOIN holder ON holder.id = holder_id WHERE what IN ('G', "
        "'R') AND length = 48 "
        "AND address = x'20010DB8000100000000000000000000' "
        "AND at <= unixepoch('2026-01-01 00:00:%1') * 1000 ORDER BY at DESC, history.id DESC LIMIT 1");
    EXPECT_EQ(sql(file(), query.arg(15)).value.toString(), QStringLiteral("G account:a"));
    EXPECT_EQ(sql(file(), query.arg(25)).value.toString(), QStringLiteral("R account:a"));
    EXPECT_EQ(sql(file(), query.arg(35)).value.toString(), QStringLiteral("G account:b"));
}
