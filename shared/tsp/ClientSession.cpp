// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/ClientSession.h"

#include "shared/tsp/Base64.h"
#include "shared/tsp/DigestMd5.h"
#include "shared/tsp/Framing.h"
#include "shared/tsp/XmlReader.h"
#include "shared/tsp/XmlWriter.h"

#include <algorithm>

namespace viaduct::tsp {

namespace {

using namespace std::chrono_literals;

// The deployed clients' timers, which brokers are laid out for.
constexpr auto firstTimeout = 2s;
constexpr auto longestTimeout = 10s;
constexpr int firstMessageTries = 3; // 2 s each: another transport or broker is waiting
constexpr int laterMessageTries = 8; // 2 + 4 + 8 + 5 * 10 = 64 s
constexpr auto firstStreamTimeout = 10s; // the connection stands already
constexpr auto laterStreamTimeout = 64s;

constexpr std::uint32_t firstSequence = 0xF0; // as the deployed clients begin: f0 00 00 f0
constexpr std::size_t longestText = 200; // of the server's words
constexpr std::string_view lineEnd = "\r\n";
constexpr int success = 200;
constexpr int largestRefusal = 1000; // RFC 5572, 5: what is above is a redirect

std::string printable(std::string_view text) {
    std::string result;
    for (const char c : text.substr(0, longestText))
        if (c >= ' ' && c <= '~')
            result += c;
    return result;
}

bool equalIgnoringCase(std::string_view left, std::string_view right) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [&](char a, char b) {
        return lower(a) == lower(b);
    });
}

/// The first line, or all of `text` when it has no line end.
Piece firstLine(std::string_view text) {
    return takeLine(text).value_or(Piece{text, text.size()});
}

bool answers(TunnelMode given, TunnelMode asked, Transport transport) {
    if (asked == TunnelMode::V6anyv4)
        return given == TunnelMode::V6v4 || (given == TunnelMode::V6udpv4 && transport == Transport::Udp);
    return given == asked;
}

} // namespace

ClientSession::ClientSession(Transport transport, ClientParameters parameters, std::string cnonce)
    : m_transport(transport), m_parameters(std::move(parameters)), m_cnonce(std::move(cnonce)),
      m_sequence(firstSequence) { }

ClientActions ClientSession::start(Clock::time_point now) {
    m_start = now;
    m_sequence = firstSequence - 1; // send() takes the next one
    send(versionLine(m_parameters.version), Stage::Capability, now);
    return take();
}

ClientActions ClientSession::receive(std::string_view bytes, Clock::time_point now) {
    if (m_stage == Stage::Over)
        return {};
    if (m_transport == Transport::Udp) {
        const auto datagram = readDatagram(bytes);
        if (!datagram || datagram->sequence() != m_sequence || bytes.size() > longestMessage)
            return {};
        m_input = datagram->payload;
    } else if (m_input.size() + bytes.size() > longestMessage) {
        fail(action::Broken::Why::Protocol, "The broker sent more than a TSP message may hold.");
    } else {
        m_input += bytes;
    }
    if (m_transport == Transport::Udp && stripped(m_input).empty())
        readEmpty(now);
    else
        advance(now);
    return take();
}

ClientActions ClientSession::disconnected(Clock::time_point now) {
    m_ended = true; // what lacks only its line end can be read now
    if (m_transport == Transport::Tcp)
        advance(now);
    if (m_stage != Stage::Over)
        fail(
            action::Broken::Why::Disconnected,
            "The connection to the broker ended in the middle of the dialogue.");
    return take();
}

ClientActions ClientSession::tick(Clock::time_point now) {
    if (!m_deadline || now < *m_deadline)
        return {};
    const int allowed = m_stage == Stage::Capability ? firstMessageTries : laterMessageTries;
    if (m_transport == Transport::Udp && m_tries < allowed) {
        transmit(now);
        return take();
    }
    if (m_stage == Stage::Capability)
        fail(action::Broken::Why::Timeout, "The broker does not answer.");
    else
        fail(action::Broken::Why::Timeout, "The broker answers no more.");
    return take();
}

std::optional<ClientSession::Clock::time_point> ClientSession::deadline() const {
    return m_deadline;
}

void ClientSession::advance(Clock::time_point now) {
    while (m_stage != Stage::Over && !stripped(m_input).empty() && readAnswer(now)) { }
}

void ClientSession::readEmpty(Clock::time_point now) {
    if (m_stage == Stage::Prompt)
        sendCredentials(now);
    else if (m_stage == Stage::Acknowledgement)
        establish();
    // Elsewhere it says nothing: the real answer may still come.
}

