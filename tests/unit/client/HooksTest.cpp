// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/Hooks.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTimer>
#include <gtest/gtest.h>
#include <map>

using namespace viaduct;
using namespace viaduct::client;
using namespace std::chrono_literals;

namespace {

event::Established tunnel(const char* prefix) {
    event::Established e;
    e.info.mode = TunnelMode::V6udpv4;
    e.info.serverOuter = *IpAddress::fromText("203.0.113.10");
    e.info.serverInner = *IpAddress::fromText("2001:db8::38");
    e.info.clientOuter = *IpAddress::fromText("10.9.1.2");
    e.info.clientInner = *IpAddress::fromText("2001:db8::39");
    e.info.clientName = "alice.broker.example";
    if (prefix != nullptr)
        e.info.delegation = tsp::Delegation{*Prefix::fromText(prefix), {}};
    e.interfaceName = "viaduct0";
    return e;
}

std::map<std::string, std::string> variables(const event::Established& e) {
    ClientConfiguration configuration;
    configuration.hostType = HostType::Router;
    configuration.prefixInterface = "eth1";
    configuration.homeDirectory = "/opt/client";
    const auto list = hookEnvironment(HookOperation::Creation, configuration, e);
    return {list.begin(), list.end()};
}

/// A HOME with a script, which appends to the file "out" what a test wants to see.
class ScriptHome {
public:
    explicit ScriptHome(const std::string& body) : m_application(m_argc, m_argv) {
        QDir(m_folder.path()).mkdir(QStringLiteral("template"));
        QFile script(m_folder.filePath(QStringLiteral("template/linux.sh")));
        EXPECT_TRUE(script.open(QIODevice::WriteOnly));
        script.write(body.data(), static_cast<qint64>(body.size()));
        script.close();
        configuration.templateName = "linux";
        configuration.homeDirectory = path();
    }

    std::string path() const { return m_folder.path().toStdString(); }
    std::string out() const {
        QFile file(m_folder.filePath(QStringLiteral("out")));
        return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : "";
    }

    /// One after the other, each as soon as the one before has ended; gives the trouble that each has told.
    std::vector<std::string> run(std::vector<HookOperation> operations, std::chrono::seconds patience = 60s) {
        Hooks hooks(configuration, patience);
        std::vector<std::string> troubles;
        const auto next = [&] { hooks.run(operations[troubles.size()], tunnel("2001:db8:f001::/48")); };
        QObject::connect(&hooks, &Hooks::finished, &hooks, [&](const std::string& trouble) {
            troubles.push_back(trouble);
            if (troubles.size() < operations.size())
                next();
            else
                QCoreApplication::exit();
        });
        QTimer::singleShot(10s, &hooks, [] { QCoreApplication::exit(); });
        next();
        QCoreApplication::exec();
        return troubles;
    }

    ClientConfiguration configuration;

private:
    int m_argc = 1;
    char m_name[5] = "test";
    char* m_argv[2] = {m_name, nullptr};
    QCoreApplication m_application;
    QTemporaryDir m_folder;
};

/// What the script with that body leaves in the file "out", and the trouble that is told.
std::pair<std::string, std::string> run(const std::string& body) {
    ScriptHome home(body);
    const auto troubles = home.run({HookOperation::Creation});
    return {home.out(), troubles.empty() ? "never ended" : troubles.front()};
}

} // namespace

TEST(Hooks, giveTheVariablesOfTheTemplateContract) {
    const std::map<std::string, std::string> expected{
        {"TSP_OPERATION", "TSP_TUNNEL_CREATION"},
        {"TSP_VERBOSE", "0"},
        {"TSP_HOME_DIR", "/opt/client"},
        {"TSP_TUNNEL_MODE", "v6udpv4"},
        {"TSP_HOST_TYPE", "router"},
        {"TSP_TUNNEL_INTERFACE", "viaduct0"},
        {"TSP_HOME_INTERFACE", "eth1"},
        {"TSP_CLIENT_ADDRESS_IPV4", "10.9.1.2"},
        {"TSP_CLIENT_ADDRESS_IPV6", "2001:db8::39"},
        {"TSP_CLIENT_DNS_NAME", "alice.broker.example"},
        {"TSP_SERVER_ADDRESS_IPV4", "203.0.113.10"},
        {"TSP_SERVER_ADDRESS_IPV6", "2001:db8::38"},
        {"TSP_TUNNEL_PREFIXLEN", "128"},
        {"TSP_PREFIX", "2001:0db8:f001"},
        {"TSP_PREFIXLEN", "48"}};
    EXPECT_EQ(variables(tunnel("2001:db8:f001::/48")), expected);
}

TEST(Hooks, cutThePrefixBehindTheGroupInWhichItEnds) {
    const std::pair<const char*, const char*> table[]
        = {{"2001:db8::/32", "2001:0db8"},
           {"2001:db8:f001::/48", "2001:0db8:f001"},
           {"2001:db8:f001:5000::/52", "2001:0db8:f001:5000"},
           {"2001:db8:f001:5670::/60", "2001:0db8:f001:5670"},
           {"2001:db8:f001:5678::/64", "2001:0db8:f001:5678"}};
    for (const auto& [prefix, cut] : table)
        EXPECT_EQ(variables(tunnel(prefix))["TSP_PREFIX"], cut);
    EXPECT_EQ(variables(tunnel(nullptr)).count("TSP_PREFIX"), 0U);
}

