// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/ServerSession.h"

#include "shared/tsp/Base64.h"
#include "shared/tsp/DigestMd5.h"
#include "shared/tsp/Framing.h"
#include "shared/tsp/XmlReader.h"
#include "shared/tsp/XmlWriter.h"

#include <algorithm>

namespace viaduct::tsp {

namespace {
constexpr std::string_view versionWord = "VERSION=";
constexpr std::string_view echoRequest = "ECHO REQUEST";
constexpr Version lastWithTruncatedHash{2, 0, 0};
constexpr int firstRedirect = 1001;
constexpr std::uint32_t sequenceMask = 0x0fffffff;

bool isRedirect(Status status) {
    return static_cast<int>(status) >= firstRedirect;
}

/// Serial arithmetic on 28 bits.
bool isOlder(std::uint32_t sequence, std::uint32_t than) {
    const std::uint32_t distance = (than - sequence) & sequenceMask;
    return distance != 0 && distance <= sequenceMask / 2;
}

/// The versions whose ways are known. Refusing one makes its clients come back at once, so all are welcome;
/// 1.x was made for TCP alone.
bool isSupported(const Version& version, Transport transport) {
    return (version.major == 2 && version.minor == 0) || (version.major == 1 && transport == Transport::Tcp);
}

/// The last two fields that NULs separate: over TCP one more NUL may precede, left from the line before.
std::optional<PlainLogin> readPlain(std::string_view bytes) {
    const auto ended = takeLine(bytes);
    const std::string_view line = ended ? ended->content : bytes;
    const std::size_t second = line.rfind('\0');
    if (second == std::string_view::npos || second == 0)
        return std::nullopt;
    const std::size_t first = line.rfind('\0', second - 1);
    if (first == std::string_view::npos)
        return std::nullopt;
    const std::string_view user = line.substr(first + 1, second - first - 1);
    const bool control = std::any_of(
        user.begin(), user.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (user.empty() || control)
        return std::nullopt;
    return PlainLogin{std::string(user), std::string(line.substr(second + 1))};
}

std::string refusalText(const Refusal& refusal) {
    return statusLine(refusal.status)
        + (isRedirect(refusal.status) ? writeBrokerList(refusal.brokers) : std::string());
}

/// The clients give up for good at a redirect that names nobody, and at 200 they would go on.
Refusal sendable(const Refusal& refusal, Status instead) {
    const bool nobody
        = std::none_of(refusal.brokers.begin(), refusal.brokers.end(), [](const std::string& broker) {
              return isBrokerName(broker);
          });
    if (refusal.status == Status::Success || (isRedirect(refusal.status) && nobody))
        return {instead, {}};
    return refusal;
}

/// The whole answer to a create. The client's names of DNS servers come back to it only for its own display:
/// they are the part to leave out when the answer would not fit into its buffer.
std::string infoMessage(TunnelInfo info, const Version& version) {
    const std::string success = statusLine(Status::Success);
    std::string message = framed(success + writeInfo(info, version));
    if (message.size() + headerLength >= longestMessage && info.delegation) {
        info.delegation->dnsServers.clear();
        message = framed(success + writeInfo(info, version));
    }
    return message;
}
} // namespace

ServerSession::ServerSession(
    Transport transport, const ServerPolicy& policy, std::string nonce, std::optional<Refusal> refusal)
    : m_transport(transport), m_policy(&policy), m_nonce(std::move(nonce)), m_refusal(std::move(refusal)) { }

ServerActions ServerSession::receive(std::string_view bytes) {
    if (m_transport == Transport::Udp)
        receiveDatagram(bytes);
    else
        receiveStream(bytes);
    return takeActions();
}

ServerActions ServerSession::authenticated(const LoginAnswer& result) {
    if (m_stage != Stage::CheckingLogin)
        return {};
    if (const auto* refusal = std::get_if<Refusal>(&result)) {
        refuse(*refusal);
        return takeActions();
    }
    m_authenticated = true;
    m_stage = Stage::Request;
    const std::string success = statusLine(Status::Success);
    if (m_mechanism == Mechanism::DigestMd5) {
        answer(toBase64("rspauth=" + std::get<Granted>(result).responseAuth) + "\r\n");
        if (m_transport == Transport::Udp)
            m_stage = Stage::LoginPoll;
        else
            m_actions.emplace_back(action::SendAfterGap{success});
    } else {
        answer(success);
    }
    drainStream();
    return takeActions();
}

ServerActions ServerSession::created(const TunnelAnswer& result) {
    if (m_stage != Stage::CreatingTunnel)
        return {};
    if (const auto* refusal = std::get_if<Refusal>(&result)) {
        refuse(*refusal);
        return takeActions();
    }
    answer(infoMessage(std::get<TunnelInfo>(result), m_version));
    m_stage = Stage::Accept;
    if (m_version.major == 1) {
        m_stage = Stage::Established;
        m_actions.emplace_back(action::Accepted{});
    }
    drainStream();
    return takeActions();
}

bool ServerSession::isAuthenticated() const {
    return m_authenticated;
}

bool ServerSession::isOver() const {
    return m_stage == Stage::Over;
}

Version ServerSession::version() const {
    return m_version;
}

// ---- transports ----

void ServerSession::receiveDatagram(std::string_view bytes) {
    const auto datagram = readDatagram(bytes);
    if (!datagram || bytes.size() > longestMessage)
        return;
    const std::uint32_t sequence = datagram->sequence();
    if (m_exchange && m_exchange->sequence == sequence && m_exchange->payload == datagram->payload) {
        // The client drops an answer that carries the header of an earlier copy.
        m_exchange->header = datagram->header;
        if (m_exchange->answer)
            m_actions.emplace_back(action::Send{m_exchange->header + *m_exchange->answer});
        return;
    }
    const bool late = m_exchange && isOlder(sequence, m_exchange->sequence);
    if (late || isWaiting() || isOver())
        return;
    const std::string_view message = stripped(datagram->payload);
    const bool strange = m_stage == Stage::Version && !message.starts_with(versionWord);
    if (strange || (message.empty() && m_stage != Stage::LoginPoll))
        return;
    m_exchange = Exchange{sequence, std::string(datagram->payload), std::string(datagram->header), {}};
    if (m_stage == Stage::LoginPoll) {
        m_stage = Stage::Request;
        if (message.empty())
            return answer(statusLine(Status::Success));
    }
    if (!isFramed())
        return handleLine(m_stage == Stage::PlainLogin ? datagram->payload : message);
    const auto piece = takeFramed(strippedFront(datagram->payload));
    if (!piece || !*piece)
        return refuse({Status::BadRequest, {}});
    handleFrame((*piece)->content);
}

void ServerSession::receiveStream(std::string_view bytes) {
    while (!bytes.empty() && !isOver()) {
        const std::size_t room = longestMessage - m_input.size();
        if (room == 0)
            return close();
        m_input += bytes.substr(0, room);
        bytes.remove_prefix(std::min(room, bytes.size()));
        drainStream();
    }
}

void ServerSession::drainStream() {
    while (!isWaiting() && !isOver() && takeFromStream()) { }
}

/// Acts upon one message of the stream; false while none is complete.
bool ServerSession::takeFromStream() {
    // Clients send the NUL that ends a C string. In credentials NULs count, and one too many does no harm.
    if (m_stage != Stage::PlainLogin)
        m_input.erase(0, m_input.size() - strippedFront(m_input).size());
    std::optional<Piece> piece;
    if (isFramed()) {
        const auto taken = takeFramed(m_input);
        if (!taken) {
            refuse({Status::BadRequest, {}});
            return false;
        }
        piece = *taken;
    } else {
        piece = takeLine(m_input);
    }
    if (!piece)
        return false;
    const std::string content(piece->content);
    m_input.erase(0, piece->used);
    if (isFramed())
        handleFrame(content);
    else
        handleLine(content);
    return true;
}

ServerActions ServerSession::takeActions() {
    return std::exchange(m_actions, {});
}

// ---- messages ----

void ServerSession::handleLine(std::string_view line) {
    switch (m_stage) {
    case Stage::Version:
        return handleVersion(stripped(line));
    case Stage::Mechanism:
        return handleMechanism(stripped(line));
    case Stage::PlainLogin:
        return handlePlain(line);
    case Stage::DigestLogin:
        return handleDigest(stripped(line));
    default:
        return;
    }
}

void ServerSession::handleFrame(std::string_view content) {
    const auto message = readClientMessage(content);
    if (!message)
        return refuse({message.error(), {}});
    if (std::holds_alternative<TunnelAccept>(*message))
        return handleAccept();
    if (m_stage != Stage::Request)
        return refuse({Status::RequestInProgress, {}});
    handleRequest(std::get<TunnelRequest>(*message));
}

void ServerSession::handleVersion(std::string_view line) {
    // Whatever speaks another protocol learns nothing from us.
    if (!line.starts_with(versionWord))
        return close();
    const auto version = readVersionLine(line);
    if (!version || !isSupported(*version, m_transport))
        return refuse({Status::UnsupportedVersion, {}});
    if (m_refusal)
        return refuse(*m_refusal);
    m_version = *version;
    m_stage = Stage::Mechanism;
    Capabilities capabilities{m_policy->modes, {}};
    for (const Mechanism mechanism : {Mechanism::Anonymous, Mechanism::Plain, Mechanism::DigestMd5}) {
        if (offers(mechanism))
            capabilities.mechanisms.push_back(mechanism);
    }
    answer(capabilityLine(capabilities));
}

void ServerSession::handleMechanism(std::string_view line) {
    const auto word = readAuthenticateLine(line);
    if (!word)
        return refuse({Status::BadRequest, {}});
    const auto mechanism = mechanismFromText(*word);
    if (!mechanism || !offers(*mechanism))
        return refuse({Status::AuthenticationFailed, {}});
    m_mechanism = *mechanism;
    switch (m_mechanism) {
    case Mechanism::Anonymous:
        m_stage = Stage::CheckingLogin;
        m_actions.emplace_back(action::Authenticate{AnonymousLogin{}});
        return;
    case Mechanism::Plain:
        m_stage = Stage::PlainLogin;
        return acknowledge();
    case Mechanism::DigestMd5:
        m_stage = Stage::DigestLogin;
        return answer(toBase64(digestChallenge(m_policy->realm, m_nonce)) + "\r\n");
    }
}

void ServerSession::handlePlain(std::string_view line) {
    auto login = readPlain(line);
    if (!login)
        return refuse({Status::AuthenticationFailed, {}});
    m_stage = Stage::CheckingLogin;
    m_actions.emplace_back(action::Authenticate{std::move(*login)});
}

void ServerSession::handleDigest(std::string_view line) {
    const auto text = fromBase64(line);
    auto login = text ? parseDigestResponse(*text) : std::nullopt;
    // The digest-uri repeats the client's own configuration, so only its service can be checked. The nonce
    // is used once: so is its count.
    if (!login || login->nonce != m_nonce || login->realm != m_policy->realm || login->qop != "auth"
        || login->nonceCount != "00000001" || !login->digestUri.starts_with("tsp/"))
        return refuse({Status::AuthenticationFailed, {}});
    login->truncatedHash = m_version <= lastWithTruncatedHash;
    m_stage = Stage::CheckingLogin;
    m_actions.emplace_back(action::Authenticate{std::move(*login)});
}

void ServerSession::handleRequest(const TunnelRequest& request) {
    // v6udpv4 packets share the 5-tuple of the signalling, which TCP has not.
    const bool impossible = request.mode == TunnelMode::V6udpv4 && m_transport == Transport::Tcp;
    if (impossible || !offers(request.mode))
        return refuse({Status::UnsupportedTunnelType, {}});
    m_stage = Stage::CreatingTunnel;
    m_actions.emplace_back(action::CreateTunnel{request});
}

void ServerSession::handleAccept() {
    if (m_stage == Stage::Request)
        return refuse({Status::BadRequest, {}});
    acknowledge();
    if (m_stage == Stage::Accept)
        m_actions.emplace_back(action::Accepted{});
    m_stage = Stage::Established;
}

// ---- answers ----

void ServerSession::answer(std::string text) {
    if (m_exchange) {
        m_actions.emplace_back(action::Send{m_exchange->header + text});
        m_exchange->answer = std::move(text);
    } else {
        m_actions.emplace_back(action::Send{std::move(text)});
    }
}

/// Over UDP a client repeats itself until something comes back, if only a header; over TCP it would take
/// anything for the next message.
void ServerSession::acknowledge() {
    if (m_transport == Transport::Udp)
        answer({});
}

void ServerSession::refuse(const Refusal& refusal) {
    if (isFramed() || m_stage == Stage::CreatingTunnel) {
        answer(framed(refusalText(sendable(refusal, Status::ServerError))));
        return close();
    }
    if (m_stage == Stage::Version) {
        answer(refusalText(sendable(refusal, Status::ServerBusy)));
        return close();
    }
    Refusal sent = sendable(refusal, Status::AuthenticationFailed);
    const bool digest = m_stage != Stage::Mechanism && m_mechanism == Mechanism::DigestMd5;
    // In place of the rspauth a DIGEST-MD5 client takes any other code for base64, and crashes.
    if (digest && !isRedirect(sent.status))
        sent = {Status::AuthenticationFailed, {}};
    std::string text = refusalText(sent);
    // At this stage the clients read a redirect as a C string that nobody else ends.
    if (isRedirect(sent.status))
        text += '\0';
    answer(std::move(text));
    close();
}

void ServerSession::close() {
    m_stage = Stage::Over;
    m_input.clear();
    m_actions.emplace_back(action::Close{});
}

// ---- state ----

bool ServerSession::isWaiting() const {
    return m_stage == Stage::CheckingLogin || m_stage == Stage::CreatingTunnel;
}

/// Whether what the client sends now comes behind a Content-length.
bool ServerSession::isFramed() const {
    return m_stage == Stage::Request || m_stage == Stage::Accept || m_stage == Stage::Established;
}

bool ServerSession::offers(Mechanism mechanism) const {
    switch (mechanism) {
    case Mechanism::Anonymous:
        return m_policy->anonymous;
    case Mechanism::Plain:
        return m_policy->plain;
    case Mechanism::DigestMd5:
        return m_policy->digestMd5;
    }
    return false;
}

bool ServerSession::offers(TunnelMode mode) const {
    const auto has = [this](TunnelMode wanted) {
        return std::find(m_policy->modes.begin(), m_policy->modes.end(), wanted) != m_policy->modes.end();
    };
    return mode == TunnelMode::V6anyv4 ? has(TunnelMode::V6v4) || has(TunnelMode::V6udpv4) : has(mode);
}

bool isSignalling(std::string_view datagram) {
    return readDatagram(datagram).has_value();
}

bool startsSession(std::string_view datagram) {
    const auto read = readDatagram(datagram);
    return read && stripped(read->payload).starts_with(versionWord);
}

std::optional<std::string> answerToEcho(std::string_view datagram) {
    const auto read = readDatagram(datagram);
    if (!read || stripped(read->payload) != echoRequest)
        return std::nullopt;
    return std::string(read->header) + statusLine(Status::Success);
}

} // namespace viaduct::tsp
