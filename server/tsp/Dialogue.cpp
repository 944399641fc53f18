// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/tsp/Dialogue.h"

#include <QRandomGenerator>

namespace viaduct::face {

Dialogue::Dialogue(
    broker::Broker& broker, broker::Caller caller, const std::shared_ptr<const tsp::ServerPolicy>& policy,
    std::string nonce, Hands hands, std::optional<tsp::Refusal> refusal)
    : m_broker(broker), m_caller(std::move(caller)), m_policy(policy), m_nonce(std::move(nonce)),
      m_hands(std::move(hands)), m_session(m_caller.transport, *m_policy, m_nonce, std::move(refusal)) { }

void Dialogue::receive(std::string_view bytes) {
    m_begun = true;
    perform(m_session.receive(bytes));
}

void Dialogue::perform(tsp::ServerActions actions) {
    // An action may end in the destruction of whoever holds this dialogue.
    const auto self = shared_from_this();
    for (tsp::ServerAction& action : actions) {
        if (auto* send = std::get_if<tsp::action::Send>(&action))
            m_hands.send(std::move(send->bytes));
        else if (auto* later = std::get_if<tsp::action::SendAfterGap>(&action))
            m_hands.sendAfterGap(std::move(later->bytes));
        else if (const auto* login = std::get_if<tsp::action::Authenticate>(&action))
            authenticate(login->credentials);
        else if (const auto* create = std::get_if<tsp::action::CreateTunnel>(&action))
            createTunnel(create->request);
        else if (std::holds_alternative<tsp::action::Accepted>(action))
            m_accepted = true; // the tunnel carries packets since its creation was durable
        else if (std::holds_alternative<tsp::action::Close>(action))
            m_hands.close();
    }
}

void Dialogue::authenticate(const tsp::Credentials& credentials) {
    m_caller.version = m_session.version();
    m_broker.authenticate(m_caller, credentials, [weak = weak_from_this()](broker::Login login) {
        const auto self = weak.lock();
        if (!self)
            return;
        self->m_identity = std::move(login.identity);
        self->perform(self->m_session.authenticated(login.answer));
    });
}

void Dialogue::createTunnel(const tsp::TunnelRequest& request) {
    m_broker.requestTunnel(
        m_caller, m_identity, request,
        [weak = weak_from_this()](const std::optional<tsp::TunnelAnswer>& answer) {
            const auto self = weak.lock();
            if (self && answer)
                self->perform(self->m_session.created(*answer));
        });
}

std::string makeNonce() {
    static constexpr char digits[] = "0123456789abcdef";
    std::array<quint32, 4> words{};
    QRandomGenerator::system()->fillRange(words.data(), static_cast<qsizetype>(words.size()));
    std::string nonce;
    for (const quint32 word : words) {
        for (int shift = 28; shift >= 0; shift -= 4)
            nonce += digits[(word >> shift) & 0xf];
    }
    return nonce;
}

} // namespace viaduct::face
