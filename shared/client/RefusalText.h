// SPDX-License-Identifier: GPL-3.0-or-later
// What a broker's refusal means for the person in front of the client, and what to change.
#pragma once

#include "shared/client/ClientConfiguration.h"
#include "shared/tsp/ClientSession.h"

namespace viaduct::client {

/// For every status but redirects and 302, which the client follows by itself.
std::string refusalText(
    const tsp::action::Refused& refused, const ClientConfiguration& configuration, Transport transport);

} // namespace viaduct::client
