// SPDX-License-Identifier: GPL-3.0-or-later
// Every change is looked at with the `ip` command, which knows nothing of this code.
#include "shared/tunnel/LinuxNetwork.h"

#include "shared/tunnel/TunDevice.h"
#include "tests/unit/tunnel/TestNamespace.h"
#include "tests/unit/tunnel/WithoutCapability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::tunnel;
using testing::HasSubstr;
using testing::Not;

namespace {

IpAddress ip(const char* text) {
    return *IpAddress::fromText(text);
}

Prefix prefix(const char* text) {
    return *Prefix::fromText(text);
}

class LinuxNetworkTest : public testing::Test {
protected:
    void SetUp() override {
        if (!TestNamespace::isPossible())
            GTEST_SKIP() << TestNamespace::skipReason;
        m_net = std::make_unique<TestNamespace>();
        ASSERT_TRUE(m_net->does("ip link add lan0 type veth peer name lan1"));
        m_net->setUp("lan0");
        m_net->setUp("lan1");
    }

    /// Does `change` twice, for "already so" is success, and returns what the command prints then.
    template <typename Change>
    std::string twice(Change change, const std::string& command) {
        for (int time = 1; time <= 2; ++time) {
            const Result<void> done = m_net->in(change);
            EXPECT_TRUE(done) << "time " << time << ": " << (done ? "" : done.error().message);
        }
        return m_net->output(command);
    }

    std::unique_ptr<TestNamespace> m_net;
};

} // namespace

TEST_F(LinuxNetworkTest, addsAndRemovesAddressesOfBothFamilies) {
    ASSERT_TRUE(m_net->does("sysctl -q net.ipv6.conf.lan0.accept_dad=0")); // the address counts at once
    struct Case {
        IpAddress address;
        int length;
        const char* text;
    };
    for (const Case& test :
         {Case{ip("2001:db8::1"), 64, "2001:db8::1/64"}, {ip("192.0.2.1"), 24, "192.0.2.1/24"}}) {
        EXPECT_THAT(
            twice([&] { return addAddress("lan0", test.address, test.length); }, "ip address show lan0"),
            HasSubstr(test.text));
        EXPECT_TRUE(*m_net->in([&] { return hasLocalAddress(test.address); }));
        EXPECT_THAT(
            twice([&] { return removeAddress("lan0", test.address, test.length); }, "ip address show lan0"),
            Not(HasSubstr(test.text)));
        EXPECT_FALSE(*m_net->in([&] { return hasLocalAddress(test.address); }));
    }
}

TEST_F(LinuxNetworkTest, addsAndRemovesRoutesOfEveryKind) {
    m_net->setUp("lan0", "192.0.2.1/24 2001:db8::1/64");
    const std::pair<Route, std::string> routes[] = {
        {{.destination = prefix("2001:db8:1::/48"), .interface = "lan0"}, "2001:db8:1::/48 dev lan0"},
        {{.destination = prefix("2001:db8:2::/48"),
          .interface = "lan0",
          .gateway = ip("2001:db8::2"),
          .metric = 7},
         "2001:db8:2::/48 via 2001:db8::2 dev lan0 proto static metric 7"},
        {{.destination = prefix("::/0"),
          .interface = "lan0",
          .preferredSource = ip("2001:db8::1"),
          .metric = 64,
          .mtu = 1280},
         "default dev lan0 proto static src 2001:db8::1 metric 64 mtu 1280"},
        {{.destination = prefix("2001:db8:3::/48"), .interface = ""}, "unreachable 2001:db8:3::/48"},
        {{.destination = prefix("198.51.100.0/24"), .interface = "lan0", .gateway = ip("192.0.2.2")},
         "198.51.100.0/24 via 192.0.2.2 dev lan0"},
        {{.destination = prefix("0.0.0.0/0"), .interface = "lan0", .metric = 64}, "default dev lan0"},
        {{.destination = prefix("203.0.113.0/24"), .interface = ""}, "unreachable 203.0.113.0/24"},
    };
    const std::string before = m_net->dump();
    for (const auto& [route, text] : routes)
        EXPECT_THAT(twice([&r = route] { return addRoute(r); }, "ip route; ip -6 route"), HasSubstr(text));
    for (const auto& [route, text] : routes)
        EXPECT_THAT(
            twice([&r = route] { return removeRoute(r); }, "ip route; ip -6 route"), Not(HasSubstr(text)));
    EXPECT_EQ(m_net->dump(), before);
}

