// SPDX-License-Identifier: GPL-3.0-or-later
// The recorded dialogues from the client's side: it is played the broker's bytes, and has to say what the
// recorded client said and find what the broker gave.
#include "shared/tsp/Base64.h"
#include "shared/tsp/ClientSession.h"
#include "shared/tsp/DigestMd5.h"
#include "shared/tsp/Framing.h"
#include "shared/tsp/XmlReader.h"
#include "tests/unit/tsp/Transcript.h"

#include <algorithm>
#include <deque>
#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::tsp;

namespace {

using Who = TranscriptStep::Who;
using Steps = std::vector<TranscriptStep>;

/// One dialogue of a transcript, without its `session` line.
struct Recording {
    Transport transport = Transport::Udp;
    Steps steps;
};

std::vector<Recording> recordings(const std::string& name) {
    std::vector<Recording> result;
    bool probe = false;
    for (const TranscriptStep& step : readTranscript(name)) {
        if (step.who == Who::Session) {
            probe = step.bytes == "echo";
            if (!probe)
                result.push_back({step.bytes.starts_with("tcp") ? Transport::Tcp : Transport::Udp, {}});
        } else if (!probe) {
            result.back().steps.push_back(step);
        }
    }
    return result;
}

std::string payload(const Recording& recording, const TranscriptStep& step) {
    return recording.transport == Transport::Udp ? step.bytes.substr(headerLength) : step.bytes;
}

/// The configuration that the recorded client must have had.
struct Guess {
    ClientParameters parameters;
    std::string cnonce = "unused";
};

void guessFrom(const std::string& message, Guess& guess) {
    const std::string_view text = stripped(message);
    if (const auto version = readVersionLine(text))
        guess.parameters.version = *version;
    if (const auto word = readAuthenticateLine(text))
        guess.parameters.mechanisms = {*mechanismFromText(*word)};
    if (const auto base64 = fromBase64(text))
        if (const auto login = parseDigestResponse(*base64)) {
            guess.cnonce = login->cnonce;
            guess.parameters.serverText = login->digestUri.substr(std::string("tsp/").size());
        }
    if (const auto piece = takeFramed(message); piece && *piece)
        if (const auto read = readClientMessage((*piece)->content);
            read && std::holds_alternative<TunnelRequest>(*read))
            guess.parameters.request = std::get<TunnelRequest>(*read);
}

Guess guess(const Recording& recording) {
    Guess result;
    result.parameters.user = "alice";
    result.parameters.password = "secret";
    result.parameters.mechanisms = {Mechanism::Anonymous};
    for (const TranscriptStep& step : recording.steps)
        if (step.who == Who::Client)
            guessFrom(payload(recording, step), result);
    return result;
}

/// The NUL behind AUTHENTICATE is the old clients' mistake, and not repeated.
std::string expectedOf(const std::string& recorded) {
    const bool mistaken = recorded.find("AUTHENTICATE ") != std::string::npos && recorded.back() == '\0';
    return mistaken ? recorded.substr(0, recorded.size() - 1) : recorded;
}

class Player {
public:
    Player(Recording recording, std::size_t piece)
        : m_recording(std::move(recording)), m_piece(piece), m_guess(guess(m_recording)),
          m_session(m_recording.transport, m_guess.parameters, m_guess.cnonce) { }

    void play() {
        take(m_session.start(m_now));
        for (const TranscriptStep& step : m_recording.steps) {
            SCOPED_TRACE("line " + std::to_string(step.line));
            if (step.who == Who::Client)
                client(step);
            else if (step.who == Who::Server || step.who == Who::ServerAfterGap)
                server(step);
            else if (step.who == Who::Broker)
                broker(split(step.bytes, ' '));
            if (testing::Test::HasFailure())
                return;
        }
    }

private:
    void take(const ClientActions& actions) {
        for (const ClientAction& action : actions)
            if (!std::holds_alternative<action::Authenticating>(action))
                m_actions.push_back(action);
    }

    void client(const TranscriptStep& step) {
        ASSERT_FALSE(m_actions.empty()) << "the session is silent";
        const auto* transmit = std::get_if<action::Transmit>(&m_actions.front());
        ASSERT_NE(transmit, nullptr) << "the session did not speak";
        m_header = transmit->bytes.substr(0, headerLength);
        Recording said{m_recording.transport, {{Who::Client, transmit->bytes, 0}}};
        EXPECT_EQ(payload(said, said.steps[0]), expectedOf(payload(m_recording, step)));
        if (m_recording.transport == Transport::Udp) {
            EXPECT_EQ(m_header.substr(0, 4), step.bytes.substr(0, 4));
        }
        m_actions.pop_front();
    }

    void server(const TranscriptStep& step) {
        std::string bytes = step.bytes;
        if (m_recording.transport == Transport::Udp)
            bytes.replace(0, headerLength, m_header);
        const std::size_t piece = m_recording.transport == Transport::Tcp ? m_piece : bytes.size();
        for (std::size_t at = 0; at < bytes.size(); at += piece)
            take(m_session.receive(std::string_view(bytes).substr(at, piece), m_now));
    }

    void broker(const std::vector<std::string>& words) {
        if (words[0] == "tunnel" && words[1] != "->")
            m_info = infoFromWords({words.begin() + 1, words.end()});
        else if (words[0] == "accepted")
            accepted();
        else if (words[0] == "close")
            refused();
    }

    void accepted() {
        ASSERT_EQ(m_actions.size(), 1U);
        const auto* established = std::get_if<action::Established>(&m_actions.front());
        ASSERT_NE(established, nullptr);
        EXPECT_TRUE(established->info == m_info);
        EXPECT_FALSE(m_session.deadline());
    }

    void refused() {
        ASSERT_EQ(m_actions.size(), 1U);
        ASSERT_TRUE(std::holds_alternative<action::Refused>(m_actions.front()));
        EXPECT_FALSE(m_session.deadline());
    }

    Recording m_recording;
    std::size_t m_piece;
    Guess m_guess;
    ClientSession m_session;
    ClientSession::Clock::time_point m_now{};
    std::string m_header; ///< of what the client sent last
    std::deque<ClientAction> m_actions;
    TunnelInfo m_info;
};

} // namespace

class ClientTranscripts : public testing::TestWithParam<std::string> { };

TEST_P(ClientTranscripts, areSpokenByTheClient) {
    for (const Recording& recording : recordings(GetParam()))
        Player(recording, 65536).play();
}

TEST_P(ClientTranscripts, areUnderstoodInPiecesOfAnySize) {
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 100U}) {
        SCOPED_TRACE(piece);
        for (const Recording& recording : recordings(GetParam()))
            Player(recording, piece).play();
    }
}

INSTANTIATE_TEST_SUITE_P(, ClientTranscripts, testing::ValuesIn(transcriptNames()), [](const auto& file) {
    std::string name = file.param.substr(0, file.param.rfind('.'));
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
    return name;
});
