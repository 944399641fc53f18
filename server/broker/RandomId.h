// SPDX-License-Identifier: GPL-3.0-or-later
// Ids of records that are never used again for another.
#pragma once

#include <string>

namespace viaduct::broker {

/// `first` and ten digits and consonants, 47 bits beyond anybody's guess: no word comes of it, and people can
/// read it aloud.
std::string randomId(char first);

} // namespace viaduct::broker
