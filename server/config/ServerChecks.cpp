// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Checks.h"

#include "server/config/Keywords.h"
#include "server/config/Values.h"

#include <algorithm>
#include <map>

namespace viaduct::config {

namespace {

/// Clients follow a redirect without end: one that leads only back here would keep them busy for ever.
bool leadsHere(const std::string& target, const TspServer& server, const std::string& hostname) {
    const auto broker = readBrokerAddress(target);
    if (!broker || (broker->port != server.udpPort && broker->port != server.tcpPort))
        return false;
    return (!hostname.empty() && sameWord(broker->host, hostname))
        || std::any_of(server.addresses.begin(), server.addresses.end(), [&](const IpAddress& address) {
               return address.text() == broker->host;
           });
}

void checkRedirect(Draft& draft, const TspServer& server, const Outline& outline) {
    if (!outline.has("redirect"))
        return;
    if (!outline.has("redirect broker")) {
        draft.diagnostics.add(
            outline.lines.at("redirect"), "This redirect names no broker.",
            "Add a line 'redirect broker ADDRESS' to this section.");
        return;
    }
    const std::vector<std::string>& brokers = server.redirect->brokers;
    const bool isLoop = std::all_of(brokers.begin(), brokers.end(), [&](const std::string& broker) {
        return leadsHere(broker, server, draft.configuration.hostname);
    });
    if (isLoop && !brokers.empty())
        draft.diagnostics.add(
            outline.lines.at("redirect broker"), "This redirect leads clients only back to this broker.",
            "Name another broker too, or take the redirect out.");
}

void checkTspServers(Draft& draft) {
    for (std::size_t i = 0; i < draft.tspServers.size(); ++i) {
        const TspServer& server = draft.configuration.tspServers[i];
        const Outline& outline = draft.tspServers[i];
        if (!outline.has("address"))
            complainLacking(
                draft, outline, "TSP server",
                "Add a line 'ip address ADDRESS' with the address at which clients reach it.");
        if (!server.udpPort && !server.tcpPort)
            complainLacking(
                draft, outline, "TSP server",
                "Leave one transport on: take out 'no transport udp' or 'no transport tcp'.");
        checkRedirect(draft, server, outline);
    }
}

/// Tunnels end at an outer address of the family that carries them.
void checkOuterFamily(
    Draft& draft, std::size_t index, std::string_view poolLine, Family family, const char* addressLine) {
    const Outline& outline = draft.tunnelServers[index];
    const auto pool = outline.lines.find(poolLine);
    const auto& addresses = draft.configuration.tunnelServers[index].addresses;
    const bool isServed = std::any_of(addresses.begin(), addresses.end(), [family](const IpAddress& address) {
        return address.isV4() == (family == Family::V4);
    });
    if (pool != outline.lines.end() && !addresses.empty() && !isServed)
        draft.diagnostics.add(
            pool->second, "These tunnels need an outer address that this tunnel server does not have.",
            std::string("Add a line '") + addressLine + " ADDRESS' to this section.");
}

void checkTunnelServers(Draft& draft) {
    for (std::size_t i = 0; i < draft.tunnelServers.size(); ++i) {
        if (!draft.tunnelServers[i].has("address"))
            complainLacking(
                draft, draft.tunnelServers[i], "tunnel server",
                "Add a line 'ip address ADDRESS' with the address where its tunnels end.");
        checkOuterFamily(draft, i, "ipv6 pool endpoints", Family::V4, "ip address");
        checkOuterFamily(draft, i, "ipv6 pool anonymous", Family::V4, "ip address");
        checkOuterFamily(draft, i, "ip pool endpoints", Family::V6, "ipv6 address");
    }
}

/// Nothing when it is not named or does not exist, which is said elsewhere.
std::optional<std::size_t> tunnelServerOf(const Draft& draft, std::size_t broker) {
    return draft.find(Kind::TunnelServer, draft.configuration.tunnelBrokers[broker].tunnelServer);
}

void checkLogin(Draft& draft, const BrokerUse& use, const TspServer& tsp) {
    const auto server = tunnelServerOf(draft, use.broker);
    if (!tsp.plain && !tsp.digestMd5 && server && !draft.tunnelServers[*server].has("ipv6 pool anonymous"))
        draft.diagnostics.add(
            use.place, "Nobody can log in at TSP server " + quote(use.name) + '.',
            "Leave one authentication on, or give the tunnel server a line 'ipv6 pool anonymous NAME'.");
}

void checkTspUses(Draft& draft) {
    std::map<std::pair<std::size_t, std::size_t>, const BrokerUse*>
        firstUses; // by tunnel broker and TSP server
    for (const BrokerUse& use : draft.tspUses) {
        const auto index = draft.find(Kind::TspServer, use.name);
        if (!index) {
            draft.diagnostics.add(
                use.place, "There is no TSP server named " + quote(use.name) + '.',
                "Begin one with a line 'tsp " + use.name + "'.");
            continue;
        }
        const auto [first, isFirst] = firstUses.try_emplace({use.broker, *index}, &use);
        if (!isFirst)
            draft.diagnostics.add(
                use.place,
                "TSP server " + quote(use.name) + " is already set in line "
                    + std::to_string(first->second->place.line) + '.',
                "Keep one of the two lines.");
        checkLogin(draft, use, draft.configuration.tspServers[*index]);
    }
}

void checkTunnelServerUses(Draft& draft) {
    for (const BrokerUse& use : draft.tunnelServerUses) {
        const auto index = draft.find(Kind::TunnelServer, use.name);
        if (!index) {
            draft.diagnostics.add(
                use.place, "There is no tunnel server named " + quote(use.name) + '.',
                "Begin one with a line 'tunnel server " + use.name + "'.");
            continue;
        }
        const Outline& outline = draft.tunnelServers[*index];
        if (!outline.has("ipv6 pool endpoints") && !outline.has("ipv6 pool anonymous")
            && !outline.has("ip pool endpoints"))
            draft.diagnostics.add(
                use.place, "Tunnel server " + quote(use.name) + " has no addresses to give to clients.",
                "Add a line 'ipv6 pool endpoints NAME' to it.");
    }
}

void checkTunnelBrokers(Draft& draft) {
    for (const Outline& outline : draft.tunnelBrokers) {
        if (!outline.has("set tsp"))
            complainLacking(draft, outline, "tunnel broker", "Add a line 'set tsp NAME'.");
        if (!outline.has("set tunnel server"))
            complainLacking(draft, outline, "tunnel broker", "Add a line 'set tunnel server NAME'.");
    }
    checkTspUses(draft);
    checkTunnelServerUses(draft);
}

} // namespace

void checkServers(Draft& draft) {
    checkTspServers(draft);
    checkTunnelServers(draft);
    checkTunnelBrokers(draft);
}

} // namespace viaduct::config
