// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/StoreFixture.h"

#include <QCoreApplication>
#include <QThread>

using namespace viaduct;
using namespace viaduct::store;

namespace {

using What = HistoryEntry::What;

class StoreTest : public StoreFixture { };

} // namespace

TEST_F(StoreTest, aNewOneIsEmpty) {
    const Snapshot snapshot = m_store->load().value();
    EXPECT_TRUE(snapshot.allocations.empty());
    EXPECT_TRUE(snapshot.tunnels.empty());
    EXPECT_EQ(snapshot.nextTunnelId, 1);
}

TEST_F(StoreTest, everythingIsThereAfterReopening) {
    const Allocation site = held("2001:db8:1::/48", "account:Zoë", 5);
    const Allocation pair = quarantined("198.51.100.2/31", "anonymous:192.0.2.9", 6, 900);
    Tunnel plain = tunnelNumbered(1);
    Tunnel full = tunnelNumbered(2);
    full.mode = TunnelMode::V4v6;
    full.outerLocal = {address("2001:db8::1"), 0};
    full.delegated = prefix("2001:db8:1::/48");
    full.dnsServers = {"ns1.example.net", "ns2.example.net"};
    full.mtu = 1480;
    full.since = second(7) + std::chrono::milliseconds(123);
    ASSERT_TRUE(commit(
        *m_store,
        {change::PutAllocation{site}, change::PutAllocation{pair}, change::PutTunnel{plain},
         change::PutTunnel{full}}));
    plain.outerRemote.port = 40001;
    ASSERT_TRUE(commit(*m_store, {change::PutTunnel{plain}})) << "the same id again replaces";
    reopen();
    const Snapshot snapshot = m_store->load().value();
    ASSERT_EQ(snapshot.allocations.size(), 2U);
    EXPECT_EQ(snapshot.allocations[0], pair) << "IPv4, in its mapped form, stands first";
    EXPECT_EQ(snapshot.allocations[1], site);
    EXPECT_EQ(snapshot.tunnels, (std::vector<Tunnel>{plain, full}));
    EXPECT_EQ(snapshot.nextTunnelId, 3);
}

TEST_F(StoreTest, whatIsDroppedIsGone) {
    ASSERT_TRUE(commit(
        *m_store,
        {change::PutAllocation{held("2001:db8:1::/48", "account:a", 1)},
         change::PutTunnel{tunnelNumbered(1)}}));
    ASSERT_TRUE(commit(
        *m_store, {change::DropAllocation{"P_Sites48", prefix("2001:db8:1::/48")}, change::DropTunnel{1}}));
    EXPECT_TRUE(commit(*m_store, {change::DropTunnel{1}, change::DropTunnel{99}})) << "gone is gone";
    EXPECT_TRUE(m_store->load()->allocations.empty());
    EXPECT_TRUE(m_store->load()->tunnels.empty());
}

TEST_F(StoreTest, noTunnelIdEverComesAgain) {
    ASSERT_TRUE(commit(*m_store, {change::PutTunnel{tunnelNumbered(7)}, change::DropTunnel{7}}));
    EXPECT_EQ(m_store->load()->nextTunnelId, 8);
    reopen();
    EXPECT_EQ(m_store->load()->nextTunnelId, 8);
    ASSERT_TRUE(commit(*m_store, {change::PutTunnel{tunnelNumbered(3)}}));
    EXPECT_EQ(m_store->load()->nextTunnelId, 8) << "it never falls back";
}

TEST_F(StoreTest, callbacksComeLaterInOrderAndInTheCallersThread) {
    QObject context;
    std::vector<int> order;
    for (int i = 0; i < 3000; ++i) // more than one transaction takes
        m_store->commit(
            {change::PutTunnel{tunnelNumbered(i + 1)}}, &context, [&, i](const Result<void>& result) {
                EXPECT_TRUE(result);
                EXPECT_EQ(QThread::currentThread(), context.thread());
                order.push_back(i);
            });
    EXPECT_TRUE(order.empty());
    EXPECT_EQ(m_store->waiting(), 3000U);
    while (order.size() < 3000)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_EQ(m_store->waiting(), 0U);
}

