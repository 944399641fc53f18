// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Sections.h"

#include <algorithm>

namespace viaduct::config {

namespace {

constexpr Seconds oneMinute{60};
constexpr Seconds tenYears{3650 * 86400}; // clients keep a lifetime in 32 bits
constexpr std::uint64_t longestKeepalive = 86400; // seconds
constexpr std::uint64_t usualKeepalive = 30; // seconds; what the mapping of any NAT survives
/// The answer to a client that carries them must stay under 4096 bytes.
constexpr std::size_t mostResolvers = 8;

TunnelServer& server(Draft& draft) {
    return draft.configuration.tunnelServers.back();
}

void ipAddress(Line& line, Draft& draft) {
    readAddressLine(line, draft, Family::V4, server(draft).addresses);
}

void ipv6Address(Line& line, Draft& draft) {
    readAddressLine(line, draft, Family::V6, server(draft).addresses);
}

/// The name of a pool, remembered for the check that there is one. Empty when it is bad.
std::string poolName(Line& line, Draft& draft, PoolRole role) {
    const auto name = line.read(readName);
    if (!line.finish())
        return {};
    draft.poolUses.push_back({*name, line.lastPlace(), role, draft.tunnelServers.size() - 1});
    return *name;
}

void prefixPool(Line& line, Draft& draft) {
    if (std::string name = poolName(line, draft, PoolRole::Prefixes); !name.empty())
        server(draft).prefixPools.push_back(std::move(name));
}

void endpointPool(Line& line, Draft& draft) {
    draft.once("ipv6 pool endpoints", line.place());
    server(draft).endpointPool = poolName(line, draft, PoolRole::Pairs);
}

void anonymousPool(Line& line, Draft& draft) {
    draft.once("ipv6 pool anonymous", line.place());
    server(draft).anonymousPool = poolName(line, draft, PoolRole::Pairs);
}

void ipv4EndpointPool(Line& line, Draft& draft) {
    draft.once("ip pool endpoints", line.place());
    server(draft).ipv4EndpointPool = poolName(line, draft, PoolRole::Ipv4Pairs);
}

void setDuration(
    Line& line, Draft& draft, std::string_view what, Seconds least, Seconds TunnelServer::*field) {
    const bool first = draft.once(what, line.place());
    const auto time = line.duration(least, tenYears);
    if (line.finish() && first)
        server(draft).*field = *time;
}

void lifetime(Line& line, Draft& draft) {
    setDuration(line, draft, "lifetime", oneMinute, &TunnelServer::lifetime);
}

void idleTimeout(Line& line, Draft& draft) {
    setDuration(line, draft, "idle-timeout", oneMinute, &TunnelServer::idleTimeout);
}

void quarantine(Line& line, Draft& draft) {
    setDuration(line, draft, "quarantine", Seconds{0}, &TunnelServer::quarantine);
}

/// The third value of a keepalive line: the interval for a client that names none, 0 for no keepalive then.
Seconds readUsualKeepalive(Line& line, std::uint64_t least, std::uint64_t most) {
    if (!line.hasMore())
        return Seconds{std::clamp<std::uint64_t>(usualKeepalive, least, most)};
    const std::uint64_t usual = line.number(0, longestKeepalive).value_or(0);
    if (usual != 0 && (usual < least || usual > most))
        line.complain(
            std::to_string(usual) + " seconds are outside of the range before it.",
            "Write a number from " + std::to_string(least) + " to " + std::to_string(most)
                + ", or 0 for no keepalive.");
    return Seconds{usual};
}

void keepalive(Line& line, Draft& draft) {
    const bool first = draft.once("keepalive", line.place());
    const std::uint64_t least = line.number(1, longestKeepalive).value_or(1);
    const std::uint64_t most = line.number(1, longestKeepalive).value_or(longestKeepalive);
    if (least > most)
        line.complain(
            "The longest interval is shorter than the shortest, " + std::to_string(least) + " seconds.",
            "Write the shorter one first.");
    const Seconds usual = readUsualKeepalive(line, std::min(least, most), std::max(least, most));
    if (!line.finish() || !first)
        return;
    server(draft).keepaliveMinimum = Seconds{least};
    server(draft).keepaliveMaximum = Seconds{most};
    server(draft).keepaliveDefault = usual;
}

void mtu(Line& line, Draft& draft) {
    const bool first = draft.once("mtu", line.place());
    const auto bytes = line.number(1280, TunnelServer::largestMtu); // RFC 8200, 5
    if (line.finish() && first)
        server(draft).mtu = static_cast<int>(*bytes);
}

void anonymousPerAddress(Line& line, Draft& draft) {
    const bool first = draft.once("limit anonymous-per-address", line.place());
    const auto count = line.number(1, 65535);
    if (line.finish() && first)
        server(draft).anonymousPerAddress = *count;
}

void resolver(Line& line, Draft& draft) {
    std::vector<IpAddress>& resolvers = server(draft).resolvers;
    const auto address = line.address(Family::V6);
    if (address && std::find(resolvers.begin(), resolvers.end(), *address) != resolvers.end())
        line.complain(address->text() + " stands already in this section.", "Take this line out.");
    else if (resolvers.size() == mostResolvers)
        line.complain(
            "A tunnel server names no more than " + std::to_string(mostResolvers) + " resolvers.",
            "Take this line out.");
    if (line.finish())
        resolvers.push_back(*address);
}

void setFlag(Line& line, Draft& draft, std::string_view what, bool TunnelServer::*flag, bool value) {
    const bool first = draft.once(what, line.place());
    if (line.finish() && first)
        server(draft).*flag = value;
}

void preferUdp(Line& line, Draft& draft) {
    setFlag(line, draft, "prefer udp", &TunnelServer::preferUdp, true);
}

void noPreferUdp(Line& line, Draft& draft) {
    setFlag(line, draft, "prefer udp", &TunnelServer::preferUdp, false);
}

void trustSource(Line& line, Draft& draft) {
    setFlag(line, draft, "trust source", &TunnelServer::trustSource, true);
}

void noTrustSource(Line& line, Draft& draft) {
    setFlag(line, draft, "trust source", &TunnelServer::trustSource, false);
}

constexpr Command lines[]
    = {{"ip address ADDRESS", ipAddress},
       {"ipv6 address ADDRESS", ipv6Address},
       {"ipv6 pool prefix NAME", prefixPool},
       {"ipv6 pool endpoints NAME", endpointPool},
       {"ipv6 pool anonymous NAME", anonymousPool},
       {"ip pool endpoints NAME", ipv4EndpointPool},
       {"lifetime TIME", lifetime},
       {"keepalive MIN MAX [DEFAULT]", keepalive},
       {"idle-timeout TIME", idleTimeout},
       {"quarantine TIME", quarantine},
       {"mtu BYTES", mtu},
       {"limit anonymous-per-address NUMBER", anonymousPerAddress},
       {"ipv6 resolver ADDRESS", resolver},
       {"prefer udp", preferUdp, noPreferUdp},
       {"trust source", trustSource, noTrustSource}};

} // namespace

std::span<const Command> tunnelServerLines() {
    return lines;
}

} // namespace viaduct::config