TEST_F(LinuxNetworkTest, leavesOtherRoutesToTheSameDestinationAlone) {
    ASSERT_TRUE(m_net->does("ip -6 route add default dev lan1 metric 64"));
    const Route ours{.destination = prefix("::/0"), .interface = "lan0", .metric = 64};
    twice([&] { return addRoute(ours); }, "true");
    EXPECT_THAT(m_net->output("ip -6 route"), HasSubstr("default dev lan1"));
    EXPECT_THAT(
        twice([&] { return removeRoute(ours); }, "ip -6 route"),
        testing::AllOf(HasSubstr("default dev lan1"), Not(HasSubstr("default dev lan0"))));
}

TEST_F(LinuxNetworkTest, switchesLinksOnWithAnMtu) {
    ASSERT_TRUE(m_net->does("ip link set lan0 down"));
    EXPECT_THAT(
        twice([] { return setLinkUp("lan0", 1400); }, "ip link show lan0"),
        testing::AllOf(HasSubstr("mtu 1400"), HasSubstr(",UP")));
}

TEST_F(LinuxNetworkTest, removingFromWhatIsGoneIsSuccess) {
    twice([] { return removeAddress("gone0", ip("2001:db8::1"), 64); }, "true");
    twice([] { return removeRoute({.destination = prefix("2001:db8::/32"), .interface = "gone0"}); }, "true");
}

TEST_F(LinuxNetworkTest, saysWhichInterfaceIsMissing) {
    const auto added = m_net->in([] { return addAddress("gone0", ip("2001:db8::1"), 64); });
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Error::Code::NotFound);
    EXPECT_THAT(added.error().message, HasSubstr("gone0"));
    EXPECT_FALSE(m_net->in([] { return addRoute({.destination = prefix("::/0"), .interface = "gone0"}); }));
    EXPECT_FALSE(m_net->in([] { return setLinkUp("", 1280); }));
    EXPECT_FALSE(m_net->in([] { return interfaceName(4711); }));
}

TEST_F(LinuxNetworkTest, findsItsOwnAddressesAndSources) {
    m_net->setUp("lan0", "192.0.2.1/24 2001:db8::1/64");
    m_net->in([] {
        EXPECT_TRUE(*hasLocalAddress(ip("192.0.2.1")));
        EXPECT_TRUE(*hasLocalAddress(ip("127.0.0.5")));
        EXPECT_FALSE(*hasLocalAddress(ip("192.0.2.2")));
        EXPECT_FALSE(*hasLocalAddress(ip("198.51.100.1"))); // no route at all
        EXPECT_TRUE(*hasLocalAddress(ip("2001:db8::1")));
        EXPECT_FALSE(*hasLocalAddress(ip("2001:db8::2")));
        EXPECT_EQ(*sourceFor(ip("192.0.2.77")), ip("192.0.2.1"));
        EXPECT_EQ(*sourceFor(ip("2001:db8::77")), ip("2001:db8::1"));
        EXPECT_THAT(sourceFor(ip("198.51.100.1")).error().message, HasSubstr("no way to 198.51.100.1"));
        EXPECT_EQ(*interfaceName(1), "lo");
    });
}

TEST_F(LinuxNetworkTest, saysThatTheRightIsMissing) {
    m_net->in([] {
        withoutCapability(CAP_NET_ADMIN, [] {
            const std::string messages[] = {
                addAddress("lan0", ip("2001:db8::1"), 64).error().message,
                addRoute({.destination = prefix("::/0"), .interface = "lan0"}).error().message,
                setLinkUp("lan0", 1300).error().message,
                TunDevice::open("vtun%d", 1280, TunDevice::Lifetime::Process).error().message,
            };
            for (const std::string& message : messages)
                EXPECT_THAT(message, HasSubstr("CAP_NET_ADMIN"));
        });
    });
}
