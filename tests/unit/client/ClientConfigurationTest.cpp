// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/ClientConfiguration.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::client;

namespace {

using Severity = ConfigurationProblem::Severity;

constexpr std::string_view login = "userid=alice\npasswd=secret\nserver=broker.example\n";

std::vector<int> lines(const ConfigurationReading& reading, Severity severity) {
    std::vector<int> result;
    for (const ConfigurationProblem& problem : reading.problems)
        if (problem.severity == severity)
            result.push_back(problem.line);
    return result;
}

std::string messages(const ConfigurationReading& reading) {
    std::string result;
    for (const ConfigurationProblem& problem : reading.problems)
        result += std::to_string(problem.line) + ": " + problem.message + "\n";
    return result;
}

ConfigurationReading readWithLogin(std::string_view more) {
    return readConfiguration(std::string(login) + std::string(more));
}

} // namespace

TEST(ClientConfiguration, readsTheFileOfTheDeployedSites) {
    const auto reading = readConfiguration(R"(client_v4=auto        # IPv4 address is found by the client
userid=test           # login
passwd=test           # password
template=windows      # OS
server=1.2.3.4        # IPv4 address of the broker
tunnel_mode=v6v4      # or v6udpv4, v6anyv4
if_tunnel_v6v4=2      # IPv4 interface used to create the tunnel
host_type=host        # host or router
if_prefix=4           # interface that gets the delegated prefix
)");
    EXPECT_TRUE(reading.problems.empty()) << messages(reading);
    ClientConfiguration expected;
    expected.user = "test";
    expected.password = "test";
    expected.templateName = "windows";
    expected.server = {"1.2.3.4", 3653};
    expected.mode = TunnelMode::V6v4;
    expected.tunnelInterfaceV6v4 = "2";
    expected.prefixInterface = "4";
    EXPECT_EQ(reading.configuration, expected);
}

TEST(ClientConfiguration, readsEveryKeyOfTheOldClients) {
    const auto reading
        = readConfiguration("gogoc_dir=/usr/local/gogoc\n"
                            "userid=bob\npasswd=pa ss#word\nserver=[2001:db8::1]:4000\n"
                            "auth_method=DIGEST-MD5\ntunnel_mode=V4V6\nhost_type=Router\n"
                            "prefixlen=28\nif_prefix=eth1\ndns_server=ns1.example:ns2.example\n"
                            "client_v6=2001:db8::5\nif_tunnel_v4v6=dstm0\nkeepalive=no\n"
                            "keepalive_interval=60\nauto_retry_connect=no\nretry_delay=10\n"
                            "retry_delay_max=600\ntemplate=linux\nlast_server=/tmp/last\n"
                            "always_use_same_server=yes\nbroker_list=/tmp/list\n"
                            "log_stderr=3\nlog_rotation_size=32\nsyslog_facility=user\n"
                            "hap6_proxy_enabled=yes\nhap6_web_enabled=no\n");
    EXPECT_TRUE(reading.problems.empty()) << messages(reading);
    const ClientConfiguration& c = reading.configuration;
    EXPECT_EQ(c.homeDirectory, "/usr/local/gogoc");
    EXPECT_EQ(c.password, "pa ss#word");
    EXPECT_EQ(c.server, (ServerName{"2001:db8::1", 4000}));
    EXPECT_EQ(c.authentication, AuthenticationMethod::DigestMd5);
    EXPECT_EQ(c.mode, TunnelMode::V4v6);
    EXPECT_EQ(c.hostType, HostType::Router);
    EXPECT_EQ(c.prefixLength, 28);
    EXPECT_EQ(c.dnsServers, (std::vector<std::string>{"ns1.example", "ns2.example"}));
    EXPECT_EQ(c.clientV6, IpAddress::fromText("2001:db8::5"));
    EXPECT_FALSE(c.keepalive);
    EXPECT_FALSE(c.autoRetry);
    EXPECT_EQ(c.retryDelay, std::chrono::seconds(10));
    EXPECT_EQ(c.retryDelayMax, std::chrono::seconds(600));
    EXPECT_TRUE(c.alwaysSameServer);
    EXPECT_EQ(c.brokerListFile, "/tmp/list");
}

TEST(ClientConfiguration, readsWhatWindowsEditorsLeave) {
    const auto reading = readConfiguration(
        "\xEF\xBB\xBF\r\n  USERID = alice \r\n\tpasswd\t=\tsecret\r\r\n# server=no\r\nserver=192.0.2.1");
    EXPECT_TRUE(reading.problems.empty()) << messages(reading);
    EXPECT_EQ(reading.configuration.user, "alice");
    EXPECT_EQ(reading.configuration.password, "secret");
    EXPECT_EQ(reading.configuration.server.host, "192.0.2.1");
}

