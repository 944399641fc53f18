// SPDX-License-Identifier: GPL-3.0-or-later
// The passwords that strangers try first. Only those of ten characters and more: shorter ones are too short
// anyhow.
#pragma once

#include <string_view>

namespace viaduct::credentials {

/// `lowerCase`: the password in lower case. Digits and signs at its end are tried away, too.
bool isCommonPassword(std::string_view lowerCase);

} // namespace viaduct::credentials
