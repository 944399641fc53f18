// SPDX-License-Identifier: GPL-3.0-or-later
// The modes of a tunnel (RFC 5572, 4.4.2, and the clients' configuration): what is carried in what.
#pragma once

#include <optional>
#include <string_view>

namespace viaduct {

enum class TunnelMode {
    V6v4, ///< IPv6 in IPv4, protocol 41 (RFC 4213)
    V6udpv4, ///< IPv6 in UDP in IPv4: passes NAT; the same 5-tuple as the signalling
    V6anyv4, ///< asked only, never given: the broker chooses between the two above by NAT detection
    V4v6 ///< IPv4 in IPv6, protocol 4 (DSTM)
};

enum class Transport { Udp, Tcp };

/// "v6v4", "v6udpv4", "v6anyv4", "v4v6".
std::string_view text(TunnelMode mode);
/// Reads what text() writes, in any case of letters.
std::optional<TunnelMode> tunnelModeFromText(std::string_view text);

/// "udp" or "tcp".
std::string_view text(Transport transport);

} // namespace viaduct
