// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/LinuxForwarding.h"

#include "tests/unit/tunnel/TestNamespace.h"

#include <gtest/gtest.h>
#include <memory>

using namespace viaduct::tunnel;

namespace {

class LinuxForwardingTest : public testing::Test {
protected:
    void SetUp() override {
        if (!TestNamespace::isPossible())
            GTEST_SKIP() << TestNamespace::skipReason;
        m_net = std::make_unique<TestNamespace>();
        ASSERT_TRUE(
            m_net->does("ip link add lan0 type veth peer name lan1"
                        " && sysctl -q net.ipv6.conf.lan0.accept_ra=1 net.ipv6.conf.lan1.accept_ra=0"));
    }

    std::string switches() const {
        return m_net->output("sysctl -a -r 'net.ipv6.conf.*.(forwarding|accept_ra)$'");
    }
    std::string value(const std::string& name) const {
        const std::string text = m_net->output("sysctl -n net.ipv6.conf." + name);
        return text.substr(0, text.find('\n'));
    }

    std::unique_ptr<TestNamespace> m_net;
};

} // namespace

TEST_F(LinuxForwardingTest, forwardsAndStillHearsRoutersUntilItEnds) {
    const std::string before = switches();
    m_net->in([&] {
        const auto forwarding = LinuxForwarding::enable();
        ASSERT_TRUE(forwarding) << forwarding.error().message;
        EXPECT_EQ(value("all.forwarding"), "1");
        EXPECT_EQ(value("lan0.forwarding"), "1");
        EXPECT_EQ(value("lan0.accept_ra"), "2") << "a native default route would be lost";
        EXPECT_EQ(value("lan1.accept_ra"), "0") << "what ignored routers goes on ignoring them";
    });
    EXPECT_EQ(switches(), before);
}

TEST_F(LinuxForwardingTest, keepsASingleInterfacesOwnSetting) {
    ASSERT_TRUE(m_net->does("sysctl -q net.ipv6.conf.lan1.forwarding=1"));
    const std::string before = switches();
    m_net->in([] { EXPECT_TRUE(LinuxForwarding::enable()); });
    EXPECT_EQ(switches(), before);
}

TEST_F(LinuxForwardingTest, leavesARouterAsItIs) {
    ASSERT_TRUE(m_net->does("sysctl -q net.ipv6.conf.all.forwarding=1"));
    const std::string before = switches();
    m_net->in([&] {
        const auto forwarding = LinuxForwarding::enable();
        ASSERT_TRUE(forwarding);
        EXPECT_EQ(switches(), before);
    });
    EXPECT_EQ(switches(), before);
}

TEST_F(LinuxForwardingTest, survivesAnInterfaceThatGoesAway) {
    m_net->in([&] {
        const auto forwarding = LinuxForwarding::enable();
        ASSERT_TRUE(forwarding);
        ASSERT_TRUE(m_net->does("ip link del lan0"));
    });
    EXPECT_EQ(value("all.forwarding"), "0");
}
