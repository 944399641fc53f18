// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Sections.h"

namespace viaduct::config {

namespace {

constexpr std::uint64_t mostConnections = 65535; // each is an open file

WebServer& server(Draft& draft) {
    return draft.configuration.webServers.back();
}

void ipAddress(Line& line, Draft& draft) {
    readAddressLine(line, draft, Family::V4, server(draft).addresses);
}

void ipv6Address(Line& line, Draft& draft) {
    readAddressLine(line, draft, Family::V6, server(draft).addresses);
}

void port(Line& line, Draft& draft) {
    readOnce(
        line, draft, "port", [](Line& values) { return values.port(); }, server(draft).port);
}

/// Both files on one line: neither is of use without the other.
void certificate(Line& line, Draft& draft) {
    const bool first = draft.once("certificate", line.place());
    const auto file = line.read(readFileName);
    const auto word = line.choice({"key"});
    const auto keyFile = word ? line.read(readFileName) : std::nullopt;
    if (line.finish() && first)
        server(draft).certificate = WebServer::Certificate{*file, *keyFile};
}

void serverName(Line& line, Draft& draft) {
    readOnce(
        line, draft, "server name", [](Line& values) { return values.read(readHostName); },
        server(draft).serverName);
}

void serveRegistration(Line& line, Draft& draft) {
    setOnce(line, draft, "serve registration", server(draft).servesRegistration, true);
}

void noServeRegistration(Line& line, Draft& draft) {
    setOnce(line, draft, "serve registration", server(draft).servesRegistration, false);
}

void serveApi(Line& line, Draft& draft) {
    setOnce(line, draft, "serve api", server(draft).servesApi, true);
}

void noServeApi(Line& line, Draft& draft) {
    setOnce(line, draft, "serve api", server(draft).servesApi, false);
}

void connections(Line& line, Draft& draft) {
    readOnce(
        line, draft, "limit connections", [](Line& values) { return values.number(1, mostConnections); },
        server(draft).connections);
}

void connectionsPerAddress(Line& line, Draft& draft) {
    readOnce(
        line, draft, "limit connections-per-address",
        [](Line& values) { return values.number(1, mostConnections); }, server(draft).connectionsPerAddress);
}

constexpr Command lines[]
    = {{"ip address ADDRESS", ipAddress},
       {"ipv6 address ADDRESS", ipv6Address},
       {"port PORT", port},
       {"certificate FILE key FILE", certificate},
       {"server name HOSTNAME", serverName},
       {"serve registration", serveRegistration, noServeRegistration},
       {"serve api", serveApi, noServeApi},
       {"limit connections NUMBER", connections},
       {"limit connections-per-address NUMBER", connectionsPerAddress}};

} // namespace

std::span<const Command> webServerLines() {
    return lines;
}

} // namespace viaduct::config
