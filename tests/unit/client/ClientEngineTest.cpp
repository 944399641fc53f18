// SPDX-License-Identifier: GPL-3.0-or-later
// The life of a client against brokers on real sockets of 127.0.0.1.
#include "shared/client/ClientEngine.h"
#include "tests/unit/client/FakeBroker.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::client;
using namespace std::chrono_literals;

namespace {

class Engine : public testing::Test {
protected:
    Engine() : m_application(m_argc, m_argv) {
        configuration.user = "alice";
        configuration.password = "secret";
        configuration.mode = TunnelMode::V6v4;
        configuration.retryDelay = 1s;
        use(broker);
    }

    /// What was told to go later goes now: nobody else lets such events happen, and a leak must not hide
    /// there.
    void TearDown() override {
        engine.reset();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }

    void use(const FakeBroker& which) {
        configuration.server = {which.endpoint().address.text(), which.endpoint().port};
    }

    void start() {
        engine = std::make_unique<ClientEngine>(configuration, system.platform);
        QObject::connect(
            engine.get(), &ClientEngine::happened, engine.get(), [this](const ClientEvent& event) {
                events.push_back(event);
                if (onEvent)
                    onEvent(event);
            });
        QObject::connect(engine.get(), &ClientEngine::finished, engine.get(), [this](ExitCode code) {
            exit = code;
            ++exits;
        });
        engine->start();
    }

    /// Lets events happen until `done`, at most for `patience`.
    template <typename Done>
    bool until(const Done& done, std::chrono::milliseconds patience = 3s) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!done() && std::chrono::steady_clock::now() < end)
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 10);
        return done();
    }
    template <typename Event>
    int count() const {
        return static_cast<int>(std::count_if(events.begin(), events.end(), [](const ClientEvent& event) {
            return std::holds_alternative<Event>(event);
        }));
    }
    template <typename Event>
    bool untilCount(int number, std::chrono::milliseconds patience = 3s) {
        return until([&] { return count<Event>() >= number; }, patience);
    }
    template <typename Event>
    Event last() const {
        for (auto event = events.rbegin(); event != events.rend(); ++event)
            if (const auto* found = std::get_if<Event>(&*event))
                return *found;
        ADD_FAILURE() << "no such event";
        return {};
    }
    bool untilExit(std::chrono::milliseconds patience = 3s) {
        return until([this] { return exit.has_value(); }, patience);
    }
    void letPass(std::chrono::milliseconds time) {
        until([] { return false; }, time);
    }
    void delegate(const char* prefix) {
        std::get<tsp::TunnelInfo>(broker.tunnel).delegation = tsp::Delegation{*Prefix::fromText(prefix), {}};
    }
    /// home/template/linux.sh becomes the hook.
    void useScript(const QTemporaryDir& home, const char* body) {
        QDir(home.path()).mkdir(QStringLiteral("template"));
        write(home, "template/linux.sh", body);
        configuration.templateName = "linux";
        configuration.homeDirectory = home.path().toStdString();
    }
    static void write(const QTemporaryDir& folder, const char* name, const std::string& text) {
        QFile file(folder.filePath(QString::fromLatin1(name)));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(text.data(), static_cast<qint64>(text.size()));
    }
    static std::string read(const QTemporaryDir& folder, const char* name) {
        QFile file(folder.filePath(QString::fromLatin1(name)));
        return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
    }
    std::string log() const {
        std::string text;
        for (const ClientEvent& event : events)
            text += json(event) + "\n";
        return text;
    }

    int m_argc = 1;
    char m_name[5] = "test";
    char* m_argv[2] = {m_name, nullptr};
    QCoreApplication m_application;
    FakeBroker broker;
    FakePlatform system;
    ClientConfiguration configuration;
    std::unique_ptr<ClientEngine> engine;
    std::vector<ClientEvent> events;
    std::function<void(const ClientEvent&)> onEvent; ///< after it was written down
    std::optional<ExitCode> exit;
    int exits = 0; ///< how often the end was told
};

} // namespace

