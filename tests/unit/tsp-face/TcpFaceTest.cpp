// SPDX-License-Identifier: GPL-3.0-or-later
// TSP over TCP, with real sockets: what must not arrive together, what must arrive in order, and who gives
// way.
#include "server/tsp/TcpFace.h"

#include "shared/tsp/Framing.h"
#include "tests/unit/tsp-face/FaceFixture.h"

#include <QElapsedTimer>

#include <algorithm>

namespace viaduct::face {
namespace {

const std::string version = "VERSION=2.0.1\r\n";
const std::string digest("AUTHENTICATE DIGEST-MD5\r\n\0", 26);

class TcpFaceTest : public FaceTest {
protected:
    /// Reads whatever comes, as it comes: one recv is one piece.
    class Client {
    public:
        explicit Client(const Endpoint& to) {
            QObject::connect(&m_socket, &QTcpSocket::readyRead, [this] {
                m_pieces.push_back(m_socket.readAll().toStdString());
                m_times.push_back(m_clock.elapsed());
            });
            m_socket.connectToHost(QHostAddress::LocalHost, to.port);
            m_clock.start();
        }
        void say(const std::string& bytes) {
            m_socket.write(bytes.data(), static_cast<qint64>(bytes.size()));
        }
        std::string all() const {
            std::string text;
            for (const std::string& piece : m_pieces)
                text += piece;
            return text;
        }
        const std::vector<std::string>& pieces() const { return m_pieces; }
        qint64 at(std::size_t piece) const { return m_times.at(piece); }
        bool ended() const {
            return !m_pieces.empty() && m_socket.state() == QAbstractSocket::UnconnectedState;
        }
        bool isOpen() const { return m_socket.state() == QAbstractSocket::ConnectedState; }
        void hangUp() { m_socket.abort(); }

    private:
        QTcpSocket m_socket;
        QElapsedTimer m_clock;
        std::vector<std::string> m_pieces;
        std::vector<qint64> m_times;
    };

    void SetUp() override {
        FaceTest::SetUp();
        QTcpServer probe;
        ASSERT_TRUE(probe.listen(QHostAddress::LocalHost));
        m_local = {address("127.0.0.1"), probe.serverPort()};
        probe.close();
        m_face.emplace(*m_broker, m_failures);
        limit(64);
    }
    void TearDown() override {
        m_clients.clear();
        m_face.reset();
    }

    void limit(std::size_t sessionsPerAddress) {
        const auto listening = m_face->setServers({{m_local, server(sessionsPerAddress)}});
        ASSERT_TRUE(listening) << listening.error().message;
    }
    Client& client() { return *m_clients.emplace_back(std::make_unique<Client>(m_local)); }
    bool hears(Client& client, const std::string& text, int milliseconds = 10000) {
        return waitFor([&] { return client.all().find(text) != std::string::npos; }, milliseconds);
    }
    /// The answer to `bytes`.
    std::string ask(Client& client, const std::string& bytes) {
        const std::size_t before = client.pieces().size();
        client.say(bytes);
        EXPECT_TRUE(waitFor([&] { return client.pieces().size() > before; }));
        return client.pieces().size() > before ? client.pieces().back() : std::string();
    }
    std::string challenge(Client& client) {
        EXPECT_TRUE(ask(client, version).starts_with("CAPABILITY "));
        return ask(client, digest);
    }

    Endpoint m_local;
    std::optional<TcpFace> m_face;
    std::vector<std::unique_ptr<Client>> m_clients;
};

TEST_F(TcpFaceTest, everythingKeepsItsOrderBehindTheGap) {
    Client& eager = client();
    const std::string line = digestLine(challenge(eager), "secret");
    eager.say(line + createMessage(m_local.address)); // a client that does not wait for the 200
    ASSERT_TRUE(hears(eager, "Content-length: ")); // a refusal, as a tunnel needs no loopback address
    ASSERT_GE(eager.pieces().size(), 4U);
    const std::string& rspauth = eager.pieces()[2];
    EXPECT_EQ(std::count(rspauth.begin(), rspauth.end(), '\n'), 1) << "rspauth alone: " << rspauth;
    EXPECT_TRUE(eager.pieces()[3].starts_with("200 Success\r\n")) << eager.pieces()[3];
    EXPECT_GE(eager.at(3) - eager.at(2), 150);
}

TEST_F(TcpFaceTest, aRefusalDoesNotCloseBeforeThe200) {
    Client& eager = client();
    const std::string line = digestLine(challenge(eager), "secret");
    eager.say(line + tsp::framed("<nonsense>"));
    ASSERT_TRUE(waitFor([&] { return eager.ended(); }));
    const std::string all = eager.all();
    ASSERT_NE(all.find("200 Success\r\n"), std::string::npos);
    EXPECT_LT(all.find("200 Success\r\n"), all.find("500 "));
    EXPECT_GE(eager.at(3) - eager.at(2), 150);
}

TEST_F(TcpFaceTest, tooManyAreToldToComeBackAndNobodyIsCutOff) {
    limit(3);
    std::vector<Client*> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(&client());
        EXPECT_TRUE(ask(*clients.back(), version).starts_with("CAPABILITY "));
    }
    Client& late = client();
    EXPECT_TRUE(ask(late, version).starts_with("530 "));
    for (Client* each : clients)
        EXPECT_TRUE(each->isOpen());
}

TEST_F(TcpFaceTest, aSilentConnectionGivesWay) {
    limit(2);
    Client& silent = client();
    ASSERT_TRUE(waitFor([&] { return m_face->connections() == 1; }));
    Client& busy = client();
    ask(busy, version);
    Client& newcomer = client();
    EXPECT_TRUE(ask(newcomer, version).starts_with("CAPABILITY "));
    EXPECT_TRUE(waitFor([&] { return !silent.isOpen(); }));
    EXPECT_TRUE(busy.isOpen());
}

TEST_F(TcpFaceTest, refusedVersionsAreAnsweredLateAfterTheFirstFewAndNeverCutOff) {
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(ask(client(), "VERSION=9.9.9\r\n").starts_with("302 "));
    Client& storm = client();
    QElapsedTimer since;
    since.start();
    storm.say("VERSION=9.9.9\r\n");
    EXPECT_TRUE(hears(storm, "302 "));
    EXPECT_GE(since.elapsed(), earliest());
    EXPECT_TRUE(waitFor([&] { return storm.ended(); }));
    Client& good = client();
    const std::string line = digestLine(challenge(good), "secret");
    good.say(line);
    EXPECT_TRUE(hears(good, "200 Success")) << "the same address gets in, later";
}

TEST_F(TcpFaceTest, nobodyLearnsFasterByHangingUp) {
    m_failures = FailureMeter({5, 0.001, std::chrono::minutes(1), 100});
    for (int i = 0; i < 5; ++i) {
        Client& guesser = client();
        EXPECT_TRUE(ask(guesser, digestLine(challenge(guesser), "wrong")).starts_with("300 "));
    }
    int refused = 0;
    QObject::connect(m_broker.get(), &broker::Broker::happened, [&](const broker::Event& event) {
        refused += std::holds_alternative<broker::event::LoginRefused>(event) ? 1 : 0;
    });
    for (int i = 0; i < 20; ++i) {
        Client& guesser = client();
        guesser.say(digestLine(challenge(guesser), "guess" + std::to_string(i)));
        waitFor([] { return false; }, 50);
        guesser.hangUp();
    }
    EXPECT_TRUE(waitFor([&] { return m_face->connections() == 0; }));
    EXPECT_EQ(refused, 0) << "a guess that nobody waits for is not looked at";
}

} // namespace
} // namespace viaduct::face
