// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Configuration.h"

#include <algorithm>

namespace viaduct::config {

namespace {
template <typename Item>
const Item* named(const std::vector<Item>& items, std::string_view name) {
    const auto item
        = std::find_if(items.begin(), items.end(), [name](const Item& each) { return each.name == name; });
    return item == items.end() ? nullptr : &*item;
}

constexpr std::pair<AccountKind, std::string_view> kindTexts[]
    = {{AccountKind::Host, "host"}, {AccountKind::Soho, "soho"}, {AccountKind::Site, "site"}};

/// The pools of one tunnel server that serve a kind.
std::vector<std::string>
poolNames(const Configuration& configuration, const TunnelServer& server, AccountKind kind) {
    std::vector<std::string> names;
    if (kind == AccountKind::Host && !server.endpointPool.empty())
        names.push_back(server.endpointPool);
    const int length = kind == AccountKind::Soho ? 64 : kind == AccountKind::Site ? 48 : 0;
    for (const std::string& name : server.prefixPools) {
        const Pool* const pool = configuration.pool(name);
        if (pool && pool->blockLength == length)
            names.push_back(name);
    }
    return names;
}
} // namespace

std::string_view text(AccountKind kind) {
    const auto* const entry = std::find_if(
        std::begin(kindTexts), std::end(kindTexts), [kind](const auto& each) { return each.first == kind; });
    return entry == std::end(kindTexts) ? std::string_view() : entry->second;
}

std::optional<AccountKind> accountKind(std::string_view text) {
    const auto* const entry = std::find_if(
        std::begin(kindTexts), std::end(kindTexts), [text](const auto& each) { return each.second == text; });
    return entry == std::end(kindTexts) ? std::nullopt : std::optional(entry->first);
}

std::uint16_t usualPort(MailServer::Encryption encryption) {
    switch (encryption) {
    case MailServer::Encryption::StartTls:
        return 587; // RFC 6409
    case MailServer::Encryption::Tls:
        return 465; // RFC 8314
    case MailServer::Encryption::None:
        break;
    }
    return 25; // RFC 5321
}

const Pool* Configuration::pool(std::string_view name) const {
    return named(pools, name);
}

const TspServer* Configuration::tspServer(std::string_view name) const {
    return named(tspServers, name);
}

const TunnelServer* Configuration::tunnelServer(std::string_view name) const {
    return named(tunnelServers, name);
}

const TunnelServer* Configuration::tunnelServerAt(const IpAddress& outer) const {
    const auto server
        = std::find_if(tunnelServers.begin(), tunnelServers.end(), [&outer](const TunnelServer& each) {
              return std::find(each.addresses.begin(), each.addresses.end(), outer) != each.addresses.end();
          });
    return server == tunnelServers.end() ? nullptr : &*server;
}

std::vector<Prefix> Configuration::rangesOutsidePools() const {
    std::vector<Prefix> ranges;
    const auto addOutside = [&](const auto& choice) {
        const auto* const given = std::get_if<Prefix>(&choice);
        if (given && std::none_of(pools.begin(), pools.end(), [&](const Pool& pool) {
                return pool.prefix.contains(*given);
            }))
            ranges.push_back(*given);
    };
    for (const StaticTunnel& tunnel : staticTunnels) {
        addOutside(tunnel.endpoints);
        addOutside(tunnel.prefix);
    }
    return ranges;
}

std::vector<const Pool*> Configuration::poolsFor(AccountKind kind) const {
    std::vector<const Pool*> found;
    for (const TunnelBroker& broker : tunnelBrokers) {
        const TunnelServer* const server = tunnelServer(broker.tunnelServer);
        if (!server)
            continue;
        for (const std::string& name : poolNames(*this, *server, kind)) {
            const Pool* const each = pool(name);
            if (each && std::find(found.begin(), found.end(), each) == found.end())
                found.push_back(each);
        }
    }
    return found;
}

std::vector<AccountKind> Configuration::offeredKinds() const {
    if (!registration)
        return {};
    if (!registration->offers.empty())
        return registration->offers;
    std::vector<AccountKind> kinds;
    for (const auto& [kind, name] : kindTexts) {
        if (!poolsFor(kind).empty())
            kinds.push_back(kind);
    }
    return kinds;
}

} // namespace viaduct::config
