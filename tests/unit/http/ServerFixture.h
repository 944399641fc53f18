// SPDX-License-Identifier: GPL-3.0-or-later
// A real server on the loopback interface, and TLS clients that say exactly what they are told.
#pragma once

#include "server/http/Server.h"

#include <QSslSocket>
#include <gtest/gtest.h>
#include <optional>

namespace viaduct::http {

/// Runs the event loop until it is true; false when that takes longer than a test should.
bool eventually(
    const std::function<bool()>& condition, std::chrono::milliseconds patience = std::chrono::seconds(10));

struct Answer {
    int status = 0; ///< 0: the connection was closed instead
    std::string head; ///< status line and headers
    std::string body; ///< without chunks
    bool hasLine(std::string_view line) const;
};

class Peer {
public:
    explicit Peer(const Endpoint& server, const char* from = "127.0.0.1");
    /// Waits for the end of the handshake; false when there was none.
    bool connected();
    void say(std::string_view bytes) { m_socket.write(bytes.data(), static_cast<qint64>(bytes.size())); }
    /// The next answer, waited for and taken from what was heard.
    Answer answer(bool hasBody = true);
    bool hears(std::string_view text);
    bool isClosed() const { return m_socket.state() == QAbstractSocket::UnconnectedState; }
    bool getsClosed() {
        return eventually([this] { return isClosed(); });
    }
    const std::string& heard() const { return m_heard; }
    QSslSocket& socket() { return m_socket; }

private:
    std::optional<Answer> takeAnswer(bool hasBody);

    QSslSocket m_socket;
    std::string m_heard;
};

/// "METHOD PATH HTTP/1.1", Host, `more` lines (each with its CRLF), and `body` with its length.
std::string
request(const char* method, const char* path, const std::string& body = {}, const std::string& more = {});
std::string get(const char* path);

class ServerFixture : public testing::Test {
protected:
    static Options options();
    /// Small and quick, so that a test meets them.
    static Limits smallLimits();

    /// On 127.0.0.1. Without another handler, "/echo" tells the request back and all else is 404.
    void open(Options options = ServerFixture::options());
    Endpoint local() const { return m_server->endpoints().front(); }

    Handler m_handler;
    std::unique_ptr<Server> m_server;
};

} // namespace viaduct::http