TEST(Hooks, nameTheFirstResolverThatIsIpv6) {
    const std::pair<std::vector<const char*>, const char*> table[]
        = {{{"2001:db8::53", "2001:db8::54"}, "2001:db8::53"},
           {{"192.0.2.53", "2001:db8::54"}, "2001:db8::54"},
           {{"192.0.2.53"}, nullptr},
           {{}, nullptr}};
    for (const auto& [resolvers, expected] : table) {
        event::Established e = tunnel(nullptr);
        for (const char* resolver : resolvers)
            e.info.resolvers.push_back(*IpAddress::fromText(resolver));
        const auto list = variables(e);
        const auto found = list.find("TSP_CLIENT_DNS_ADDRESS_IPV6");
        ASSERT_EQ(found != list.end(), expected != nullptr);
        if (expected != nullptr) {
            EXPECT_EQ(found->second, expected);
        }
    }
}

TEST(Hooks, turnInsideOutForIpv4InIpv6) {
    event::Established e = tunnel("192.0.2.128/28");
    e.info.mode = TunnelMode::V4v6;
    e.info.serverOuter = *IpAddress::fromText("2001:db8:b::10");
    e.info.serverInner = *IpAddress::fromText("198.51.100.56");
    e.info.clientOuter = *IpAddress::fromText("2001:db8:a::2");
    e.info.clientInner = *IpAddress::fromText("198.51.100.57");
    const std::map<std::string, std::string> expected{
        {"TSP_OPERATION", "TSP_TUNNEL_CREATION"},
        {"TSP_VERBOSE", "0"},
        {"TSP_HOME_DIR", "/opt/client"},
        {"TSP_TUNNEL_MODE", "v4v6"},
        {"TSP_HOST_TYPE", "router"},
        {"TSP_TUNNEL_INTERFACE", "viaduct0"},
        {"TSP_HOME_INTERFACE", "eth1"},
        {"TSP_CLIENT_ADDRESS_IPV4", "198.51.100.57"},
        {"TSP_CLIENT_ADDRESS_IPV6", "2001:db8:a::2"},
        {"TSP_CLIENT_DNS_NAME", "alice.broker.example"},
        {"TSP_SERVER_ADDRESS_IPV4", "198.51.100.56"},
        {"TSP_SERVER_ADDRESS_IPV6", "2001:db8:b::10"},
        {"TSP_TUNNEL_PREFIXLEN", "32"},
        {"TSP_PREFIX", "192.0.2.128"}, // not cut
        {"TSP_PREFIXLEN", "28"}};
    EXPECT_EQ(variables(e), expected);
}

TEST(Hooks, runTheScriptInItsHomeWithTheVariables) {
    const auto [out, trouble] = run("echo \"$TSP_OPERATION $TSP_PREFIX::1/64\" > out\necho noise\n");
    EXPECT_EQ(out, "TSP_TUNNEL_CREATION 2001:0db8:f001::1/64\n");
    EXPECT_EQ(trouble, "");
}

TEST(Hooks, tellOfAScriptThatFailed) {
    EXPECT_NE(run("exit 3\n").second.find("ended with code 3"), std::string::npos);
    EXPECT_NE(run("kill -9 $$\n").second.find("was killed"), std::string::npos);
}

TEST(Hooks, doNotHangOnAQuestion) {
    EXPECT_EQ(run("read answer\necho \"<$answer>\" > out\n").first, "<>\n");
}

TEST(Hooks, giveUpOnAScriptThatHangsAndRunTheNext) {
    ScriptHome home("echo $TSP_OPERATION >> out\n[ $TSP_OPERATION = TSP_TUNNEL_TEARDOWN ] || sleep 8\n");
    QElapsedTimer clock;
    clock.start();
    const auto troubles = home.run({HookOperation::Creation, HookOperation::Teardown}, 1s);
    EXPECT_LT(clock.elapsed(), 5000);
    ASSERT_EQ(troubles.size(), 2U);
    EXPECT_NE(troubles[0].find("did not end within 1 s and was killed"), std::string::npos) << troubles[0];
    EXPECT_EQ(troubles[1], "");
    EXPECT_EQ(home.out(), "TSP_TUNNEL_CREATION\nTSP_TUNNEL_TEARDOWN\n");
}

TEST(Hooks, findAHomeThatIsNamedFromWhereTheClientWasStarted) {
    ScriptHome home("echo \"$TSP_HOME_DIR\" > out\n");
    const QString before = QDir::currentPath();
    QDir parent(QString::fromStdString(home.path()));
    const std::string name = parent.dirName().toStdString();
    parent.cdUp();
    ASSERT_TRUE(QDir::setCurrent(parent.path()));
    home.configuration.homeDirectory = name;
    const auto troubles = home.run({HookOperation::Creation});
    QDir::setCurrent(before);
    EXPECT_EQ(troubles, std::vector<std::string>{""});
    EXPECT_EQ(home.out(), home.path() + "\n");
}
