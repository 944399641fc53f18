// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/KillTest.h"

#include "tests/unit/store/StoreFixture.h"

#include <QCoreApplication>
#include <csignal>
#include <fcntl.h>
#include <random>
#include <set>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace viaduct::store {

namespace {

Prefix siteOf(std::int64_t id) {
    return {IpAddress::fromNumber((Uint128{0x3fff0000} << 96) + (static_cast<Uint128>(id) << 80)), 48};
}

/// A tunnel, its block and a line of history: each tells of the others.
std::vector<Change> setUp(std::int64_t id) {
    const Tunnel tunnel = tunnelNumbered(id);
    return {
        change::PutAllocation{{"P_Sites48", siteOf(id), tunnel.holder, second(1), {}}},
        change::PutTunnel{tunnel},
        change::AppendHistory{
            {second(1), HistoryEntry::What::Granted, siteOf(id), tunnel.holder, "P_Sites48"}}};
}

class Victim {
public:
    Victim(Store& store, std::int64_t firstId) : m_store(store), m_nextId(firstId) { }

    void commitNext() {
        const std::int64_t id = m_nextId++;
        m_store.commit(setUp(id), &m_context, [this, id](const Result<void>& result) {
            if (!result || write(STDOUT_FILENO, &id, sizeof id) != sizeof id)
                _exit(2);
            commitNext();
        });
    }

private:
    Store& m_store;
    QObject m_context;
    std::int64_t m_nextId;
};

struct Child {
    pid_t pid = -1;
    int output = -1;
};

Child startVictim(const std::string& directory) {
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return {};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string program = "/proc/self/exe";
    std::string option = victimOption;
    std::string where = directory;
    char* const arguments[] = {program.data(), option.data(), where.data(), nullptr};
    Child child;
    if (posix_spawn(&child.pid, program.c_str(), &actions, nullptr, arguments, environ) != 0)
        child.pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    child.output = ends[0];
    return child;
}

/// Lets it live until it has acknowledged something and so much longer; collects what it acknowledged.
void killAfter(const Child& child, std::chrono::microseconds delay, std::set<std::int64_t>& acknowledged) {
    std::int64_t id = 0;
    if (read(child.output, &id, sizeof id) == sizeof id)
        acknowledged.insert(id);
    usleep(static_cast<useconds_t>(delay.count()));
    kill(child.pid, SIGKILL);
    int status = 0;
    waitpid(child.pid, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself, with code " << WEXITSTATUS(status);
    while (read(child.output, &id, sizeof id) == sizeof id)
        acknowledged.insert(id);
    close(child.output);
}

class KillTest : public StoreFixture { };

} // namespace

int beVictim(const std::string& directory) {
    auto store = Store::open(directory);
    if (!store)
        return 1;
    Victim victim(**store, (*store)->load()->nextTunnelId);
    for (int i = 0; i < 20; ++i)
        victim.commitNext();
    return QCoreApplication::exec();
}

TEST_F(KillTest, whatWasAcknowledgedSurvivesAndNothingIsHalfThere) {
    constexpr int kills = 50;
    std::mt19937 random(50);
    std::uniform_int_distribution<int> microseconds(0, 30'000);
    std::set<std::int64_t> acknowledged;
    m_store.reset();
    for (int round = 0; round < kills; ++round) {
        const Child child = startVictim(directory());
        ASSERT_GT(child.pid, 0);
        killAfter(child, std::chrono::microseconds(microseconds(random)), acknowledged);
        open();
        const Snapshot snapshot = m_store->load().value();
        std::set<std::int64_t> there;
        for (const Tunnel& tunnel : snapshot.tunnels)
            there.insert(tunnel.id);
        ASSERT_TRUE(std::includes(there.begin(), there.end(), acknowledged.begin(), acknowledged.end()))
            << "an acknowledged tunnel is lost, round " << round;
        ASSERT_EQ(snapshot.allocations.size(), there.size());
        ASSERT_GT(snapshot.nextTunnelId, *there.rbegin());
        ASSERT_EQ(
            sql(file(), QStringLiteral("SELECT count(*) FROM history")).value.toULongLong(), there.size());
        m_store.reset();
    }
    std::printf("  %d kills, %zu set-ups acknowledged, none lost\n", kills, acknowledged.size());
    EXPECT_GE(acknowledged.size(), std::size_t{kills});
}

} // namespace viaduct::store
