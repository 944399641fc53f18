// SPDX-License-Identifier: GPL-3.0-or-later
// The life of a client: finds a broker, agrees on a tunnel, keeps it, and begins again when it is lost. Needs
// a Qt event loop and nothing of the operating system but what Platform gives.
#pragma once

#include "shared/client/BrokerProbe.h"
#include "shared/client/ClientEvent.h"
#include "shared/client/Connection.h"
#include "shared/client/RetryDelay.h"

namespace viaduct::client {

class ClientEngine : public QObject {
    Q_OBJECT

public:
    ClientEngine(ClientConfiguration configuration, Platform platform, QObject* parent = nullptr);

    void start();
    /// Takes everything down; finished() follows, never before this returns. May be called by who hears of an
    /// event. A second call changes nothing, nor does one after a failure.
    void stop();

Q_SIGNALS:
    void happened(const viaduct::client::ClientEvent& event);
    /// The last signal: nothing is left of the tunnel.
    void finished(viaduct::client::ExitCode code);

private:
    /// Deletes later, since each is told to go by its own signal.
    struct Dismiss {
        void operator()(QObject* object) const;
    };
    template <typename Object>
    using Activity = std::unique_ptr<Object, Dismiss>;

    // Finding brokers.
    void beginRound();
    std::vector<ServerName> firstBrokers() const;
    void resolve(std::vector<ServerName> names);
    void resolved(const Resolver::Answer& answer);
    void probed(const std::vector<Candidate>& answered);
    void redirect(const std::vector<std::string>& brokers);

    // Asking one.
    void ask();
    void startDialogue();
    tsp::ClientParameters sessionParameters() const;
    void dialogueFinished(const Dialogue::Outcome& outcome);
    void handle(const tsp::action::Established& established);
    void handle(const tsp::action::Refused& refused);
    void handle(const tsp::action::Broken& broken);
    void tryOtherVersion();
    /// Another transport or broker.
    void tryOtherWay(const std::string& reason);

    /// Takes away the prefix that was not asked for, and tells of one that was asked for and is not there.
    bool checkDelegation(tsp::TunnelInfo& info);

    // Keeping it.
    void connectionUp(const event::Established& tunnel);
    void connectionLost(const std::string& reason);
    void retryLater(const std::string& reason, ExitCode otherwise);
    void fail(ExitCode code, const std::string& reason);
    void takeDown();
    /// Whether to go on: whoever hears of an event may call stop(). So with the others that give a bool.
    [[nodiscard]] bool report(const ClientEvent& event);
    [[nodiscard]] bool remember(const std::string& file, const std::vector<ServerName>& brokers);

    ClientConfiguration m_configuration;
    Connection m_connection;
    RetryDelay m_retryDelay;
    QTimer m_retryTimer;
    std::optional<std::chrono::steady_clock::time_point> m_upSince; ///< of the tunnel that is up

    Activity<Resolver> m_resolver;
    Activity<BrokerProbe> m_probe;
    Activity<Dialogue> m_dialogue;
    Dialogue* m_finished = nullptr; ///< the one whose outcome is being handled

    std::vector<Candidate> m_candidates; ///< to ask; the first is being asked
    std::size_t m_version = 0; ///< which of the known versions is tried
    Transport m_transport = Transport::Udp;
    int m_hops = 0; ///< redirects followed in this round
    std::vector<Endpoint> m_visited; ///< brokers that sent us on in this round
    std::optional<ExitCode> m_ending; ///< set once; then nothing new is begun
};

} // namespace viaduct::client
