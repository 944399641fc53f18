// SPDX-License-Identifier: GPL-3.0-or-later
// The sender and a mail server that is not ours: what arrives, and what becomes of what does not.
#include "server/mail/Sender.h"
#include "tests/unit/source/SourceTree.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTimer>

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::mail;
using namespace std::chrono_literals;
using config::MailServer;
using Encryption = MailServer::Encryption;

namespace {

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience = 20s) {
    QElapsedTimer elapsed;
    elapsed.start();
    QTimer wake; // what happens in another thread makes no event here
    wake.start(5);
    while (!condition() && !elapsed.hasExpired(patience.count()))
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    return condition();
}

/// aiosmtpd, as a program.
class SmtpServer {
public:
    explicit SmtpServer(QJsonObject options, int port = 0) {
        options.insert(QStringLiteral("port"), port);
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(
            QStringLiteral("/usr/bin/python3"), // that of the package
            {QString::fromStdString(sourcePath("tests/unit/mail/smtp_server.py").string()),
             QString::fromUtf8(QJsonDocument(options).toJson(QJsonDocument::Compact))});
        EXPECT_TRUE(eventually([&] { return m_process.canReadLine(); }));
        m_port = m_process.readLine().trimmed().toUShort();
        EXPECT_NE(m_port, 0);
    }
    ~SmtpServer() {
        m_process.kill();
        m_process.waitForFinished();
    }
    std::uint16_t port() const { return m_port; }
    /// What it has taken since it was asked last.
    std::vector<QJsonObject> taken() {
        std::vector<QJsonObject> letters;
        while (m_process.canReadLine())
            letters.push_back(QJsonDocument::fromJson(m_process.readLine()).object());
        return letters;
    }
    QJsonObject next() {
        EXPECT_TRUE(eventually([&] { return m_process.canReadLine(); })) << "nothing arrived";
        return QJsonDocument::fromJson(m_process.readLine()).object();
    }

private:
    QProcess m_process;
    std::uint16_t m_port = 0;
};

std::vector<std::string>& journal() {
    static std::vector<std::string> lines;
    return lines;
}
std::mutex journalMutex;

void noteLine(QtMsgType, const QMessageLogContext&, const QString& line) {
    const std::lock_guard lock(journalMutex);
    journal().push_back(line.toStdString());
}

Letter letterTo(const char* to, const QString& subject = QStringLiteral("Hello")) {
    return {QString::fromLatin1(to), subject, QStringLiteral("Good morning."), QStringLiteral("en")};
}

std::string textOf(const QJsonObject& object, const char* name) {
    return object.value(QLatin1String(name)).toString().toStdString();
}

class SenderTest : public testing::Test {
protected:
    void SetUp() override {
        journal().clear();
        m_before = qInstallMessageHandler(&noteLine);
    }
    void TearDown() override {
        m_sender.reset();
        qInstallMessageHandler(m_before);
        for (const std::string& line : journal()) {
            EXPECT_EQ(line.find("jean"), std::string::npos) << "no address in the journal: " << line;
            EXPECT_EQ(line.find("@example.net"), std::string::npos) << line;
            EXPECT_EQ(line.find("pass phrase"), std::string::npos) << line;
        }
    }

    static void SetUpTestSuite() {
        const auto made = QProcess::execute(
            QStringLiteral("openssl"),
            {QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"), QStringLiteral("ec"),
             QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:P-256"), QStringLiteral("-nodes"),
             QStringLiteral("-days"), QStringLiteral("2"), QStringLiteral("-subj"),
             QStringLiteral("/CN=localhost"), QStringLiteral("-addext"),
             QStringLiteral("subjectAltName=IP:127.0.0.1,DNS:localhost"), QStringLiteral("-keyout"),
             file("key.pem"), QStringLiteral("-out"), file("certificate.pem")});
        ASSERT_EQ(made, 0);
    }
    static QString file(const char* name) {
        static const QTemporaryDir directory;
        return directory.filePath(QString::fromLatin1(name));
    }
    static void writeFile(const char* name, const char* text) {
        QFile file(SenderTest::file(name));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(text);
    }
    static QJsonObject serverOptions(const char* tls, bool login) {
        QJsonObject options{
            {QStringLiteral("tls"), QLatin1String(tls)},
            {QStringLiteral("certificate"), file("certificate.pem")},
            {QStringLiteral("key"), file("key.pem")}};
        if (login) {
            options.insert(QStringLiteral("user"), QStringLiteral("broker"));
            options.insert(QStringLiteral("password"), QStringLiteral("pass phrase"));
        }
        return options;
    }

