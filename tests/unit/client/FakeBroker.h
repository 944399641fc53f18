// SPDX-License-Identifier: GPL-3.0-or-later
// A broker for the client engine to talk to: a real ServerSession on real sockets of 127.0.0.1, and a tunnel
// that is none.
#pragma once

#include "shared/client/Platform.h"
#include "shared/net/Endpoint.h"
#include "shared/tsp/ServerSession.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QUdpSocket>
#include <map>
#include <memory>

namespace viaduct::client {

class FakeBroker : public QObject {
    Q_OBJECT

public:
    FakeBroker();

    /// 127.0.0.1:PORT, the same port for UDP and TCP.
    Endpoint endpoint() const;

    /// A datagram outside of every dialogue.
    bool sendTo(const Endpoint& client, const char* text);

    // What it does; to be set before it is asked.
    bool silentOverUdp = false;
    bool refuseConnections = false; ///< TCP
    std::optional<tsp::Refusal> refusal; ///< to VERSION
    int refusals = -1; ///< how often `refusal` is given; -1: always
    std::optional<tsp::Version> newest; ///< what is newer gets 302
    std::string password = "secret";
    tsp::TunnelAnswer tunnel; ///< modes and outer addresses are filled in
    bool anonymous = false;
    bool forgesProof = false; ///< lets everybody in by DIGEST-MD5, without knowing a password
    std::chrono::milliseconds probeDelay{0}; ///< before ECHO REQUEST is answered

    // What it saw.
    int dialogues = 0; ///< VERSION messages, each counted once
    int probes = 0;
    std::vector<tsp::TunnelRequest> requests;
    Endpoint lastClient;

private:
    void readUdp();
    void accept();
    std::unique_ptr<tsp::ServerSession> newSession(Transport transport, std::string_view first);
    template <typename Send>
    void perform(tsp::ServerSession& session, const tsp::ServerActions& actions, const Send& send);
    tsp::LoginAnswer check(const tsp::Credentials& credentials) const;
    tsp::TunnelAnswer answerTo(const tsp::TunnelRequest& request) const;

    QUdpSocket m_udp;
    QTcpServer m_tcp;
    tsp::ServerPolicy m_policy;
    std::map<Endpoint, std::unique_ptr<tsp::ServerSession>> m_sessions;
    int m_nonce = 0;
};

/// Tunnels that only remember how they were made.
class FakePlatform {
public:
    FakePlatform();

    Platform platform;

    int tunnels = 0; ///< made
    int standing = 0; ///< of them
    tunnel::TunnelParameters parameters; ///< of the last one
    tunnel::Tunnel::Callbacks callbacks;
    bool answersEchoes = true;
    std::optional<Error> refuses;
    std::optional<Error> refusesPrefix;
    std::optional<Error> breaksAtOnce; ///< each tunnel, before anything else can happen
    std::vector<std::pair<std::string, std::string>> prefixes; ///< and their interfaces
};

} // namespace viaduct::client
