// SPDX-License-Identifier: GPL-3.0-or-later
// Against a real FreeRADIUS, with a relay in between where the network is to be bad.
#include "server/radius/Authenticator.h"
#include "tests/unit/radius/Answers.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QNetworkDatagram>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTimer>
#include <QUdpSocket>

#include <fstream>
#include <gtest/gtest.h>
#include <optional>

using namespace std::chrono_literals;
using namespace viaduct;
using namespace viaduct::radius;
using What = Verdict::What;

namespace {

const QHostAddress loopback(QHostAddress::LocalHost);

std::uint16_t freePort() {
    QUdpSocket socket;
    EXPECT_TRUE(socket.bind(loopback, 0));
    return socket.localPort();
}

template <typename Condition>
bool waitFor(Condition condition, int milliseconds = 15000) {
    const QDeadlineTimer deadline(milliseconds);
    while (!condition() && !deadline.hasExpired())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
    return condition();
}

void write(const QString& path, const QString& text) {
    std::ofstream(path.toStdString()) << text.toStdString();
}

/// Signs its answers at one port, as the manual asks for, and at the other not, as FreeRADIUS 3.2.1 does by
/// itself.
class FreeRadius {
public:
    void start() {
        const QString program = QStandardPaths::findExecutable(
            QStringLiteral("freeradius"), {QStringLiteral("/usr/sbin"), QStringLiteral("/usr/bin")});
        ASSERT_FALSE(program.isEmpty()) << "the package freeradius is missing, see packages.txt";
        write(
            m_directory.filePath(QStringLiteral("users")),
            QStringLiteral("bob Cleartext-Password := \"hello\"\n"));
        write(m_directory.filePath(QStringLiteral("radiusd.conf")), configuration());
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(
            program,
            {QStringLiteral("-f"), QStringLiteral("-d"), m_directory.path(), QStringLiteral("-l"),
             QStringLiteral("stdout")});
        QByteArray output;
        ASSERT_TRUE(waitFor([&] {
            output += m_process.readAll();
            return output.contains("Ready to process requests");
        })) << output.toStdString();
    }
    ~FreeRadius() {
        m_process.kill(); // this one only: the object has its id
        m_process.waitForFinished();
    }
    std::uint16_t port() const { return m_port; }
    std::uint16_t unsignedPort() const { return m_unsignedPort; }

private:
    static QString server(const char* name, std::uint16_t port, const char* postAuth) {
        return QStringLiteral("server %1 {\n listen {\n  type = auth\n  ipaddr = 127.0.0.1\n  port = %2\n }\n"
                              " authorize {\n  files\n  pap\n }\n"
                              " authenticate {\n  Auth-Type PAP {\n   pap\n  }\n }\n"
                              " post-auth {\n%3 }\n}\n")
            .arg(QLatin1String(name))
            .arg(port)
            .arg(QLatin1String(postAuth));
    }
    QString configuration() const {
        const char* const sign = "  update reply {\n   Message-Authenticator := 0x00\n  }\n"
                                 "  Post-Auth-Type REJECT {\n   update reply {\n"
                                 "    Message-Authenticator := 0x00\n   }\n  }\n";
        return QStringLiteral("prefix = /usr\nlibdir = /usr/lib/freeradius\nlogdir = %1\nrun_dir = %1\n"
                              "security {\n reject_delay = 0\n}\n"
                              "thread pool {\n start_servers = 1\n max_servers = 2\n min_spare_servers = 1\n"
                              " max_spare_servers = 2\n}\n"
                              "modules {\n pap {\n }\n files {\n  filename = %1/users\n }\n}\n"
                              "client broker {\n ipaddr = 127.0.0.1\n secret = testing123\n"
                              " require_message_authenticator = yes\n}\n")
                   .arg(m_directory.path())
            + server("signed", m_port, sign) + server("unsigned", m_unsignedPort, "");
    }

