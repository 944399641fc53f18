// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/RefusalText.h"

namespace viaduct::client {

namespace {

std::string explanation(tsp::Status status, const ClientConfiguration& configuration, Transport transport) {
    using tsp::Status;
    switch (status) {
    case Status::AuthenticationFailed:
        return "The broker refused the login"
            + (configuration.user.empty() ? std::string() : " " + configuration.user)
            + ": check userid= and passwd=, or whether the account is active.";
    case Status::NoMoreTunnels:
        return "The broker has no tunnel left to give: ask its operator.";
    case Status::UnsupportedTunnelType:
        if (configuration.mode == TunnelMode::V6anyv4 && transport == Transport::Tcp)
            return "The broker sees a NAT before us, and through it only UDP can carry the tunnel: let UDP "
                   "port "
                   "3653 out of this network.";
        return "The broker gives no tunnel of mode " + std::string(text(configuration.mode))
            + ": change tunnel_mode=.";
    case Status::BadIpv4Address:
        return "The broker does not see the IPv4 address that we claim: behind a NAT set tunnel_mode=v6anyv4 "
               "or "
               "v6udpv4, otherwise client_v4=auto.";
    case Status::BadIpv6Address:
        return "The broker does not accept our IPv6 address: set client_v6=auto.";
    case Status::AddressInUse:
        return "Another tunnel uses our address already: end the other client on this network, or set "
               "tunnel_mode=v6udpv4.";
    case Status::PrefixUnavailable:
    case Status::UnsupportedPrefixLength:
    case Status::MissingPrefixLength:
        return "The broker gives no prefix of " + std::to_string(configuration.prefixLength)
            + " bits to this account: change prefixlen=, or set host_type=host.";
    case Status::DnsDelegation:
        return "The broker does not accept the name servers for the reverse zone: check dns_server=.";
    case Status::AnonymousPrefix:
        return "A prefix is given only to those who log in: set host_type=host, or userid= and passwd=.";
    case Status::ServerBusy:
        return "The broker is too busy.";
    case Status::RequestInProgress:
        return "The broker is still working on our last request.";
    default:
        return "The broker refused the request.";
    }
}

} // namespace

std::string refusalText(
    const tsp::action::Refused& refused, const ClientConfiguration& configuration, Transport transport) {
    const std::string words = refused.text.empty() ? "" : " " + refused.text;
    return explanation(refused.refusal.status, configuration, transport)
        + " (The broker's answer: " + std::to_string(static_cast<int>(refused.refusal.status)) + words + ".)";
}

} // namespace viaduct::client
