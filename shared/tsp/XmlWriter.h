// SPDX-License-Identifier: GPL-3.0-or-later
// The XML of TSP (RFC 5572, 4.4) as the hand-written parsers of the deployed clients can take it: no prolog,
// comment, entity or CDATA, double quotes, one space before each attribute, no white space inside a text,
// CRLF behind each line, indented as the servers did that these clients were made for.
#pragma once

#include "shared/tsp/Message.h"

namespace viaduct::tsp {

/// A name that is no name (see isHostName()) is left out, here and below: the clients know no escapes.
std::string writeRequest(const TunnelRequest& request);

std::string writeAccept();

/// `version` is the client's: from 2.0.2 on it is told a resolver.
std::string writeInfo(const TunnelInfo& info, const Version& version);

/// As many of `brokers` (addresses or names, with :port or not) as a client takes, in their order.
std::string writeBrokerList(const std::vector<std::string>& brokers);

/// Whether `text` can stand for a host in TSP: letters, digits and .-_: only (so addresses too), 1 to 253.
bool isHostName(std::string_view text);
/// The same with a port or brackets: what a broker list may hold.
bool isBrokerName(std::string_view text);

} // namespace viaduct::tsp
