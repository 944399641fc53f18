// SPDX-License-Identifier: GPL-3.0-or-later
// A broker that says anything. The first byte chooses transport, mechanism and mode; then come messages, each
// behind its length in one byte (0xFF: a deadline passes instead).
#include "shared/tsp/ClientSession.h"
#include "shared/tsp/Framing.h"

#include <cstdlib>

using namespace viaduct;
using namespace viaduct::tsp;

namespace {

constexpr std::size_t deadlinePasses = 0xFF;

ClientParameters parameters(unsigned choice) {
    ClientParameters p;
    p.mechanisms = {static_cast<Mechanism>(choice % 3)};
    p.user = "alice";
    p.password = "secret";
    p.serverText = "203.0.113.10";
    p.request.mode = static_cast<TunnelMode>(choice / 3 % 4);
    p.request.clientOuter = *IpAddress::fromText("10.9.1.2");
    return p;
}

class Run {
public:
    Run(Transport transport, const ClientParameters& p)
        : m_transport(transport), m_mode(p.request.mode), m_session(transport, p, "cnonce") {
        take(m_session.start(m_now));
    }

    void hear(std::string_view bytes) {
        const std::string datagram
            = m_transport == Transport::Udp ? m_header + std::string(bytes) : std::string(bytes);
        take(m_session.receive(datagram, m_now));
    }
    void wait() {
        if (const auto deadline = m_session.deadline())
            m_now = *deadline;
        take(m_session.tick(m_now));
    }
    void end() { take(m_session.disconnected(m_now)); }

private:
    void take(const ClientActions& actions) {
        for (const ClientAction& action : actions) {
            if (m_over)
                std::abort(); // nothing follows an outcome
            if (const auto* transmit = std::get_if<action::Transmit>(&action)) {
                if (transmit->bytes.size() > longestMessage)
                    std::abort();
                m_header = transmit->bytes.substr(0, headerLength);
            } else if (!std::holds_alternative<action::Authenticating>(action)) {
                m_over = true;
                checkTunnel(action);
            }
        }
        if (m_over == m_session.deadline().has_value())
            std::abort(); // a session that goes on has a deadline, or it would hang
    }

    void checkTunnel(const ClientAction& action) const {
        const auto* established = std::get_if<action::Established>(&action);
        if (established != nullptr && m_mode != TunnelMode::V6anyv4 && established->info.mode != m_mode)
            std::abort();
    }

    Transport m_transport;
    TunnelMode m_mode;
    ClientSession m_session;
    ClientSession::Clock::time_point m_now{};
    std::string m_header;
    bool m_over = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0)
        return 0;
    Run run(data[0] % 2 == 0 ? Transport::Udp : Transport::Tcp, parameters(data[0] / 2U));
    std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    while (!rest.empty()) {
        const std::size_t length = static_cast<unsigned char>(rest.front());
        rest.remove_prefix(1);
        if (length == deadlinePasses) {
            run.wait();
            continue;
        }
        run.hear(rest.substr(0, length));
        rest.remove_prefix(std::min(length, rest.size()));
    }
    run.end();
    return 0;
}
