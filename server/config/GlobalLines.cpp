// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Sections.h"

namespace viaduct::config {

namespace {

/// Of the boxes that one account serves.
constexpr std::size_t mostProxied = 64;

void hostname(Line& line, Draft& draft) {
    const bool first = draft.once("hostname", line.place());
    const auto name = line.read(readHostName);
    if (line.finish() && first)
        draft.configuration.hostname = *name;
}

void realm(Line& line, Draft& draft) {
    const bool first = draft.once("authentication realm", line.place());
    const auto name = line.read(readRealm);
    if (line.finish() && first)
        draft.configuration.realm = *name;
}

void device(Line& line, Draft& draft) {
    const bool first = draft.once("tunnel device", line.place());
    const auto name = line.read(readInterfaceName);
    if (line.finish() && first)
        draft.configuration.interfaceName = *name;
}

void oldClients(Line& line, Draft& draft) {
    setOnce(line, draft, "authentication old-clients", draft.configuration.oldClients, true);
}

void noOldClients(Line& line, Draft& draft) {
    setOnce(line, draft, "authentication old-clients", draft.configuration.oldClients, false);
}

void radiusKind(Line& line, Draft& draft) {
    readOnce(line, draft, "radius kind", readKind, draft.configuration.radiusKind);
}

void setRetention(Line& line, Draft& draft, std::string_view what, Seconds& field) {
    constexpr Seconds oneDay{86400};
    constexpr Seconds tenYears{3650 * 86400};
    readOnce(
        line, draft, what, [&](Line& values) { return values.duration(oneDay, tenYears); }, field);
}

void retentionHistory(Line& line, Draft& draft) {
    setRetention(line, draft, "retention history", draft.configuration.retention.history);
}

void retentionAudit(Line& line, Draft& draft) {
    setRetention(line, draft, "retention audit", draft.configuration.retention.audit);
}

void retentionRequests(Line& line, Draft& draft) {
    setRetention(line, draft, "retention requests", draft.configuration.retention.requests);
}

void pool(Line& line, Draft& draft, Family family) {
    PoolOutline outline;
    Pool pool;
    const auto name = line.read(readName);
    outline.name = line.lastPlace();
    const auto prefix = line.prefix(family);
    const int shortest = prefix ? prefix->length() : 0;
    const auto length = line.number(static_cast<std::uint64_t>(shortest), family == Family::V4 ? 32 : 128);
    outline.length = line.lastPlace();
    outline.isGood = line.finish();
    if (name)
        draft.claim(Kind::Pool, *name, outline.name, draft.pools.size());
    pool.name = name.value_or(std::string());
    pool.prefix = prefix.value_or(Prefix());
    pool.blockLength = static_cast<int>(length.value_or(0));
    draft.configuration.pools.push_back(std::move(pool));
    draft.pools.push_back(outline);
}

void ipv6Pool(Line& line, Draft& draft) {
    pool(line, draft, Family::V6);
}

void ipv4Pool(Line& line, Draft& draft) {
    pool(line, draft, Family::V4);
}

void readProxy(Line& line, User& user) {
    const auto network = line.network(Family::V4);
    if (user.proxyFor.size() == mostProxied)
        line.complain(
            "This account may proxy for more than " + std::to_string(mostProxied) + " addresses.",
            "Write prefixes that hold several of them: proxy ADDRESS/LENGTH.");
    else if (network)
        user.proxyFor.push_back(*network);
}

/// The words behind the password: `host`, `soho` or `site`, and each `proxy` with its address.
void userOptions(Line& line, User& user) {
    bool hasKind = false;
    while (line.hasMore()) {
        const auto option = line.choice({"host", "soho", "site", "proxy"});
        if (!option)
            return;
        if (*option == "proxy") {
            readProxy(line, user);
            continue;
        }
        if (hasKind)
            line.complain("This is said twice.", "Keep one of 'host', 'soho' and 'site'.");
        hasKind = true;
        user.kind = accountKind(*option).value_or(AccountKind::Host);
    }
}

void username(Line& line, Draft& draft) {
    User user;
    const auto name = line.read(readUserName);
    if (name)
        draft.claim(Kind::User, *name, line.lastPlace(), draft.configuration.users.size());
    user.name = name.value_or(std::string());
    line.hideWords();
    if (const auto form = line.choice({"secret", "digest"})) {
        const std::size_t begin = draft.lineBegin + line.lastBytes().first;
        if (*form == "digest") {
            user.secret = User::Digest{line.read(readDigest).value_or(std::string())};
        } else {
            const std::string password = line.word().value_or(std::string());
            user.secret = User::Password{password};
            draft.passwords.push_back(
                {begin, draft.lineBegin + line.lastBytes().second, user.name, password});
        }
        userOptions(line, user);
        line.finish();
    }
    draft.configuration.users.push_back(std::move(user));
}

void tsp(Line& line, Draft& draft) {
    beginSection(
        line, draft, Section::Tsp, Kind::TspServer, draft.configuration.tspServers, draft.tspServers);
}

void tunnelServer(Line& line, Draft& draft) {
    beginSection(
        line, draft, Section::TunnelServer, Kind::TunnelServer, draft.configuration.tunnelServers,
        draft.tunnelServers);
}

void tunnelBroker(Line& line, Draft& draft) {
    beginSection(
        line, draft, Section::TunnelBroker, Kind::TunnelBroker, draft.configuration.tunnelBrokers,
        draft.tunnelBrokers);
}

void interfaceTunnel(Line& line, Draft& draft) {
    beginSection(
        line, draft, Section::Tunnel, Kind::StaticTunnel, draft.configuration.staticTunnels,
        draft.staticTunnels);
}

void webServer(Line& line, Draft& draft) {
    beginSection(
        line, draft, Section::WebServer, Kind::WebServer, draft.configuration.webServers, draft.webServers);
}

/// The parser has left the section by the time that this is called.
void exitSection(Line& line, Draft&) {
    line.finish();
}

constexpr Command lines[]
    = {{"hostname NAME", hostname},
       {"authentication realm NAME", realm},
       {"authentication old-clients", oldClients, noOldClients},
       {"tunnel device NAME", device},
       {"ipv6 local pool NAME PREFIX LENGTH", ipv6Pool},
       {"ip local pool NAME PREFIX LENGTH", ipv4Pool},
       {"username NAME secret|digest SECRET [host|soho|site] [proxy ADDRESS[/LENGTH]]...", username},
       {"tsp NAME", tsp},
       {"tunnel server NAME", tunnelServer},
       {"tunnel broker NAME", tunnelBroker},
       {"interface tunnel NAME", interfaceTunnel},
       {"web server NAME", webServer},
       {"registration", beginRegistration},
       {"mail server HOST[:PORT]", beginMailServer},
       {"radius server HOST[:PORT]", beginRadiusServer},
       {"radius kind host|soho|site", radiusKind},
       {"retention history TIME", retentionHistory},
       {"retention audit TIME", retentionAudit},
       {"retention requests TIME", retentionRequests},
       {"exit", exitSection},
       {"end", exitSection}};

} // namespace

std::span<const Command> globalLines() {
    return lines;
}

} // namespace viaduct::config