TEST_F(Engine, getsATunnelOverUdpAndTakesItDownOnRequest) {
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    const auto established = last<event::Established>();
    EXPECT_EQ(established.transport, Transport::Udp);
    EXPECT_EQ(established.info.clientInner.text(), "2001:db8::39");
    EXPECT_EQ(established.interfaceName, "fake0");
    EXPECT_EQ(last<event::Authenticating>().mechanism, tsp::Mechanism::DigestMd5);
    EXPECT_EQ(system.parameters.outerLocal.text(), "127.0.0.1:0");
    EXPECT_EQ(system.parameters.outerRemote.text(), "127.0.0.1:0");
    EXPECT_EQ(broker.requests.at(0).clientOuter.text(), "127.0.0.1");
    EXPECT_EQ(broker.requests.at(0).keepaliveInterval, 30);
    engine->stop();
    ASSERT_TRUE(untilExit());
    EXPECT_EQ(exit, ExitCode::Stopped);
    EXPECT_EQ(system.standing, 0);
    EXPECT_EQ(count<event::Stopped>(), 1);
}

TEST_F(Engine, givesTheUdpTunnelTheSocketOfTheSignallingAndReadsNoMoreFromIt) {
    configuration.mode = TunnelMode::V6udpv4;
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    EXPECT_NE(system.parameters.socket, -1);
    EXPECT_EQ(system.parameters.outerLocal, broker.lastClient);
    EXPECT_EQ(system.parameters.outerRemote, broker.endpoint());
    QUdpSocket tunnelEnd;
    ASSERT_TRUE(tunnelEnd.setSocketDescriptor(system.parameters.socket, QAbstractSocket::ConnectedState));
    tunnelEnd.write("\x60 a packet", 10);
    ASSERT_TRUE(until([&] { return broker.lastClient == system.parameters.outerLocal; }));
    // What arrives has to be there for the tunnel, however long the event loop ran before.
    ASSERT_TRUE(broker.sendTo(system.parameters.outerLocal, "\x60 back"));
    letPass(50ms);
    ASSERT_TRUE(tunnelEnd.waitForReadyRead(1000) || tunnelEnd.hasPendingDatagrams());
    QByteArray bytes(100, '\0');
    EXPECT_EQ(tunnelEnd.readDatagram(bytes.data(), bytes.size()), 6);
    engine->stop();
    ASSERT_TRUE(untilExit());
}

TEST_F(Engine, fallsBackToTcpWhenUdpIsSilent) {
    broker.silentOverUdp = true;
    start();
    ASSERT_TRUE(untilCount<event::Established>(1, 10s)) << log();
    EXPECT_EQ(last<event::Established>().transport, Transport::Tcp);
}

TEST_F(Engine, neverUsesTcpForTheUdpMode) {
    configuration.mode = TunnelMode::V6udpv4;
    configuration.autoRetry = false;
    broker.silentOverUdp = true;
    start();
    ASSERT_TRUE(untilExit(10s)) << log();
    EXPECT_EQ(exit, ExitCode::Unreachable);
    EXPECT_EQ(count<event::Connecting>(), 1) << log();
}

TEST_F(Engine, doesNotWaitForABrokerWhoseMachineSaysThatItIsNotThere) {
    {
        FakeBroker gone;
        use(gone);
    }
    configuration.autoRetry = false;
    start();
    ASSERT_TRUE(untilExit(1s)) << log();
    EXPECT_EQ(exit, ExitCode::Unreachable);
    EXPECT_EQ(count<event::Connecting>(), 2) << log();
}

TEST_F(Engine, goesDownThroughTheVersions) {
    broker.newest = tsp::Version{1, 0, 1};
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    EXPECT_EQ(count<event::Connecting>(), 4) << log();
    EXPECT_EQ(last<event::Established>().transport, Transport::Tcp);
    EXPECT_TRUE(last<event::Connecting>().version == (tsp::Version{1, 0, 1}));
}

TEST_F(Engine, pausesWhenEveryVersionIsRefused) {
    broker.newest = tsp::Version{0, 0, 0};
    configuration.mode = TunnelMode::V6udpv4;
    configuration.retryDelay = 60s;
    configuration.retryDelayMax = 60s;
    start();
    ASSERT_TRUE(untilCount<event::Retrying>(2)) << log();
    letPass(500ms);
    EXPECT_EQ(count<event::Connecting>(), 6) << log();
    EXPECT_GE(last<event::Retrying>().delay, 40s);
}

TEST_F(Engine, endsOnAWrongPassword) {
    broker.password = "another";
    for (const auto method : {AuthenticationMethod::DigestMd5, AuthenticationMethod::Plain}) {
        configuration.authentication = method;
        exit.reset();
        start();
        ASSERT_TRUE(untilExit()) << log();
        EXPECT_EQ(exit, ExitCode::Authentication);
        EXPECT_EQ(log().find("secret"), std::string::npos) << "a password in the log";
    }
}

