// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/StoreFixture.h"

#include "server/store/Schema.h"
#include "server/store/SqliteDialect.h"

#include <QFile>
#include <filesystem>

using namespace viaduct;
using namespace viaduct::store;

namespace {

class OpeningTest : public StoreFixture {
protected:
    void write(qint64 at, const QByteArray& bytes) {
        QFile opened(QString::fromStdString(file()));
        ASSERT_TRUE(opened.open(QIODevice::ReadWrite));
        ASSERT_TRUE(opened.seek(at));
        ASSERT_EQ(opened.write(bytes), bytes.size());
    }
    std::string sentence() {
        const auto store = Store::open(directory());
        return store ? "opened" : store.error().message;
    }
};

int modeOf(const std::string& path) {
    return static_cast<int>(std::filesystem::status(path).permissions());
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_F(OpeningTest, nobodyElseMayRead) {
    ASSERT_TRUE(commit(*m_store, {change::PutTunnel{tunnelNumbered(1)}}));
    EXPECT_EQ(modeOf(directory()), 0700);
    for (const char* suffix : {"", "-wal", "-shm"})
        EXPECT_EQ(modeOf(file() + suffix), 0600) << suffix;
    m_store.reset();
    std::filesystem::permissions(file(), std::filesystem::perms(0644));
    open();
    EXPECT_EQ(modeOf(file()), 0600);
}

TEST_F(OpeningTest, oneBrokerAtATime) {
    const auto second = Store::open(directory());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Error::Code::Busy);
    EXPECT_EQ(
        second.error().message,
        "another broker (process " + std::to_string(getpid()) + ") uses the state directory " + directory()
            + ": stop it, or give this one a directory of its own");
    m_store.reset();
    EXPECT_EQ(sentence(), "opened");
}

TEST_F(OpeningTest, aDirectoryThatCannotBeIsNamed) {
    const auto store = Store::open("/proc/nowhere/state");
    ASSERT_FALSE(store);
    EXPECT_TRUE(contains(store.error().message, "/proc/nowhere/state")) << store.error().message;
}

TEST_F(OpeningTest, whatIsNoDatabaseIsRefusedAndLeftAlone) {
    m_store.reset();
    std::filesystem::remove(file());
    QFile garbage(QString::fromStdString(file()));
    ASSERT_TRUE(garbage.open(QIODevice::WriteOnly));
    const QByteArray text("Dear diary, this is no database. ", 33);
    garbage.write(text.repeated(300));
    garbage.close();
    EXPECT_TRUE(contains(sentence(), "viaduct.db is damaged or no SQLite database: put the last backup"))
        << sentence();
    ASSERT_TRUE(garbage.open(QIODevice::ReadOnly));
    EXPECT_EQ(garbage.readAll(), text.repeated(300));
}

TEST_F(OpeningTest, anotherProgramsDatabaseIsRefusedAndLeftAlone) {
    m_store.reset();
    std::filesystem::remove(file());
    EXPECT_EQ(sql(file(), QStringLiteral("CREATE TABLE recipe(name TEXT)")).error, QString());
    EXPECT_TRUE(contains(sentence(), "is a database of another program: move it away")) << sentence();
    EXPECT_EQ(sql(file(), QStringLiteral("SELECT count(*) FROM sqlite_schema")).value.toInt(), 1);
    EXPECT_EQ(sql(file(), QStringLiteral("PRAGMA journal_mode")).value.toString(), QStringLiteral("delete"));
}

TEST_F(OpeningTest, damageInsideIsToldAndNeverACrash) {
    std::vector<Change> changes;
    for (int i = 1; i <= 2000; ++i)
        changes.push_back(change::PutTunnel{tunnelNumbered(i)});
    ASSERT_TRUE(commit(*m_store, std::move(changes)));
    m_store.reset(); // everything is in the file itself now
    const auto size = static_cast<qint64>(std::filesystem::file_size(file()));
    for (qint64 at = 65'536; at < size; at += 4096)
        write(at, QByteArray(512, '\xee'));
    const auto store = Store::open(directory());
    const auto loaded = store ? (*store)->load() : Result<Snapshot>(tl::unexpected(store.error()));
    ASSERT_FALSE(loaded);
    EXPECT_TRUE(contains(loaded.error().message, "damaged")) << loaded.error().message;
}

TEST_F(OpeningTest, aRowThatViaductNeverWritesIsToldWithItsTable) {
    ASSERT_TRUE(commit(*m_store, {change::PutTunnel{tunnelNumbered(41)}}));
    EXPECT_EQ(sql(file(), QStringLiteral("UPDATE tunnel SET inner_client = x'20010db8'")).error, QString());
    const auto loaded = m_store->load();
    ASSERT_FALSE(loaded);
    EXPECT_TRUE(contains(
        loaded.error().message, "the table tunnel holds a row that Viaduct never writes (first column: 41)"))
        << loaded.error().message;
}

TEST_F(OpeningTest, aNewerSchemaIsRefused) {
    m_store.reset();
    EXPECT_EQ(
        sql(file(), QStringLiteral("INSERT INTO schema_version VALUES (7, 0, '9.8.7')")).error, QString());
    EXPECT_EQ(
        sentence(),
        "the database has schema version 7 of Viaduct 9.8.7, but this program (" VIADUCT_VERSION
        ") knows versions up to 3: install that release again, or put back the backup made before it");
}

TEST_F(OpeningTest, aFileLeftEmptyByACrashIsTakenAsNew) {
    m_store.reset();
    std::filesystem::remove(file());
    QFile empty(QString::fromStdString(file()));
    ASSERT_TRUE(empty.open(QIODevice::WriteOnly));
    empty.close();
    EXPECT_EQ(sentence(), "opened");
}

TEST_F(OpeningTest, migrationsAreTakenInOrderOnceAndWhole) {
    m_store.reset();
    const QString name = QStringLiteral("migrating");
    {
        const SqliteDialect dialect(QString::fromStdString(file()));
        QSqlDatabase database = QSqlDatabase::addDatabase(dialect.driver(), name);
        ASSERT_TRUE(dialect.open(database));
        auto steps = migrations(dialect);
        steps.push_back({QStringLiteral("CREATE TABLE second(x)"), QStringLiteral("nonsense")});
        const auto failed = migrate(database, dialect, steps);
        EXPECT_FALSE(failed);
        EXPECT_EQ(database.tables().count(QStringLiteral("second")), 0) << "half a step is none";

        steps.back().pop_back();
        steps.push_back({QStringLiteral("ALTER TABLE second ADD COLUMN y")});
        EXPECT_TRUE(migrate(database, dialect, steps));
        EXPECT_TRUE(migrate(database, dialect, steps)) << "nothing left to do";
        EXPECT_FALSE(migrate(database, dialect, migrations(dialect))) << "the old program refuses it now";
    }
    QSqlDatabase::removeDatabase(name);
    EXPECT_EQ(sql(file(), QStringLiteral("SELECT count(*) FROM schema_version")).value.toInt(), 5);
}
