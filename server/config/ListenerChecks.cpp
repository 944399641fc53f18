// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Checks.h"

namespace viaduct::config {

namespace {

/// Whoever comes second to a port of an address cannot listen there.
class ListenerChecker {
public:
    explicit ListenerChecker(Draft& draft) : m_draft(draft) { }

    void checkTspServer(std::size_t index) {
        const TspServer& server = m_draft.configuration.tspServers[index];
        for (std::size_t i = 0; i < server.addresses.size(); ++i) {
            const Place& place = m_draft.tspServers[index].addresses[i];
            if (!claim(m_udp, server.addresses[i], server.udpPort, {place, tspCure}, "UDP"))
                continue; // one complaint for each address will do
            claim(m_tcp, server.addresses[i], server.tcpPort, {place, tspCure}, "TCP");
        }
    }

    void checkWebServer(std::size_t index) {
        const WebServer& server = m_draft.configuration.webServers[index];
        for (std::size_t i = 0; i < server.addresses.size(); ++i)
            claim(
                m_tcp, server.addresses[i], server.port,
                {m_draft.webServers[index].addresses[i], "'port PORT'"}, "TCP");
    }

private:
    static constexpr const char* tspCure = "'transport udp' and 'transport tcp'";

    struct Claim {
        Place place;
        const char* cure; ///< the lines by which it gets another port
    };
    using Listeners = std::unordered_map<Endpoint, Claim>;

    bool claim(
        Listeners& listeners, const IpAddress& address, std::optional<std::uint16_t> port, const Claim& claim,
        const char* transport) {
        if (!port)
            return true;
        const auto [entry, isNew] = listeners.try_emplace(Endpoint{address, *port}, claim);
        if (isNew)
            return true;
        const bool isLater = entry->second.place < claim.place;
        const Claim& later = isLater ? claim : entry->second;
        const Claim& earlier = isLater ? entry->second : claim;
        m_draft.diagnostics.add(
            later.place,
            std::string(transport) + " port " + std::to_string(*port) + " of " + address.text()
                + " is already taken, in line " + std::to_string(earlier.place.line) + '.',
            std::string("Give one of them another address, or another port with ") + later.cure + '.');
        return false;
    }

    Draft& m_draft;
    Listeners m_udp;
    Listeners m_tcp;
};

} // namespace

void checkListeners(Draft& draft) {
    ListenerChecker checker(draft);
    for (std::size_t i = 0; i < draft.tspServers.size(); ++i)
        checker.checkTspServer(i);
    for (std::size_t i = 0; i < draft.webServers.size(); ++i)
        checker.checkWebServer(i);
}

} // namespace viaduct::config
