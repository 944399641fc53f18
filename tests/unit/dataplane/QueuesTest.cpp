// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dataplane/Mailbox.h"
#include "server/dataplane/SignallingQueue.h"

#include <gtest/gtest.h>
#include <thread>

using namespace viaduct;
using namespace viaduct::dataplane;

namespace {
const Endpoint here = *Endpoint::fromText("192.0.2.1:3653");
const Endpoint there = *Endpoint::fromText("198.51.100.1:40000");
} // namespace

TEST(Mailbox, keepsTheOrderOfEachSender) {
    Mailbox<std::pair<int, int>> mailbox;
    constexpr int count = 20'000;
    std::vector<std::thread> senders;
    senders.reserve(3);
    for (int sender = 0; sender < 3; ++sender)
        senders.emplace_back([&mailbox, sender] {
            for (int i = 0; i < count; ++i)
                mailbox.put({sender, i});
        });
    std::array<int, 3> next{};
    int total = 0;
    while (total < 3 * count) {
        for (const auto& [sender, number] : mailbox.take()) {
            ASSERT_EQ(number, next[static_cast<std::size_t>(sender)]++);
            ++total;
        }
    }
    for (std::thread& sender : senders)
        sender.join();
    EXPECT_TRUE(mailbox.take().empty());
}

TEST(Mailbox, tellsWhenTheReceiverHasToBeWoken) {
    Mailbox<int> mailbox;
    EXPECT_TRUE(mailbox.put(1));
    EXPECT_FALSE(mailbox.put(2));
    EXPECT_EQ(mailbox.take(), (std::vector{1, 2}));
    EXPECT_TRUE(mailbox.put(3));
}

TEST(SignallingQueue, shedsTheNewestWhenItIsFull) {
    SignallingQueue queue(2);
    EXPECT_EQ(queue.push(here, there, "a"), SignallingQueue::Pushed::IntoEmpty);
    EXPECT_EQ(queue.push(here, there, "b"), SignallingQueue::Pushed::Behind);
    EXPECT_EQ(queue.push(here, there, "c"), SignallingQueue::Pushed::Full);
    const auto datagrams = queue.take();
    ASSERT_EQ(datagrams.size(), 2U);
    EXPECT_EQ(datagrams[0].bytes, "a");
    EXPECT_EQ(datagrams[1].bytes, "b");
    EXPECT_EQ(datagrams[1].local, here);
    EXPECT_EQ(datagrams[1].remote, there);
    EXPECT_EQ(queue.push(here, there, "d"), SignallingQueue::Pushed::IntoEmpty);
}

TEST(SignallingQueue, theReaderIsAlwaysTold) {
    // The reader takes only when told, as a program that sleeps otherwise: a wake-up that gets lost is a
    // hang.
    SignallingQueue queue(64);
    constexpr int count = 200'000;
    std::atomic<int> told{0};
    std::atomic<bool> done{false};
    std::thread writer([&] {
        for (int i = 0; i < count; ++i) {
            SignallingQueue::Pushed pushed;
            while ((pushed = queue.push(here, there, std::to_string(i))) == SignallingQueue::Pushed::Full)
                std::this_thread::yield();
            if (pushed == SignallingQueue::Pushed::IntoEmpty)
                ++told;
        }
        done = true;
    });
    int next = 0;
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (next < count && std::chrono::steady_clock::now() < limit) {
        if (told.exchange(0) == 0) {
            std::this_thread::yield();
            continue;
        }
        for (const SignallingDatagram& datagram : queue.take())
            ASSERT_EQ(datagram.bytes, std::to_string(next++));
        if (!queue.isEmpty())
            ++told; // as Engine::takeSignalling() does
    }
    EXPECT_EQ(next, count);
    writer.join();
}
