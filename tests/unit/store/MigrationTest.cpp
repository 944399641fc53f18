// SPDX-License-Identifier: GPL-3.0-or-later
// A file that an earlier release left behind: made by the steps of that release, filled with what it wrote.
#include "server/store/AuditChain.h"
#include "server/store/AuditCheck.h"
#include "server/store/Schema.h"
#include "server/store/SqliteDialect.h"
#include "tests/unit/store/StoreFixture.h"

#include <QSqlDatabase>
#include <filesystem>

using namespace viaduct;
using namespace viaduct::store;

namespace {

class MigrationTest : public StoreFixture {
protected:
    void SetUp() override { std::filesystem::create_directory(directory()); }

    /// The first `steps` of today's.
    void makeVersion(qsizetype steps) {
        const QString name = QStringLiteral("earlier-version");
        {
            const SqliteDialect dialect(QString::fromStdString(file()));
            QSqlDatabase database = QSqlDatabase::addDatabase(dialect.driver(), name);
            ASSERT_TRUE(dialect.open(database));
            auto all = migrations(dialect);
            all.resize(static_cast<std::size_t>(steps));
            ASSERT_TRUE(migrate(database, dialect, all));
        }
        QSqlDatabase::removeDatabase(name);
    }
    void makeVersionOne() {
        makeVersion(1);
        // The days are 20454 and 20455, the block 2001:db8:1::/48.
        run("INSERT INTO history(at, what, address, length, holder, detail) VALUES "
            "(1767225610000, 'G', x'20010db8000100000000000000000000', 48, 'account:zoë', 'P_Sites48'), "
            "(1767225611000, 'C', x'20010db8f00100000000000000000003', 128, 'account:zoë', 'v6v4 "
            "192.0.2.7'), "
            "(1767312010000, 'R', x'20010db8000100000000000000000000', 48, 'account:zoë', 'P_Sites48'), "
            "(1767312011000, 'G', x'20010db8000100000000000000000000', 48, 'static:router', 'P_Sites48')");
        run("INSERT INTO allocation VALUES (x'20010db8000100000000000000000000', 48, 'P_Sites48', "
            "'static:router', 1767312011000, NULL)");
        run("UPDATE meta SET value = 42");
    }
    void run(const char* statement) {
        EXPECT_EQ(sql(file(), QString::fromUtf8(statement)).error, QString()) << statement;
    }
};

} // namespace

TEST_F(MigrationTest, versionOneKeepsItsHistoryAndIsAnsweredFromIt) {
    makeVersionOne();
    const auto early = verifyAudit(file());
    ASSERT_FALSE(early);
    EXPECT_EQ(
        early.error().message,
        "this database is of a release that kept no audit: start the broker once to bring it up to date");
    open();
    const Snapshot snapshot = m_store->load().value();
    EXPECT_EQ(snapshot.nextTunnelId, 42);
    EXPECT_EQ(snapshot.allocations.at(0).holder, "static:router");
    EXPECT_EQ(holdersAt(*m_store, "2001:db8:1::1", 15)->at(0).holder, "account:zoë");
    EXPECT_EQ(holdersAt(*m_store, "2001:db8:1::1", 90'000)->at(0).holder, "static:router");
    const auto lines
        = asked<Rows<HistoryLine>>(*m_store, &Store::history, HistoryFilter{}, Page{{}, 10, false});
    ASSERT_EQ(lines->rows.size(), 4U);
    EXPECT_EQ(
        lines->rows[1].entry,
        (HistoryEntry{
            second(11), HistoryEntry::What::Connected, prefix("2001:db8:f001::3/128"), "account:zoë",
            "v6v4 192.0.2.7"}));
    const auto trend = asked<PoolTrend>(*m_store, &Store::poolTrend, "P_Sites48", DayRange{20'455, 20'456});
    EXPECT_EQ(trend->heldBefore, 1);
    EXPECT_EQ(trend->days, (std::vector<PoolTrend::OneDay>{{20'455, 1, 1}}));
}

TEST_F(MigrationTest, versionOneGoesOnWithAllThatIsNew) {
    makeVersionOne();
    open();
    ASSERT_TRUE(commit(
        *m_store,
        {line(99'000, HistoryEntry::What::Released, "2001:db8:1::/48", "static:router"),
         change::PutRecord{{"account", "1", 1, "{}"}}, change::EraseHolder{"account:zoë", "erased:1"},
         change::AppendAudit{{second(1), "person:1", "", "login", "", "", ""}}}));
    EXPECT_EQ(holdersAt(*m_store, "2001:db8:1::1", 15)->at(0).holder, "erased:1");
    EXPECT_EQ(verifyAudit(file())->entries, 1);
    EXPECT_EQ(
        sql(file(), QStringLiteral("DELETE FROM history")).error, QStringLiteral("history is append-only"));
    EXPECT_EQ(
        sql(file(), QStringLiteral("UPDATE history SET at = 0")).error,
        QStringLiteral("history is append-only"));
    EXPECT_EQ(sql(file(), QStringLiteral("PRAGMA integrity_check")).value.toString(), QStringLiteral("ok"));
}

TEST_F(MigrationTest, theAuditOfVersionTwoIsCheckedAsItIsAndCanBeForgottenOnceItIsUpToDate) {
    makeVersion(2);
    AuditHead head;
    for (int i = 1; i <= 3; ++i) {
        const AuditEntry entry{second(i), "person:1", "", "login", "", "", ""};
        head = appended(head, entry);
        run(("INSERT INTO audit VALUES (" + std::to_string(i) + ", "
             + std::to_string((1'767'225'600LL + i) * 1000) + ", 'person:1', '', 'login', '', '', '', '"
             + text(head.hash) + "')")
                .c_str());
    }
    run(("UPDATE audit_head SET seq = 3, hash = '" + text(head.hash) + "'").c_str());
    const auto before = verifyAudit(file(), head).value();
    EXPECT_FALSE(before.fault) << before.fault->sentence;
    EXPECT_EQ(before.entries, 3);
    open();
    const AuditEntry telling{second(99), "system", "", "endRetention", "audit", "", ""};
    ASSERT_TRUE(commit(*m_store, {change::EndAuditRetention{second(3), telling}}));
    const auto after = verifyAudit(file(), head).value();
    EXPECT_FALSE(after.fault) << after.fault->sentence;
    EXPECT_EQ(after.forgotten, 2);
    EXPECT_EQ(after.entries, 2) << "the third, and the one that tells of it";
    EXPECT_EQ(sql(file(), QStringLiteral("DELETE FROM audit")).error, QStringLiteral("audit is append-only"));
    EXPECT_EQ(
        sql(file(), QStringLiteral("UPDATE audit SET at = 0")).error, QStringLiteral("audit is append-only"));
}
