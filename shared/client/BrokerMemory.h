// SPDX-License-Identifier: GPL-3.0-or-later
// The last_server and broker_list files of old clients: one broker a line, the best first.
#pragma once

#include "shared/client/ServerName.h"
#include "shared/net/Error.h"

#include <vector>

namespace viaduct::client {

/// Empty when the file is not there, or `file` is empty. Lines that name no broker are skipped.
std::vector<ServerName> rememberedBrokers(const std::string& file);
/// Replaces the file as a whole. Does nothing when `file` is empty.
Result<void> rememberBrokers(const std::string& file, const std::vector<ServerName>& brokers);

} // namespace viaduct::client