    QTemporaryDir m_directory;
    std::uint16_t m_port = freePort();
    std::uint16_t m_unsignedPort = freePort();
    QProcess m_process;
};

/// Stands between and does to the datagrams what it is told.
class Relay {
public:
    explicit Relay(std::uint16_t server) : m_server(server) {
        EXPECT_TRUE(m_front.bind(loopback, 0));
        EXPECT_TRUE(m_back.bind(loopback, 0));
        QObject::connect(&m_front, &QUdpSocket::readyRead, &m_front, [this] { question(); });
        QObject::connect(&m_back, &QUdpSocket::readyRead, &m_back, [this] { answer(); });
    }
    std::uint16_t port() const { return m_front.localPort(); }

    int lose = 0; ///< so many questions
    std::chrono::milliseconds delay{0}; ///< of answers
    std::function<QByteArray(const QByteArray&)> forge; ///< sends first what it makes of a question
    int questions = 0;

private:
    void question() {
        while (m_front.hasPendingDatagrams()) {
            const QNetworkDatagram datagram = m_front.receiveDatagram();
            m_client = datagram;
            ++questions;
            if (forge)
                m_front.writeDatagram(forge(datagram.data()), datagram.senderAddress(), toPort(datagram));
            if (lose > 0)
                --lose;
            else if (m_server != 0)
                m_back.writeDatagram(datagram.data(), loopback, m_server);
        }
    }
    void answer() {
        while (m_back.hasPendingDatagrams()) {
            const QByteArray data = m_back.receiveDatagram().data();
            QTimer::singleShot(delay, &m_front, [this, data] {
                m_front.writeDatagram(data, m_client.senderAddress(), toPort(m_client));
            });
        }
    }
    static quint16 toPort(const QNetworkDatagram& datagram) {
        return static_cast<quint16>(datagram.senderPort());
    }

    std::uint16_t m_server; ///< 0: none
    QUdpSocket m_front;
    QUdpSocket m_back;
    QNetworkDatagram m_client;
};

class AuthenticatorTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        s_radius = new FreeRadius;
        s_radius->start();
    }
    static void TearDownTestSuite() {
        delete s_radius;
        s_radius = nullptr;
    }

    config::RadiusServer
    server(std::uint16_t port, const QString& secret = QStringLiteral("testing123\nmore\n")) {
        const QString file = m_directory.filePath(QStringLiteral("secret%1").arg(++m_files));
        write(file, secret);
        config::RadiusServer server;
        server.host = "127.0.0.1";
        server.port = port;
        server.secretFile = file.toStdString();
        server.timeout = 1s;
        server.retries = 0;
        return server;
    }
    void use(const std::vector<config::RadiusServer>& servers) {
        const auto applied = m_authenticator.apply(servers);
        ASSERT_TRUE(applied) << applied.error().message;
    }
    Verdict ask(const std::string& user, const std::string& password) {
        std::optional<Verdict> verdict;
        m_authenticator.authenticate(user, password, [&](const Verdict& given) {
            EXPECT_FALSE(verdict) << "answered twice";
            verdict = given;
        });
        EXPECT_TRUE(waitFor([&] { return verdict.has_value(); }));
        EXPECT_EQ(verdict.value_or(Verdict{}).reason.find("testing123"), std::string::npos);
        return verdict.value_or(Verdict{});
    }

    static FreeRadius* s_radius;
    QTemporaryDir m_directory;
    int m_files = 0;
    Authenticator m_authenticator{"broker.example.net"};
};

FreeRadius* AuthenticatorTest::s_radius = nullptr;

} // namespace

TEST_F(AuthenticatorTest, theRightPasswordIsAccepted) {
    use({server(s_radius->port())});
    EXPECT_EQ(ask("bob", "hello").what, What::Accepted);
}

TEST_F(AuthenticatorTest, aWrongPasswordAndAnUnknownUserAreRefused) {
    use({server(s_radius->port())});
    EXPECT_EQ(ask("bob", "hallo").what, What::Refused);
    EXPECT_EQ(ask("nobody", "hello").what, What::Refused);
    EXPECT_EQ(ask("bob", std::string(128, 'x')).what, What::Refused);
}

