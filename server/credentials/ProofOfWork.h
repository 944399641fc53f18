// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a form cheap to send once and dear to send a million times, without asking a third party: the
// visitor's browser searches a number. Challenges are stateless; only solved ones are remembered, each until
// it expires.
//
// The challenge is SECONDS.DIFFICULTY.NONCE.MAC; the solution, in one form field, is CHALLENGE.COUNTER, and
// its SHA-256 begins with DIFFICULTY zero bits. In the page:
//
//     const bits = Number(challenge.split('.')[1]);
//     for (let counter = 0; ; ++counter) {
//         const text = challenge + '.' + counter;
//         const hash = new DataView(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
//         if (hash.getUint32(0) >>> (32 - bits) === 0) { field.value = text; break; }
//     }
//
// WebCrypto exists on HTTPS pages only, and without JavaScript there is no solution: give such visitors a
// stricter RateLimit instead.
#pragma once

#include "server/credentials/Crypto.h"
#include "server/credentials/Random.h"
#include "shared/net/Error.h"

#include <chrono>
#include <set>
#include <string>
#include <string_view>

namespace viaduct::credentials {

class ProofOfWork {
public:
    using TimePoint = std::chrono::system_clock::time_point;

    /// Zero bits; the configuration can ask for no more. Awaited WebCrypto calls reach some 16,000 hashes a
    /// second on a busy core: 16 bits take seconds, less than filling in the form, and 24 a quarter of an
    /// hour.
    static constexpr int greatestDifficulty = 24;
    static constexpr std::chrono::minutes lifetime{30};
    /// Solutions remembered: about 10 MB. When it is full the oldest are forgotten, and with them every
    /// challenge that expires as early is refused, so that none counts twice.
    static constexpr std::size_t usualCapacity = 65'536;

    explicit ProofOfWork(const ServerKey& key, std::size_t capacity = usualCapacity);

    /// `difficulty` is cut to 1..greatestDifficulty; raise it while somebody floods. `purpose` names the
    /// form.
    std::string
    challenge(std::string_view purpose, int difficulty, TimePoint now, const RandomSource& random) const;

    /// Counts a solution, once. Denied, with a sentence for the visitor, when it is not for a challenge of
    /// ours and this purpose, has expired, is no solution or has been counted.
    Result<void> redeem(std::string_view solution, std::string_view purpose, TimePoint now);

private:
    using Nonce = std::array<std::uint8_t, 16>;
    struct Challenge {
        std::int64_t issued = 0;
        int difficulty = 0;
        Nonce nonce{};
    };
    /// When it was issued, and its nonce: the oldest first.
    using Redeemed = std::pair<std::int64_t, Nonce>;

    std::optional<Challenge> read(std::string_view solution, std::string_view purpose) const;
    void forget(std::int64_t oldest);
    bool remember(const Redeemed& redeemed);

    ServerKey m_key;
    std::size_t m_capacity;
    std::set<Redeemed> m_redeemed;
    std::int64_t m_forgotten = -1; ///< issued up to here: whether they were redeemed is not known any more
};

} // namespace viaduct::credentials
