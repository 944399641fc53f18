// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/Message.h"

namespace viaduct::tsp {

std::string_view reason(Status status) {
    switch (status) {
    case Status::Success:
        return "Success";
    case Status::AuthenticationFailed:
        return "Authentication failed";
    case Status::NoMoreTunnels:
        return "No more tunnels available";
    case Status::UnsupportedVersion:
        return "Unsupported client version";
    case Status::UnsupportedTunnelType:
        return "Unsupported tunnel type";
    case Status::ServerError:
        return "Server side error";
    case Status::BadRequest:
        return "Invalid request format or specified length";
    case Status::BadIpv4Address:
        return "Invalid IPv4 address";
    case Status::BadIpv6Address:
        return "Invalid IPv6 address";
    case Status::AddressInUse:
        return "IPv4 address already used for existing tunnel";
    case Status::PrefixUnavailable:
        return "Requested prefix length cannot be assigned";
    case Status::DnsDelegation:
        return "DNS delegation error";
    case Status::UnsupportedPrefixLength:
        return "Unsupported prefix length";
    case Status::MissingPrefixLength:
        return "Missing prefix length";
    case Status::RequestInProgress:
        return "Request already in progress";
    case Status::AnonymousPrefix:
        return "Prefix requested by an anonymous user";
    case Status::ServerBusy:
        return "Server too busy";
    case Status::Redirection:
        return "Redirection";
    }
    // Codes outside the enumeration come from servers that we are the client of.
    return static_cast<int>(status) > 1000 ? "Redirection" : "Unknown status";
}

} // namespace viaduct::tsp
