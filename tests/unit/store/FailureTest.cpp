// SPDX-License-Identifier: GPL-3.0-or-later
// A disk that is full, and one that refuses to write: the commit fails with a sentence, nothing of it is
// there, and the store goes on when the disk does.
#include "tests/unit/store/StoreFixture.h"

#include <QFile>
#include <csignal>
#include <filesystem>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <thread>

using namespace viaduct;
using namespace viaduct::store;

namespace {

/// Some 20 kB in the write-ahead log.
std::vector<Change> bulk(int first) {
    std::vector<Change> changes;
    for (int i = 0; i < 100; ++i) {
        changes.push_back(change::PutTunnel{tunnelNumbered(first + i)});
        changes.push_back(line(i, HistoryEntry::What::Connected, "2001:db8::3/128", "account:a"));
    }
    return changes;
}

std::int64_t linesIn(const std::string& file) {
    return sql(file, QStringLiteral("SELECT count(*) FROM history")).value.toLongLong();
}

/// Commits until the disk refuses; how many lists went through.
int commitUntilRefused(Store& store, std::string& sentence) {
    for (int lists = 0; lists < 1000; ++lists)
        if (const auto result = commit(store, bulk(1 + lists * 100)); !result) {
            sentence = result.error().message;
            return lists;
        }
    return 1000;
}

/// The store refused after `lists` lists; now the disk is well again.
void expectItGoesOn(Store& store, const std::string& file, int lists) {
    EXPECT_EQ(store.load()->tunnels.size(), static_cast<std::size_t>(lists) * 100);
    EXPECT_EQ(linesIn(file), lists * 100) << "nothing half made";
    EXPECT_TRUE(commit(store, bulk(1 + lists * 100))) << "it goes on";
    EXPECT_EQ(linesIn(file), (lists + 1) * 100);
}

class FailureTest : public StoreFixture { };

/// In a mount namespace of its own, which is gone with the thread whatever happens.
void onASmallDisk(const std::filesystem::path& place, bool& skipped) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
        || mount("none", place.c_str(), "tmpfs", 0, "size=1m") != 0) {
        skipped = true;
        return;
    }
    {
        auto store = Store::open(place.string() + "/state");
        ASSERT_TRUE(store) << store.error().message;
        QFile ballast(QString::fromStdString(place.string() + "/ballast"));
        ASSERT_TRUE(ballast.open(QIODevice::WriteOnly));
        ASSERT_EQ(ballast.write(QByteArray(400'000, 'x')), 400'000);
        ballast.close();
        std::string sentence;
        const int lists = commitUntilRefused(**store, sentence);
        EXPECT_NE(sentence.find("viaduct.db is full: make room on it"), std::string::npos) << sentence;
        EXPECT_FALSE(commit(**store, bulk(50'000)));
        EXPECT_TRUE(ballast.remove());
        expectItGoesOn(**store, place.string() + "/state/viaduct.db", lists);
    }
    EXPECT_EQ(umount(place.c_str()), 0);
}

} // namespace

TEST_F(FailureTest, aFullDiskFailsTheCommitAndNothingElse) {
    const std::filesystem::path place = m_directory.path().toStdString() + "/small";
    std::filesystem::create_directory(place);
    bool skipped = false;
    std::thread(onASmallDisk, place, std::ref(skipped)).join();
    if (skipped)
        GTEST_SKIP() << "mounting a small disk needs root";
}

TEST_F(FailureTest, aDiskThatRefusesToWriteFailsTheCommitAndNothingElse) {
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{524'288, before.rlim_max};
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    std::string sentence;
    const int lists = commitUntilRefused(*m_store, sentence);
    setrlimit(RLIMIT_FSIZE, &before);
    (void)std::signal(SIGXFSZ, handler);
    EXPECT_NE(sentence.find("the disk refuses to read or write"), std::string::npos) << sentence;
    expectItGoesOn(*m_store, file(), lists);
}

TEST_F(FailureTest, whatHasHappenedAlreadyIsWrittenAsSoonAsTheDiskIsWell) {
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit nothing{0, before.rlim_max};
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_TRUE(commit(*m_store, {change::PutAllocation{held("2001:db8:1::/48", "account:a", 1)}}));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &nothing), 0);
    const int lines = static_cast<int>(linesIn(file()));

    std::optional<Result<void>> outcome;
    QObject context;
    m_store->commitAtLast(
        {change::PutAllocation{quarantined("2001:db8:1::/48", "account:a", 10, 20)},
         line(10, HistoryEntry::What::Released, "2001:db8:1::/48", "account:a")},
        &context, [&](const Result<void>& result) { outcome = result; });
    const Result<void> later
        = commit(*m_store, {change::PutAllocation{held("2001:db8:1::/48", "account:b", 30)}});
    ASSERT_TRUE(outcome.has_value()) << "the caller learns that it is owed";
    EXPECT_FALSE(*outcome);
    EXPECT_FALSE(later);
    EXPECT_EQ(linesIn(file()), lines);

    setrlimit(RLIMIT_FSIZE, &before);
    (void)std::signal(SIGXFSZ, handler);
    EXPECT_TRUE(commit(*m_store, {change::PutAllocation{held("2001:db8:1::/48", "account:b", 30)}}))
        << "b may have the block, for that a gave it back is written first";
    EXPECT_EQ(linesIn(file()), lines + 1);
}

TEST_F(FailureTest, whatIsOwedIsWrittenWithoutAnybodyAskingAndAtTheEnd) {
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit nothing{0, before.rlim_max};
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    for (const bool waits : {true, false}) {
        ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &nothing), 0);
        const std::int64_t lines = linesIn(file());
        bool called = false;
        QObject context;
        m_store->commitAtLast(
            {line(10, HistoryEntry::What::Released, "2001:db8:1::/48", "account:a")}, &context,
            [&](const Result<void>&) { called = true; });
        EXPECT_FALSE(commit(*m_store, {change::DropTunnel{1}}));
        EXPECT_TRUE(called);
        setrlimit(RLIMIT_FSIZE, &before);
        if (waits)
            std::this_thread::sleep_for(std::chrono::milliseconds(2500));
        else
            reopen();
        EXPECT_EQ(linesIn(file()), lines + 1);
    }
    (void)std::signal(SIGXFSZ, handler);
}
