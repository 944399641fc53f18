// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of an administrator's password: argon2id (RFC 9106) by libsodium. Administrators never log in
// by SASL, so nothing but the strongest function is needed for them.
//
// make() and verify() cost about 180 ms and 64 MiB on a server core of 2020: do them in a worker thread, two
// at a time at most.
#pragma once

#include "shared/net/Error.h"

#include <string>
#include <string_view>

namespace viaduct::credentials {

/// RFC 9106, section 4, second recommended option: three passes over 64 MiB (libsodium's "moderate" passes
/// over its "interactive" memory). The first option's 2 GiB, or "moderate" with 256 MiB, would let a few
/// logins at a time push a small broker into swap.
constexpr unsigned long long argonPasses = 3;
constexpr std::size_t argonMemory = std::size_t{64} << 20;

class AdministratorPassword {
public:
    /// With a salt from the kernel. Invalid when saslPrep() refuses the password; System when there is no
    /// memory.
    static Result<AdministratorPassword> make(std::string_view password);

    /// Reads what text() wrote: $argon2id$v=19$m=KIB,t=PASSES,p=1$SALT$HASH. Invalid for everything else,
    /// also when verifying would take more than 256 MiB or 16 passes: a text from outside does not decide
    /// over this machine's memory.
    static Result<AdministratorPassword> parse(std::string_view text);

    const std::string& text() const { return m_text; }
    bool verify(std::string_view password) const;

private:
    explicit AdministratorPassword(std::string text) : m_text(std::move(text)) { }

    std::string m_text;
};

} // namespace viaduct::credentials
