// SPDX-License-Identifier: GPL-3.0-or-later
// What the broker needs of the machine before it can serve, looked at all at once, so that an administrator
// mends all of it in one go.
#pragma once

#include "server/config/Configuration.h"

namespace viaduct {

/// One sentence for each thing that is missing, with how to get it. Empty: nothing is missing.
std::vector<std::string> missingPrerequisites(const config::Configuration& configuration);
/// The same for another configuration of a broker that runs: not the ports, which it may have itself.
std::vector<std::string> missingForReload(const config::Configuration& configuration);

} // namespace viaduct
