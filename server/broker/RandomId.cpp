// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/RandomId.h"

#include "server/credentials/Random.h"

#include <array>
#include <string_view>

namespace viaduct::broker {

std::string randomId(char first) {
    constexpr std::string_view digits = "23456789bcdfghjkmnpqrstvwxz"; // as makePassword()
    constexpr std::size_t size = 10;
    const credentials::RandomSource random = credentials::systemRandom();
    std::string id(1, first);
    while (id.size() <= size) {
        std::array<std::uint8_t, 1> byte{};
        random(byte);
        // 243 is the largest multiple of 27 within a byte: all digits are as likely.
        if (byte[0] < 243)
            id += digits[byte[0] % digits.size()];
    }
    return id;
}

} // namespace viaduct::broker
