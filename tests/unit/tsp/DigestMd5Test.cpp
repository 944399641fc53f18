// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/DigestMd5.h"
#include "shared/tsp/Base64.h"

#include <QCryptographicHash>

#include <gtest/gtest.h>

using namespace viaduct::tsp;

namespace {
// Recorded with gw6c 6.0: user alice, password secret.
const std::string recordedChallenge
    = "realm=\"hexos\",nonce=\"9213002706\",qop=\"auth\",algorithm=md5-sess,charset=utf8";
const std::string recordedResponse
    = "charset=utf8,username=\"alice\",realm=\"hexos\",nonce=\"9213002706\",nc=00000001,"
      "cnonce=\"1795461282\",digest-uri=\"tsp/203.0.113.10\","
      "response=709d4765b3a1098f80eb6e9be518ae41,qop=auth";
const std::string recordedAuth = "4a93c4e4880375db4c92a1ab3857a903";

DigestLogin recordedLogin() {
    return {"alice",      "hexos",
            "9213002706", "1795461282",
            "00000001",   "tsp/203.0.113.10",
            "auth",       "709d4765b3a1098f80eb6e9be518ae41",
            false};
}
} // namespace

TEST(DigestMd5, agreesWithARealClient) {
    const DigestKey key = digestKey("alice", "hexos", "secret");
    EXPECT_EQ(digestChallenge("hexos", "9213002706"), recordedChallenge);
    EXPECT_EQ(parseDigestResponse(recordedResponse), recordedLogin());
    EXPECT_EQ(digestResponse(recordedLogin()), recordedResponse);
    EXPECT_EQ(verifyDigest(recordedLogin(), key, false), recordedAuth);
}

TEST(DigestMd5, agreesWithItself) {
    DigestLogin login = recordedLogin();
    login.user = R"(a"li\ce)";
    login.realm = "an, \"odd\" realm";
    const DigestKey key = digestKey(login.user, login.realm, "pass:word\"");
    login.response = expectedResponse(login, key);
    EXPECT_EQ(parseDigestResponse(digestResponse(login)), login);
    EXPECT_EQ(verifyDigest(login, key, false), expectedResponseAuth(login, key));
    const auto challenge = parseDigestChallenge(digestChallenge(login.realm, login.nonce));
    ASSERT_TRUE(challenge);
    EXPECT_EQ(challenge->realm, login.realm);
    EXPECT_EQ(challenge->nonce, login.nonce);
}

TEST(DigestMd5, refusesAnyOtherPasswordOrField) {
    const DigestKey key = digestKey("alice", "hexos", "secret");
    EXPECT_FALSE(verifyDigest(recordedLogin(), digestKey("alice", "hexos", "Secret"), false));
    for (std::string DigestLogin::*field :
         {&DigestLogin::nonce, &DigestLogin::cnonce, &DigestLogin::nonceCount, &DigestLogin::digestUri,
          &DigestLogin::qop, &DigestLogin::response}) {
        DigestLogin login = recordedLogin();
        (login.*field)[0] = (login.*field)[0] == '0' ? '1' : '0';
        EXPECT_FALSE(verifyDigest(login, key, true)) << login.*field;
    }
}

TEST(DigestMd5, readsOtherOrdersQuotesAndSpaces) {
    const std::string text
        = "qop=\"auth\" , RESPONSE=709D4765B3A1098F80EB6E9BE518AE41, cnonce=1795461282,\tnc=00000001,,"
          "nonce=9213002706,realm=hexos,username=alice,digest-uri=tsp/203.0.113.10,charset=utf-8,foo=bar,";
    EXPECT_EQ(parseDigestResponse(text), recordedLogin());
    EXPECT_TRUE(parseDigestChallenge(
        "nonce=1, realm=x, qop=\"auth-int, auth\", algorithm=md5-sess, charset=utf-8, maxbuf=65536"));
}

TEST(DigestMd5, readsNothingFromBrokenText) {
    EXPECT_TRUE(parseDigestResponse(recordedResponse));
    for (const char* directive :
         {"username=\"alice\",", "nonce=\"9213002706\",", "nc=00000001,", "cnonce=\"1795461282\",",
          "digest-uri=\"tsp/203.0.113.10\",", "response=709d4765b3a1098f80eb6e9be518ae41,"}) {
        std::string text = recordedResponse;
        text.erase(text.find(directive), std::string(directive).size());
        EXPECT_FALSE(parseDigestResponse(text)) << directive;
    }
    for (const char* end : {",x", ",=1", ",x=\"", ",x=\"\\", ",x=\"1\"2", " x=1"})
        EXPECT_FALSE(parseDigestResponse(recordedResponse + end)) << end;
    EXPECT_FALSE(parseDigestResponse("username=\"a\nb\"," + recordedResponse.substr(31)));
    for (const char* text :
         {"", "realm=x", "nonce=1,algorithm=md5-sess", "realm=x,nonce=1,qop=\"auth-int\",algorithm=md5-sess",
          "realm=x,nonce=1,algorithm=md5", "realm=x,nonce=\"\",algorithm=md5-sess"})
        EXPECT_FALSE(parseDigestChallenge(text)) << text;
}

namespace {
/// A password for which the hash of alice has its first NUL byte at `index`.
DigestKey keyWithNulAt(std::size_t index) {
    for (int i = 0;; ++i) {
        const DigestKey key = digestKey("alice", "hexos", std::to_string(i));
        std::size_t first = 0;
        while (first < key.size() && key[first] != 0)
            ++first;
        if (first == index)
            return key;
    }
}

QByteArray md5Hex(const QByteArray& bytes) {
    return QCryptographicHash::hash(bytes, QCryptographicHash::Md5).toHex();
}

/// Written down once more, plainly, so that the room does not test itself against itself.
std::string responseOfOldClient(const DigestLogin& login, const DigestKey& key, std::size_t cut) {
    const QByteArray a1(reinterpret_cast<const char*>(key.data()), static_cast<qsizetype>(cut));
    const QByteArray a2 = QByteArrayLiteral("AUTHENTICATE:") + QByteArray::fromStdString(login.digestUri);
    const std::string middle
        = ":" + login.nonce + ":" + login.nonceCount + ":" + login.cnonce + ":" + login.qop + ":";
    return md5Hex(md5Hex(a1) + QByteArray::fromStdString(middle) + md5Hex(a2)).toStdString();
}
} // namespace

TEST(DigestMd5, cutHashesAreTakenOnlyWhereTheyAreSafeAndWanted) {
    // What an old client sends: computed here as it does it, from a session hash without nonces.
    const auto oldClient = [](const DigestKey& key, std::size_t cut) {
        DigestLogin login = recordedLogin();
        login.truncatedHash = true;
        login.response = responseOfOldClient(login, key, cut);
        return login;
    };
    const DigestKey inside = keyWithNulAt(5);
    EXPECT_TRUE(verifyDigest(oldClient(inside, 5), inside, true));
    EXPECT_FALSE(verifyDigest(oldClient(inside, 5), inside, false));
    DigestLogin modern = oldClient(inside, 5);
    modern.truncatedHash = false;
    EXPECT_FALSE(verifyDigest(modern, inside, true));
    // Cut at its first byte every user's hash would be the same.
    const DigestKey empty = keyWithNulAt(0);
    EXPECT_FALSE(verifyDigest(oldClient(empty, 0), empty, true));
    // A correct client with such a hash is let in either way.
    DigestLogin correct = recordedLogin();
    correct.response = expectedResponse(correct, empty);
    EXPECT_TRUE(verifyDigest(correct, empty, true));
}
