// SPDX-License-Identifier: GPL-3.0-or-later
// One TSP dialogue as the client sees it, without I/O: bytes and time in, actions out. It retransmits over
// UDP by itself (through tick()); choosing transports, versions, brokers and pauses between dialogues is the
// client engine's work.
#pragma once

#include "shared/tsp/Message.h"

namespace viaduct::tsp {

struct ClientParameters {
    Version version{2, 0, 2};
    std::vector<Mechanism> mechanisms; ///< acceptable ones, best first
    std::string user;
    std::string password;
    std::string serverText; ///< server= of the configuration, as written: it becomes digest-uri tsp/SERVER
    TunnelRequest request;
};

namespace action {
/// One datagram or one write.
struct Transmit {
    std::string bytes;
    friend bool operator==(const Transmit&, const Transmit&) = default;
};
/// The broker speaks TSP, and this mechanism is tried now.
struct Authenticating {
    Mechanism mechanism = Mechanism::Anonymous;
    friend bool operator==(const Authenticating&, const Authenticating&) = default;
};
/// The tunnel is agreed on. Over UDP the accept has been acknowledged; over TCP it has been handed out for
/// sending.
struct Established {
    TunnelInfo info;
    friend bool operator==(const Established&, const Established&) = default;
};
/// The broker refused, or named others; which VERSION it refused is known to the engine. Every redirect has
/// Status::Redirection, whatever its number; one without brokers was not to be read.
struct Refused {
    Refusal refusal;
    std::string text; ///< the server's own words, printable characters only
    friend bool operator==(const Refused&, const Refused&) = default;
};
/// No dialogue: silence, garbage, a stream that ended, a missing mechanism.
struct Broken {
    enum class Why { Timeout, Disconnected, Protocol, NoMechanism, ServerNotTrusted };
    Why why = Why::Timeout;
    std::string text;
    friend bool operator==(const Broken&, const Broken&) = default;
};
} // namespace action
using ClientAction = std::variant<
    action::Transmit, action::Authenticating, action::Established, action::Refused, action::Broken>;
using ClientActions = std::vector<ClientAction>;

class ClientSession {
public:
    using Clock = std::chrono::steady_clock;

    /// `cnonce` is unpredictable text without quotes, used once.
    ClientSession(Transport transport, ClientParameters parameters, std::string cnonce);

    ClientActions start(Clock::time_point now);
    /// UDP: exactly one datagram; whatever is no answer to the message that is out is ignored. TCP: any piece
    /// of the stream. Never more than longestMessage bytes are kept.
    ClientActions receive(std::string_view bytes, Clock::time_point now);
    /// The stream ended or the socket failed.
    ClientActions disconnected(Clock::time_point now);
    /// To be called at deadline() or later.
    ClientActions tick(Clock::time_point now);
    /// Nothing once the dialogue is over.
    std::optional<Clock::time_point> deadline() const;

private:
    /// What the answer that is awaited is about; in the order of a dialogue.
    enum class Stage {
        Capability,
        Prompt, ///< PLAIN over UDP: the empty answer that asks for the credentials
        Challenge,
        ResponseAuth,
        Login,
        Tunnel,
        Acknowledgement,
        Over
    };

    void advance(Clock::time_point now);
    void readEmpty(Clock::time_point now);
    /// Takes one answer out of m_input; false: it is not there in full. So with the two below.
    bool readAnswer(Clock::time_point now);
    bool readStatus(Clock::time_point now);
    bool readFramed(Clock::time_point now);
    void readCapability(std::string_view line, Clock::time_point now);
    void readChallenge(std::string_view line, Clock::time_point now);
    void readResponseAuth(std::string_view line, Clock::time_point now);
    /// A status line and what XML there is behind it.
    void takeAnswer(std::string_view answer, Clock::time_point now);
    void takeTunnel(std::string_view xml, Clock::time_point now);
    void establish();
    void authenticate(Mechanism mechanism, Clock::time_point now);
    void sendCredentials(Clock::time_point now);

    /// Whether nothing can come any more that would complete m_input.
    bool isWhole() const { return m_transport == Transport::Udp || m_ended; }
    void send(std::string payload, Stage awaited, Clock::time_point now);
    void transmit(Clock::time_point now);
    void refuse(Refusal refusal, std::string_view text);
    void fail(action::Broken::Why why, std::string text);
    ClientActions take();

    Transport m_transport;
    ClientParameters m_parameters;
    std::string m_cnonce;
    Stage m_stage = Stage::Capability;
    Clock::time_point m_start{};
    std::optional<Clock::time_point> m_deadline;
    std::uint32_t m_sequence;
    int m_tries = 0;
    std::string m_payload; ///< the message that is out
    std::string m_input; ///< what has come and is not used yet
    bool m_ended = false; ///< the stream
    std::string m_expectedResponseAuth;
    std::optional<TunnelInfo> m_info; ///< from the broker's answer on
    ClientActions m_actions;
};

} // namespace viaduct::tsp
