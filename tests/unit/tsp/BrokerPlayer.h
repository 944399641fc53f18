// SPDX-License-Identifier: GPL-3.0-or-later
// Plays the client's side of a transcript to a ServerSession and holds every byte and action that comes back
// against it.
#pragma once

#include "shared/tsp/ServerSession.h"
#include "tests/unit/tsp/Transcript.h"

#include <deque>
#include <memory>

namespace viaduct::tsp {

class BrokerPlayer {
public:
    /// `piece` is how many bytes of a TCP stream arrive at a time. With `impatient` each UDP datagram comes
    /// twice, the second time with another timestamp, and both have to be answered alike.
    struct Manner {
        std::size_t piece = 65536;
        bool impatient = false;
    };

    explicit BrokerPlayer(Manner manner);

    /// Adds a test failure for the first difference of each session.
    void play(const std::vector<TranscriptStep>& steps);

private:
    void begin(const std::string& text);
    void client(const TranscriptStep& step);
    void server(const TranscriptStep& step);
    void broker(const TranscriptStep& step);
    void login(const TranscriptStep& step, const std::vector<std::string>& words);
    void tunnel(const TranscriptStep& step, const std::vector<std::string>& words);
    void receive(const std::string& bytes);
    void repeatLast();
    template <typename Action>
    std::optional<Action> next(const TranscriptStep& step);

    Manner m_manner;
    ServerPolicy m_policy;
    std::unique_ptr<ServerSession> m_session; ///< none while probes are played
    Transport m_transport = Transport::Udp;
    std::string m_last; ///< the client's last datagram
    std::deque<ServerAction> m_actions; ///< given by the session, not yet seen in the transcript
};

} // namespace viaduct::tsp
