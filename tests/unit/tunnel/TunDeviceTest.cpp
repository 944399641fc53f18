// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/TunDevice.h"

#include "tests/unit/tunnel/TestNamespace.h"

#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace viaduct::tunnel;
using testing::HasSubstr;
using testing::Not;

namespace {

class TunDeviceTest : public testing::Test {
protected:
    void SetUp() override {
        if (!TestNamespace::isPossible())
            GTEST_SKIP() << TestNamespace::skipReason;
        m_net = std::make_unique<TestNamespace>();
    }

    auto open(const char* name, TunDevice::Lifetime lifetime) {
        return m_net->in([&] { return TunDevice::open(name, 1400, lifetime); });
    }

    /// Opens a persistent device in another process, and kills that with the device open.
    void openAndDie(const char* name) {
        m_net->in([&] {
            const pid_t child = ::fork();
            if (child == 0) {
                const auto device = TunDevice::open(name, 1400, TunDevice::Lifetime::Persistent);
                ::kill(::getpid(), device ? SIGKILL : SIGTERM);
            }
            int status = 0;
            ASSERT_EQ(::waitpid(child, &status, 0), child);
            ASSERT_TRUE(WIFSIGNALED(status));
            ASSERT_EQ(WTERMSIG(status), SIGKILL);
        });
    }

    std::unique_ptr<TestNamespace> m_net;
};

} // namespace

TEST_F(TunDeviceTest, isUpWithItsMtuAndQuiet) {
    const auto device = open("vtun%d", TunDevice::Lifetime::Process);
    ASSERT_TRUE(device) << device.error().message;
    EXPECT_EQ(device->name(), "vtun0");
    EXPECT_GT(device->index(), 1U);
    EXPECT_NE(::fcntl(device->descriptor(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(device->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_THAT(
        m_net->output("ip address show vtun0"),
        testing::AllOf(HasSubstr("mtu 1400"), HasSubstr(",UP"), Not(HasSubstr("fe80"))));
}

TEST_F(TunDeviceTest, goesWithTheDescriptor) {
    const std::string before = m_net->dump();
    {
        const auto device = open("vtun0", TunDevice::Lifetime::Process);
        ASSERT_TRUE(device) << device.error().message;
        EXPECT_NE(m_net->dump(), before);
    }
    EXPECT_EQ(m_net->dump(), before);
}

TEST_F(TunDeviceTest, persistentOneKeepsAddressesAndRoutesOverKill) {
    const std::string before = m_net->dump();
    openAndDie("vtun0");
    ASSERT_TRUE(
        m_net->does("ip address add 2001:db8::1/64 dev vtun0; ip -6 route add 2001:db8:1::/48 dev vtun0"));
    openAndDie("vtun0");
    {
        const auto again = open("vtun0", TunDevice::Lifetime::Persistent);
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_THAT(m_net->output("ip address show vtun0"), HasSubstr("2001:db8::1/64"));
        EXPECT_THAT(m_net->output("ip -6 route"), HasSubstr("2001:db8:1::/48 dev vtun0"));
        EXPECT_FALSE(m_net->in([] { return TunDevice::remove("vtun0"); })) << "removed although in use";
    }
    EXPECT_TRUE(m_net->in([] { return TunDevice::remove("vtun0"); }));
    EXPECT_TRUE(m_net->in([] { return TunDevice::remove("vtun0"); })) << "gone already is success";
    EXPECT_EQ(m_net->dump(), before);
}

TEST_F(TunDeviceTest, saysWhoIsInTheWay) {
    const auto first = open("vtun0", TunDevice::Lifetime::Persistent);
    ASSERT_TRUE(first);
    for (const auto lifetime : {TunDevice::Lifetime::Persistent, TunDevice::Lifetime::Process}) {
        const auto second = open("vtun0", lifetime);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, viaduct::Error::Code::Busy);
        EXPECT_THAT(second.error().message, HasSubstr("another program"));
    }
    EXPECT_FALSE(open("lo", TunDevice::Lifetime::Persistent));
    EXPECT_FALSE(open("", TunDevice::Lifetime::Process));
    EXPECT_FALSE(open("name-that-is-too-long", TunDevice::Lifetime::Process));
}

TEST_F(TunDeviceTest, doesNotTakeOverThePersistentDeviceOfAnother) {
    openAndDie("vtun0");
    EXPECT_FALSE(open("vtun0", TunDevice::Lifetime::Process));
    EXPECT_THAT(m_net->output("ip link"), HasSubstr("vtun0"));
}
