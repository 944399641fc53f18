// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/SecretToken.h"
#include "tests/unit/credentials/Sources.h"

#include <gtest/gtest.h>

#include <set>

using namespace viaduct::credentials;

namespace {
const std::string golden = "vdt_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

std::string hex(const Hash& hash) {
    std::string text;
    for (const std::uint8_t byte : hash)
        (text += "0123456789abcdef"[byte >> 4U]) += "0123456789abcdef"[byte & 15U];
    return text;
}
} // namespace

TEST(SecretToken, isKnownByItsPrefixAndStoredAsItsHash) {
    EXPECT_EQ(makeToken(TokenKind::Api, counting()), golden);
    EXPECT_TRUE(makeToken(TokenKind::Session, counting()).starts_with("vds_"));
    EXPECT_TRUE(makeToken(TokenKind::Link, counting()).starts_with("vdl_"));
    EXPECT_TRUE(makeToken(TokenKind::Visitor, counting()).starts_with("vdv_"));
    // sha256sum of the text
    EXPECT_EQ(
        hex(tokenHash(TokenKind::Api, golden).value()),
        "0ce51482cd0c215fb48159dbba282b1e3d3275c632b6e88ed9d175fc1e82d9a5");
}

TEST(SecretToken, opensWhatItWasMadeForOnly) {
    const RandomSource random = seeded(7);
    std::set<Hash> hashes;
    for (int i = 0; i < 200; ++i) {
        const std::string token = makeToken(TokenKind::Link, random);
        const Hash stored = tokenHash(TokenKind::Link, token).value();
        EXPECT_TRUE(hashes.insert(stored).second);
        EXPECT_TRUE(tokenFits(TokenKind::Link, token, stored));
        EXPECT_FALSE(tokenFits(TokenKind::Session, token, stored)) << "a link is not a session";
        EXPECT_FALSE(tokenHash(TokenKind::Session, makeToken(TokenKind::Visitor, random)));
        EXPECT_FALSE(tokenFits(TokenKind::Session, "vds_" + token.substr(4), stored));
        std::string other = token;
        other[10] = other[10] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(tokenFits(TokenKind::Link, other, stored));
    }
}

TEST(SecretToken, hasOneSpelling) {
    std::string looseBits = golden;
    looseBits.back() = '9'; // 8 with a bit more that says nothing
    std::string highByte = golden;
    highByte[24] = '\xb5'; // libsodium 1.0.18 takes it for a letter
    const std::string wrong[] = {
        "",
        "vdt_",
        golden + "=",
        golden + "A",
        golden.substr(0, golden.size() - 1),
        " " + golden,
        golden + "\n",
        "VDT_" + golden.substr(4),
        looseBits,
        highByte,
        "vdt_" + std::string(42, 'A') + "+",
        "vdt_" + std::string(42, 'A') + "=",
        "vdt_" + std::string(43, '\0'),
        std::string(100'000, 'A'),
    };
    ASSERT_TRUE(tokenHash(TokenKind::Api, golden));
    for (const std::string& text : wrong)
        EXPECT_FALSE(tokenHash(TokenKind::Api, text)) << text.substr(0, 100);
}
