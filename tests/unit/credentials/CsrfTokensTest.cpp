// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/CsrfTokens.h"
#include "tests/unit/credentials/Sources.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::credentials;
using namespace std::chrono_literals;

namespace {
const CsrfTokens tokens(countingKey());
} // namespace

TEST(CsrfTokens, acceptTheirOwnUntilTheyExpire) {
    const std::string token = tokens.make("visitor", "register", noon);
    EXPECT_EQ(token, "1767268800.gzXEKiUejLxPxhmbFLfey3zY6JRO2bBbyh72SVvXfxg") << "as Python's hmac makes it";
    EXPECT_TRUE(tokens.check(token, "visitor", "register", noon));
    EXPECT_TRUE(tokens.check(token, "visitor", "register", noon + 12h));
    EXPECT_TRUE(tokens.check(token, "visitor", "register", noon - 1min)) << "a clock set back a little";
    const auto late = tokens.check(token, "visitor", "register", noon + 12h + 1s);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Error::Code::Denied);
    EXPECT_EQ(
        late.error().message,
        "this form has lain open for too long: load the page again and send it from there");
    EXPECT_FALSE(tokens.check(token, "visitor", "register", noon - 1h));
}

TEST(CsrfTokens, areBoundToVisitorPurposeAndServer) {
    const std::string token = tokens.make("visitor", "register", noon);
    EXPECT_FALSE(tokens.check(token, "another", "register", noon));
    EXPECT_FALSE(tokens.check(token, "visitor", "delete", noon));
    EXPECT_FALSE(tokens.check(token, "visitorr", "egister", noon)) << "the parts do not run into each other";
    EXPECT_FALSE(tokens.check(tokens.make("", "register", noon), "", "register", noon)) << "no cookie at all";
    EXPECT_FALSE(CsrfTokens(ServerKey{}).check(token, "visitor", "register", noon));
}

TEST(CsrfTokens, cannotBeChanged) {
    const std::string token = tokens.make("visitor", "register", noon);
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string other = token;
        other[i] = other[i] == '1' ? '2' : '1';
        EXPECT_FALSE(tokens.check(other, "visitor", "register", noon)) << other;
        EXPECT_FALSE(tokens.check(token.substr(0, i), "visitor", "register", noon));
    }
    for (const std::string& wrong :
         {token + " ", "0" + token, token + ".", "." + token, std::string(100'000, '1')})
        EXPECT_FALSE(tokens.check(wrong, "visitor", "register", noon)) << wrong.substr(0, 100);
}
