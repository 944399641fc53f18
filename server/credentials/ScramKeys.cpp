// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/ScramKeys.h"
#include "server/credentials/SaslPrep.h"
#include "server/credentials/TextFields.h"
#include "shared/tsp/Base64.h"

#include <gsasl.h>
#include <sodium.h>

#include <algorithm>

namespace viaduct::credentials {

namespace {
constexpr std::string_view scheme = "SCRAM-SHA-256$";
constexpr std::size_t shortestSalt = 8;
constexpr std::size_t longestSalt = 64;
constexpr std::size_t longestText = 256; // 13 + 7 + 88 + 2 * 44 and four separators

static_assert(sizeof(Hash) == GSASL_HASH_SHA256_SIZE);

Result<void> checkRanges(std::string_view salt, int iterations) {
    if (salt.size() < shortestSalt || salt.size() > longestSalt)
        return failure(
            Error::Code::Invalid,
            "the salt has " + std::to_string(salt.size()) + " bytes: it must have 8 to 64");
    if (iterations < fewestIterations || iterations > mostIterations)
        return failure(
            Error::Code::Invalid,
            std::to_string(iterations) + " iterations: there must be " + std::to_string(fewestIterations)
                + " to " + std::to_string(mostIterations));
    return {};
}

Result<ScramKeys> derive(const std::string& password, std::string_view salt, int iterations) {
    ScramKeys keys{std::string(salt), iterations, {}, {}};
    std::array<Hash, 2>
        secrets{}; // the salted password and the client key: either is as good as the password
    const int result = gsasl_scram_secrets_from_password(
        GSASL_HASH_SHA256, password.c_str(), static_cast<unsigned>(iterations), keys.salt.data(),
        keys.salt.size(), reinterpret_cast<char*>(secrets[0].data()),
        reinterpret_cast<char*>(secrets[1].data()), reinterpret_cast<char*>(keys.serverKey.data()),
        reinterpret_cast<char*>(keys.storedKey.data()));
    sodium_memzero(secrets.data(), sizeof secrets);
    if (result != GSASL_OK)
        return failure(
            Error::Code::System,
            std::string("the keys of a password cannot be computed: ") + gsasl_strerror(result));
    return keys;
}

bool readKey(std::string_view text, Hash& key) {
    const auto bytes = tsp::fromBase64(text);
    if (!bytes || bytes->size() != key.size())
        return false;
    std::copy(bytes->begin(), bytes->end(), key.begin());
    return true;
}

std::optional<ScramKeys> read(std::string_view text) {
    if (text.size() > longestText || !text.starts_with(scheme))
        return std::nullopt;
    const auto halves = fields(text.substr(scheme.size()), '$', 2);
    if (!halves)
        return std::nullopt;
    const auto cost = fields((*halves)[0], ':', 2);
    const auto pair = fields((*halves)[1], ':', 2);
    if (!cost || !pair)
        return std::nullopt;
    const auto iterations = number((*cost)[0]);
    const auto salt = tsp::fromBase64((*cost)[1]);
    ScramKeys keys;
    if (!iterations || *iterations > mostIterations || !salt || !readKey((*pair)[0], keys.storedKey)
        || !readKey((*pair)[1], keys.serverKey))
        return std::nullopt;
    keys.iterations = static_cast<int>(*iterations);
    keys.salt = *salt;
    // Base64 readers are lenient about the last bits: what is written back must be what came.
    return toText(keys) == text ? std::optional(keys) : std::nullopt;
}
} // namespace

Result<ScramKeys> makeScramKeys(std::string_view password, std::string_view salt, int iterations) {
    const auto prepared = saslPrep(password);
    if (!prepared)
        return tl::unexpected(prepared.error());
    if (auto ranges = checkRanges(salt, iterations); !ranges)
        return tl::unexpected(ranges.error());
    // Unprepared: GNU SASL prepares it itself, exactly once, as the client does.
    return derive(std::string(password), salt, iterations);
}

bool verifyPassword(const ScramKeys& keys, std::string_view password) {
    const auto made = makeScramKeys(password, keys.salt, keys.iterations);
    if (!made)
        return false;
    const bool stored = equal(made->storedKey, keys.storedKey);
    const bool server = equal(made->serverKey, keys.serverKey);
    return stored && server;
}

std::string toText(const ScramKeys& keys) {
    return std::string(scheme) + std::to_string(keys.iterations) + ":" + tsp::toBase64(keys.salt) + "$"
        + tsp::toBase64(view(keys.storedKey)) + ":" + tsp::toBase64(view(keys.serverKey));
}

Result<ScramKeys> parseScramKeys(std::string_view text) {
    auto keys = read(text);
    if (!keys)
        return failure(
            Error::Code::Invalid,
            "no keys of SCRAM-SHA-256: they are written SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY, "
            "in base64");
    if (auto ranges = checkRanges(keys->salt, keys->iterations); !ranges)
        return tl::unexpected(ranges.error());
    return std::move(*keys);
}

} // namespace viaduct::credentials