TEST(ClientConfiguration, warnsOfUnknownKeysAndRepetitions) {
    const auto reading = readWithLogin("usrid=x\nuserid=carol\nhap_proxy=yes\n");
    EXPECT_TRUE(reading.usable());
    EXPECT_EQ(lines(reading, Severity::Warning), (std::vector<int>{4, 5, 6}));
    EXPECT_EQ(reading.configuration.user, "carol");
}

TEST(ClientConfiguration, findsEveryMistakeInOnePass) {
    const auto reading
        = readConfiguration("server=1.2.3\ntunnel_mode=v6\nkeepalive=maybe\nprefixlen=129\n"
                            "what is this\nclient_v4=2001:db8::1\nretry_delay=-1\n=x\nuser\x01id=a\n");
    EXPECT_FALSE(reading.usable());
    EXPECT_EQ(lines(reading, Severity::Error), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}))
        << messages(reading);
}

TEST(ClientConfiguration, saysWhatDoesNotFitTogether) {
    const std::pair<const char*, const char*> table[] = {
        {"host_type=router\n", "if_prefix="},
        {"tunnel_mode=v4v6\nserver=192.0.2.1\n", "IPv6"},
        {"tunnel_mode=v6v4\nserver=2001:db8::1\n", "IPv4"},
        {"proxy_client=yes\ntunnel_mode=v6udpv4\nclient_v4=192.0.2.9\n", "tunnel_mode="},
        {"proxy_client=yes\ntunnel_mode=v6v4\n", "client_v4="},
        {"proxy_client=yes\ntunnel_mode=v6v4\nclient_v4=192.0.2.9\nkeepalive=yes\n", "keepalive=no"},
        {"retry_delay=60\nretry_delay_max=30\n", "retry_delay_max="},
        {"template=../../etc/evil\n", "template="},
        {"tunnel_mode=v4v6\nhost_type=router\nif_prefix=eth1\n", "prefixlen="}, // 48 bits are no IPv4 prefix
        {"tunnel_mode=v4v6\nhost_type=router\nif_prefix=eth1\nprefixlen=28\n", nullptr},
        {"tunnel_mode=v4v6\nhost_type=host\n", nullptr},
        {"auth_method=passdss-3des-1\n", "digest-md5"},
        {"always_use_same_server=yes\n", "last_server="},
        {"userid=\npasswd=\n", nullptr}, // an empty key is the default, or what stood before
    };
    for (const auto& [text, words] : table) {
        const auto reading = readWithLogin(text);
        EXPECT_EQ(reading.usable(), words == nullptr) << text << messages(reading);
        if (words != nullptr) {
            EXPECT_NE(messages(reading).find(words), std::string::npos) << text << messages(reading);
        }
    }
    EXPECT_FALSE(readConfiguration("server=192.0.2.1\n").usable()) << "no login, and not anonymous either";
    EXPECT_TRUE(readConfiguration("server=192.0.2.1\nauth_method=anonymous\n").usable());
}

TEST(ClientConfiguration, saysWhyAnOldMechanismIsNotThere) {
    const auto reading = readWithLogin("auth_method=PASSDSS-3DES-1\n");
    EXPECT_EQ(lines(reading, Severity::Error), (std::vector<int>{4}));
    EXPECT_NE(messages(reading).find("is old and unsafe"), std::string::npos) << messages(reading);
}

TEST(ClientConfiguration, neverRepeatsAPassword) {
    const auto reading = readConfiguration("passwd=hunter2\npasswd=" + std::string(300, 'x') + "hunter2\n");
    EXPECT_FALSE(reading.usable());
    EXPECT_EQ(messages(reading).find("hunter2"), std::string::npos);
}

TEST(ClientConfiguration, writesWhatItReads) {
    const auto first = readWithLogin("passwd=a#b = c\nhost_type=router\nif_prefix=4\nretry_delay=400\n"
                                     "dns_server=ns1.example\nclient_v4=192.0.2.7\n");
    ASSERT_TRUE(first.usable()) << messages(first);
    const auto text = writeConfiguration(first.configuration);
    ASSERT_TRUE(text);
    EXPECT_EQ(readConfiguration(*text).configuration, first.configuration) << *text;
}

TEST(ClientConfiguration, doesNotWriteWhatWouldReadOtherwise) {
    for (const char* password : {"a #b", " a", "a\nserver=evil", "a\t#"}) {
        ClientConfiguration configuration;
        configuration.password = password;
        const auto text = writeConfiguration(configuration);
        ASSERT_FALSE(text) << password;
        EXPECT_NE(text.error().message.find("passwd"), std::string::npos);
    }
}

TEST(ClientConfiguration, refusesAFileThatIsNone) {
    EXPECT_FALSE(readConfiguration(std::string(1 << 20, '\n')).usable());
    EXPECT_FALSE(readConfiguration("").usable());
}
