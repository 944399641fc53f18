// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/accounts/Accounts.h"

#include <gtest/gtest.h>

using namespace viaduct;
using accounts::Accounts;
using accounts::Kind;

namespace {
Accounts aliceAndBob() {
    // bob's is the digest of the running-config form: H(bob:hexos:secret2)
    config::User alice{
        "alice", config::User::Password{"secret"}, Kind::Site, {*Prefix::fromText("192.0.2.9/32")}};
    std::string hex;
    for (const std::uint8_t byte : tsp::digestKey("bob", "hexos", "secret2")) {
        static const char digits[] = "0123456789abcdef";
        hex += {digits[byte >> 4], digits[byte & 15]};
    }
    config::User bob{"bob", config::User::Digest{hex}, Kind::Soho, {}};
    return Accounts({alice, bob}, "hexos");
}
} // namespace

TEST(Accounts, plainPasswordIsRightOrWrong) {
    const Accounts accounts = aliceAndBob();
    ASSERT_TRUE(accounts.verify(tsp::PlainLogin{"alice", "secret"}));
    EXPECT_EQ(accounts.verify(tsp::PlainLogin{"alice", "secret"})->account->kind, Kind::Site);
    EXPECT_TRUE(accounts.verify(tsp::PlainLogin{"bob", "secret2"}));
    EXPECT_FALSE(accounts.verify(tsp::PlainLogin{"alice", "secret2"}));
    EXPECT_FALSE(accounts.verify(tsp::PlainLogin{"Alice", "secret"}));
    EXPECT_FALSE(accounts.verify(tsp::PlainLogin{"carol", "secret"}));
    EXPECT_FALSE(accounts.verify(tsp::PlainLogin{"", ""}));
}

TEST(Accounts, digestIsCheckedAgainstTheSameKey) {
    const Accounts accounts = aliceAndBob();
    // As a deployed client sent it: user alice, password secret.
    tsp::DigestLogin login{"alice",      "hexos",
                           "9213002706", "1795461282",
                           "00000001",   "tsp/203.0.113.10",
                           "auth",       "709d4765b3a1098f80eb6e9be518ae41",
                           false};
    const auto verified = accounts.verify(login, false);
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->responseAuth, "4a93c4e4880375db4c92a1ab3857a903");
    login.user = "bob";
    EXPECT_FALSE(accounts.verify(login, false));
    login.user = "nobody";
    EXPECT_FALSE(accounts.verify(login, false));
}

TEST(Accounts, kindDecidesThePrefix) {
    EXPECT_FALSE(accounts::mayHavePrefix(Kind::Host, 64));
    EXPECT_TRUE(accounts::mayHavePrefix(Kind::Soho, 64));
    EXPECT_FALSE(accounts::mayHavePrefix(Kind::Soho, 56));
    EXPECT_TRUE(accounts::mayHavePrefix(Kind::Site, 48));
    EXPECT_TRUE(accounts::mayHavePrefix(Kind::Site, 64));
    EXPECT_FALSE(accounts::mayHavePrefix(Kind::Site, 32));
}
