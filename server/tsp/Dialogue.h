// SPDX-License-Identifier: GPL-3.0-or-later
// One TSP dialogue at work: carries out what the session says, by the broker and by the transport's own
// hands. It may outlive its transport: answers of the broker that come too late find nobody and are dropped.
// From an address that has failed too often, logins and refusals wait (see FailureMeter.h).
#pragma once

#include "server/broker/Broker.h"
#include "server/tsp/FailureMeter.h"
#include "shared/tsp/ServerSession.h"

#include <memory>

namespace viaduct::face {

/// What a transport can do for a dialogue.
struct Hands {
    std::function<void(std::string bytes)> send;
    std::function<void(std::string bytes)> sendAfterGap; ///< TCP only, see tsp::action::SendAfterGap
    std::function<void()> close;
};

class Dialogue : public std::enable_shared_from_this<Dialogue> {
public:
    /// `refusal`, when given, is all that the client will hear.
    Dialogue(
        broker::Broker& broker, FailureMeter& failures, broker::Caller caller,
        const std::shared_ptr<const tsp::ServerPolicy>& policy, std::string nonce, Hands hands,
        std::optional<tsp::Refusal> refusal);

    void receive(std::string_view bytes);

    const broker::Caller& caller() const { return m_caller; }
    const std::string& nonce() const { return m_nonce; }
    /// Whether the client has said anything yet.
    bool hasBegun() const { return m_begun; }
    bool isAuthenticated() const { return m_session.isAuthenticated(); }
    /// Nothing more is to come but repetitions: the client has its tunnel, or was refused.
    bool isFinished() const { return m_accepted || (m_session.isOver() && !m_held); }

private:
    void perform(tsp::ServerActions actions);
    void hold(tsp::ServerActions actions, std::chrono::milliseconds wait);
    void authenticate(const tsp::Credentials& credentials);
    void check(const tsp::Credentials& credentials);
    void createTunnel(const tsp::TunnelRequest& request);

    broker::Broker& m_broker;
    FailureMeter& m_failures;
    broker::Caller m_caller;
    IpAddress m_site;
    bool m_sentAway; ///< by the broker or the face, whatever the client says
    std::shared_ptr<const tsp::ServerPolicy> m_policy; ///< the session refers to it
    std::string m_nonce;
    Hands m_hands;
    tsp::ServerSession m_session;
    broker::Identity m_identity;
    std::optional<tsp::ServerActions> m_held; ///< a refusal that waits
    bool m_begun = false;
    bool m_accepted = false;
};

/// Unpredictable text for DIGEST-MD5, from the system's generator.
std::string makeNonce();

} // namespace viaduct::face
