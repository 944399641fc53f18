// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/api/TestBroker.h"

#include "shared/api/Trust.h"

#include <QFile>
#include <QProcess>
#include <QSslConfiguration>
#include <QSslKey>

namespace viaduct::api::test {

TestBroker::TestBroker() {
    connect(&m_server, &QSslServer::pendingConnectionAvailable, this, &TestBroker::accept);
    changeCertificate();
    if (!m_server.listen(QHostAddress::LocalHost))
        qFatal("no port to listen at");
}

QUrl TestBroker::url() const {
    QUrl url(QStringLiteral("https://127.0.0.1"));
    url.setPort(m_server.serverPort());
    return url;
}

QString TestBroker::fingerprint() const {
    return fingerprintOf(m_certificate.toDer());
}

void TestBroker::changeCertificate() {
    closeConnections();
    const QString key = m_directory.filePath(QStringLiteral("key.pem"));
    const QString certificate = m_directory.filePath(QStringLiteral("certificate.pem"));
    QProcess openssl;
    openssl.start(
        QStringLiteral("openssl"),
        {QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"), QStringLiteral("ec"),
         QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:prime256v1"), QStringLiteral("-nodes"),
         QStringLiteral("-days"), QStringLiteral("2"), QStringLiteral("-subj"),
         QStringLiteral("/CN=viaductd"), QStringLiteral("-keyout"), key, QStringLiteral("-out"),
         certificate});
    if (!openssl.waitForFinished() || openssl.exitCode() != 0)
        qFatal("openssl made no certificate: %s", openssl.readAllStandardError().constData());
    QFile keyFile(key);
    QFile certificateFile(certificate);
    if (!keyFile.open(QFile::ReadOnly) || !certificateFile.open(QFile::ReadOnly))
        qFatal("openssl wrote no certificate");
    m_certificate = QSslCertificate(certificateFile.readAll());
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setLocalCertificate(m_certificate);
    configuration.setPrivateKey(QSslKey(keyFile.readAll(), QSsl::Ec));
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    m_server.setSslConfiguration(configuration);
}

void TestBroker::write(const QByteArray& bytes) {
    for (const auto& [socket, buffer] : m_buffers)
        socket->write(bytes);
}

void TestBroker::closeConnections() {
    for (const auto& [socket, buffer] : std::exchange(m_buffers, {})) {
        socket->disconnect(this);
        socket->abort();
        socket->deleteLater();
    }
}

void TestBroker::accept() {
    while (auto* const socket = qobject_cast<QSslSocket*>(m_server.nextPendingConnection())) {
        m_buffers[socket] = {};
        connect(socket, &QSslSocket::readyRead, this, [this, socket] { readFrom(*socket); });
        connect(socket, &QSslSocket::disconnected, this, [this, socket] {
            m_buffers.erase(socket);
            socket->deleteLater();
        });
        readFrom(*socket);
    }
}

void TestBroker::readFrom(QSslSocket& socket) {
    QByteArray& buffer = m_buffers[&socket];
    buffer += socket.readAll();
    const qsizetype end = buffer.indexOf("\r\n\r\n");
    if (end < 0)
        return;
    Asked asked;
    QList<QByteArray> lines = buffer.first(end).split('\n');
    const QList<QByteArray> first = lines.takeFirst().trimmed().split(' ');
    asked.method = first.value(0);
    asked.target = first.value(1);
    for (const QByteArray& line : lines) {
        const qsizetype colon = line.indexOf(':');
        asked.headers[line.first(colon).toLower()] = line.mid(colon + 1).trimmed();
    }
    const qsizetype length = asked.headers["content-length"].toLongLong();
    if (buffer.size() < end + 4 + length)
        return;
    asked.body = buffer.mid(end + 4, length);
    buffer.remove(0, end + 4 + length);
    m_asked.push_back(asked);
    if (const QByteArray answer = m_answer ? m_answer(asked) : QByteArray(); !answer.isEmpty())
        socket.write(answer);
}

QByteArray jsonAnswer(const QByteArray& body, int status, const QByteArray& type) {
    return "HTTP/1.1 " + QByteArray::number(status) + " X\r\nContent-Type: " + type
        + "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
}

} // namespace viaduct::api::test
