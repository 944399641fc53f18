// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Draft.h"

#include "server/config/Keywords.h"

namespace viaduct::config {

std::string_view text(Kind kind) {
    switch (kind) {
    case Kind::Pool:
        return "pool";
    case Kind::TspServer:
        return "TSP server";
    case Kind::TunnelServer:
        return "tunnel server";
    case Kind::TunnelBroker:
        return "tunnel broker";
    case Kind::StaticTunnel:
        return "static tunnel";
    case Kind::User:
        return "account";
    case Kind::WebServer:
        return "web server";
    }
    return {};
}

Outline& Draft::outline() {
    switch (section) {
    case Section::Global:
        break;
    case Section::Tsp:
        return tspServers.back();
    case Section::TunnelServer:
        return tunnelServers.back();
    case Section::TunnelBroker:
        return tunnelBrokers.back();
    case Section::Tunnel:
        return staticTunnels.back();
    case Section::WebServer:
        return webServers.back();
    case Section::Registration:
        return registration;
    case Section::MailServer:
        return mailServer;
    case Section::RadiusServer:
        return radiusServers.back();
    }
    return global;
}

void Draft::claim(Kind kind, const std::string& name, const Place& place, std::size_t index) {
    const auto [entry, isNew]
        = m_names[static_cast<std::size_t>(kind)].try_emplace(name, Claim{place, index});
    if (!isNew)
        diagnostics.add(
            place,
            "The name " + quote(name) + " belongs to another " + std::string(text(kind))
                + " already, in line " + std::to_string(entry->second.place.line) + '.',
            "Give this one another name, or take one of the two out.");
}

std::optional<std::size_t> Draft::find(Kind kind, const std::string& name) const {
    const auto& names = m_names[static_cast<std::size_t>(kind)];
    const auto entry = names.find(name);
    return entry == names.end() ? std::nullopt : std::optional(entry->second.index);
}

bool Draft::once(std::string_view what, const Place& place) {
    const auto [entry, isNew] = outline().lines.try_emplace(what, place);
    if (!isNew)
        diagnostics.add(
            place, "What this line sets is already set in line " + std::to_string(entry->second.line) + '.',
            "Keep one of the two lines.");
    return isNew;
}

} // namespace viaduct::config