TEST_F(AuthenticatorTest, whatRadiusCannotCarryIsRefusedWithoutAsking) {
    Relay relay(s_radius->port());
    use({server(relay.port())});
    EXPECT_EQ(ask("bob", std::string(129, 'x')).what, What::Refused);
    EXPECT_EQ(ask("bob", "").what, What::Refused);
    EXPECT_EQ(ask("", "hello").what, What::Refused);
    EXPECT_EQ(relay.questions, 0);
}

TEST_F(AuthenticatorTest, withAnotherSecretNobodyKnowsAnything) {
    use({server(s_radius->port(), QStringLiteral("wrong"))});
    const Verdict verdict = ask("bob", "hello");
    EXPECT_EQ(verdict.what, What::Unreachable);
    EXPECT_NE(verdict.reason.find("127.0.0.1 port"), std::string::npos) << verdict.reason;
}

TEST_F(AuthenticatorTest, anAnswerThatIsNotSignedIsNone) {
    use({server(s_radius->unsignedPort())});
    for (const char* password : {"hello", "wrong"}) {
        const Verdict verdict = ask("bob", password);
        EXPECT_EQ(verdict.what, What::Unreachable);
        EXPECT_NE(verdict.reason.find("Message-Authenticator"), std::string::npos) << verdict.reason;
    }
}

TEST_F(AuthenticatorTest, whereNobodyListensTheNextIsAskedAtOnce) {
    config::RadiusServer dead = server(freePort());
    dead.timeout = 10s;
    use({dead, server(s_radius->port())});
    QElapsedTimer timer;
    timer.start();
    EXPECT_EQ(ask("bob", "hello").what, What::Accepted);
    EXPECT_LT(timer.elapsed(), 5000) << "the kernel says so";
}

TEST_F(AuthenticatorTest, afterTheTimeOfASilentServerTheNextIsAsked) {
    Relay silent(0);
    use({server(silent.port()), server(s_radius->port())});
    EXPECT_EQ(ask("bob", "hello").what, What::Accepted);
    EXPECT_EQ(silent.questions, 1);
    EXPECT_EQ(ask("bob", "wrong").what, What::Refused);
    EXPECT_EQ(silent.questions, 1) << "it is asked last for a while";
}

TEST_F(AuthenticatorTest, whoWasRefusedByTheFirstIsNotAskedOfTheSecond) {
    Relay second(s_radius->port());
    use({server(s_radius->port()), server(second.port())});
    EXPECT_EQ(ask("bob", "wrong").what, What::Refused);
    EXPECT_EQ(second.questions, 0);
}

TEST_F(AuthenticatorTest, whenAllAreSilentEachIsNamed) {
    Relay first(0);
    Relay second(0);
    use({server(first.port()), server(second.port())});
    const Verdict verdict = ask("bob", "hello");
    EXPECT_EQ(verdict.what, What::Unreachable);
    for (const Relay* relay : {&first, &second})
        EXPECT_NE(
            verdict.reason.find("port " + std::to_string(relay->port()) + " does not answer"),
            std::string::npos)
            << verdict.reason;
}

TEST_F(AuthenticatorTest, whatIsLostIsAskedAgain) {
    Relay relay(s_radius->port());
    relay.lose = 2;
    config::RadiusServer patient = server(relay.port());
    patient.retries = 2;
    use({patient});
    EXPECT_EQ(ask("bob", "hello").what, What::Accepted);
    EXPECT_EQ(relay.questions, 3);
}

TEST_F(AuthenticatorTest, aSlowAnswerToAnEarlierTryCounts) {
    Relay relay(s_radius->port());
    relay.delay = 1500ms;
    config::RadiusServer patient = server(relay.port());
    patient.retries = 2;
    use({patient});
    EXPECT_EQ(ask("bob", "hello").what, What::Accepted);
}

