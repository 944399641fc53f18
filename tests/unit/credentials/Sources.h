// SPDX-License-Identifier: GPL-3.0-or-later
// Sources of "randomness" that tests can foresee.
#pragma once

#include "server/credentials/Crypto.h"
#include "server/credentials/Random.h"

#include <chrono>
#include <memory>
#include <numeric>
#include <random>

namespace viaduct::credentials {

/// 0, 1, 2 ... and on over all calls.
inline RandomSource counting() {
    return [next = std::uint8_t{0}](std::span<std::uint8_t> bytes) mutable {
        for (std::uint8_t& byte : bytes)
            byte = next++;
    };
}

inline RandomSource seeded(unsigned seed) {
    auto engine = std::make_shared<std::mt19937>(seed);
    return [engine](std::span<std::uint8_t> bytes) {
        for (std::uint8_t& byte : bytes)
            byte = static_cast<std::uint8_t>((*engine)() >> 8U);
    };
}

inline ServerKey countingKey() {
    ServerKey key{};
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    return key;
}

/// 2026-01-01T12:00:00Z
inline constexpr std::chrono::system_clock::time_point noon{std::chrono::seconds(1'767'268'800)};

} // namespace viaduct::credentials
