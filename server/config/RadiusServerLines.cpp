// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Sections.h"

#include <algorithm>

namespace viaduct::config {

namespace {

/// A login waits for one after the other; nobody waits for more.
constexpr std::size_t mostServers = 8;

RadiusServer& server(Draft& draft) {
    return draft.configuration.radiusServers.back();
}

/// From the first word on: who forgets that a file is meant writes the secret itself.
void secretFile(Line& line, Draft& draft) {
    line.hideWords();
    readOnce(
        line, draft, "secret-file", [](Line& values) { return values.read(readFileName); },
        server(draft).secretFile);
}

void timeout(Line& line, Draft& draft) {
    readOnce(
        line, draft, "timeout", [](Line& values) { return values.duration(Seconds{1}, Seconds{60}); },
        server(draft).timeout);
}

void retries(Line& line, Draft& draft) {
    const bool first = draft.once("retries", line.place());
    const auto count = line.number(0, 10);
    if (line.finish() && first)
        server(draft).retries = static_cast<int>(*count);
}

constexpr Command lines[]
    = {{"secret-file FILE", secretFile}, {"timeout TIME", timeout}, {"retries NUMBER", retries}};

void complainIfTold(Line& line, const Draft& draft, const RadiusServer& server) {
    const auto& servers = draft.configuration.radiusServers;
    const auto same = std::find_if(servers.begin(), servers.end(), [&](const RadiusServer& each) {
        return each.port == server.port && sameWord(each.host, server.host);
    });
    if (same != servers.end())
        line.complain(
            "This RADIUS server stands already in line "
                + std::to_string(
                    draft.radiusServers[static_cast<std::size_t>(same - servers.begin())].header.line)
                + '.',
            "Keep one of the two sections.");
    else if (servers.size() == mostServers)
        line.complain(
            "There are more than " + std::to_string(mostServers) + " RADIUS servers.",
            "Keep those that are nearest.");
}

} // namespace

std::span<const Command> radiusServerLines() {
    return lines;
}

void beginRadiusServer(Line& line, Draft& draft) {
    RadiusServer begun;
    const auto word = line.word();
    const Place place = line.lastPlace();
    const auto address = word ? readServerAddress(*word) : Read<ServerAddress>();
    if (!address) {
        line.complain(address.error().cause, address.error().cure);
    } else if (word) {
        begun.host = address->host;
        begun.port = address->port.value_or(begun.port);
        complainIfTold(line, draft, begun);
    }
    line.finish();
    draft.configuration.radiusServers.push_back(std::move(begun));
    draft.radiusServers.emplace_back().header = place;
    draft.section = Section::RadiusServer;
}

} // namespace viaduct::config
