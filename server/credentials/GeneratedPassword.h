// SPDX-License-Identifier: GPL-3.0-or-later
// Passwords that the broker makes: to be read out over the telephone and typed from a sheet of paper.
#pragma once

#include "server/credentials/Random.h"

#include <string>

namespace viaduct::credentials {

/// Like kr4m-9wfx-tq7d-hn2c-vb8p: 20 of 28 characters, 96 bits. The hyphens belong to it. Neither of 0/o,
/// 1/l/i is in it, and no vowel, so that it does not spell a word.
std::string makePassword(const RandomSource& random);

} // namespace viaduct::credentials
