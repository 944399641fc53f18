// SPDX-License-Identifier: GPL-3.0-or-later
// viaductd --verify-audit: whether anybody has tampered with the audit.
#pragma once

#include <string>

namespace viaduct {

/// Says on standard output what was found, and returns the exit code: 0, the chain holds; 1, it does not, or
/// cannot be read. `head`: one that was printed earlier, NUMBER:HASH; empty for none.
int verifyAudit(const std::string& stateDirectory, const std::string& head);

} // namespace viaduct
