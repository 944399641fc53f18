// SPDX-License-Identifier: GPL-3.0-or-later
// Tunnels: those that are up, with what they carry, and the static ones of the configuration.
#pragma once

#include "shared/api/Common.h"

namespace viaduct::api {

/// Since the tunnel came up, or for all since the broker did. In: from the client; out: to it. Inner bytes.
struct Traffic {
    static constexpr const char* typeName = "Traffic";
    std::int64_t packetsIn = 0;
    std::int64_t bytesIn = 0;
    std::int64_t packetsOut = 0;
    std::int64_t bytesOut = 0;
    template <typename Table>
    static void members(Table& table) {
        table.needed("packetsIn", &Traffic::packetsIn, "From clients.");
        table.needed("bytesIn", &Traffic::bytesIn, "");
        table.needed("packetsOut", &Traffic::packetsOut, "To clients.");
        table.needed("bytesOut", &Traffic::bytesOut, "");
    }
    friend bool operator==(const Traffic&, const Traffic&) = default;
};

/// Over the last seconds.
struct Rates {
    static constexpr const char* typeName = "Rates";
    std::int64_t in = 0;
    std::int64_t out = 0;
    template <typename Table>
    static void members(Table& table) {
        table.needed("in", &Rates::in, "bit/s from clients.");
        table.needed("out", &Rates::out, "bit/s to clients.");
    }
    friend bool operator==(const Rates&, const Rates&) = default;
};

/// Packets dropped, by cause.
struct Drops {
    static constexpr const char* typeName = "Drops";
    std::int64_t source = 0;
    std::int64_t reflected = 0;
    std::int64_t tooBig = 0;
    std::int64_t hopLimit = 0;
    std::int64_t malformed = 0;
    std::int64_t rate = 0;
    std::int64_t quota = 0;
    template <typename Table>
    static void members(Table& table) {
        table.maybe("source", &Drops::source, "The inner source is not of the tunnel.");
        table.maybe("reflected", &Drops::reflected, "Would have gone back into the tunnel it came from.");
        table.maybe("tooBig", &Drops::tooBig, "");
        table.maybe("hopLimit", &Drops::hopLimit, "");
        table.maybe("malformed", &Drops::malformed, "");
        table.maybe("rate", &Drops::rate, "Above the account's rate.");
        table.maybe("quota", &Drops::quota, "The account's quota is used up.");
    }
    friend bool operator==(const Drops&, const Drops&) = default;
};

struct Tunnel {
    static constexpr const char* typeName = "Tunnel";
    std::int64_t id = 0;
    QString holder;
    QString account;
    QString organisation;
    QString tunnelServer;
    TunnelMode mode = TunnelMode::V6v4;
    Endpoint outerLocal;
    Endpoint outerRemote;
    std::optional<IpAddress> innerServer;
    std::optional<IpAddress> innerClient;
    std::optional<Prefix> prefix;
    int mtu = 1280;
    int keepalive = 0;
    Time since{};
    std::optional<Time> lastSeen;
    Traffic traffic;
    Rates rates;
    Drops drops;
    template <typename Table>
    static void members(Table& table) {
        table.needed("id", &Tunnel::id, "Never used again for another.", {.least = 1, .example = "4711"});
        table.needed(
            "holder", &Tunnel::holder, "account:NAME, anonymous:ADDRESS or static:NAME.",
            {.most = limit::line, .example = "account:jdupont"});
        table.maybe("account", &Tunnel::account, "", {.most = limit::name, .example = "jdupont"});
        table.maybe(
            "organisation", &Tunnel::organisation, "",
            {.most = limit::line, .example = "Example University"});
        table.needed(
            "tunnelServer", &Tunnel::tunnelServer, "", {.most = limit::name, .example = "TS_Sites48"});
        table.needed("mode", &Tunnel::mode, "");
        table.needed("outerLocal", &Tunnel::outerLocal, "The broker's end; a port where the mode has one.");
        table.needed("outerRemote", &Tunnel::outerRemote, "The client's end.");
        table.maybe("innerServer", &Tunnel::innerServer, "");
        table.maybe("innerClient", &Tunnel::innerClient, "");
        table.maybe("prefix", &Tunnel::prefix, "Delegated.");
        table.needed(
            "mtu", &Tunnel::mtu, "Of the inner packets.", {.least = 68, .most = 65535, .example = "1280"});
        table.needed("keepalive", &Tunnel::keepalive, "Seconds; 0: none.", {.most = 86400, .example = "30"});
        table.needed("since", &Tunnel::since, "");
        table.maybe("lastSeen", &Tunnel::lastSeen, "Any packet from the client.");
        table.needed("traffic", &Tunnel::traffic, "");
        table.needed("rates", &Tunnel::rates, "");
        table.needed("drops", &Tunnel::drops, "");
    }
    friend bool operator==(const Tunnel&, const Tunnel&) = default;
};

struct StaticTunnel {
    static constexpr const char* typeName = "StaticTunnel";
    QString name;
    QString description;
    IpAddress source;
    IpAddress destination;
    std::optional<IpAddress> innerServer;
    std::optional<IpAddress> innerClient;
    std::optional<Prefix> prefix;
    bool shutdown = false;
    std::optional<std::int64_t> tunnel;
    template <typename Table>
    static void members(Table& table) {
        table.needed("name", &StaticTunnel::name, "", {.most = limit::name, .example = "Rennes"});
        table.maybe("description", &StaticTunnel::description, "", {.most = limit::line});
        table.needed("source", &StaticTunnel::source, "The outer address here.", {.example = "192.0.2.1"});
        table.needed(
            "destination", &StaticTunnel::destination, "The outer address there.",
            {.example = "198.51.100.7"});
        table.maybe("innerServer", &StaticTunnel::innerServer, "");
        table.maybe("innerClient", &StaticTunnel::innerClient, "");
        table.maybe("prefix", &StaticTunnel::prefix, "Routed through it.");
        table.needed("shutdown", &StaticTunnel::shutdown, "Switched off in the configuration.");
        table.maybe("tunnel", &StaticTunnel::tunnel, "The tunnel that is up.", {.example = "12"});
    }
    friend bool operator==(const StaticTunnel&, const StaticTunnel&) = default;
};

enum class RouterSystem { CiscoIos, JuniperJunos, MikroTik, Linux, FreeBsd };
template <>
struct Words<RouterSystem> {
    static constexpr std::array list{"cisco-ios", "juniper-junos", "mikrotik", "linux", "freebsd"};
};

/// What to paste into the router at the other end.
struct RouterSnippet {
    static constexpr const char* typeName = "RouterSnippet";
    RouterSystem system = RouterSystem::CiscoIos;
    QString text;
    template <typename Table>
    static void members(Table& table) {
        table.needed("system", &RouterSnippet::system, "");
        table.needed(
            "text", &RouterSnippet::text, "",
            {.most = limit::text, .lines = true, .example = "interface Tunnel0\n tunnel mode ipv6ip\n"});
    }
    friend bool operator==(const RouterSnippet&, const RouterSnippet&) = default;
};

} // namespace viaduct::api