    static MailServer serverAt(std::uint16_t port, Encryption encryption) {
        MailServer server;
        server.host = "127.0.0.1";
        server.port = port;
        server.encryption = encryption;
        server.from = "broker@example.org";
        return server;
    }
    void start(std::uint16_t port, Encryption encryption, bool login = false) {
        MailServer server = serverAt(port, encryption);
        if (login)
            server.login = MailServer::Login{"broker", file("password").toStdString()};
        m_sender = std::make_unique<Sender>(m_options);
        QObject::connect(m_sender.get(), &Sender::serverFails, [this](const std::string& reason) {
            m_failures.push_back(reason);
        });
        m_sender->apply(server, "broker.example.org");
    }
    /// The answer, or nothing yet.
    std::shared_ptr<std::optional<Result<void>>> send(const Letter& letter) {
        auto answer = std::make_shared<std::optional<Result<void>>>();
        m_sender->send(letter, [answer](const Result<void>& result) { *answer = result; });
        return answer;
    }

    Sender::Options m_options{100, 100ms, 400ms, 60s, file("certificate.pem").toStdString()};
    std::unique_ptr<Sender> m_sender;
    std::vector<std::string> m_failures;
    QtMessageHandler m_before = nullptr;
};

} // namespace

TEST_F(SenderTest, aLetterArrivesAsItWasWritten) {
    SmtpServer server(serverOptions("", false));
    start(server.port(), Encryption::None);
    Letter letter = letterTo("jean@example.net");
    letter.subject = QStringLiteral("Votre compte a été créé : préfixe 2001:db8::/48 délégué — à bientôt "
                                    "🙂, à très bientôt");
    letter.text = QStringLiteral("Bonjour à vous,\n\n.\n..deux points\nFrom ici\n") + QString(3000, u'é')
        + QStringLiteral("\nfin = fin\t \n");
    letter.language = QStringLiteral("fr");
    const auto answer = send(letter);
    const QJsonObject got = server.next();
    EXPECT_EQ(textOf(got, "mailFrom"), "broker@example.org");
    EXPECT_EQ(
        got.value(QStringLiteral("recipients")).toArray(), QJsonArray{QStringLiteral("jean@example.net")});
    EXPECT_EQ(textOf(got, "from"), "broker@example.org");
    EXPECT_EQ(textOf(got, "to"), "jean@example.net");
    EXPECT_EQ(textOf(got, "subject"), letter.subject.toStdString());
    EXPECT_EQ(
        got.value(QStringLiteral("text")).toString().replace(QStringLiteral("\r\n"), QStringLiteral("\n")),
        letter.text);
    EXPECT_EQ(textOf(got, "charset"), "utf-8");
    EXPECT_EQ(textOf(got, "encoding"), "quoted-printable");
    EXPECT_EQ(textOf(got, "auto"), "auto-generated");
    EXPECT_EQ(textOf(got, "language"), "fr");
    EXPECT_TRUE(textOf(got, "id").ends_with("@example.org>"));
    EXPECT_FALSE(textOf(got, "date").empty());
    EXPECT_TRUE(got.value(QStringLiteral("ascii")).toBool());
    EXPECT_LE(got.value(QStringLiteral("longest")).toInt(), 78) << "lines of the body";
    QJsonArray heads = got.value(QStringLiteral("heads")).toArray();
    for (const char* once : {"date", "from", "to", "subject", "message-id", "mime-version", "content-type"})
        EXPECT_EQ(std::count(heads.begin(), heads.end(), QJsonValue(QLatin1String(once))), 1) << once;
    ASSERT_TRUE(eventually([&] { return answer->has_value(); }));
    EXPECT_TRUE(**answer);
    EXPECT_EQ(m_sender->waiting(), 0U);
}

TEST_F(SenderTest, lettersAreSentInTheirOrderAndAreNotTheSame) {
    SmtpServer server(serverOptions("", false));
    start(server.port(), Encryption::None);
    for (int i = 0; i < 20; ++i)
        send(letterTo("jean@example.net", QString::number(i)));
    std::set<std::string> ids;
    for (int i = 0; i < 20; ++i) {
        const QJsonObject got = server.next();
        EXPECT_EQ(textOf(got, "subject"), std::to_string(i));
        ids.insert(textOf(got, "id"));
    }
    EXPECT_EQ(ids.size(), 20U);
}

