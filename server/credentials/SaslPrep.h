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
/// than longestPassword, no UTF-8, or holds a control character or a mixture of writing directions that RFC
/// 4013 forbids. Characters that Unicode 3.2 did not know (emoji) are left as they are, as clients do, though
/// RFC 4013 would refuse them.
Result<std::string> saslPrep(std::string_view password);

} // namespace viaduct::credentials
