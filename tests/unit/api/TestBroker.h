// SPDX-License-Identifier: GPL-3.0-or-later
// A small HTTPS server in the test's own thread: keeps what it was asked, and answers what the test says.
#pragma once

#include <QPointer>
#include <QSslServer>
#include <QSslSocket>
#include <QTemporaryDir>
#include <QUrl>

#include <functional>
#include <map>
#include <vector>

namespace viaduct::api::test {

struct Asked {
    QByteArray method;
    QByteArray target;
    std::map<QByteArray, QByteArray> headers; ///< names in lower case
    QByteArray body;
};

class TestBroker : public QObject {
public:
    /// Whole bytes of the answer; empty: none comes.
    using Answer = std::function<QByteArray(const Asked&)>;

    TestBroker();
    ~TestBroker() override { closeConnections(); } ///< while those who hear of it are still there

    QUrl url() const;
    QString fingerprint() const;
    /// A new key and certificate, as after a reinstallation; connections are closed.
    void changeCertificate();
    void answer(Answer answer) { m_answer = std::move(answer); }
    /// To those who wait: an event stream.
    void write(const QByteArray& bytes);
    void closeConnections();
    void stopListening() { m_server.close(); }

    const std::vector<Asked>& asked() const { return m_asked; }

private:
    void accept();
    void readFrom(QSslSocket& socket);

    QTemporaryDir m_directory;
    QSslServer m_server;
    QSslCertificate m_certificate;
    Answer m_answer;
    std::map<QSslSocket*, QByteArray> m_buffers;
    std::vector<Asked> m_asked;
};

QByteArray jsonAnswer(const QByteArray& body, int status = 200, const QByteArray& type = "application/json");

} // namespace viaduct::api::test
