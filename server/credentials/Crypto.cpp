// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/Crypto.h"

#include <sodium.h>

#include <cstdlib>

namespace viaduct::credentials {

namespace {
const unsigned char* bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// Big-endian, as protocols write numbers.
std::array<unsigned char, 8> lengthOf(std::string_view part) {
    std::array<unsigned char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<unsigned char>(part.size() >> (8 * (bytes.size() - 1 - i)));
    return bytes;
}
} // namespace

void startSodium() {
    static const int started = sodium_init();
    if (started < 0)
        std::abort();
}

Hash sha256(std::string_view bytes) {
    Hash hash{};
    crypto_hash_sha256(hash.data(), bytesOf(bytes), bytes.size());
    return hash;
}

Hash mac(const ServerKey& key, std::initializer_list<std::string_view> parts) {
    crypto_auth_hmacsha256_state state{};
    crypto_auth_hmacsha256_init(&state, key.data(), key.size());
    for (const std::string_view part : parts) {
        const auto length = lengthOf(part);
        crypto_auth_hmacsha256_update(&state, length.data(), length.size());
        crypto_auth_hmacsha256_update(&state, bytesOf(part), part.size());
    }
    Hash result{};
    crypto_auth_hmacsha256_final(&state, result.data());
    return result;
}

bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string toBase64Url(std::span<const std::uint8_t> bytes) {
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    text.pop_back(); // the C string's end
    return text;
}

bool fromBase64Url(std::string_view text, std::span<std::uint8_t> bytes) {
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::size_t size = 0;
    const char* end = nullptr;
    const int read = sodium_base642bin(
        bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end, variant);
    // libsodium 1.0.18 takes some bytes above 127 for letters: what is written back must be what came.
    return read == 0 && size == bytes.size() && end == text.data() + text.size()
        && toBase64Url(bytes) == text;
}

std::string_view view(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace viaduct::credentials