TEST_F(Engine, endsWhenNoMechanismIsCommon) {
    configuration.authentication = AuthenticationMethod::Anonymous;
    start();
    ASSERT_TRUE(untilExit()) << log();
    EXPECT_EQ(exit, ExitCode::NoMechanism);
}

TEST_F(Engine, endsOnARefusalAndSaysWhatToChange) {
    broker.tunnel = tsp::Refusal{tsp::Status::BadIpv4Address, {}};
    start();
    ASSERT_TRUE(untilExit()) << log();
    EXPECT_EQ(exit, ExitCode::Refused);
    EXPECT_NE(last<event::Failed>().reason.find("v6udpv4"), std::string::npos);
    EXPECT_NE(last<event::Failed>().reason.find("501"), std::string::npos);
}

TEST_F(Engine, comesBackToABusyBroker) {
    broker.refusal = tsp::Refusal{tsp::Status::ServerBusy, {}};
    broker.refusals = 1;
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    EXPECT_EQ(count<event::Retrying>(), 1);
}

TEST_F(Engine, goesToTheNearestOfTheBrokersItIsSentTo) {
    FakeBroker dead;
    dead.silentOverUdp = true;
    FakeBroker near;
    broker.refusal = tsp::Refusal{tsp::Status::Redirection, {dead.endpoint().text(), near.endpoint().text()}};
    start();
    ASSERT_TRUE(untilCount<event::Established>(1, 6s)) << log();
    EXPECT_EQ(near.probes, 1);
    EXPECT_EQ(dead.dialogues, 0);
    EXPECT_EQ(last<event::Established>().server.port, near.endpoint().port);
}

TEST_F(Engine, followsARedirectAfterTheLoginWithoutAProbe) {
    FakeBroker other;
    broker.tunnel = tsp::Refusal{tsp::Status::Redirection, {other.endpoint().text()}};
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    EXPECT_EQ(other.probes, 0);
    EXPECT_EQ(other.dialogues, 1);
}

TEST_F(Engine, doesNotGoInCircles) {
    FakeBroker other;
    broker.refusal = tsp::Refusal{tsp::Status::Redirection, {other.endpoint().text()}};
    other.refusal = tsp::Refusal{tsp::Status::Redirection, {broker.endpoint().text()}};
    configuration.autoRetry = false;
    start();
    ASSERT_TRUE(untilExit()) << log();
    EXPECT_EQ(exit, ExitCode::Redirect);
    EXPECT_EQ(broker.dialogues, 1);
    EXPECT_EQ(other.dialogues, 1);
}

TEST_F(Engine, takesTheNextBrokerOnlyWhenOneCannotBeReached) {
    FakeBroker first;
    first.silentOverUdp = true;
    first.refuseConnections = true;
    FakeBroker second;
    second.silentOverUdp = true; // to the probes too: the order of the redirect stands
    broker.refusal
        = tsp::Refusal{tsp::Status::Redirection, {first.endpoint().text(), second.endpoint().text()}};
    start();
    ASSERT_TRUE(untilCount<event::Established>(1, 20s)) << log();
    EXPECT_EQ(last<event::Established>().server.port, second.endpoint().port);
    EXPECT_EQ(last<event::Established>().transport, Transport::Tcp);
}

TEST_F(Engine, keepsTheInterfaceWhenTheSameTunnelComesBack) {
    std::get<tsp::TunnelInfo>(broker.tunnel).keepaliveInterval = 1s;
    system.answersEchoes = false;
    start();
    ASSERT_TRUE(untilCount<event::Lost>(1, 6s)) << log();
    EXPECT_EQ(system.standing, 1) << "taken down before there is another";
    system.answersEchoes = true;
    ASSERT_TRUE(untilCount<event::Established>(2)) << log();
    EXPECT_EQ(system.tunnels, 1);
    letPass(2500ms);
    EXPECT_EQ(count<event::Lost>(), 1) << log();
}

TEST_F(Engine, buildsTheTunnelAnewWhenItBroke) {
    configuration.mode = TunnelMode::V6udpv4;
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    system.callbacks.failed(Error{Error::Code::System, "The cable was cut."});
    ASSERT_TRUE(untilCount<event::Established>(2)) << log();
    EXPECT_EQ(last<event::Lost>().reason, "The cable was cut.");
    EXPECT_EQ(system.tunnels, 2);
    EXPECT_EQ(system.standing, 1);
}

