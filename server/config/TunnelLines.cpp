// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Sections.h"

namespace viaduct::config {

namespace {

constexpr std::size_t longestDescription = 200; // characters

StaticTunnel& tunnel(Draft& draft) {
    return draft.configuration.staticTunnels.back();
}

void description(Line& line, Draft& draft) {
    const bool first = draft.once("description", line.place());
    const auto text = line.rest();
    if (text && characters(*text) > longestDescription)
        line.complain(
            "This description is too long.",
            "Write up to " + std::to_string(longestDescription) + " characters.");
    if (line.finish() && first)
        tunnel(draft).description = *text;
}

void setOuter(Line& line, Draft& draft, std::string_view what, IpAddress StaticTunnel::*end) {
    const bool first = draft.once(what, line.place());
    const auto address = line.address(Family::V4);
    if (!line.finish() || !first)
        return;
    tunnel(draft).*end = *address;
    draft.outline().lines.insert_or_assign(what, line.lastPlace());
}

void source(Line& line, Draft& draft) {
    setOuter(line, draft, "tunnel source", &StaticTunnel::source);
}

void destination(Line& line, Draft& draft) {
    setOuter(line, draft, "tunnel destination", &StaticTunnel::destination);
}

void mode(Line& line, Draft& draft) {
    draft.once("tunnel mode", line.place());
    line.finish();
}

void givenPair(Line& line, Draft& draft) {
    const bool first = draft.once("endpoints", line.place());
    const auto pair = line.prefix(Family::V6);
    if (pair && pair->length() != 127)
        line.complain(
            "The two inner addresses of a tunnel are a /127.",
            "Write the even address of the pair, which is the one here, and /127.");
    if (!line.finish() || !first)
        return;
    tunnel(draft).endpoints = *pair;
    draft.outline().lines.insert_or_assign("endpoints", line.lastPlace());
}

void givenPrefix(Line& line, Draft& draft) {
    const bool first = draft.once("prefix", line.place());
    const auto prefix = line.prefix(Family::V6);
    if (!line.finish() || !first)
        return;
    tunnel(draft).prefix = *prefix;
    draft.outline().lines.insert_or_assign("prefix", line.lastPlace());
}

void pool(
    Line& line, Draft& draft, std::string_view what, PoolRole role,
    std::variant<std::monostate, Prefix, std::string> StaticTunnel::*field) {
    const bool first = draft.once(what, line.place());
    const auto name = line.read(readName);
    if (!line.finish() || !first)
        return;
    tunnel(draft).*field = *name;
    draft.poolUses.push_back({*name, line.lastPlace(), role, std::nullopt});
}

void endpointPool(Line& line, Draft& draft) {
    pool(line, draft, "endpoints", PoolRole::Pairs, &StaticTunnel::endpoints);
}

void prefixPool(Line& line, Draft& draft) {
    pool(line, draft, "prefix", PoolRole::Prefixes, &StaticTunnel::prefix);
}

void setShutdown(Line& line, Draft& draft, bool value) {
    const bool first = draft.once("shutdown", line.place());
    if (line.finish() && first)
        tunnel(draft).shutdown = value;
}

void shutdown(Line& line, Draft& draft) {
    setShutdown(line, draft, true);
}

void noShutdown(Line& line, Draft& draft) {
    setShutdown(line, draft, false);
}

constexpr Command lines[]
    = {{"description TEXT", description},           {"tunnel source ADDRESS", source},
       {"tunnel destination ADDRESS", destination}, {"tunnel mode ipv6ip", mode},
       {"ipv6 address ADDRESS/127", givenPair},     {"ipv6 pool endpoints NAME", endpointPool},
       {"ipv6 prefix PREFIX", givenPrefix},         {"ipv6 pool prefix NAME", prefixPool},
       {"shutdown", shutdown, noShutdown}};

} // namespace

std::span<const Command> tunnelLines() {
    return lines;
}

} // namespace viaduct::config
