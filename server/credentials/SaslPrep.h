// SPDX-License-Identifier: GPL-3.0-or-later
// One spelling of a password, whatever keyboard and system it was typed on: SASLprep (RFC 4013), as SCRAM
// requires (RFC 5802, 2.2). Done by GNU SASL.
#pragma once

#include "shared/net/Error.h"

#include <string_view>

namespace viaduct::credentials {

/// Nobody types more than that, and work on a password must not grow with what a stranger sends. Bytes.
constexpr std::size_t longestPassword = 256;

/// The normal form. Invalid, with a sentence for the person who chose it, when `password` is empty, longer
/// than longestPassword, no UTF-8, or holds what RFC 4013 forbids: control characters, writing directions
/// mixed, and characters younger than Unicode 3.2 (emoji). These a password could be made of, but GNU SASL
/// and other clients refuse to log in with it.
Result<std::string> saslPrep(std::string_view password);

} // namespace viaduct::credentials