TEST_F(Engine, beginsOneDialogueForOneLossHoweverOftenItIsTold) {
    configuration.mode = TunnelMode::V6udpv4;
    std::get<tsp::TunnelInfo>(broker.tunnel).keepaliveInterval = 1s;
    system.answersEchoes = false;
    // A broker that is gone is missed by the keepalive first, then by the tunnel itself: "port unreachable".
    const Error unreachable{Error::Code::System, "The port is closed."};
    onEvent = [&](const ClientEvent& event) {
        if (std::holds_alternative<event::Lost>(event))
            system.answersEchoes = true; // by the next tunnel
        if (count<event::Lost>() > 0 && std::holds_alternative<event::Connecting>(event))
            system.callbacks.failed(unreachable);
    };
    start();
    ASSERT_TRUE(untilCount<event::Lost>(1, 6s)) << log();
    system.callbacks.failed(unreachable);
    ASSERT_TRUE(untilCount<event::Established>(2)) << log();
    letPass(2500ms); // longer than the pause before a second try
    EXPECT_EQ(count<event::Lost>(), 1) << log();
    EXPECT_EQ(count<event::Connecting>(), 2) << log();
    EXPECT_EQ(system.tunnels, 2) << "the broken one was taken over";
    EXPECT_EQ(system.standing, 1);
}

TEST_F(Engine, doesNotCallATunnelUpThatBrokeWhileItWasSetUp) {
    system.breaksAtOnce = Error{Error::Code::System, "The port is closed."};
    configuration.retryDelay = 60s;
    configuration.retryDelayMax = 60s;
    start();
    ASSERT_TRUE(untilCount<event::Retrying>(2)) << log();
    EXPECT_EQ(count<event::Established>(), 0) << log();
    EXPECT_EQ(last<event::Lost>().reason, "The port is closed.");
    EXPECT_EQ(system.tunnels, 2);
    EXPECT_GE(last<event::Retrying>().delay, 40s) << "a tunnel that never stood was taken for a success";
}

TEST_F(Engine, aTunnelThatBrokeIsLostEvenIfTheScriptFailedOfThat) {
    const QTemporaryDir home;
    useScript(home, "[ -e worked ] || { touch worked; exit 1; }\n");
    system.breaksAtOnce = Error{Error::Code::System, "The port is closed."};
    onEvent = [&](const ClientEvent& event) {
        if (std::holds_alternative<event::Lost>(event))
            system.breaksAtOnce.reset();
    };
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    EXPECT_EQ(count<event::Lost>(), 1) << log();
    EXPECT_NE(last<event::Notice>().text.find("ended with code 1"), std::string::npos);
}

TEST_F(Engine, renewsATunnelWhoseLifetimeEnds) {
    std::get<tsp::TunnelInfo>(broker.tunnel).lifetime = 1s;
    start();
    ASSERT_TRUE(untilCount<event::Established>(2, 4s)) << log();
    // A broker that gives a second each time does not get a storm.
    EXPECT_FALSE(untilCount<event::Established>(4, 2s)) << log();
}

TEST_F(Engine, saysWhichRightIsMissing) {
    system.refuses = Error{Error::Code::Denied, "CAP_NET_ADMIN is missing."};
    start();
    ASSERT_TRUE(untilExit()) << log();
    EXPECT_EQ(exit, ExitCode::Rights);
    EXPECT_EQ(last<event::Failed>().reason, "CAP_NET_ADMIN is missing.");
}

TEST_F(Engine, endsWhenTheSystemRefusesTheTunnel) {
    system.refuses = Error{Error::Code::System, "There is no TUN device."};
    start();
    ASSERT_TRUE(untilExit()) << log();
    EXPECT_EQ(exit, ExitCode::Tunnel);
    EXPECT_EQ(last<event::Failed>().reason, "There is no TUN device.");
}

TEST_F(Engine, takesTheTunnelBackWhenTheSystemRefusesThePrefix) {
    delegate("2001:db8:f001::/48");
    configuration.hostType = HostType::Router;
    configuration.prefixInterface = "eth7";
    system.refusesPrefix = Error{Error::Code::NotFound, "There is no interface eth7."};
    start();
    ASSERT_TRUE(untilExit()) << log();
    EXPECT_EQ(exit, ExitCode::Tunnel);
    EXPECT_EQ(count<event::Established>(), 0) << log();
    EXPECT_EQ(system.standing, 0);
}

