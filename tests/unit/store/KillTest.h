// SPDX-License-Identifier: GPL-3.0-or-later
// The program that the test kills is this one again, started with another argument.
#pragma once

#include <string>

namespace viaduct::store {

inline constexpr const char* victimOption = "--commit-until-killed";

/// Commits tunnels without end and writes the id of each to standard output (8 bytes, host order) as soon as
/// it is told that it is durable.
int beVictim(const std::string& directory);

} // namespace viaduct::store
