// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of an account's password: the keys of SCRAM-SHA-256 (RFC 5802, RFC 7677). They let the broker
// check a password and prove itself; whoever steals them has to guess the password. Computed by GNU SASL.
//
// Making and verifying cost PBKDF2: about 1.1 ms per thousand iterations on a server core of 2020 (4 ms for
// generatedIterations, 70 to 100 ms for chosenIterations). Do it in a worker thread, a bounded number at a
// time.
#pragma once

#include "server/credentials/Crypto.h"
#include "shared/net/Error.h"

#include <string>
#include <string_view>

namespace viaduct::credentials {

/// For passwords that people choose: a tenth of a second, RFC 7677, section 4.
constexpr int chosenIterations = 60'000;
/// For passwords of makePassword(): the least that RFC 7677, section 4, allows. Nothing has to slow down the
/// guessing of 96 random bits, and a thousand vouchers are then made in seconds.
constexpr int generatedIterations = 4096;
/// What a text may ask for: from RFC 7677's least to about two seconds of work.
constexpr int fewestIterations = 4096;
constexpr int mostIterations = 1'000'000;

/// Bytes of salt to make keys with: as PostgreSQL's.
constexpr std::size_t saltSize = 16;

struct ScramKeys {
    std::string salt; ///< raw bytes, 8..64
    int iterations = 0; ///< fewestIterations..mostIterations
    Hash storedKey{};
    Hash serverKey{};
    friend bool operator==(const ScramKeys&, const ScramKeys&) = default;
};

/// Invalid when saslPrep() refuses the password, or salt or iterations are out of their ranges.
Result<ScramKeys> makeScramKeys(std::string_view password, std::string_view salt, int iterations);

/// Takes the same time whether the password is right or not. For a login that does not exist verify against
/// keys of all zeros, a salt and chosenIterations: the same work is done, and no password fits them.
bool verifyPassword(const ScramKeys& keys, std::string_view password);

/// SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY, base64: as PostgreSQL writes it, after RFC 5803.
std::string toText(const ScramKeys& keys);
/// Reads that text and no other spelling of it.
Result<ScramKeys> parseScramKeys(std::string_view text);

} // namespace viaduct::credentials
