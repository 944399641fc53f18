// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/AdministratorPassword.h"
#include "server/credentials/Crypto.h"
#include "server/credentials/SaslPrep.h"
#include "server/credentials/TextFields.h"

#include <sodium.h>

namespace viaduct::credentials {

namespace {
constexpr std::int64_t mostKibibytes = 262'144;
constexpr std::int64_t leastKibibytes = 8; // argon2's own least for one lane
constexpr std::int64_t mostPasses = 16;

std::optional<std::int64_t> numberAfter(std::string_view name, std::string_view text) {
    return text.starts_with(name) ? number(text.substr(name.size())) : std::nullopt;
}

/// Unpadded base64 of 8 bytes or more; what it says is libsodium's business.
bool isBase64(std::string_view text) {
    constexpr std::size_t shortest = 11;
    return text.size() >= shortest
        && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        == std::string_view::npos;
}

bool isWithinLimits(std::string_view limits) {
    const auto parts = fields(limits, ',', 3);
    if (!parts || (*parts)[2] != "p=1")
        return false;
    const auto memory = numberAfter("m=", (*parts)[0]);
    const auto passes = numberAfter("t=", (*parts)[1]);
    return memory && *memory >= leastKibibytes && *memory <= mostKibibytes && passes && *passes >= 1
        && *passes <= mostPasses;
}
} // namespace

Result<AdministratorPassword> AdministratorPassword::make(std::string_view password) {
    startSodium();
    const auto prepared = saslPrep(password);
    if (!prepared)
        return tl::unexpected(prepared.error());
    std::array<char, crypto_pwhash_STRBYTES> text{};
    if (crypto_pwhash_str_alg(
            text.data(), prepared->data(), prepared->size(), argonPasses, argonMemory,
            crypto_pwhash_ALG_ARGON2ID13)
        != 0)
        return failure(
            Error::Code::System,
            "there is no memory to hash a password: 64 MiB are needed for some 200 ms; try again, or give "
            "the "
            "service more");
    return AdministratorPassword(text.data());
}

Result<AdministratorPassword> AdministratorPassword::parse(std::string_view text) {
    const auto parts = text.size() < crypto_pwhash_STRBYTES ? fields(text, '$', 6) : std::nullopt;
    if (!parts || !(*parts)[0].empty() || (*parts)[1] != "argon2id" || (*parts)[2] != "v=19"
        || !isWithinLimits((*parts)[3]) || !isBase64((*parts)[4]) || !isBase64((*parts)[5]))
        return failure(
            Error::Code::Invalid,
            "no hash of a password: it is written $argon2id$v=19$m=KIB,t=PASSES,p=1$SALT$HASH, with at most "
            "262144 "
            "KiB and 16 passes");
    return AdministratorPassword(std::string(text));
}

bool AdministratorPassword::verify(std::string_view password) const {
    startSodium();
    const auto prepared = saslPrep(password);
    return prepared && crypto_pwhash_str_verify(m_text.c_str(), prepared->data(), prepared->size()) == 0;
}

} // namespace viaduct::credentials