TEST_F(SenderTest, startTlsAndThePasswordIsReadForEachTry) {
    SmtpServer server(serverOptions("starttls", true));
    writeFile("password", "not yet\n");
    start(server.port(), Encryption::StartTls, true);
    const auto answer = send(letterTo("jean@example.net"));
    ASSERT_TRUE(eventually([&] { return !m_failures.empty(); })) << "a wrong password is the server's affair";
    EXPECT_NE(m_failures.front().find("535"), std::string::npos) << m_failures.front();
    writeFile("password", "pass phrase\nsecond line\n");
    const QJsonObject got = server.next();
    EXPECT_TRUE(got.value(QStringLiteral("tls")).toBool());
    EXPECT_EQ(textOf(got, "user"), "broker");
    ASSERT_TRUE(eventually([&] { return answer->has_value() && m_failures.back().empty(); }))
        << "it works again";
    EXPECT_TRUE(**answer);
}

TEST_F(SenderTest, anotherReasonOfTheServerIsToldToo) {
    SmtpServer server(serverOptions("starttls", true));
    writeFile("password", "not yet\n");
    start(server.port(), Encryption::StartTls, true);
    send(letterTo("jean@example.net"));
    ASSERT_TRUE(eventually([&] { return !m_failures.empty(); }));
    QFile::remove(file("password"));
    ASSERT_TRUE(eventually([&] { return m_failures.size() >= 2; }));
    EXPECT_NE(m_failures.back(), m_failures.front());
    EXPECT_EQ(m_failures.back().find("535"), std::string::npos) << m_failures.back();
    const auto told = m_failures.size();
    EXPECT_FALSE(eventually([&] { return m_failures.size() > told; }, 1500ms)) << "the same one only once";
}

TEST_F(SenderTest, aChangedServerIsNotHeldToBeBroken) {
    auto gone = std::make_unique<SmtpServer>(serverOptions("", false));
    const std::uint16_t port = gone->port();
    gone.reset();
    m_options.firstPause = 60s;
    m_options.longestPause = 60s;
    start(port, Encryption::None);
    send(letterTo("jean@example.net"));
    ASSERT_TRUE(eventually([&] { return !m_failures.empty(); }));
    SmtpServer server(serverOptions("", false));
    m_sender->apply(serverAt(server.port(), Encryption::None), "broker.example.org");
    EXPECT_EQ(textOf(server.next(), "to"), "jean@example.net") << "without waiting for the pause";
    EXPECT_EQ(m_failures.back(), "");
}

TEST_F(SenderTest, aMissingPasswordFileIsNamed) {
    SmtpServer server(serverOptions("starttls", true));
    QFile::remove(file("password"));
    start(server.port(), Encryption::StartTls, true);
    send(letterTo("jean@example.net"));
    ASSERT_TRUE(eventually([&] { return !m_failures.empty(); }));
    EXPECT_NE(m_failures.front().find("password"), std::string::npos) << m_failures.front();
}

TEST_F(SenderTest, tlsFromTheBeginning) {
    SmtpServer server(serverOptions("tls", false));
    start(server.port(), Encryption::Tls);
    send(letterTo("jean@example.net"));
    EXPECT_EQ(textOf(server.next(), "to"), "jean@example.net");
}

TEST_F(SenderTest, nothingGoesInTheClearOrToAStranger) {
    SmtpServer plain(serverOptions("", false));
    start(plain.port(), Encryption::StartTls);
    send(letterTo("jean@example.net"));
    EXPECT_TRUE(eventually([&] { return !m_failures.empty(); })) << "a server without STARTTLS";
    m_sender.reset();
    EXPECT_TRUE(plain.taken().empty());

    SmtpServer stranger(serverOptions("starttls", false));
    m_options.certificates.clear(); // the system's, which do not know this one
    m_failures.clear();
    start(stranger.port(), Encryption::StartTls);
    send(letterTo("jean@example.net"));
    EXPECT_TRUE(eventually([&] { return !m_failures.empty(); })) << "a certificate that nobody vouches for";
    m_sender.reset();
    EXPECT_TRUE(stranger.taken().empty());
}

TEST_F(SenderTest, whatIsRefusedForEverIsNotSentAgain) {
    SmtpServer server(serverOptions("", false));
    start(server.port(), Encryption::None);
    const auto refused = send(letterTo("refused.jean@example.net"));
    const auto good = send(letterTo("jean@example.net"));
    ASSERT_TRUE(eventually([&] { return refused->has_value() && good->has_value(); }));
    ASSERT_FALSE(**refused);
    EXPECT_EQ((*refused)->error().code, Error::Code::Denied);
    EXPECT_NE((*refused)->error().message.find("550"), std::string::npos) << (*refused)->error().message;
    EXPECT_EQ((*refused)->error().message.find("jean"), std::string::npos);
    EXPECT_TRUE(**good) << "the others are not held up";
    EXPECT_TRUE(m_failures.empty());
    EXPECT_EQ(journal().size(), 1U) << "one line";
}

