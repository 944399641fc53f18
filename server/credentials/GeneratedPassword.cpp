// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/GeneratedPassword.h"

#include <array>
#include <string_view>

namespace viaduct::credentials {

namespace {
constexpr std::string_view alphabet = "bcdfghjkmnpqrstvwxyz23456789";
constexpr std::size_t groups = 5;
constexpr std::size_t groupSize = 4;
/// Bytes from here up would make the first characters more likely than the others.
constexpr std::size_t fairBytes = 256 / alphabet.size() * alphabet.size();
} // namespace

std::string makePassword(const RandomSource& random) {
    std::string password;
    std::array<std::uint8_t, 32> bytes{};
    std::size_t characters = 0;
    while (characters < groups * groupSize) {
        random(bytes);
        for (const std::uint8_t byte : bytes) {
            if (byte >= fairBytes || characters == groups * groupSize)
                continue;
            if (characters > 0 && characters % groupSize == 0)
                password += '-';
            password += alphabet[byte % alphabet.size()];
            ++characters;
        }
    }
    return password;
}

} // namespace viaduct::credentials
