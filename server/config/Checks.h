// SPDX-License-Identifier: GPL-3.0-or-later
// What can only be seen when the whole text is read: names that lead nowhere, addresses that collide,
// sections that lack something. Every check takes time in proportion to the text, but for sorting. Each adds
// to draft.diagnostics.
#pragma once

#include "server/config/Draft.h"

namespace viaduct::config {

/// Ranges that overlap; pools that are used for what they cannot give.
void checkPools(Draft& draft);
/// TSP servers, tunnel servers, and the brokers that join them.
void checkServers(Draft& draft);
void checkStaticTunnels(Draft& draft);

} // namespace viaduct::config
