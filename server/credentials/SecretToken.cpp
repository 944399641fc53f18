// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/SecretToken.h"

namespace viaduct::credentials {

namespace {
constexpr std::string_view prefixes[] = {"vdt_", "vds_", "vdl_", "vdv_"};

std::string_view prefixOf(TokenKind kind) {
    return prefixes[static_cast<std::size_t>(kind)];
}
} // namespace

std::string makeToken(TokenKind kind, const RandomSource& random) {
    std::array<std::uint8_t, 32> secret{};
    random(secret);
    return std::string(prefixOf(kind)) + toBase64Url(secret);
}

std::optional<Hash> tokenHash(TokenKind kind, std::string_view text) {
    std::array<std::uint8_t, 32> secret{};
    if (text.size() != tokenSize || !text.starts_with(prefixOf(kind))
        || !fromBase64Url(text.substr(prefixOf(kind).size()), secret))
        return std::nullopt;
    return sha256(text);
}

bool tokenFits(TokenKind kind, std::string_view text, const Hash& stored) {
    const auto hash = tokenHash(kind, text);
    return hash && equal(*hash, stored);
}

} // namespace viaduct::credentials
