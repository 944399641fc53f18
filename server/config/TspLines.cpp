// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Sections.h"

namespace viaduct::config {

namespace {

/// The clients take no more entries than this from one redirect.
constexpr std::size_t mostBrokers = 50;

TspServer& server(Draft& draft) {
    return draft.configuration.tspServers.back();
}

Redirect& redirect(Draft& draft) {
    auto& redirect = server(draft).redirect;
    return redirect ? *redirect : redirect.emplace();
}

void ipAddress(Line& line, Draft& draft) {
    readAddressLine(line, draft, Family::V4, server(draft).addresses);
}

void ipv6Address(Line& line, Draft& draft) {
    readAddressLine(line, draft, Family::V6, server(draft).addresses);
}

void setPort(
    Line& line, Draft& draft, std::string_view what, std::optional<std::uint16_t> TspServer::*transport) {
    const bool first = draft.once(what, line.place());
    const auto port = line.port();
    if (line.finish() && first)
        server(draft).*transport = port;
}

/// `no transport udp`, with or without the port, as a router takes it.
void removePort(
    Line& line, Draft& draft, std::string_view what, std::optional<std::uint16_t> TspServer::*transport) {
    const bool first = draft.once(what, line.place());
    if (line.hasMore())
        line.port();
    if (line.finish() && first)
        (server(draft).*transport).reset();
}

void udp(Line& line, Draft& draft) {
    setPort(line, draft, "transport udp", &TspServer::udpPort);
}

void noUdp(Line& line, Draft& draft) {
    removePort(line, draft, "transport udp", &TspServer::udpPort);
}

void tcp(Line& line, Draft& draft) {
    setPort(line, draft, "transport tcp", &TspServer::tcpPort);
}

void noTcp(Line& line, Draft& draft) {
    removePort(line, draft, "transport tcp", &TspServer::tcpPort);
}

void setPlain(Line& line, Draft& draft, bool value) {
    const bool first = draft.once("authentication plain", line.place());
    if (line.finish() && first)
        server(draft).plain = value;
}

void plain(Line& line, Draft& draft) {
    setPlain(line, draft, true);
}

void noPlain(Line& line, Draft& draft) {
    setPlain(line, draft, false);
}

void digestMd5(Line& line, Draft& draft) {
    const bool first = draft.once("authentication digest-md5", line.place());
    const bool truncated = line.hasMore() && line.choice({"truncated"});
    if (!line.finish() || !first)
        return;
    server(draft).digestMd5 = true;
    server(draft).truncatedDigest = truncated;
}

void noDigestMd5(Line& line, Draft& draft) {
    const bool first = draft.once("authentication digest-md5", line.place());
    if (line.finish() && first)
        server(draft).digestMd5 = false;
}

void radius(Line& line, Draft& draft) {
    setOnce(line, draft, "authentication radius", server(draft).radius, true);
}

void noRadius(Line& line, Draft& draft) {
    setOnce(line, draft, "authentication radius", server(draft).radius, false);
}

void sessionsPerAddress(Line& line, Draft& draft) {
    const bool first = draft.once("limit sessions-per-address", line.place());
    const auto count = line.number(1, 65535);
    if (line.finish() && first)
        server(draft).sessionsPerAddress = *count;
}

void redirectBroker(Line& line, Draft& draft) {
    draft.outline().lines.try_emplace("redirect", line.place());
    std::vector<std::string>& brokers = redirect(draft).brokers;
    const auto address = line.word();
    draft.outline().lines.try_emplace("redirect broker", line.lastPlace());
    if (!address)
        return;
    if (const auto good = readBrokerAddress(*address); !good)
        line.complain(good.error().cause, good.error().cure);
    else if (brokers.size() == mostBrokers)
        line.complain(
            "Clients take no more than " + std::to_string(mostBrokers) + " brokers from a redirect.",
            "Take this line out.");
    if (line.finish())
        brokers.push_back(*address);
}

void redirectAbove(Line& line, Draft& draft) {
    draft.outline().lines.try_emplace("redirect", line.place());
    const bool first = draft.once("redirect above", line.place());
    const auto tunnels = line.number(0, 100'000'000);
    if (line.finish() && first)
        redirect(draft).aboveTunnels = *tunnels;
}

void redirectStage(Line& line, Draft& draft) {
    draft.outline().lines.try_emplace("redirect", line.place());
    const bool first = draft.once("redirect stage", line.place());
    const auto stage = line.choice({"capability", "authentication", "create"});
    if (line.finish() && first)
        redirect(draft).stage = *stage == "create" ? Redirect::Stage::Create
            : *stage == "authentication"           ? Redirect::Stage::Authentication
                                                   : Redirect::Stage::Capability;
}

constexpr Command lines[]
    = {{"ip address ADDRESS", ipAddress},
       {"ipv6 address ADDRESS", ipv6Address},
       {"transport udp PORT", udp, noUdp},
       {"transport tcp PORT", tcp, noTcp},
       {"authentication plain", plain, noPlain},
       {"authentication digest-md5 [truncated]", digestMd5, noDigestMd5},
       {"authentication radius", radius, noRadius},
       {"limit sessions-per-address NUMBER", sessionsPerAddress},
       {"redirect broker ADDRESS[:PORT]", redirectBroker},
       {"redirect above TUNNELS", redirectAbove},
       {"redirect stage capability|authentication|create", redirectStage}};

} // namespace

std::span<const Command> tspLines() {
    return lines;
}

} // namespace viaduct::config