bool ClientSession::readAnswer(Clock::time_point now) {
    // In front of it may stand the NUL that ends the C string before.
    m_input.erase(0, static_cast<std::size_t>(stripped(m_input).data() - m_input.data()));
    const Piece line = firstLine(m_input);
    const bool complete = isWhole() || line.used > line.content.size();
    if (complete && readStatusLine(stripped(line.content)))
        return readStatus(now);
    // A digit may become a status that lacks its frame.
    const bool mayBeFramed = m_input.front() < '0' || m_input.front() > '9';
    if (m_stage == Stage::Tunnel && (complete || mayBeFramed))
        return readFramed(now);
    if (!complete)
        return false;
    const std::string text(stripped(line.content));
    m_input.erase(0, line.used);
    if (m_stage == Stage::Capability)
        readCapability(text, now);
    else if (m_stage == Stage::Challenge)
        readChallenge(text, now);
    else if (m_stage == Stage::ResponseAuth)
        readResponseAuth(text, now);
    else
        fail(
            action::Broken::Why::Protocol,
            "The broker answered with something that is no status: " + printable(text));
    return true;
}

bool ClientSession::readStatus(Clock::time_point now) {
    const int code = readStatusLine(stripped(firstLine(m_input).content))->code;
    const bool hasXml = code > largestRefusal || (code == success && m_stage == Stage::Tunnel);
    if (hasXml && !isWhole() && m_input.find("</tunnel>") == std::string::npos)
        return false;
    takeAnswer(std::exchange(m_input, {}), now);
    return true;
}

void ClientSession::readCapability(std::string_view line, Clock::time_point now) {
    const auto offer = readCapabilityLine(line);
    if (!offer) {
        fail(action::Broken::Why::Protocol, "The broker does not speak TSP: it answered " + printable(line));
        return;
    }
    const auto& wished = m_parameters.mechanisms;
    const auto chosen = std::find_first_of(
        wished.begin(), wished.end(), offer->mechanisms.begin(), offer->mechanisms.end());
    if (chosen == wished.end())
        fail(
            action::Broken::Why::NoMechanism,
            "The broker offers no way to log in that is allowed here; it offers: " + printable(line));
    else
        authenticate(*chosen, now);
}

void ClientSession::authenticate(Mechanism mechanism, Clock::time_point now) {
    m_actions.emplace_back(action::Authenticating{mechanism});
    const Stage awaited = mechanism == Mechanism::Anonymous ? Stage::Login
        : mechanism == Mechanism::Plain                     ? Stage::Prompt
                                                            : Stage::Challenge;
    send(authenticateLine(mechanism), awaited, now);
    // Over a stream nobody asks for the credentials.
    if (awaited == Stage::Prompt && m_transport == Transport::Tcp)
        sendCredentials(now);
}

void ClientSession::sendCredentials(Clock::time_point now) {
    std::string message(1, '\0');
    message += m_parameters.user;
    message += '\0';
    message += m_parameters.password;
    message += lineEnd;
    send(std::move(message), Stage::Login, now);
}

void ClientSession::readChallenge(std::string_view line, Clock::time_point now) {
    const auto text = fromBase64(line);
    const auto challenge = text ? parseDigestChallenge(*text) : std::nullopt;
    if (!challenge) {
        fail(action::Broken::Why::Protocol, "The broker's DIGEST-MD5 challenge cannot be read.");
        return;
    }
    DigestLogin login;
    login.user = m_parameters.user;
    login.realm = challenge->realm;
    login.nonce = challenge->nonce;
    login.cnonce = m_cnonce;
    login.nonceCount = "00000001";
    login.digestUri = "tsp/" + m_parameters.serverText;
    login.qop = "auth";
    const DigestKey key = digestKey(login.user, login.realm, m_parameters.password);
    login.response = expectedResponse(login, key);
    m_expectedResponseAuth = expectedResponseAuth(login, key);
    send(toBase64(digestResponse(login)) + std::string(lineEnd), Stage::ResponseAuth, now);
}

void ClientSession::readResponseAuth(std::string_view line, Clock::time_point now) {
    const auto text = fromBase64(line);
    if (!text || !equalIgnoringCase(*text, "rspauth=" + m_expectedResponseAuth)) {
        fail(
            action::Broken::Why::ServerNotTrusted,
            "The broker could not prove that it knows the password: it may be somebody else's.");
        return;
    }
    m_stage = Stage::Login;
    // Deployed brokers keep the status back until an empty datagram asks for it; others send it along.
    if (m_transport == Transport::Udp && stripped(m_input).empty())
        send({}, Stage::Login, now);
}

