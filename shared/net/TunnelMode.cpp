// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/TunnelMode.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace viaduct {

namespace {
constexpr std::array<std::pair<TunnelMode, std::string_view>, 4> names{{
    {TunnelMode::V6v4, "v6v4"},
    {TunnelMode::V6udpv4, "v6udpv4"},
    {TunnelMode::V6anyv4, "v6anyv4"},
    {TunnelMode::V4v6, "v4v6"},
}};

bool equalIgnoringCase(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}
} // namespace

std::string_view text(TunnelMode mode) {
    return std::find_if(names.begin(), names.end(), [mode](const auto& name) { return name.first == mode; })
        ->second;
}

std::optional<TunnelMode> tunnelModeFromText(std::string_view text) {
    for (const auto& [mode, name] : names) {
        if (equalIgnoringCase(name, text))
            return mode;
    }
    return std::nullopt;
}

std::string_view text(Transport transport) {
    return transport == Transport::Udp ? "udp" : "tcp";
}

} // namespace viaduct
