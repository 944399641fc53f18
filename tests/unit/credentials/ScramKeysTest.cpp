// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/ScramKeys.h"
#include "server/credentials/SaslPrep.h"
#include "shared/tsp/Base64.h"

#include <QMessageAuthenticationCode>

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::credentials;

namespace {
const std::string salt = "0123456789abcdef";
const std::string rfcSalt = tsp::fromBase64("W22ZaJ0SNY7soEsUEjb6gQ==").value(); // RFC 7677, section 3

QByteArray bytes(std::string_view text) {
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

QByteArray hmac(const Hash& key, const QByteArray& message) {
    return QMessageAuthenticationCode::hash(message, bytes(view(key)), QCryptographicHash::Sha256);
}

/// Made with Python's hashlib: another implementation than ours.
struct Golden {
    const char* password;
    std::string salt;
    int iterations;
    const char* text;
};
const Golden golden[] = {
    {"pencil", rfcSalt, 4096,
     "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
     "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="},
    {"I\u00adX", salt, 4096, // prepared: IX
     "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$w8BKFJL+iPDCA6QJz7ppAW4jPKiyJ62aIffAhgWQ2KU=:"
     "2iwiFsNsJUOcxyRv8AAXWij6Fkx6Dme2WsTE+/SN7BQ="},
    {"de\u0301ja\u0300 vu 12", salt, 10'000, // prepared: the accents composed
     "SCRAM-SHA-256$10000:MDEyMzQ1Njc4OWFiY2RlZg==$RGJw834fiSCuTeCFiDdWbi2g3eM4IM5/+bXCcwamM5Q=:"
     "jSpnkqiUj+8iLzu9H6FqlMUw3ny+N/Ofo/uzFMe9Lg8="},
};
} // namespace

TEST(SaslPrep, agreesWithRfc4013) {
    const std::pair<const char*, const char*> table[] = {
        {"I\u00adX", "IX"}, {"user", "user"}, {"USER", "USER"},
        {"\u00aa", "a"},    {"\u2168", "IX"}, {"a\u00a0b", "a b"}, // a space is a space
    };
    for (const auto& [typed, prepared] : table)
        EXPECT_EQ(saslPrep(typed), std::string(prepared)) << typed;
}

TEST(SaslPrep, saysWhatIsWrong) {
    const std::pair<std::string, const char*> table[] = {
        {"", "is empty"},
        {std::string("abc\0def", 7), "a control character"},
        {"bell\x07", "cannot have"}, // RFC 4013, section 3
        {"\u06271", "cannot have"}, // the same: ends in the other direction
        {"\U0001F600 correct", "an emoji"}, // unassigned in Unicode 3.2
        {"\xff\xfe", "cannot have"},
        {"\xed\xa0\x80", "cannot have"}, // half of a surrogate pair
        {"\u00ad\u00ad", "nothing but invisible"},
        {std::string(257, 'x'), "more than 256 bytes"},
    };
    for (const auto& [typed, sentence] : table) {
        const auto result = saslPrep(typed);
        ASSERT_FALSE(result) << typed;
        EXPECT_EQ(result.error().code, Error::Code::Invalid);
        EXPECT_NE(result.error().message.find(sentence), std::string::npos) << result.error().message;
    }
    EXPECT_TRUE(saslPrep(std::string(256, 'x')));
}

TEST(ScramKeys, fitTheExchangeOfRfc7677) {
    const ScramKeys keys = makeScramKeys("pencil", rfcSalt, 4096).value();
    const QByteArray nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const QByteArray messages
        = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=" + nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=" + nonce;
    EXPECT_EQ(hmac(keys.serverKey, messages).toBase64(), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    QByteArray clientKey = QByteArray::fromBase64("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    const QByteArray signature = hmac(keys.storedKey, messages);
    for (qsizetype i = 0; i < clientKey.size(); ++i)
        clientKey[i] = static_cast<char>(clientKey[i] ^ signature[i]);
    EXPECT_EQ(QCryptographicHash::hash(clientKey, QCryptographicHash::Sha256), bytes(view(keys.storedKey)));
}

TEST(ScramKeys, agreeWithAnotherImplementationAndItsText) {
    for (const Golden& each : golden) {
        const auto keys = makeScramKeys(each.password, each.salt, each.iterations);
        ASSERT_TRUE(keys) << each.password << ": " << keys.error().message;
        EXPECT_EQ(toText(*keys), each.text);
        EXPECT_EQ(parseScramKeys(each.text), *keys);
        EXPECT_TRUE(verifyPassword(*keys, each.password));
    }
    // However it was typed.
    EXPECT_TRUE(verifyPassword(*parseScramKeys(golden[2].text), "d\u00e9j\u00e0 vu 12"));
}

TEST(ScramKeys, letNobodyElseIn) {
    const ScramKeys keys = makeScramKeys("correct horse", salt, fewestIterations).value();
    for (const char* wrong : {"", "correct hors", "correct horse ", "Correct horse", "\xff"})
        EXPECT_FALSE(verifyPassword(keys, wrong)) << wrong;
    EXPECT_FALSE(verifyPassword(keys, std::string("correct horse\0x", 15)));
    EXPECT_FALSE(verifyPassword({salt, fewestIterations, {}, {}}, "correct horse")) << "who does not exist";
    ScramKeys half = keys;
    half.serverKey[31] ^= 1U;
    EXPECT_FALSE(verifyPassword(half, "correct horse"));
    half = keys;
    half.storedKey[0] ^= 0x80U;
    EXPECT_FALSE(verifyPassword(half, "correct horse"));
}

TEST(ScramKeys, areNotMadeOutsideTheirLimits) {
    EXPECT_FALSE(makeScramKeys("", salt, 4096));
    EXPECT_FALSE(makeScramKeys("correct horse", "1234567", 4096));
    EXPECT_FALSE(makeScramKeys("correct horse", std::string(65, 's'), 4096));
    EXPECT_FALSE(makeScramKeys("correct horse", salt, mostIterations + 1));
    ASSERT_FALSE(makeScramKeys("correct horse", salt, 4095));
    EXPECT_EQ(
        makeScramKeys("correct horse", salt, 4095).error().message,
        "4095 iterations: there must be 4096 to 1000000");
}

TEST(ScramKeys, readsWhatPostgresqlWritesAndOneSpellingOnly) {
    // PostgreSQL's own regression test; a salt of ten bytes.
    const std::string good
        = "SCRAM-SHA-256$4096:VLK4RMaQLCvNtQ==$6YtlR4t69SguDiwFvbVgVZtuz6gpJQQqUMZ7IQJK5yI=:"
          "ps75jrHeYU4lXCcXI4O8oIdJ3eO8o2jirjruw9phBTo=";
    ASSERT_TRUE(parseScramKeys(good));
    EXPECT_EQ(toText(*parseScramKeys(good)), good);
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        return text.replace(text.find(from), from.size(), to);
    };
    const std::string wrong[] = {
        "",
        "SCRAM-SHA-256$",
        "md5abcdef",
        good + " ",
        " " + good,
        good + ":",
        good + "$",
        good.substr(0, good.size() - 1),
        with("SHA-256", "SHA-1"),
        with("SCRAM", "scram"),
        with("4096", "04096"),
        with("4096", "+4096"),
        with("4096", ""),
        with("4096", "4095"),
        with("4096", "1000001"),
        with("4096", "99999999999999999999"),
        with("4096", "-1"),
        with("tQ==", "tR=="), // bits that say nothing
        with("tQ==", "tQ="),
        with("tQ==", "tQ"),
        with("VLK4RMaQLCvNtQ==", ""),
        with("VLK4RMaQLCvNtQ==", "YWJj"),
        with("VLK4RMaQLCvNtQ==", std::string(88, 'A')), // 66 bytes
        with("6Ytl", "6Yt"),
        with("6Ytl", "6Y*l"),
        with("6Ytl", "AAAA6Ytl"),
        with("ps75", ""),
        with(":ps75", "$ps75"),
        std::string(100'000, 'A'),
        "SCRAM-SHA-256$" + std::string(100'000, '1'),
    };
    for (const std::string& text : wrong) {
        const auto result = parseScramKeys(text);
        ASSERT_FALSE(result) << text.substr(0, 200);
        EXPECT_EQ(result.error().code, Error::Code::Invalid);
    }
}
