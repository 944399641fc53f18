// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/tsp/BrokerPlayer.h"

#include "shared/tsp/DigestMd5.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace viaduct::tsp {

namespace {
// What the recorded brokers used.
const std::string realm = "hexos";
const std::string nonce = "9213002706";

std::vector<std::string> from(const std::vector<std::string>& words, std::size_t first) {
    return {words.begin() + static_cast<std::ptrdiff_t>(first), words.end()};
}

Mechanism mechanism(const Credentials& credentials) {
    return static_cast<Mechanism>(credentials.index());
}

/// The rspauth when the credentials are those of `user` with `password`; empty when nothing is to prove.
std::optional<std::string>
check(const Credentials& credentials, const std::string& user, const std::string& password) {
    if (const auto* plain = std::get_if<PlainLogin>(&credentials))
        return *plain == PlainLogin{user, password} ? std::optional("") : std::nullopt;
    if (const auto* digest = std::get_if<DigestLogin>(&credentials))
        return digest->user == user ? verifyDigest(*digest, digestKey(user, realm, password), false)
                                    : std::nullopt;
    return "";
}
} // namespace

BrokerPlayer::BrokerPlayer(Manner manner) : m_manner(manner) {
    m_policy.modes = {TunnelMode::V6v4, TunnelMode::V6udpv4, TunnelMode::V4v6};
    m_policy.anonymous = true;
    m_policy.realm = realm;
}

void BrokerPlayer::play(const std::vector<TranscriptStep>& steps) {
    for (const TranscriptStep& step : steps) {
        SCOPED_TRACE("line " + std::to_string(step.line));
        switch (step.who) {
        case TranscriptStep::Who::Session:
            begin(step.bytes);
            break;
        case TranscriptStep::Who::Client:
            client(step);
            break;
        case TranscriptStep::Who::Server:
        case TranscriptStep::Who::ServerAfterGap:
            server(step);
            break;
        case TranscriptStep::Who::Broker:
            broker(step);
            break;
        }
        if (testing::Test::HasFailure())
            return;
    }
    EXPECT_TRUE(m_actions.empty()) << "the session did more than the transcript says";
}

void BrokerPlayer::begin(const std::string& text) {
    EXPECT_TRUE(m_actions.empty()) << "the session before did more than the transcript says";
    const auto words = split(text, ' ');
    m_transport = words.at(0) == "tcp" ? Transport::Tcp : Transport::Udp;
    std::optional<Refusal> refusal;
    const std::string key = "refusal=";
    if (words.size() > 1)
        refusal = refusalFromWords(split(words[1].substr(key.size()), ','));
    m_session = words.at(0) == "echo"
        ? nullptr
        : std::make_unique<ServerSession>(m_transport, m_policy, nonce, std::move(refusal));
}

void BrokerPlayer::client(const TranscriptStep& step) {
    EXPECT_TRUE(m_actions.empty()) << "the session spoke before its turn";
    if (!m_session) {
        m_actions.emplace_back(action::Send{answerToEcho(step.bytes).value_or("no probe")});
        return;
    }
    if (m_transport == Transport::Udp) {
        EXPECT_TRUE(isSignalling(step.bytes));
        EXPECT_FALSE(answerToEcho(step.bytes));
        m_last = step.bytes;
    }
    receive(step.bytes);
}

void BrokerPlayer::receive(const std::string& bytes) {
    const std::size_t piece = m_transport == Transport::Tcp ? m_manner.piece : bytes.size();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const ServerActions actions = m_session->receive(std::string_view(bytes).substr(at, piece));
        m_actions.insert(m_actions.end(), actions.begin(), actions.end());
    }
}

void BrokerPlayer::server(const TranscriptStep& step) {
    std::string bytes;
    if (step.who == TranscriptStep::Who::Server)
        bytes = next<action::Send>(step).value_or(action::Send{}).bytes;
    else
        bytes = next<action::SendAfterGap>(step).value_or(action::SendAfterGap{}).bytes;
    EXPECT_EQ(bytes, step.bytes);
    if (m_manner.impatient && m_transport == Transport::Udp && m_session)
        repeatLast();
}

/// The answer has to come again, with the header of the repetition.
void BrokerPlayer::repeatLast() {
    std::string first = m_last;
    first[7] = static_cast<char>(first[7] + 1);
    const ServerActions actions = m_session->receive(first);
    ASSERT_EQ(actions.size(), 1U);
    ASSERT_TRUE(std::holds_alternative<action::Send>(actions[0]));
    EXPECT_EQ(std::get<action::Send>(actions[0]).bytes.substr(0, 8), first.substr(0, 8));
}

void BrokerPlayer::broker(const TranscriptStep& step) {
    const auto words = split(step.bytes, ' ');
    if (words.at(0) == "login")
        login(step, words);
    else if (words.at(0) == "tunnel")
        tunnel(step, words);
    else if (words.at(0) == "accepted")
        next<action::Accepted>(step);
    else if (words.at(0) == "close")
        next<action::Close>(step);
    else
        ADD_FAILURE() << "unknown line: " << step.bytes;
}

void BrokerPlayer::login(const TranscriptStep& step, const std::vector<std::string>& words) {
    const auto asked = next<action::Authenticate>(step);
    const auto arrow = std::find(words.begin(), words.end(), "->");
    ASSERT_TRUE(asked && words.end() - arrow > 1);
    const std::vector<std::string> names{"ANONYMOUS", "PLAIN", "DIGEST-MD5"};
    EXPECT_EQ(names.at(static_cast<std::size_t>(mechanism(asked->credentials))), words.at(1));
    const bool named = arrow - words.begin() > 2;
    const auto proof = check(asked->credentials, named ? words.at(2) : "", named ? words.at(3) : "");
    const std::vector<std::string> answer(arrow + 1, words.end());
    LoginAnswer given;
    if (answer[0] == "granted") {
        ASSERT_TRUE(proof) << "the client's proof does not hold";
        given = Granted{*proof};
    } else {
        given = refusalFromWords(answer);
    }
    const ServerActions actions = m_session->authenticated(given);
    m_actions.insert(m_actions.end(), actions.begin(), actions.end());
}

void BrokerPlayer::tunnel(const TranscriptStep& step, const std::vector<std::string>& words) {
    ASSERT_TRUE(next<action::CreateTunnel>(step));
    TunnelAnswer given;
    if (words.at(1) == "->")
        given = refusalFromWords(from(words, 2));
    else
        given = infoFromWords(from(words, 1));
    const ServerActions actions = m_session->created(given);
    m_actions.insert(m_actions.end(), actions.begin(), actions.end());
}

template <typename Action>
std::optional<Action> BrokerPlayer::next(const TranscriptStep& step) {
    if (m_actions.empty()) {
        ADD_FAILURE() << "the session did not: " << step.bytes;
        return std::nullopt;
    }
    const ServerAction action = m_actions.front();
    m_actions.pop_front();
    if (!std::holds_alternative<Action>(action)) {
        ADD_FAILURE() << "the session did another thing (action " << action.index()
                      << ") than: " << step.bytes;
        return std::nullopt;
    }
    return std::get<Action>(action);
}

} // namespace viaduct::tsp
