// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/ProofOfWork.h"
#include "server/credentials/TextFields.h"

#include <algorithm>
#include <bit>

namespace viaduct::credentials {

namespace {
constexpr std::string_view use = "viaduct proof of work 1";
constexpr std::size_t longestSolution = 18 + 1 + 2 + 1 + 22 + 1 + 43 + 1 + 18;
/// As for CsrfTokens: a clock that was set back a little.
constexpr std::chrono::minutes clockError{2};

std::int64_t secondsOf(ProofOfWork::TimePoint time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

int leadingZeros(const Hash& hash) {
    int zeros = 0;
    for (const std::uint8_t byte : hash) {
        zeros += std::countl_zero(byte);
        if (byte != 0)
            break;
    }
    return zeros;
}

Result<void> denied(const char* sentence) {
    return failure(Error::Code::Denied, sentence);
}
} // namespace

ProofOfWork::ProofOfWork(const ServerKey& key, std::size_t capacity)
    : m_key(key), m_capacity(std::max<std::size_t>(capacity, 1)) { }

std::string ProofOfWork::challenge(
    std::string_view purpose, int difficulty, TimePoint now, const RandomSource& random) const {
    Nonce nonce{};
    random(nonce);
    const std::string text = std::to_string(secondsOf(now)) + "."
        + std::to_string(std::clamp(difficulty, 1, greatestDifficulty)) + "." + toBase64Url(nonce);
    return text + "." + toBase64Url(mac(m_key, {use, purpose, text}));
}

std::optional<ProofOfWork::Challenge>
ProofOfWork::read(std::string_view solution, std::string_view purpose) const {
    const auto parts = solution.size() <= longestSolution ? fields(solution, '.', 5) : std::nullopt;
    if (!parts)
        return std::nullopt;
    const auto issued = number((*parts)[0]);
    const auto difficulty = number((*parts)[1]);
    Challenge challenge;
    Hash given{};
    if (!issued || !difficulty || *difficulty > greatestDifficulty || !number((*parts)[4])
        || !fromBase64Url((*parts)[2], challenge.nonce) || !fromBase64Url((*parts)[3], given))
        return std::nullopt;
    const std::size_t signedSize = (*parts)[0].size() + (*parts)[1].size() + (*parts)[2].size() + 2;
    if (!equal(given, mac(m_key, {use, purpose, solution.substr(0, signedSize)})))
        return std::nullopt;
    challenge.issued = *issued;
    challenge.difficulty = static_cast<int>(*difficulty);
    return challenge;
}

Result<void> ProofOfWork::redeem(std::string_view solution, std::string_view purpose, TimePoint now) {
    const auto challenge = read(solution, purpose);
    if (!challenge)
        return denied("this page was not made by this server, or not for this form: load it again");
    const std::int64_t oldest = secondsOf(now - lifetime);
    if (challenge->issued < oldest || challenge->issued <= m_forgotten
        || challenge->issued > secondsOf(now + clockError))
        return denied("this page has lain open for too long: load it again");
    if (leadingZeros(sha256(solution)) < challenge->difficulty)
        return denied(
            "the page's computation is missing: allow JavaScript for this site, or wait until it is done");
    forget(oldest);
    if (!remember({challenge->issued, challenge->nonce}))
        return denied("this form has been sent already: load the page again to send another");
    return {};
}

void ProofOfWork::forget(std::int64_t oldest) {
    // What has expired is refused for that; if the clock is set back, for having been forgotten.
    while (!m_redeemed.empty() && m_redeemed.begin()->first < oldest) {
        m_forgotten = std::max(m_forgotten, m_redeemed.begin()->first);
        m_redeemed.erase(m_redeemed.begin());
    }
}

bool ProofOfWork::remember(const Redeemed& redeemed) {
    if (!m_redeemed.insert(redeemed).second)
        return false;
    if (m_redeemed.size() > m_capacity) {
        m_forgotten = std::max(m_forgotten, m_redeemed.begin()->first);
        m_redeemed.erase(m_redeemed.begin());
    }
    return true;
}

} // namespace viaduct::credentials
