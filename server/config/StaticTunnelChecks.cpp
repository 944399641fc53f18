// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Checks.h"

namespace viaduct::config {

namespace {

/// Which tunnel server has an outer address; the first one when several share it.
using TunnelServers = std::unordered_map<IpAddress, std::size_t>;

TunnelServers byAddress(const Configuration& configuration) {
    TunnelServers servers;
    for (std::size_t i = 0; i < configuration.tunnelServers.size(); ++i) {
        for (const IpAddress& address : configuration.tunnelServers[i].addresses)
            servers.try_emplace(address, i);
    }
    return servers;
}

class StaticTunnelChecker {
public:
    explicit StaticTunnelChecker(Draft& draft) : m_draft(draft), m_servers(byAddress(draft.configuration)) { }

    void check(std::size_t index) {
        const StaticTunnel& tunnel = m_draft.configuration.staticTunnels[index];
        const Outline& outline = m_draft.staticTunnels[index];
        for (const char* line : {"tunnel source", "tunnel destination"}) {
            if (outline.lines.find(line) == outline.lines.end())
                complain(
                    outline.header, "This static tunnel is not complete.",
                    std::string("Add a line '") + line + " ADDRESS'.");
        }
        // A bad address has left its `::`.
        const bool hasSource = !tunnel.source.isUnspecified();
        const bool hasDestination = !tunnel.destination.isUnspecified();
        if (hasSource)
            checkSource(tunnel, outline);
        if (hasDestination)
            checkDestination(tunnel, outline);
        if (hasSource && hasDestination)
            checkEndsAreNew(tunnel, outline);
    }

private:
    void complain(const Place& place, std::string cause, std::string cure) {
        m_draft.diagnostics.add(place, std::move(cause), std::move(cure));
    }

    void checkSource(const StaticTunnel& tunnel, const Outline& outline) {
        const auto server = m_servers.find(tunnel.source);
        if (server == m_servers.end()) {
            complain(
                outline.lines.at("tunnel source"),
                tunnel.source.text() + " is not the address of a tunnel server.",
                "Write an 'ip address' of a 'tunnel server' section.");
            return;
        }
        const bool hasPool = m_draft.tunnelServers[server->second].lines.count("ipv6 pool endpoints") > 0;
        if (!hasPool && outline.lines.find("endpoints") == outline.lines.end())
            complain(
                outline.header, "This static tunnel has no inner addresses.",
                "Add a line 'ipv6 address ADDRESS/127' or 'ipv6 pool endpoints NAME' to it, or the latter to "
                "its "
                "tunnel server.");
    }

    void checkDestination(const StaticTunnel& tunnel, const Outline& outline) {
        if (m_servers.count(tunnel.destination) > 0 || !tunnel.destination.isUnicast())
            complain(
                outline.lines.at("tunnel destination"),
                tunnel.destination.text() + " is an address of this broker.",
                "Write the address of the router at the other end.");
    }

    /// Packets are told apart by their outer addresses alone.
    void checkEndsAreNew(const StaticTunnel& tunnel, const Outline& outline) {
        const Place& place = outline.lines.at("tunnel destination");
        const auto [entry, isNew] = m_ends.try_emplace({tunnel.source, tunnel.destination}, place);
        if (!isNew)
            complain(
                place,
                "There is already a static tunnel from " + tunnel.source.text() + " to "
                    + tunnel.destination.text() + ", in line " + std::to_string(entry->second.line) + '.',
                "Keep one of the two tunnels.");
    }

    Draft& m_draft;
    TunnelServers m_servers;
    std::map<std::pair<IpAddress, IpAddress>, Place> m_ends;
};

} // namespace

void checkStaticTunnels(Draft& draft) {
    StaticTunnelChecker checker(draft);
    for (std::size_t i = 0; i < draft.staticTunnels.size(); ++i)
        checker.check(i);
}

} // namespace viaduct::config