TEST_F(AuthenticatorTest, aForgedAnswerIsPassedOver) {
    for (const char code : {'\x02', '\x03'}) {
        Relay relay(s_radius->port());
        relay.forge = [&](const QByteArray& question) {
            return test::header(code, question.at(1), 20, QByteArray(16, '\0'));
        };
        use({server(relay.port())});
        EXPECT_EQ(ask("bob", "hello").what, What::Accepted);
        EXPECT_EQ(ask("bob", "wrong").what, What::Refused);
    }
    Relay alone(0);
    alone.forge = [](const QByteArray& question) {
        return test::answerTo(question, {2, {}, true, {}, "guessed"});
    };
    use({server(alone.port())});
    const Verdict verdict = ask("bob", "hello");
    EXPECT_EQ(verdict.what, What::Unreachable);
    EXPECT_NE(verdict.reason.find("another secret"), std::string::npos) << verdict.reason;
}

TEST_F(AuthenticatorTest, aSecondStepIsARefusal) {
    Relay relay(0);
    relay.forge = [](const QByteArray& question) { return test::answerTo(question, {11, {}, true, {}}); };
    use({server(relay.port())});
    const Verdict verdict = ask("bob", "hello");
    EXPECT_EQ(verdict.what, What::Refused);
    EXPECT_NE(verdict.reason.find("second step"), std::string::npos) << verdict.reason;
}

TEST_F(AuthenticatorTest, aNameIsLookedUp) {
    config::RadiusServer named = server(s_radius->port());
    named.host = "localhost";
    config::RadiusServer nowhere = server(s_radius->port());
    nowhere.host = "no-such-host.invalid";
    use({nowhere, server(s_radius->port())});
    EXPECT_EQ(ask("bob", "hello").what, What::Accepted);
}

TEST_F(AuthenticatorTest, aSecretThatCannotBeReadChangesNothing) {
    use({server(s_radius->port())});
    for (const auto& wrong : {QStringLiteral(""), QStringLiteral("\nsecond line\n"), QString(200, u'x')}) {
        const auto applied = m_authenticator.apply({server(s_radius->port(), wrong)});
        ASSERT_FALSE(applied);
        EXPECT_EQ(applied.error().code, Error::Code::Invalid);
    }
    config::RadiusServer missing = server(s_radius->port());
    missing.secretFile = "/nonexistent/secret";
    const auto applied = m_authenticator.apply({missing});
    ASSERT_FALSE(applied);
    EXPECT_NE(applied.error().message.find("/nonexistent/secret"), std::string::npos);
    EXPECT_EQ(ask("bob", "hello").what, What::Accepted);
}

TEST_F(AuthenticatorTest, withoutServersNobodyCanSay) {
    EXPECT_EQ(ask("bob", "hello").what, What::Unreachable);
}

TEST_F(AuthenticatorTest, aFloodIsBounded) {
    Relay silent(0);
    use({server(silent.port())});
    std::size_t refusedAtOnce = 0;
    std::size_t answered = 0;
    for (std::size_t i = 0; i < Authenticator::mostQuestions + 10; ++i) {
        const std::size_t before = answered;
        m_authenticator.authenticate("bob", "hello", [&](const Verdict& verdict) {
            EXPECT_EQ(verdict.what, What::Unreachable);
            ++answered;
        });
        refusedAtOnce += answered - before;
    }
    EXPECT_EQ(refusedAtOnce, 10U);
    EXPECT_TRUE(waitFor([&] { return answered == Authenticator::mostQuestions + 10; }));
    use({server(s_radius->port())});
    EXPECT_EQ(ask("bob", "hello").what, What::Accepted) << "there is room again";
}

TEST_F(AuthenticatorTest, whoIsToldMayEndIt) {
    auto authenticator = std::make_unique<Authenticator>();
    ASSERT_TRUE(authenticator->apply({server(s_radius->port())}));
    authenticator->authenticate("bob", "hello", [&](const Verdict&) { authenticator.reset(); });
    EXPECT_TRUE(waitFor([&] { return !authenticator; }));
}