TEST_F(SenderTest, whatIsRefusedForTheMomentIsSentAgain) {
    SmtpServer server(serverOptions("", false));
    start(server.port(), Encryption::None);
    const auto later = send(letterTo("later.jean@example.net"));
    const auto good = send(letterTo("jean@example.net"));
    EXPECT_EQ(textOf(server.next(), "to"), "jean@example.net") << "the others need not wait";
    EXPECT_EQ(textOf(server.next(), "to"), "later.jean@example.net");
    ASSERT_TRUE(eventually([&] { return later->has_value(); }));
    EXPECT_TRUE(**later);
    EXPECT_TRUE(journal().empty());
}

TEST_F(SenderTest, aServerThatComesBackGetsWhatHasWaited) {
    auto server = std::make_unique<SmtpServer>(serverOptions("", false));
    const std::uint16_t port = server->port();
    server.reset();
    start(port, Encryption::None);
    send(letterTo("jean@example.net", QStringLiteral("1")));
    send(letterTo("jean@example.net", QStringLiteral("2")));
    ASSERT_TRUE(eventually([&] { return !m_failures.empty(); }));
    EXPECT_EQ(m_sender->waiting(), 2U);
    SmtpServer again(serverOptions("", false), port);
    EXPECT_EQ(textOf(again.next(), "subject"), "1");
    EXPECT_EQ(textOf(again.next(), "subject"), "2");
    EXPECT_TRUE(eventually([&] { return m_failures.size() == 2; }));
    EXPECT_EQ(journal().size(), 2U) << "one line when it failed, one when it works";
}

TEST_F(SenderTest, aLetterIsGivenUpAfterItsTime) {
    QTcpServer closed;
    ASSERT_TRUE(closed.listen(QHostAddress::LocalHost));
    const std::uint16_t port = closed.serverPort();
    closed.close();
    m_options.patience = 700ms;
    start(port, Encryption::None);
    const auto answer = send(letterTo("jean@example.net"));
    ASSERT_TRUE(eventually([&] { return answer->has_value(); }));
    ASSERT_FALSE(**answer);
    EXPECT_EQ((*answer)->error().code, Error::Code::System);
    EXPECT_EQ(m_sender->waiting(), 0U);
}

TEST_F(SenderTest, aFullQueueAndAMissingServerAreToldAtOnce) {
    m_options.letters = 3;
    start(1, Encryption::None);
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(*send(letterTo("jean@example.net")));
    const auto full = send(letterTo("jean@example.net"));
    ASSERT_TRUE(*full);
    EXPECT_EQ((*full)->error().code, Error::Code::Exhausted);
    EXPECT_EQ(m_sender->waiting(), 3U);
    const auto bad = send(letterTo("jean@example.net\r\nBcc: all@example.net"));
    ASSERT_TRUE(*bad);
    EXPECT_EQ((*bad)->error().code, Error::Code::Invalid);

    m_sender->apply({});
    EXPECT_TRUE(eventually([&] { return m_sender->waiting() == 0; }));
    const auto none = send(letterTo("jean@example.net"));
    ASSERT_TRUE(*none);
    EXPECT_EQ((*none)->error().code, Error::Code::NotFound);
}

TEST_F(SenderTest, aServerThatSaysNothingDoesNotHoldUpTheEnd) {
    QTcpServer silent;
    ASSERT_TRUE(silent.listen(QHostAddress::LocalHost));
    start(silent.serverPort(), Encryption::None);
    send(letterTo("jean@example.net"));
    ASSERT_TRUE(eventually([&] { return silent.hasPendingConnections(); }));
    QElapsedTimer clock;
    clock.start();
    m_sender.reset();
    EXPECT_LT(clock.elapsed(), 5000);
    EXPECT_EQ(journal().size(), 1U) << "that letters are lost is told";
}

TEST(SenderPauses, growToTheLongest) {
    const Sender::Options options;
    EXPECT_EQ(Sender::pauseAfter(1, options), 1min);
    EXPECT_EQ(Sender::pauseAfter(2, options), 2min);
    EXPECT_EQ(Sender::pauseAfter(6, options), 32min);
    EXPECT_EQ(Sender::pauseAfter(7, options), 1h);
    EXPECT_EQ(Sender::pauseAfter(1'000'000, options), 1h);
}

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    const QCoreApplication application(argc, argv);
    return RUN_ALL_TESTS();
}
