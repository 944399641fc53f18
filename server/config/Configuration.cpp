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
} // namespace

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

} // namespace viaduct::config
