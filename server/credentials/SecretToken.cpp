// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/SecretToken.h"

namespace viaduct::credentials {

namespace {
constexpr std::string_view prefixes[] = {"vdt_", "vds_", "vdl_"};

std::string_view prefixOf(TokenKind kind) {
    return prefixes[static_cast<std::size_t>(kind)];
}

bool isBase64Url(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
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

std::string withoutTokens(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        std::size_t kept = 1;
        for (const std::string_view prefix : prefixes)
            kept = text.starts_with(prefix) ? prefix.size() : kept;
        result += text.substr(0, kept);
        text.remove_prefix(kept);
        if (kept == 1)
            continue;
        std::size_t secret = 0;
        while (secret < text.size() && isBase64Url(text[secret]))
            ++secret;
        if (secret > 0)
            result += "...";
        text.remove_prefix(secret);
    }
    return result;
}

} // namespace viaduct::credentials