TEST_F(Engine, doesNotTrustABrokerThatCannotProveThatItKnowsThePassword) {
    broker.forgesProof = true;
    start();
    ASSERT_TRUE(untilExit()) << log();
    EXPECT_EQ(exit, ExitCode::ServerNotTrusted);
    EXPECT_TRUE(broker.requests.empty()) << "it was asked for a tunnel all the same";
    EXPECT_EQ(system.tunnels, 0);
}

TEST_F(Engine, givesARouterItsPrefix) {
    delegate("2001:db8:f001::/48");
    configuration.hostType = HostType::Router;
    configuration.prefixInterface = "4";
    configuration.dnsServers = {"ns1.example"};
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    EXPECT_EQ(
        system.prefixes, (std::vector<std::pair<std::string, std::string>>{{"2001:db8:f001::/48", "4"}}));
    EXPECT_EQ(last<event::Established>().prefixInterface, "eth1");
    EXPECT_TRUE(broker.requests.at(0).router == (tsp::RouterRequest{48, {"ns1.example"}}));
}

TEST_F(Engine, aHostTakesNoPrefixWhateverTheBrokerSays) {
    const QTemporaryDir home;
    useScript(home, "echo \"<$TSP_PREFIX>\" > out\n");
    delegate("2001:db8:f001::/48");
    configuration.prefixInterface = "4"; // the sample files of the old clients name one for hosts too
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    EXPECT_TRUE(system.prefixes.empty()) << "an address, and forwarding, that nobody asked for";
    EXPECT_FALSE(last<event::Established>().info.delegation);
    EXPECT_EQ(read(home, "out"), "<>\n");
    EXPECT_NE(last<event::Notice>().text.find("2001:db8:f001::/48"), std::string::npos) << log();
}

TEST_F(Engine, tellsARouterThatItGotNoPrefix) {
    configuration.hostType = HostType::Router;
    configuration.prefixInterface = "4";
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    ASSERT_EQ(count<event::Notice>(), 1) << log();
    EXPECT_NE(last<event::Notice>().text.find("no prefix"), std::string::npos);
    EXPECT_EQ(last<event::Established>().prefixInterface, "");
}

TEST_F(Engine, setsUpATunnelForAnotherBoxAndEnds) {
    configuration.proxy = true;
    configuration.keepalive = false;
    configuration.clientV4 = IpAddress::fromText("192.0.2.9");
    start();
    ASSERT_TRUE(untilExit()) << log();
    EXPECT_EQ(exit, ExitCode::Stopped);
    EXPECT_EQ(broker.requests.at(0).clientOuter.text(), "192.0.2.9");
    EXPECT_TRUE(broker.requests.at(0).proxy);
    EXPECT_EQ(system.tunnels, 0);
}

TEST_F(Engine, remembersTheBrokerThatServedIt) {
    const QTemporaryDir folder;
    configuration.lastServerFile = folder.filePath(QStringLiteral("last")).toStdString();
    configuration.alwaysSameServer = true;
    FakeBroker other;
    broker.refusal = tsp::Refusal{tsp::Status::Redirection, {other.endpoint().text()}};
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    start(); // another life
    ASSERT_TRUE(untilCount<event::Established>(2)) << log();
    EXPECT_EQ(broker.dialogues, 1);
    EXPECT_EQ(other.dialogues, 2);
}

TEST_F(Engine, writesTheBrokersItIsSentToIntoTheListNearestFirst) {
    const QTemporaryDir folder;
    configuration.brokerListFile = folder.filePath(QStringLiteral("list")).toStdString();
    FakeBroker dead;
    dead.silentOverUdp = true;
    FakeBroker far;
    far.probeDelay = 300ms;
    FakeBroker near;
    broker.refusal = tsp::Refusal{
        tsp::Status::Redirection, {dead.endpoint().text(), far.endpoint().text(), near.endpoint().text()}};
    start();
    ASSERT_TRUE(untilCount<event::Established>(1, 6s)) << log();
    EXPECT_EQ(last<event::Established>().server.port, near.endpoint().port);
    EXPECT_EQ(read(folder, "list"), near.endpoint().text() + "\n" + far.endpoint().text() + "\n");
}

