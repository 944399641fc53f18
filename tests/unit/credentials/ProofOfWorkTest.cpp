// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/ProofOfWork.h"
#include "tests/unit/credentials/Sources.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::credentials;
using namespace std::chrono_literals;

namespace {
/// What the page's script does.
std::string solve(const std::string& challenge, int bits) {
    for (int counter = 0;; ++counter) {
        std::string text = challenge + "." + std::to_string(counter);
        const Hash hash = sha256(text);
        std::uint32_t head = 0;
        for (std::size_t i = 0; i < 4; ++i)
            head = head << 8U | hash[i];
        if (head >> (32 - bits) == 0)
            return text;
    }
}

std::string sentence(const Result<void>& result) {
    return result ? "accepted" : result.error().message;
}
} // namespace

TEST(ProofOfWork, isACalculationThatAnybodyCanRepeat) {
    ProofOfWork work(countingKey());
    const std::string challenge = work.challenge("register", 12, noon, counting());
    EXPECT_EQ(challenge, "1767268800.12.AAECAwQFBgcICQoLDA0ODw.cdD9dWtV2F9UtVfyZjF1lHOmDNvMK2nYdLLgDn8XHsM");
    EXPECT_EQ(solve(challenge, 12), challenge + ".7032") << "as Python's hashlib finds it";
    EXPECT_EQ(sentence(work.redeem(challenge + ".7032", "register", noon)), "accepted");
}

TEST(ProofOfWork, countsOnce) {
    ProofOfWork work(countingKey());
    const std::string challenge = work.challenge("register", 4, noon, counting());
    const std::string solution = solve(challenge, 4);
    EXPECT_TRUE(work.redeem(solution, "register", noon + 10s));
    EXPECT_EQ(
        sentence(work.redeem(solution, "register", noon + 11s)),
        "this form has been sent already: load the page again to send another");
    int counter = std::stoi(solution.substr(challenge.size() + 1));
    std::string another;
    do
        another = challenge + "." + std::to_string(++counter);
    while (sha256(another)[0] >= 16);
    EXPECT_FALSE(work.redeem(another, "register", noon + 11s)) << "another solution of the same challenge";
}

TEST(ProofOfWork, refusesWithASentence) {
    ProofOfWork work(countingKey());
    const std::string challenge = work.challenge("register", 8, noon, counting());
    const std::string solution = solve(challenge, 8);
    const std::string foreign = "this page was not made by this server, or not for this form: load it again";
    const std::string old = "this page has lain open for too long: load it again";
    EXPECT_EQ(sentence(work.redeem(solution, "forgotten password", noon)), foreign);
    EXPECT_EQ(sentence(ProofOfWork(ServerKey{}).redeem(solution, "register", noon)), foreign);
    EXPECT_EQ(sentence(work.redeem(challenge, "register", noon)), foreign);
    EXPECT_EQ(sentence(work.redeem(solution, "register", noon + 30min + 1s)), old);
    EXPECT_EQ(sentence(work.redeem(solution, "register", noon - 1h)), old);
    int unsolved = 0;
    while (sha256(challenge + "." + std::to_string(unsolved))[0] == 0)
        ++unsolved;
    EXPECT_EQ(
        sentence(work.redeem(challenge + "." + std::to_string(unsolved), "register", noon)),
        "the page's computation is missing: allow JavaScript for this site, or wait until it is done");
    std::string easier = solution;
    easier.replace(easier.find(".8."), 3, ".1.");
    EXPECT_EQ(sentence(work.redeem(easier, "register", noon)), foreign)
        << "the difficulty is the server's choice";
    for (const std::string& wrong :
         {std::string(), solution + " ", solution + ".1", "0" + solution, challenge + ".", challenge + ".01",
          challenge + ".-1", std::string(100'000, '.'), std::string(100'000, '1')})
        EXPECT_EQ(sentence(work.redeem(wrong, "register", noon)), foreign) << wrong.substr(0, 150);
    EXPECT_EQ(sentence(work.redeem(solution, "register", noon + 30min)), "accepted") << "after all that";
}

TEST(ProofOfWork, difficultyStaysInItsRange) {
    const ProofOfWork work(countingKey());
    EXPECT_NE(work.challenge("x", -5, noon, counting()).find(".1."), std::string::npos);
    EXPECT_NE(work.challenge("x", 1000, noon, counting()).find(".24."), std::string::npos);
}

TEST(ProofOfWork, neverCountsTwiceWhenItsMemoryIsFull) {
    ProofOfWork work(countingKey(), 16);
    const RandomSource random = seeded(3);
    std::vector<std::string> solutions;
    solutions.reserve(100);
    for (int i = 0; i < 100; ++i)
        solutions.push_back(solve(work.challenge("x", 1, noon + i * 1s, random), 1));
    for (const std::string& solution : solutions)
        EXPECT_TRUE(work.redeem(solution, "x", noon + 100s));
    for (const std::string& solution : solutions)
        EXPECT_FALSE(work.redeem(solution, "x", noon + 100s)) << solution;
    EXPECT_TRUE(work.redeem(solve(work.challenge("x", 1, noon + 101s, random), 1), "x", noon + 101s));
}

TEST(ProofOfWork, forgetsWhatHasExpiredAndStillRefusesIt) {
    ProofOfWork work(countingKey());
    const RandomSource random = seeded(4);
    const std::string first = solve(work.challenge("x", 1, noon, random), 1);
    EXPECT_TRUE(work.redeem(first, "x", noon));
    EXPECT_TRUE(work.redeem(solve(work.challenge("x", 1, noon + 2h, random), 1), "x", noon + 2h));
    EXPECT_FALSE(work.redeem(first, "x", noon + 1min)) << "the clock was set back";
}
