// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the XML of TSP (RFC 5572, 4.4) from any peer: either kind of quotes, any white space and case of
// values, line breaks inside addresses, unknown elements and attributes, NULs behind the end. Refuses DTDs,
// entities of their own and processing instructions.
#pragma once

#include "shared/net/Error.h"
#include "shared/tsp/Message.h"

namespace viaduct::tsp {

/// <tunnel action="accept">
struct TunnelAccept {
    friend bool operator==(const TunnelAccept&, const TunnelAccept&) = default;
};
using ClientMessage = std::variant<TunnelRequest, TunnelAccept>;

/// The error is the status to refuse with: 500 for what is neither, 303 for the type, 501 or 502 for the
/// address, 518 or 520 for the prefix length. Whether an address or a length is acceptable is the broker's
/// to say.
tl::expected<ClientMessage, Status> readClientMessage(std::string_view xml);

/// Both addresses of both ends must be there.
Result<TunnelInfo> readInfo(std::string_view xml);

/// At least one and at most 50 entries, each an address or a name with :port or not (see isBrokerName()).
Result<std::vector<std::string>> readBrokerList(std::string_view xml);

} // namespace viaduct::tsp
