// SPDX-License-Identifier: GPL-3.0-or-later
// DIGEST-MD5 (RFC 2831) in the narrow form that TSP clients understand. GNU SASL cannot be used: it separates
// directives with ", " and writes charset=utf-8, and the deployed clients crash on the one and mis-parse the
// other.
#pragma once

#include "shared/tsp/Message.h"

namespace viaduct::tsp {

/// H(user:realm:password), 16 raw bytes: all that a server has to keep of a password.
using DigestKey = std::array<std::uint8_t, 16>;

DigestKey digestKey(std::string_view user, std::string_view realm, std::string_view password);

/// The challenge, not base64: realm first, no white space, one line.
std::string digestChallenge(std::string_view realm, std::string_view nonce);

/// Reads a challenge (client side). Nothing when a directive is missing or malformed.
struct DigestChallenge {
    std::string realm;
    std::string nonce;
};
std::optional<DigestChallenge> parseDigestChallenge(std::string_view text);

/// Reads a response (server side), in any order of directives, quoted or not. Nothing when it cannot be used.
std::optional<DigestLogin> parseDigestResponse(std::string_view text);

/// Writes a response (client side) with every field of `login`.
std::string digestResponse(const DigestLogin& login);

/// The `response` value that `key` gives for the fields of `login` (RFC 2831, 2.1.2.1).
std::string expectedResponse(const DigestLogin& login, const DigestKey& key);
/// The `rspauth` value (RFC 2831, 2.1.3).
std::string expectedResponseAuth(const DigestLogin& login, const DigestKey& key);

/// Whether the client knows the password of `key`; the rspauth value to answer with if so. Compares in
/// constant time. `acceptTruncated` also lets in clients that cut their hash at its first NUL byte; never
/// when that is the first byte, where all such users would share one hash.
std::optional<std::string> verifyDigest(const DigestLogin& login, const DigestKey& key, bool acceptTruncated);

} // namespace viaduct::tsp
