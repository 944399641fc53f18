// SPDX-License-Identifier: GPL-3.0-or-later
// The second factor: one-time passwords by time (RFC 6238), as every authenticator application makes them:
// SHA-1, six digits, 30 seconds. (Applications ignore what else the URI could ask for.)
#pragma once

#include "server/credentials/Random.h"

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace viaduct::credentials {

constexpr std::chrono::seconds totpStep{30}; ///< RFC 6238, 5.2
/// Steps before and after the present one that are accepted, for clocks that differ: RFC 6238, 5.2, says one
/// at most for the network; the other is for the telephone that is ahead.
constexpr int totpWindow = 1;

class TotpSecret {
public:
    static constexpr std::size_t size = 20; ///< bytes: as long as the hash, RFC 4226, 4 (R6)

    static TotpSecret make(const RandomSource& random);
    /// Reads RFC 4648 base32 of 20 bytes, as base32() writes it; nothing for any other text.
    static std::optional<TotpSecret> fromBase32(std::string_view text);

    /// 32 characters, for typing where no QR code can be read, and for the store.
    std::string base32() const;
    /// otpauth://totp/ISSUER:LOGIN?secret=..., for a QR code.
    std::string uri(std::string_view issuer, std::string_view login) const;

    /// The code of a step, six digits.
    std::string code(std::int64_t step) const;

    /// The step whose code was given: store it and pass it as `lastStep` the next time, before anything is
    /// granted; a code at or before it has been used and is refused (RFC 6238, 5.2). Nothing when the code is
    /// wrong. White space in the code does not count: people type "123 456". The caller throttles: 3 codes of
    /// a million are right.
    std::optional<std::int64_t> verify(
        std::string_view code, std::chrono::system_clock::time_point now,
        std::optional<std::int64_t> lastStep = std::nullopt) const;

private:
    std::array<std::uint8_t, size> m_bytes{};
};

} // namespace viaduct::credentials
