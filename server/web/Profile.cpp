// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/Profile.h"

#include "server/config/Configuration.h"

#include <algorithm>

namespace viaduct::web {

namespace {
constexpr int prefixOfSoho = 64;
constexpr int prefixOfSite = 48;

bool serves(
    const config::Configuration& configuration, const config::TunnelServer& server, config::AccountKind kind,
    std::string_view wanted) {
    const auto pools = configuration.poolsFor(kind);
    return std::any_of(pools.begin(), pools.end(), [&](const config::Pool* pool) {
        const bool isOfServer = pool->name == server.endpointPool
            || std::find(server.prefixPools.begin(), server.prefixPools.end(), pool->name)
                != server.prefixPools.end();
        return isOfServer && (wanted.empty() || pool->name == wanted);
    });
}

std::optional<client::ServerName>
placeOf(const config::TspServer& server, const config::Configuration& configuration) {
    // Over IPv4: whoever needs IPv6 has no other.
    const auto v4 = std::find_if(
        server.addresses.begin(), server.addresses.end(), [](const IpAddress& each) { return each.isV4(); });
    if (v4 == server.addresses.end() || (!server.udpPort && !server.tcpPort))
        return std::nullopt;
    client::ServerName place;
    place.host = v4->isUnspecified() ? configuration.hostname : v4->text();
    place.port = server.udpPort ? *server.udpPort : *server.tcpPort;
    return client::ServerName::fromText(place.text());
}

/// What a client needs to know about the machine it runs on; the samples that came with the old clients say
/// these.
struct MachineNames {
    std::string_view system;
    std::string_view scripts; ///< template=
    std::string_view tunnelInterface; ///< if_tunnel_v6v4=
    std::string_view udpTunnelInterface; ///< if_tunnel_v6udpv4=; empty: the client finds it
    std::string_view ownInterface; ///< if_prefix=
};
constexpr MachineNames machines[]
    = {{"windows", "windows", "2", "", "4"},
       {"freebsd", "freebsd", "gif0", "tun0", "em1"},
       {"macos", "darwin", "gif0", "tun0", "en0"},
       {"", "linux", "sit1", "tun", "eth1"}};

const MachineNames& machineOf(std::string_view system) {
    const auto found = std::find_if(std::begin(machines), std::end(machines) - 1, [&](const auto& machine) {
        return machine.system == system;
    });
    return *found;
}
} // namespace

std::optional<client::ServerName>
brokerFor(const config::Configuration& configuration, config::AccountKind kind, std::string_view pool) {
    for (const config::TunnelBroker& broker : configuration.tunnelBrokers) {
        const config::TunnelServer* server = configuration.tunnelServer(broker.tunnelServer);
        if (!server || !serves(configuration, *server, kind, pool))
            continue;
        for (const std::string& name : broker.tspServers) {
            const config::TspServer* tspServer = configuration.tspServer(name);
            if (auto place = tspServer ? placeOf(*tspServer, configuration) : std::nullopt)
                return place;
        }
    }
    return std::nullopt;
}

client::ProfileLink profileFor(
    const client::ServerName& broker, config::AccountKind kind, const std::string& login,
    const std::string& password) {
    client::ProfileLink profile;
    profile.broker = broker;
    profile.login = login;
    profile.password = password;
    if (kind != config::AccountKind::Host) {
        profile.hostType = client::HostType::Router;
        profile.prefixLength = kind == config::AccountKind::Site ? prefixOfSite : prefixOfSoho;
    }
    return profile;
}

std::string clientFile(const client::ProfileLink& profile, std::string_view system) {
    const MachineNames& machine = machineOf(system);
    const bool isRouter = profile.hostType == client::HostType::Router;
    std::string file = "# Viaduct: IPv6 for " + profile.login + "\n";
    const auto line = [&](std::string_view key, std::string_view value) {
        file += std::string(key) + "=" + std::string(value) + "\n";
    };
    line("server", profile.broker.text());
    line("userid", profile.login);
    if (profile.password.empty())
        file += "# Write your password behind this.\n";
    line("passwd", profile.password);
    line("auth_method", "any");
    line("client_v4", "auto");
    line("tunnel_mode", text(profile.mode));
    line("template", machine.scripts);
    line("if_tunnel_v6v4", machine.tunnelInterface);
    if (!machine.udpTunnelInterface.empty())
        line("if_tunnel_v6udpv4", machine.udpTunnelInterface);
    line("keepalive", "yes");
    line("keepalive_interval", "30");
    line("host_type", isRouter ? "router" : "host");
    if (isRouter) {
        line("prefixlen", std::to_string(profile.prefixLength));
        file += "# The interface of your own network, which gets the prefix: change it to yours.\n";
        line("if_prefix", machine.ownInterface);
    }
    return file;
}

} // namespace viaduct::web