TEST_F(Engine, goesThroughTheListWhenTheConfiguredBrokerIsDead) {
    const QTemporaryDir folder;
    configuration.brokerListFile = folder.filePath(QStringLiteral("list")).toStdString();
    std::string deadToo;
    {
        FakeBroker gone;
        use(gone);
        FakeBroker goneToo;
        deadToo = goneToo.endpoint().text();
    }
    write(folder, "list", deadToo + "\r\n" + broker.endpoint().text() + "\r\n");
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    EXPECT_EQ(last<event::Established>().server.port, broker.endpoint().port);
    EXPECT_EQ(count<event::Connecting>(), 5) << "two dead ones over UDP and TCP, then the living\n" << log();
    EXPECT_EQ(count<event::Retrying>(), 0) << log();
}

TEST_F(Engine, leavesTheListAloneWhileTheConfiguredBrokerAnswers) {
    const QTemporaryDir folder;
    configuration.brokerListFile = folder.filePath(QStringLiteral("list")).toStdString();
    FakeBroker listed;
    write(folder, "list", listed.endpoint().text() + "\n");
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    EXPECT_EQ(last<event::Established>().server.port, broker.endpoint().port);
    EXPECT_EQ(listed.dialogues, 0);
}

TEST_F(Engine, staysWithItsServerWhenThatIsWished) {
    const QTemporaryDir folder;
    configuration.alwaysSameServer = true;
    configuration.lastServerFile = folder.filePath(QStringLiteral("last")).toStdString();
    configuration.brokerListFile = folder.filePath(QStringLiteral("list")).toStdString();
    write(folder, "list", broker.endpoint().text() + "\n"); // as is server=
    std::string dead;
    {
        FakeBroker gone;
        dead = gone.endpoint().text();
    }
    write(folder, "last", dead + "\n");
    start();
    ASSERT_TRUE(untilCount<event::Retrying>(2)) << log();
    std::vector<Transport> ways;
    for (const ClientEvent& event : events)
        if (const auto* tried = std::get_if<event::Connecting>(&event)) {
            EXPECT_EQ(tried->endpoint.text(), dead);
            ways.push_back(tried->transport);
        }
    using enum Transport;
    EXPECT_EQ(ways, (std::vector<Transport>{Udp, Tcp, Udp, Tcp}));
    EXPECT_EQ(broker.dialogues, 0);
}

TEST_F(Engine, passesOverBrokersOfAFamilyThatTheModeCannotUse) {
    FakeBroker other;
    broker.refusal = tsp::Refusal{tsp::Status::Redirection, {"[2001:db8::7]:3653", other.endpoint().text()}};
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    EXPECT_EQ(last<event::Established>().server.port, other.endpoint().port);
    EXPECT_EQ(other.probes, 0) << "there was nothing to choose from";
}

TEST_F(Engine, endsOnARedirectToAFamilyThatTheModeCannotUse) {
    broker.refusal = tsp::Refusal{tsp::Status::Redirection, {"2001:db8::7", "2001:db8::8"}};
    configuration.autoRetry = false;
    start();
    ASSERT_TRUE(untilExit()) << log();
    EXPECT_EQ(exit, ExitCode::Resolve);
    EXPECT_NE(last<event::Failed>().reason.find("IPv4"), std::string::npos);
}

TEST_F(Engine, asksAgainAfterARedirectToAFamilyThatTheModeCannotUse) {
    broker.refusal = tsp::Refusal{tsp::Status::Redirection, {"2001:db8::7"}};
    broker.refusals = 1; // its operator corrects it
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    EXPECT_EQ(count<event::Retrying>(), 1) << log();
}

TEST_F(Engine, endsWhenTheNameLeadsNowhere) {
    configuration.server = {"no-such-broker.invalid", 3653};
    configuration.autoRetry = false; // without name servers this machine cannot know that it is for good
    start();
    ASSERT_TRUE(untilExit(20s)) << log();
    EXPECT_EQ(exit, ExitCode::Resolve);
}

TEST_F(Engine, stopsAtAnyMoment) {
    for (const auto moment : {0ms, 1ms, 3ms, 10ms, 50ms}) {
        exit.reset();
        start();
        letPass(moment);
        engine->stop();
        engine->stop();
        ASSERT_TRUE(untilExit()) << log();
        EXPECT_EQ(system.standing, 0);
    }
}

