// SPDX-License-Identifier: GPL-3.0-or-later
// Which passwords people may choose: long ones, and not the first that a stranger tries (NIST SP
// 800-63B, 5.1.1.2: length and a list of common ones; no rules of composition, no expiry).
#pragma once

#include "shared/net/Error.h"

#include <string_view>

namespace viaduct::credentials {

enum class PasswordUse { Account, Administrator };

/// Characters, not bytes.
constexpr std::size_t shortestAccountPassword = 10;
constexpr std::size_t shortestAdministratorPassword = 12;

/// Invalid, with a sentence for the person who chose it. Pure and quick; hashing is another matter.
Result<void> checkPassword(std::string_view password, std::string_view login, PasswordUse use);

} // namespace viaduct::credentials
