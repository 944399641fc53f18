// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Sections.h"

namespace viaduct::config {

namespace {

TunnelBroker& broker(Draft& draft) {
    return draft.configuration.tunnelBrokers.back();
}

void setTsp(Line& line, Draft& draft) {
    draft.outline().lines.try_emplace("set tsp", line.place());
    const auto name = line.read(readName);
    if (!line.finish())
        return;
    draft.tspUses.push_back({*name, line.lastPlace(), draft.tunnelBrokers.size() - 1});
    broker(draft).tspServers.push_back(*name);
}

void setTunnelServer(Line& line, Draft& draft) {
    draft.once("set tunnel server", line.place());
    const auto name = line.read(readName);
    if (!line.finish())
        return;
    draft.tunnelServerUses.push_back({*name, line.lastPlace(), draft.tunnelBrokers.size() - 1});
    broker(draft).tunnelServer = *name;
}

constexpr Command lines[] = {{"set tsp NAME", setTsp}, {"set tunnel server NAME", setTunnelServer}};

} // namespace

std::span<const Command> tunnelBrokerLines() {
    return lines;
}

} // namespace viaduct::config
