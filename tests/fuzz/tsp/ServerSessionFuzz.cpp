// SPDX-License-Identifier: GPL-3.0-or-later
// A client that sends anything. The first line of the input chooses: `u` or `t` for the transport, then for
// each question of the session `y` or `n`. Behind it stand the messages, `|` before each; TCP gets them piece
// by piece. Whatever comes, the session asks in order, answers within a client's buffer and ends at most
// once.
#include "shared/tsp/DigestMd5.h"
#include "shared/tsp/Framing.h"
#include "shared/tsp/ServerSession.h"

#include <algorithm>
#include <cstdlib>

using namespace viaduct;
using namespace viaduct::tsp;

namespace {
void hold(bool condition) {
    if (!condition)
        std::abort();
}

class Broker {
public:
    Broker(Transport transport, std::string_view answers)
        : m_transport(transport), m_answers(answers), m_session(transport, policy(), "9213002706") { }

    void receive(std::string_view bytes) {
        const bool over = m_session.isOver();
        std::string header;
        if (const auto datagram = readDatagram(bytes); datagram && m_transport == Transport::Udp)
            header = datagram->header;
        perform(m_session.receive(bytes), header);
        hold(!over || m_session.isOver());
    }

private:
    static const ServerPolicy& policy() {
        static const ServerPolicy everything{
            {TunnelMode::V6v4, TunnelMode::V6udpv4, TunnelMode::V4v6}, true, true, true, "hexos"};
        return everything;
    }

    bool yes() {
        if (m_answers.empty())
            return true;
        const bool result = m_answers.front() != 'n';
        m_answers.remove_prefix(1);
        return result;
    }

    void perform(const ServerActions& actions, const std::string& header) {
        for (const ServerAction& action : actions) {
            hold(!m_closed);
            std::visit([&](const auto& known) { carryOut(known, header); }, action);
        }
    }

    void carryOut(const action::Send& send, const std::string& header) {
        hold(send.bytes.size() < longestMessage && send.bytes.starts_with(header));
    }
    void carryOut(const action::SendAfterGap&, const std::string&) {
        hold(m_transport == Transport::Tcp && m_loggedIn);
    }
    void carryOut(const action::Authenticate&, const std::string& header) {
        hold(!m_loggedIn);
        m_loggedIn = yes();
        perform(
            m_loggedIn ? m_session.authenticated(Granted{std::string(32, 'a')})
                       : m_session.authenticated(Refusal{Status::Redirection, {"203.0.113.11"}}),
            header);
        hold(m_session.isAuthenticated() == m_loggedIn);
    }
    void carryOut(const action::CreateTunnel& create, const std::string& header) {
        hold(m_loggedIn && !m_created);
        m_created = yes();
        TunnelInfo info;
        info.clientOuter = create.request.clientOuter;
        if (create.request.router)
            info.delegation = Delegation{Prefix(), create.request.router->dnsServers};
        if (m_created)
            perform(m_session.created(info), header);
        else
            perform(m_session.created(Refusal{Status::NoMoreTunnels, {}}), header);
    }
    void carryOut(const action::Accepted&, const std::string&) {
        hold(m_created && !m_accepted);
        m_accepted = true;
    }
    void carryOut(const action::Close&, const std::string&) {
        hold(m_session.isOver());
        m_closed = m_transport == Transport::Tcp; // over UDP the last answer may be asked for again
    }

    Transport m_transport;
    std::string_view m_answers;
    ServerSession m_session;
    bool m_loggedIn = false;
    bool m_created = false;
    bool m_accepted = false;
    bool m_closed = false;
};
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    isSignalling(input);
    startsSession(input);
    answerToEcho(input);
    const std::string_view choices = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(choices.size() + 1, input.size()));
    const Transport transport = choices.starts_with('u') ? Transport::Udp : Transport::Tcp;
    Broker broker(transport, choices.substr(std::min<std::size_t>(1, choices.size())));
    while (!input.empty()) {
        input.remove_prefix(1);
        const std::string_view message = input.substr(0, input.find('|'));
        broker.receive(message);
        input.remove_prefix(message.size());
    }
    return 0;
}
