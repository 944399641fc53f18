// SPDX-License-Identifier: GPL-3.0-or-later
// The hash of tables whose keys strangers choose: SipHash-1-3 (Aumasson and Bernstein, 2012) with a key that
// each process draws for itself. With a public hash, anybody could send addresses that all share one bucket.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace viaduct {

struct HashKey {
    std::uint64_t first = 0;
    std::uint64_t second = 0;

    /// The same from the first call to the end of the process, and of no other process.
    static const HashKey& ofProcess();
};

/// Of whole words. Not for files or the wire: it differs from run to run.
template <std::size_t count>
std::uint64_t
keyedHash(const std::array<std::uint64_t, count>& words, const HashKey& key = HashKey::ofProcess()) noexcept {
    std::uint64_t a = key.first ^ 0x736f6d6570736575U;
    std::uint64_t b = key.second ^ 0x646f72616e646f6dU;
    std::uint64_t c = key.first ^ 0x6c7967656e657261U;
    std::uint64_t d = key.second ^ 0x7465646279746573U;
    const auto round = [&] {
        a += b;
        b = std::rotl(b, 13) ^ a;
        a = std::rotl(a, 32);
        c += d;
        d = std::rotl(d, 16) ^ c;
        a += d;
        d = std::rotl(d, 21) ^ a;
        c += b;
        b = std::rotl(b, 17) ^ c;
        c = std::rotl(c, 32);
    };
    const auto absorb = [&](std::uint64_t word) {
        d ^= word;
        round();
        a ^= word;
    };
    for (const std::uint64_t word : words)
        absorb(word);
    absorb(std::uint64_t{count * sizeof(std::uint64_t)} << 56);
    c ^= 0xff;
    round();
    round();
    round();
    return a ^ b ^ c ^ d;
}

} // namespace viaduct
