// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/tsp/Dialogue.h"

#include <QRandomGenerator>
#include <QTimer>

#include <algorithm>

namespace viaduct::face {

namespace {
/// Brokers that a redirect over UDP names: the datagram that asked may be forged, and one of 23 bytes must
/// not send 3.5 kB to somebody else.
constexpr std::size_t mostBrokersOverUdp = 4;
constexpr std::size_t longestNamesOverUdp = 256; ///< bytes

/// What the client may be told of a refusal. Others for each site, so that all brokers of a long list get
/// clients.
tsp::Refusal forWire(tsp::Refusal refusal, const broker::Caller& caller) {
    const std::size_t count = refusal.brokers.size();
    if (caller.transport != Transport::Udp || count == 0)
        return refusal;
    const std::size_t first
        = count > mostBrokersOverUdp ? std::hash<IpAddress>{}(siteOf(caller.remote.address)) % count : 0;
    std::vector<std::string> told;
    std::size_t length = 0;
    for (std::size_t i = 0; i < std::min(count, mostBrokersOverUdp); ++i) {
        const std::string& broker = refusal.brokers[(first + i) % count];
        length += broker.size();
        if (told.empty() || length <= longestNamesOverUdp)
            told.push_back(broker);
    }
    refusal.brokers = std::move(told);
    return refusal;
}

std::optional<tsp::Refusal> forWire(std::optional<tsp::Refusal> refusal, const broker::Caller& caller) {
    if (refusal)
        refusal = forWire(std::move(*refusal), caller);
    return refusal;
}

template <typename Success>
std::variant<Success, tsp::Refusal>
forWire(std::variant<Success, tsp::Refusal> answer, const broker::Caller& caller) {
    if (auto* refusal = std::get_if<tsp::Refusal>(&answer))
        *refusal = forWire(std::move(*refusal), caller);
    return answer;
}

bool isFailedLogin(const tsp::LoginAnswer& answer) {
    const auto* refusal = std::get_if<tsp::Refusal>(&answer);
    return refusal && refusal->status == tsp::Status::AuthenticationFailed;
}

bool says(const tsp::ServerActions& actions) {
    return std::any_of(actions.begin(), actions.end(), [](const tsp::ServerAction& action) {
        return std::holds_alternative<tsp::action::Send>(action);
    });
}
} // namespace

Dialogue::Dialogue(
    broker::Broker& broker, FailureMeter& failures, broker::Caller caller,
    const std::shared_ptr<const tsp::ServerPolicy>& policy, std::string nonce, Hands hands,
    std::optional<tsp::Refusal> refusal)
    : m_broker(broker), m_failures(failures), m_caller(std::move(caller)),
      m_site(siteOf(m_caller.remote.address)), m_sentAway(refusal.has_value()), m_policy(policy),
      m_nonce(std::move(nonce)), m_hands(std::move(hands)),
      m_session(m_caller.transport, *m_policy, m_nonce, forWire(std::move(refusal), m_caller)) { }

void Dialogue::receive(std::string_view bytes) {
    m_begun = true;
    const bool wasOver = m_session.isOver();
    tsp::ServerActions actions = m_session.receive(bytes);
    if (m_held) {
        // Only a repetition is answered now. The client wants the answer with the header of the latest.
        if (!actions.empty())
            m_held->front() = std::move(actions.front());
        return;
    }
    const bool failed
        = !wasOver && m_session.isOver() && !m_session.isAuthenticated() && !m_sentAway && says(actions);
    if (!failed)
        return perform(std::move(actions));
    const auto now = FailureMeter::Clock::now();
    const auto wait = m_failures.wait(m_site, now);
    m_failures.failed(m_site, now);
    if (wait.count() > 0)
        return hold(std::move(actions), wait);
    perform(std::move(actions));
}

void Dialogue::hold(tsp::ServerActions actions, std::chrono::milliseconds wait) {
    m_held = std::move(actions);
    QTimer::singleShot(wait, &m_broker, [weak = weak_from_this()] {
        if (const auto self = weak.lock())
            self->perform(*std::exchange(self->m_held, std::nullopt));
    });
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
    // It waits before it is looked at, and whether it is right or wrong: nobody learns more by hanging up.
    const bool guess = !std::holds_alternative<tsp::AnonymousLogin>(credentials);
    const auto wait = m_failures.wait(m_site, FailureMeter::Clock::now());
    if (!guess || wait.count() == 0)
        return check(credentials);
    QTimer::singleShot(wait, &m_broker, [weak = weak_from_this(), credentials] {
        if (const auto self = weak.lock())
            self->check(credentials);
    });
}

void Dialogue::check(const tsp::Credentials& credentials) {
    m_broker.authenticate(m_caller, credentials, [weak = weak_from_this()](broker::Login login) {
        const auto self = weak.lock();
        if (!self)
            return;
        const auto now = FailureMeter::Clock::now();
        if (isFailedLogin(login.answer))
            self->m_failures.failed(self->m_site, now);
        else if (login.identity.account)
            self->m_failures.succeeded(self->m_site, now);
        self->m_identity = std::move(login.identity);
        self->perform(self->m_session.authenticated(forWire(std::move(login.answer), self->m_caller)));
    });
}

void Dialogue::createTunnel(const tsp::TunnelRequest& request) {
    m_broker.requestTunnel(
        m_caller, m_identity, request,
        [weak = weak_from_this()](const std::optional<tsp::TunnelAnswer>& answer) {
            const auto self = weak.lock();
            if (self && answer)
                self->perform(self->m_session.created(forWire(*answer, self->m_caller)));
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
