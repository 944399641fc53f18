// SPDX-License-Identifier: GPL-3.0-or-later
// Every question goes along an index: what SQLite itself says of each statement that the store runs.
#include "tests/unit/store/StoreFixture.h"

#include <QLoggingCategory>
#include <QMutex>
#include <QSqlDatabase>
#include <QSqlQuery>

using namespace viaduct;
using namespace viaduct::store;

namespace {

QMutex mutex; // the statements come from the store's threads
QStringList statements;

/// While it lives, notes what the store asks the database.
class Listening {
public:
    Listening() {
        QLoggingCategory::setFilterRules(QStringLiteral("viaduct.store.sql=true"));
        m_before = qInstallMessageHandler([](QtMsgType, const QMessageLogContext&, const QString& text) {
            const QMutexLocker lock(&mutex);
            statements.append(text);
        });
    }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
    ~Listening() {
        qInstallMessageHandler(m_before);
        QLoggingCategory::setFilterRules({});
    }
    QStringList take() {
        const QMutexLocker lock(&mutex);
        return std::exchange(statements, {});
    }

private:
    QtMessageHandler m_before = nullptr;
};

class PlanTest : public StoreFixture {
protected:
    void SetUp() override {
        StoreFixture::SetUp();
        using What = HistoryEntry::What;
        ASSERT_TRUE(commit(
            *m_store,
            {line(1, What::Granted, "2001:db8:1::/48", "account:a"),
             line(1, What::Granted, "2001:db8::/32", "account:b"),
             line(1, What::Connected, "2001:db8:1::3/128", "account:a"),
             change::AddUsage{20'454, "account:a", {1, 1, 1, 1, 1, 1}},
             change::AppendAudit{{second(1), "person:1", "", "login", "", "", ""}}}));
    }
    /// The steps of all statements that the question led to; those that look at a whole table say SCAN.
    template <typename T, typename Method, typename... Arguments>
    QString plan(Method method, const Arguments&... arguments) {
        Listening listening;
        EXPECT_TRUE(asked<T>(*m_store, method, arguments...));
        QStringList steps;
        const QString name = QStringLiteral("plan");
        {
            QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
            database.setDatabaseName(QString::fromStdString(file()));
            EXPECT_TRUE(database.open());
            for (const QString& statement : listening.take()) {
                QSqlQuery query(database);
                query.prepare(QStringLiteral("EXPLAIN QUERY PLAN ") + statement);
                for (qsizetype i = 0; i < statement.count(QLatin1Char('?')); ++i)
                    query.addBindValue(1);
                EXPECT_TRUE(query.exec()) << statement.toStdString();
                while (query.next())
                    steps.append(query.value(3).toString());
            }
        }
        QSqlDatabase::removeDatabase(name);
        EXPECT_FALSE(steps.isEmpty());
        return steps.join(QStringLiteral("; "));
    }
    template <typename Filter>
    static std::vector<Filter> each(std::initializer_list<std::function<void(Filter&)>> settings) {
        std::vector<Filter> filters;
        for (std::size_t set = 1; set < (std::size_t{1} << settings.size()); ++set) {
            Filter filter;
            std::size_t bit = 0;
            for (const auto& setting : settings)
                if ((set >> bit++ & 1) != 0)
                    setting(filter);
            filters.push_back(filter);
        }
        return filters;
    }
};

const std::vector<Page> pages{{{}, 100, true}, {{}, 100, false}, {1, 100, true}, {1, 100, false}};

} // namespace

TEST_F(PlanTest, everyFilterOfTheHistoryFollowsAnIndex) {
    const auto filters = each<HistoryFilter>({
        [](HistoryFilter& filter) { filter.holder = "account:a"; },
        [](HistoryFilter& filter) { filter.prefix = prefix("2001:db8::/40"); },
        [](HistoryFilter& filter) {
            filter.time = {second(0), second(9)};
        },
    });
    for (HistoryFilter filter : filters)
        for (const auto what : {std::optional<HistoryEntry::What>(), {HistoryEntry::What::Connected}})
            for (const Page& page : pages) {
                filter.what = what;
                const QString steps = plan<Rows<HistoryLine>>(&Store::history, filter, page);
                EXPECT_FALSE(steps.contains(QStringLiteral("SCAN"))) << steps.toStdString();
                EXPECT_EQ(
                    steps.contains(QStringLiteral("USING INDEX history_holder (holder_id=?")),
                    filter.holder.has_value())
                    << steps.toStdString();
            }
}

TEST_F(PlanTest, aPrefixIsFoundByItsAddress) {
    HistoryFilter filter;
    filter.prefix = prefix("2001:db8::/40");
    filter.time = {second(0), second(9)};
    for (const Page& page : pages) {
        const QString steps = plan<Rows<HistoryLine>>(&Store::history, filter, page);
        for (const char* step :
             {"history_tenure (length=? AND address=? AND at",
              "history_tenure (length=? AND address>? AND address<?",
              "history_connection (length=? AND address>? AND address<?"})
            EXPECT_TRUE(steps.contains(QString::fromLatin1(step))) << step << " in " << steps.toStdString();
    }
}

TEST_F(PlanTest, withoutAFilterLinesComeInOrderAndTheFirstOnesDo) {
    for (const Page& page : pages) {
        const QString steps = plan<Rows<HistoryLine>>(&Store::history, HistoryFilter{}, page);
        EXPECT_TRUE(steps.contains(QStringLiteral("USING INDEX history_tenure_at"))) << steps.toStdString();
        EXPECT_TRUE(steps.contains(QStringLiteral("USING INDEX history_connection_at")))
            << steps.toStdString();
        EXPECT_FALSE(steps.contains(QStringLiteral("TEMP B-TREE"))) << steps.toStdString();
        EXPECT_FALSE(plan<Rows<AuditLine>>(&Store::audit, AuditFilter{}, page)
                         .contains(QStringLiteral("TEMP B-TREE")));
    }
}

TEST_F(PlanTest, everyFilterOfTheAuditFollowsAnIndex) {
    const auto filters = each<AuditFilter>({
        [](AuditFilter& filter) { filter.actor = "person:1"; },
        [](AuditFilter& filter) { filter.target = "account:1"; },
        [](AuditFilter& filter) { filter.actionPrefix = "account."; },
        [](AuditFilter& filter) {
            filter.time = {second(0), {}};
        },
    });
    for (const AuditFilter& filter : filters)
        for (const Page& page : pages) {
            const QString steps = plan<Rows<AuditLine>>(&Store::audit, filter, page);
            EXPECT_TRUE(steps.contains(QStringLiteral("SEARCH audit USING INDEX audit_")))
                << steps.toStdString();
        }
}

TEST_F(PlanTest, usageAndPoolsAreFoundByDayOrHolder) {
    const DayRange range{20'454, 20'460};
    EXPECT_TRUE(plan<std::vector<HolderUsage>>(&Store::usageTop, range, 10)
                    .contains(QStringLiteral("SEARCH usage USING PRIMARY KEY (day>? AND day<?)")));
    EXPECT_TRUE(plan<std::vector<DayUsage>>(&Store::usageDays, "account:a", range)
                    .contains(QStringLiteral("USING INDEX usage_holder (holder_id=? AND day>? AND day<?)")));
    for (const Page& page : pages) {
        const QString steps = plan<Rows<HolderUsage>>(&Store::usageSums, range, page);
        EXPECT_TRUE(steps.contains(QStringLiteral("usage USING INDEX usage_holder"))) << steps.toStdString();
    }
    const QString steps = plan<PoolTrend>(&Store::poolTrend, "P", range);
    EXPECT_FALSE(steps.contains(QStringLiteral("SCAN"))) << steps.toStdString();
    EXPECT_FALSE(plan<Rows<Tenure>>(&Store::tenures, "account:a", pages[0]).contains(QStringLiteral("SCAN")));
}
