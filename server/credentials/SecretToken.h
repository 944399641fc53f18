// SPDX-License-Identifier: GPL-3.0-or-later
// Secrets that stand for a permission: API tokens, sessions, capability URLs. 256 random bits, so that a
// plain SHA-256 is all that is kept: there is nothing to guess, and nothing in a stolen database opens a
// door.
#pragma once

#include "server/credentials/Crypto.h"
#include "server/credentials/Random.h"

#include <optional>
#include <string>
#include <string_view>

namespace viaduct::credentials {

/// Each has a prefix by which people, and scanners for leaked secrets, know it.
enum class TokenKind {
    Api, ///< vdt_
    Session, ///< vds_, of the API, as a bearer token
    Link, ///< vdl_, in a capability URL
    Visitor ///< vdv_, in the cookie that binds forms to a browser; it opens nothing
};

/// The prefix and 43 characters of base64url: all that is safe in a URL, a cookie and a header.
constexpr std::size_t tokenSize = 4 + 43;

/// The text to give out, once.
std::string makeToken(TokenKind kind, const RandomSource& random);

/// What is stored and looked up: SHA-256 of the whole text, so that a link is not a session. Looking it up in
/// an index is safe: whoever can choose a text cannot choose its hash. Nothing when `text` is not a token of
/// that kind.
std::optional<Hash> tokenHash(TokenKind kind, std::string_view text);

/// For where one stored hash is known beforehand: constant time.
bool tokenFits(TokenKind kind, std::string_view text, const Hash& stored);

} // namespace viaduct::credentials
