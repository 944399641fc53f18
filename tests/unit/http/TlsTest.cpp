// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/http/ServerFixture.h"

#include <QSslCertificate>
#include <QSslCipher>
#include <QSslConfiguration>
#include <arpa/inet.h>
#include <future>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace viaduct;
using namespace viaduct::http;

namespace {

class TlsTest : public ServerFixture { };

/// What a client with these GnuTLS priorities gets: the version, or the alert. Qt's own library refuses to
/// speak the old versions at all.
std::string handshake(const Endpoint& server, const char* priorities) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(server.address.v4Value());
    address.sin_port = htons(server.port);
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        return "no connection";
    gnutls_session_t session = nullptr;
    gnutls_certificate_credentials_t credentials = nullptr;
    gnutls_init(&session, GNUTLS_CLIENT);
    gnutls_certificate_allocate_credentials(&credentials);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_handshake_set_timeout(session, 5000);
    std::string outcome = "bad priorities";
    if (gnutls_priority_set_direct(session, priorities, nullptr) == 0) {
        gnutls_transport_set_int(session, descriptor);
        int error = GNUTLS_E_AGAIN;
        while (error < 0 && gnutls_error_is_fatal(error) == 0)
            error = gnutls_handshake(session);
        outcome = error == 0 ? gnutls_protocol_get_name(gnutls_protocol_get_version(session)) : "refused";
    }
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(credentials);
    close(descriptor);
    return outcome;
}

QByteArray digestSeenBy(Peer& peer) {
    return peer.connected() ? peer.socket().peerCertificate().digest(QCryptographicHash::Sha256)
                            : QByteArray();
}

} // namespace

TEST_F(TlsTest, oldVersionsAreRefused) {
    open();
    const Endpoint server = local();
    EXPECT_EQ(handshake(server, "NORMAL:-VERS-ALL:+VERS-TLS1.1"), "refused");
    EXPECT_EQ(handshake(server, "NORMAL:-VERS-ALL:+VERS-TLS1.0"), "refused");
    EXPECT_EQ(handshake(server, "NORMAL:-VERS-ALL:+VERS-TLS1.2"), "TLS1.2");
    EXPECT_EQ(handshake(server, "NORMAL:-VERS-ALL:+VERS-TLS1.3"), "TLS1.3");
}

TEST_F(TlsTest, ciphersWithoutAuthenticationOfDataAreRefused) {
    open();
    EXPECT_EQ(
        handshake(local(), "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:+AES-256-CBC"), "refused");
}

TEST_F(TlsTest, aNewCertificateIsForNewConnectionsAndTheOldOnesGoOn) {
    open();
    Peer before(local());
    const QByteArray old = digestSeenBy(before);
    const Certificate renewed
        = makeCertificate({{"localhost"}, {}}, std::chrono::system_clock::now()).value();
    ASSERT_TRUE(m_server->setCertificate(renewed));
    Peer after(local());
    const QByteArray seen = digestSeenBy(after);
    EXPECT_NE(seen, old);
    EXPECT_EQ(seen.toHex(':').toUpper().toStdString(), fingerprint(renewed).value());
    for (Peer* peer : {&before, &after}) {
        peer->say(get("/echo"));
        EXPECT_EQ(peer->answer().status, 200);
    }
}

TEST_F(TlsTest, aBadCertificateChangesNothing) {
    open();
    Peer before(local());
    const QByteArray old = digestSeenBy(before);
    const Certificate one = makeCertificate({{"a.example"}, {}}, std::chrono::system_clock::now()).value();
    const Certificate two = makeCertificate({{"a.example"}, {}}, std::chrono::system_clock::now()).value();
    EXPECT_FALSE(m_server->setCertificate({one.chainPem, two.keyPem}));
    EXPECT_FALSE(m_server->setCertificate({one.chainPem, ""}));
    Peer after(local());
    EXPECT_EQ(digestSeenBy(after), old);
    Options bad = options();
    bad.certificate = {one.chainPem, two.keyPem};
    EXPECT_FALSE(Server::open(bad, {}));
}

TEST_F(TlsTest, anExpiredCertificateIsServedAllTheSame) {
    const auto longAgo = std::chrono::system_clock::now() - std::chrono::hours(24 * 365 * 11);
    const Certificate old = makeCertificate({{"localhost"}, {}}, longAgo).value();
    ASSERT_FALSE(checkCertificate(old, std::chrono::system_clock::now()));
    Options expired = options();
    expired.certificate = old;
    open(std::move(expired));
    Peer peer(local());
    EXPECT_EQ(digestSeenBy(peer).toHex(':').toUpper().toStdString(), fingerprint(old).value());
    ASSERT_TRUE(m_server->setCertificate(old));
    peer.say(get("/echo"));
    EXPECT_EQ(peer.answer().status, 200);
}

TEST_F(TlsTest, theWholeChainIsSent) {
    const auto now = std::chrono::system_clock::now();
    Options chained = options();
    chained.certificate.chainPem += makeCertificate({{"issuer.example"}, {}}, now)->chainPem;
    open(std::move(chained));
    Peer peer(local());
    ASSERT_TRUE(peer.connected());
    EXPECT_EQ(peer.socket().peerCertificateChain().size(), 2);
}

TEST_F(TlsTest, whoTrustsTheMadeCertificateNeedsNothingElse) {
    open();
    QSslSocket careful;
    QSslConfiguration trust = QSslConfiguration::defaultConfiguration();
    trust.setCaCertificates(
        QSslCertificate::fromData(QByteArray::fromStdString(options().certificate.chainPem)));
    careful.setSslConfiguration(trust);
    careful.connectToHostEncrypted(QStringLiteral("127.0.0.1"), local().port, QStringLiteral("localhost"));
    EXPECT_TRUE(eventually([&] { return careful.isEncrypted(); })) << careful.errorString().toStdString();
}

TEST_F(TlsTest, plainHttpIsNotAnswered) {
    open();
    QTcpSocket plain;
    plain.connectToHost(QStringLiteral("127.0.0.1"), local().port);
    plain.write("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(eventually([&] { return plain.state() == QAbstractSocket::UnconnectedState; }));
    EXPECT_FALSE(plain.readAll().contains("HTTP/"));
}