bool ClientSession::readFramed(Clock::time_point now) {
    const auto message = takeFramed(m_input);
    if (message && *message)
        takeAnswer(std::string((*message)->content), now); // a copy: m_input changes while it is used
    else if (!message)
        fail(
            action::Broken::Why::Protocol,
            "The broker's answer cannot be read: " + message.error().message + ".");
    else if (isWhole())
        fail(action::Broken::Why::Protocol, "The broker's answer to the request is cut short.");
    else
        return false;
    return true;
}

void ClientSession::takeAnswer(std::string_view answer, Clock::time_point now) {
    const Piece line = firstLine(answer);
    const std::string_view xml = answer.substr(line.used);
    const auto status = readStatusLine(stripped(line.content));
    if (!status) {
        fail(action::Broken::Why::Protocol, "The broker's answer to the request has no status.");
    } else if (status->code > largestRefusal) {
        refuse({Status::Redirection, readBrokerList(xml).value_or(std::vector<std::string>{})}, status->text);
    } else if (status->code != success) {
        refuse({static_cast<Status>(status->code), {}}, status->text);
    } else if (m_stage == Stage::Login) {
        send(framed(writeRequest(m_parameters.request)), Stage::Tunnel, now);
    } else if (m_stage == Stage::Tunnel) {
        takeTunnel(xml, now);
    } else if (m_stage == Stage::Acknowledgement) {
        establish();
    } else if (m_stage == Stage::ResponseAuth) {
        fail(action::Broken::Why::ServerNotTrusted, "The broker did not prove that it knows the password.");
    } else {
        fail(action::Broken::Why::Protocol, "The broker agreed before it was asked anything.");
    }
}

void ClientSession::takeTunnel(std::string_view xml, Clock::time_point now) {
    Result<TunnelInfo> info = readInfo(xml);
    if (!info) {
        fail(action::Broken::Why::Protocol, "The broker's tunnel cannot be used: " + info.error().message);
        return;
    }
    if (!answers(info->mode, m_parameters.request.mode, m_transport)) {
        fail(
            action::Broken::Why::Protocol,
            "The broker gave a tunnel of mode " + std::string(text(info->mode))
                + ", which was not asked for.");
        return;
    }
    m_info = std::move(*info);
    if (m_parameters.version.major >= 2)
        send(framed(writeAccept()), Stage::Acknowledgement, now);
    // VERSION 1.x has no accept, and nobody acknowledges it over a stream.
    if (m_parameters.version.major < 2 || m_transport == Transport::Tcp)
        establish();
}

void ClientSession::establish() {
    m_stage = Stage::Over;
    m_deadline.reset();
    m_actions.emplace_back(action::Established{*m_info});
}

void ClientSession::send(std::string payload, Stage awaited, Clock::time_point now) {
    m_stage = awaited;
    m_payload = std::move(payload);
    ++m_sequence;
    m_tries = 0;
    if (m_transport == Transport::Udp)
        m_input.clear();
    transmit(now);
}

void ClientSession::transmit(Clock::time_point now) {
    ++m_tries;
    std::string bytes;
    if (m_transport == Transport::Udp) {
        const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - m_start);
        bytes = writeHeader(m_sequence, static_cast<std::uint32_t>(age.count()));
        const auto timeout = m_stage == Stage::Capability
            ? firstTimeout
            : std::min<std::chrono::seconds>(firstTimeout * (1 << (m_tries - 1)), longestTimeout);
        m_deadline = now + timeout;
    } else {
        m_deadline = now + (m_stage == Stage::Capability ? firstStreamTimeout : laterStreamTimeout);
    }
    m_actions.emplace_back(action::Transmit{bytes + m_payload});
}

void ClientSession::refuse(Refusal refusal, std::string_view text) {
    m_stage = Stage::Over;
    m_deadline.reset();
    m_actions.emplace_back(action::Refused{std::move(refusal), printable(text)});
}

void ClientSession::fail(action::Broken::Why why, std::string text) {
    m_stage = Stage::Over;
    m_deadline.reset();
    m_actions.emplace_back(action::Broken{why, std::move(text)});
}

ClientActions ClientSession::take() {
    return std::exchange(m_actions, {});
}

} // namespace viaduct::tsp
