// SPDX-License-Identifier: GPL-3.0-or-later
// One login on its way from server to server. Each server is asked from a socket of its own, whose random
// port is one thing more that a forger has to guess.
#pragma once

#include "server/radius/Authenticator.h"

#include <QHostInfo>
#include <QTimer>
#include <QUdpSocket>

namespace viaduct::radius {

class Question : public QObject {
    Q_OBJECT
public:
    /// `servers` is not empty; `login` can be asked.
    Question(Login login, std::string nasIdentifier, std::vector<Server> servers, QObject* parent);
    void start();

Q_SIGNALS:
    /// Whether this server has said anything that counts.
    void answeredBy(const viaduct::radius::Server& server, bool answers);
    void done(const viaduct::radius::Verdict& verdict);

private:
    const Server& server() const { return m_servers[m_current]; }
    std::string name() const;
    void askServer();
    void found(const QHostInfo& host);
    void ask(const QHostAddress& address);
    void send();
    void receive();
    void silence();
    void nextServer(const std::string& reason);
    void dropSocket();
    void finish(Verdict::What what, const std::string& reason);

    Login m_login;
    std::string m_nasIdentifier;
    std::vector<Server> m_servers;
    std::size_t m_current = 0;
    int m_triesLeft = 0;
    std::optional<Exchange> m_exchange;
    std::optional<Exchange::Flaw> m_flaw; ///< of what came instead of an answer
    std::unique_ptr<QUdpSocket> m_socket;
    QTimer m_timer;
    std::string m_reasons; ///< why those before did not answer
};

} // namespace viaduct::radius
