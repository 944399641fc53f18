// SPDX-License-Identifier: GPL-3.0-or-later
// What the step from one configuration to another does, in sentences for the person who takes it; pure.
#pragma once

#include "server/config/Configuration.h"

#include <string>
#include <vector>

namespace viaduct::revisions {

/// What people lose by it, as the rooms foresee it.
struct Losses {
    std::size_t tunnels = 0; ///< that go down
    std::size_t blocks = 0; ///< that go into quarantine
};

/// Both with digests in the place of passwords, else an account counts as changed by the form of its
/// password. What is lost comes first, then pools, ports, sections and accounts. At most mostEffects
/// sentences, of which the last may count what was left out. Never empty.
inline constexpr std::size_t mostEffects = 200;
std::vector<std::string>
effects(const config::Configuration& before, const config::Configuration& after, const Losses& losses);

} // namespace viaduct::revisions