TEST_F(StoreTest, aDeadContextIsNotCalledButItsChangesAreMade) {
    auto dead = std::make_unique<QObject>();
    bool called = false;
    m_store->commit(
        {change::PutTunnel{tunnelNumbered(1)}}, dead.get(), [&](const Result<void>&) { called = true; });
    dead.reset();
    ASSERT_TRUE(commit(*m_store, {}));
    EXPECT_FALSE(called);
    EXPECT_EQ(m_store->load()->tunnels.size(), 1U);
}

TEST_F(StoreTest, theEndWaitsForWhatWasHandedOver) {
    QObject context;
    for (int i = 1; i <= 500; ++i)
        m_store->commit({change::PutTunnel{tunnelNumbered(i)}}, &context, {});
    reopen();
    EXPECT_EQ(m_store->load()->tunnels.size(), 500U);
}

TEST_F(StoreTest, aCallbackMayEndTheStore) {
    QObject context;
    int called = 0;
    m_store->commit({change::PutTunnel{tunnelNumbered(1)}}, &context, [&](const Result<void>&) {
        ++called;
        m_store.reset();
    });
    while (called == 0)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    EXPECT_EQ(m_store, nullptr);
}

TEST_F(StoreTest, aListThatBreaksARuleFailsAlone) {
    ASSERT_TRUE(commit(*m_store, {change::PutAllocation{held("2001:db8:1::/48", "account:a", 1)}}));
    QObject context;
    std::vector<Result<void>> results;
    const auto note = [&](const Result<void>& result) { results.push_back(result); };
    m_store->commit({change::PutTunnel{tunnelNumbered(1)}}, &context, note);
    m_store->commit(
        {change::PutTunnel{tunnelNumbered(2)}, line(2, What::Granted, "2001:db8:1::/48", "account:b"),
         change::PutAllocation{held("2001:db8:1::/48", "account:b", 2)}},
        &context, note);
    Tunnel unwritable = tunnelNumbered(3);
    unwritable.dnsServers = {"ns1.example.net\nns2.example.net"};
    m_store->commit({change::PutTunnel{unwritable}}, &context, note);
    m_store->commit({change::PutTunnel{tunnelNumbered(4)}}, &context, note);
    while (results.size() < 4)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);

    EXPECT_TRUE(results[0]);
    EXPECT_EQ(results[1].error().code, Error::Code::Denied);
    EXPECT_EQ(
        results[1].error().message,
        "the database has another holder for 2001:db8:1::/48, which was to go to account:b: release it "
        "first");
    EXPECT_EQ(results[2].error().code, Error::Code::Invalid);
    EXPECT_TRUE(results[3]);
    const Snapshot snapshot = m_store->load().value();
    ASSERT_EQ(snapshot.tunnels.size(), 2U);
    EXPECT_EQ(snapshot.tunnels[1].id, 4);
    EXPECT_EQ(snapshot.allocations.at(0).holder, "account:a");
    EXPECT_EQ(holdersAt(*m_store, "2001:db8:1::1", 5)->size(), 0U);
}

TEST_F(StoreTest, aBlockChangesHandsOnlyAfterItsQuarantine) {
    const auto put = [&](const Allocation& allocation) {
        return commit(*m_store, {change::PutAllocation{allocation}}).has_value();
    };
    EXPECT_TRUE(put(held("2001:db8:1::/48", "account:a", 1)));
    EXPECT_TRUE(put(quarantined("2001:db8:1::/48", "account:a", 2, 100)));
    EXPECT_FALSE(put(held("2001:db8:1::/48", "account:b", 99)));
    EXPECT_TRUE(put(held("2001:db8:1::/48", "account:a", 50))) << "its own holder need not wait";
    EXPECT_TRUE(put(quarantined("2001:db8:1::/48", "account:a", 60, 100)));
    EXPECT_TRUE(put(held("2001:db8:1::/48", "account:b", 100)));
    EXPECT_TRUE(put(held("2001:db8:1::/49", "account:c", 100))) << "another block";
}
