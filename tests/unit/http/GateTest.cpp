// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Gate.h"
#include "server/http/StreamQueue.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::http;

namespace {

using std::chrono::seconds;

class GateTest : public testing::Test {
protected:
    GateTest() : m_gate(limits(), [this](int descriptor) { m_cut.push_back(descriptor); }) { }

    static Limits limits() {
        Limits few;
        few.connections = 4;
        few.connectionsPerSite = 2;
        few.requestTime = seconds(10);
        few.idleTime = seconds(20);
        return few;
    }
    static Gate::TimePoint at(int second) { return Gate::TimePoint(seconds(second)); }

    bool come(int descriptor, const char* from, int second = 0) {
        const IpAddress address = *IpAddress::fromText(from);
        if (!m_gate.admit(address))
            return false;
        m_gate.opened(descriptor, address, at(second));
        return true;
    }
    void fillWithBusy() {
        for (const int descriptor : {1, 2, 3, 4}) {
            const std::string from = "192.0.2." + std::to_string(descriptor);
            EXPECT_TRUE(come(descriptor, from.c_str()));
            m_gate.setBusy(descriptor, std::nullopt);
        }
    }

    std::vector<int> m_cut;
    Gate m_gate;
};

} // namespace

TEST_F(GateTest, aSiteHasItsShareAndNoMore) {
    EXPECT_TRUE(come(1, "2001:db8:0:1::1"));
    EXPECT_TRUE(come(2, "2001:db8:0:1:ffff::2")) << "the same /64";
    m_gate.setBusy(1, std::nullopt);
    m_gate.setBusy(2, std::nullopt);
    EXPECT_FALSE(come(3, "2001:db8:0:1::3"));
    EXPECT_TRUE(come(4, "2001:db8:0:2::1")) << "another /64";
    EXPECT_TRUE(come(5, "192.0.2.1"));
    EXPECT_TRUE(m_cut.empty());
    m_gate.closed(1);
    m_gate.closed(5);
    EXPECT_TRUE(come(6, "2001:db8:0:1::3"));
}

TEST_F(GateTest, whoHasNothingToAskGivesWayWithinItsSite) {
    come(1, "192.0.2.1");
    m_gate.setBusy(1, std::nullopt);
    m_gate.setIdle(1, at(1));
    come(2, "192.0.2.1");
    come(3, "198.51.100.1");
    EXPECT_TRUE(come(4, "192.0.2.1"));
    EXPECT_EQ(m_cut, std::vector{2}) << "silent before idle, and no other site's";
    m_gate.setBusy(4, std::nullopt);
    EXPECT_TRUE(come(5, "192.0.2.1"));
    EXPECT_EQ(m_cut, (std::vector{2, 1}));
}

TEST_F(GateTest, whenAllAreTakenTheOldestSilentOneGivesWay) {
    for (const int descriptor : {1, 2, 3, 4})
        come(descriptor, ("192.0.2." + std::to_string(descriptor)).c_str());
    m_gate.setBusy(1, std::nullopt);
    EXPECT_TRUE(come(5, "192.0.2.5"));
    EXPECT_EQ(m_cut, std::vector{2});
    EXPECT_EQ(m_gate.connections(), 4U);
    m_gate.closed(2);
    EXPECT_EQ(m_gate.connections(), 4U) << "it was counted out when it was cut";
}

TEST_F(GateTest, whoIsAnsweredKeepsItsPlace) {
    fillWithBusy();
    EXPECT_FALSE(come(5, "192.0.2.5"));
    EXPECT_TRUE(m_cut.empty());
    m_gate.setIdle(3, at(1));
    EXPECT_TRUE(come(5, "192.0.2.5"));
    EXPECT_EQ(m_cut, std::vector{3});
}

TEST_F(GateTest, whoIsLateIsCutOnce) {
    come(1, "192.0.2.1");
    come(2, "192.0.2.2", 5);
    come(3, "192.0.2.3");
    m_gate.setBusy(3, std::nullopt);
    come(4, "192.0.2.4");
    m_gate.setBusy(4, at(40));
    m_gate.cutLate(at(9));
    EXPECT_TRUE(m_cut.empty());
    m_gate.cutLate(at(10));
    EXPECT_EQ(m_cut, std::vector{1});
    m_gate.setIdle(1, at(10));
    m_gate.cutLate(at(30));
    EXPECT_EQ(m_cut, (std::vector{1, 2})) << "cut stays cut";
    m_gate.setIdle(3, at(30));
    m_gate.cutLate(at(59));
    EXPECT_EQ(m_cut, (std::vector{1, 2, 4}));
    m_gate.cutLate(at(60));
    EXPECT_EQ(m_cut, (std::vector{1, 2, 4, 3})) << "idle time and request time";
    EXPECT_EQ(m_gate.connections(), 0U);
}

TEST(StreamQueue, whatGoesInComesOutInOrderAndWithinTheBound) {
    StreamQueue queue(10);
    EXPECT_TRUE(queue.push(std::make_shared<const std::string>("abcde")));
    EXPECT_TRUE(queue.push(std::make_shared<const std::string>("")));
    EXPECT_FALSE(queue.push(std::make_shared<const std::string>("fghijk")));
    EXPECT_TRUE(queue.push(std::make_shared<const std::string>("fghij")));
    EXPECT_EQ(queue.size(), 10U);
    std::string heard;
    std::array<char, 3> piece{};
    while (const std::size_t count = queue.take(piece.data(), piece.size()))
        heard.append(piece.data(), count);
    EXPECT_EQ(heard, "abcdefghij");
    EXPECT_EQ(queue.size(), 0U);
}
