// SPDX-License-Identifier: GPL-3.0-or-later
// One TSP dialogue as the broker sees it, without I/O: bytes in, actions out. The session never calls out;
// whoever holds it carries the actions out in order and tells it the results.
#pragma once

#include "shared/tsp/Message.h"

namespace viaduct::tsp {

/// What a TSP server offers. Shared by all its sessions; must outlive them.
struct ServerPolicy {
    std::vector<TunnelMode> modes; ///< for the CAPABILITY line, never V6anyv4
    bool anonymous = false;
    bool plain = true;
    bool digestMd5 = true;
    std::string realm = "viaduct";
};

namespace action {
/// One datagram, or one write on a TCP stream: it must leave in one piece.
struct Send {
    std::string bytes;
    friend bool operator==(const Send&, const Send&) = default;
};
/// TCP only: to be sent when the peer has acknowledged all that went before and 200 ms more have gone. The
/// clients hang for ever if they can read this together with the bytes before it (the 200 behind rspauth).
struct SendAfterGap {
    std::string bytes;
    friend bool operator==(const SendAfterGap&, const SendAfterGap&) = default;
};
/// Answer with ServerSession::authenticated().
struct Authenticate {
    Credentials credentials;
    friend bool operator==(const Authenticate&, const Authenticate&) = default;
};
/// Answer with ServerSession::created().
struct CreateTunnel {
    TunnelRequest request;
    friend bool operator==(const CreateTunnel&, const CreateTunnel&) = default;
};
/// The client has taken the tunnel (for VERSION 1.x: the info was sent, no accept will follow).
struct Accepted {
    friend bool operator==(const Accepted&, const Accepted&) = default;
};
/// The dialogue is over. TCP: close once everything is sent. UDP: repeat the last answer to duplicates, then
/// forget.
struct Close {
    friend bool operator==(const Close&, const Close&) = default;
};
} // namespace action
using ServerAction = std::variant<
    action::Send, action::SendAfterGap, action::Authenticate, action::CreateTunnel, action::Accepted,
    action::Close>;
using ServerActions = std::vector<ServerAction>;

class ServerSession {
public:
    /// `nonce` is unpredictable text without quotes, used once. `refusal`, when given, is the answer to
    /// VERSION: 530 or a redirect (the only stage in which old clients come back by themselves).
    ServerSession(
        Transport transport, const ServerPolicy& policy, std::string nonce,
        std::optional<Refusal> refusal = {});

    /// UDP: exactly one datagram, reliability header included; a repeated one (same sequence and payload) is
    /// answered from memory with the header of the repetition. TCP: any piece of the stream, from 1 byte.
    /// Never more than 4096 bytes are kept; input that cannot be TSP ends in Close or, over UDP, in nothing.
    ServerActions receive(std::string_view bytes);

    ServerActions authenticated(const LoginAnswer& answer);
    ServerActions created(const TunnelAnswer& answer);

    /// Whether a login succeeded: such a session is worth more than one that any stranger can open.
    bool isAuthenticated() const;
    /// Whether Close was given.
    bool isOver() const;
    /// The client's VERSION; of use from the first Authenticate on.
    Version version() const;

private:
    enum class Stage {
        Version,
        Mechanism,
        PlainLogin,
        DigestLogin,
        CheckingLogin, ///< Authenticate is out
        LoginPoll, ///< UDP: rspauth is out, the client fetches the 200 with an empty datagram
        Request,
        CreatingTunnel, ///< CreateTunnel is out
        Accept,
        Established,
        Over
    };
    /// The last datagram that was acted upon, and what it was answered with once that is known.
    struct Exchange {
        std::uint32_t sequence = 0;
        std::string payload;
        std::string header; ///< of the latest copy
        std::optional<std::string> answer; ///< without header
    };

    void receiveDatagram(std::string_view bytes);
    void receiveStream(std::string_view bytes);
    void drainStream();
    bool takeFromStream();
    ServerActions takeActions();

    void handleLine(std::string_view line);
    void handleFrame(std::string_view content);
    void handleVersion(std::string_view line);
    void handleMechanism(std::string_view line);
    void handlePlain(std::string_view line);
    void handleDigest(std::string_view line);
    void handleRequest(const TunnelRequest& request);
    void handleAccept();

    void answer(std::string text);
    void acknowledge();
    void refuse(const Refusal& refusal);
    void close();

    bool isWaiting() const;
    bool isFramed() const;
    bool offers(Mechanism mechanism) const;
    bool offers(TunnelMode mode) const;

    Transport m_transport;
    const ServerPolicy* m_policy;
    std::string m_nonce;
    std::optional<Refusal> m_refusal;
    Stage m_stage = Stage::Version;
    Version m_version{0, 0, 0};
    Mechanism m_mechanism = Mechanism::Anonymous;
    bool m_authenticated = false;
    std::string m_input; ///< TCP: what has come and is not yet used, at most longestMessage
    std::optional<Exchange> m_exchange; ///< UDP
    ServerActions m_actions; ///< those of the call in progress
};

/// Whether a datagram is TSP: the first byte's high nibble is F, or (clients that count in host order) the
/// fourth byte's high nibble is F and the first byte's is not 6. At least 8 bytes.
bool isSignalling(std::string_view datagram);
/// Whether a TSP datagram starts a new dialogue: its text begins with VERSION=.
bool startsSession(std::string_view datagram);
/// The answer to an ECHO REQUEST probe (RFC 5572, 4.6), stateless; nothing when the datagram is no probe.
std::optional<std::string> answerToEcho(std::string_view datagram);

} // namespace viaduct::tsp