TEST_F(Engine, stopsAtOnceWhenToldSoByWhoeverHearsOfAnEvent) {
    FakeBroker other;
    broker.refusal = tsp::Refusal{tsp::Status::Redirection, {other.endpoint().text()}};
    std::get<tsp::TunnelInfo>(other.tunnel).lifetime = 1s;
    configuration.hostType = HostType::Router; // gets no prefix, which is an event of its own
    configuration.server.host = "localhost"; // a name, for the event that tells of looking it up
    // Resolving, Connecting, Redirected, Connecting, Authenticating, Notice, Established, Lost, Retrying
    for (std::size_t moment = 1; moment <= 9; ++moment) {
        events.clear();
        exit.reset();
        exits = 0;
        onEvent = [&](const ClientEvent&) {
            if (events.size() == moment)
                engine->stop();
        };
        start();
        ASSERT_TRUE(untilExit(4s)) << moment << "\n" << log();
        letPass(moment < 8 ? 200ms : 1200ms); // longer than the pause before another try
        EXPECT_EQ(events.size(), moment + 1) << log();
        EXPECT_TRUE(std::holds_alternative<event::Stopped>(events.back())) << log();
        EXPECT_EQ(exit, ExitCode::Stopped);
        EXPECT_EQ(exits, 1);
        EXPECT_EQ(system.standing, 0) << moment;
    }
}

TEST_F(Engine, stoppingWhenItHasFailedDoesNotHideTheFailure) {
    broker.password = "another";
    onEvent = [&](const ClientEvent& event) {
        if (std::holds_alternative<event::Failed>(event))
            engine->stop();
    };
    start();
    ASSERT_TRUE(untilExit()) << log();
    EXPECT_EQ(exit, ExitCode::Authentication);
    EXPECT_EQ(count<event::Stopped>(), 0) << log();
}

TEST_F(Engine, stoppingAfterATunnelForAnotherBoxEndsOnce) {
    configuration.proxy = true;
    configuration.keepalive = false;
    configuration.clientV4 = IpAddress::fromText("192.0.2.9");
    onEvent = [&](const ClientEvent& event) {
        if (std::holds_alternative<event::Established>(event))
            engine->stop();
    };
    start();
    ASSERT_TRUE(untilExit()) << log();
    letPass(200ms);
    EXPECT_EQ(exits, 1);
}

TEST_F(Engine, stoppedBetweenTwoTunnelsItBuildsNoOther) {
    const QTemporaryDir home;
    useScript(home, "[ $TSP_OPERATION = TSP_TUNNEL_CREATION ] || { echo >> out; exit 1; }\n");
    configuration.mode = TunnelMode::V6udpv4; // one that is always built anew
    onEvent = [&](const ClientEvent& event) {
        if (std::holds_alternative<event::Notice>(event)) // of the script that failed
            engine->stop();
    };
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    system.callbacks.failed(Error{Error::Code::System, "The cable was cut."});
    ASSERT_TRUE(untilExit()) << log();
    letPass(200ms);
    EXPECT_EQ(system.tunnels, 1);
    EXPECT_EQ(system.standing, 0);
    EXPECT_EQ(exits, 1);
    EXPECT_EQ(read(home, "out"), "\n") << "one tunnel, one teardown";
}

TEST_F(Engine, cannotBeStartedOnceItWasStopped) {
    start(); // asks nobody before the event loop runs
    engine->stop();
    ASSERT_TRUE(untilExit());
    engine->start();
    letPass(200ms);
    EXPECT_EQ(broker.dialogues, 0);
    EXPECT_EQ(count<event::Connecting>(), 0) << log();
}

TEST_F(Engine, runsTheScriptBeforeAndAfterTheTunnel) {
    const QTemporaryDir home;
    useScript(home, "echo $TSP_OPERATION >> out; [ ! -e fail ]\n");
    start();
    ASSERT_TRUE(untilCount<event::Established>(1)) << log();
    engine->stop();
    ASSERT_TRUE(untilExit());
    EXPECT_EQ(read(home, "out"), "TSP_TUNNEL_CREATION\nTSP_TUNNEL_TEARDOWN\n");
    write(home, "fail", "");
    exit.reset();
    start();
    ASSERT_TRUE(untilExit()) << log();
    EXPECT_EQ(exit, ExitCode::Hook);
    EXPECT_EQ(system.standing, 0);
}
