// SPDX-License-Identifier: GPL-3.0-or-later
// What differs between two texts, by lines. For texts that the broker is not asked about: a revision beside
// what is typed, and the two states of a line of the audit.
#pragma once

#include "shared/api/Configuration.h"

namespace viaduct::admin {

/// All lines of both. Of texts that have little in common the whole middle is told as removed and added:
/// the work is bounded.
std::vector<api::DiffLine> lineDiff(const QString& before, const QString& after);

} // namespace viaduct::admin
