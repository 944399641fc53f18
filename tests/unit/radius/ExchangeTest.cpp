// SPDX-License-Identifier: GPL-3.0-or-later
// What counts as the answer to a question, and what a forger may send.
#include "server/radius/Exchange.h"
#include "tests/unit/radius/Answers.h"

#include <gtest/gtest.h>

using namespace viaduct::radius;
using test::answerTo;
using test::Recipe;

namespace {

Exchange question(const std::string& password = "hello") {
    auto exchange = Exchange::make({"bob", password}, "testing123", "viaduct");
    EXPECT_TRUE(exchange) << exchange.error().message;
    return std::move(*exchange);
}

std::string shown(const tl::expected<Exchange::Answer, Exchange::Flaw>& answer) {
    if (answer)
        return *answer == Exchange::Answer::Accepted ? "accepted"
            : *answer == Exchange::Answer::Refused   ? "refused"
                                                     : "challenged";
    return answer.error() == Exchange::Flaw::NotOurs ? "not ours"
        : answer.error() == Exchange::Flaw::Unsigned ? "unsigned"
                                                     : "wrong secret";
}

} // namespace

TEST(Exchange, asksInASignedPacketThatHidesThePassword) {
    const Exchange exchange = question("a password of some length");
    const QByteArray bytes = exchange.bytes();
    EXPECT_EQ(bytes.at(0), 1);
    EXPECT_EQ(bytes.at(2) * 256 + bytes.at(3), bytes.size());
    EXPECT_EQ(bytes.indexOf("password"), -1);
    EXPECT_EQ(bytes.indexOf("testing123"), -1);
    EXPECT_NE(bytes.indexOf("bob"), -1);
    ASSERT_EQ(bytes.mid(bytes.size() - 18, 2), QByteArray("\x50\x12", 2));
    const QByteArray unsignedBytes = bytes.left(bytes.size() - 16) + QByteArray(16, '\0');
    EXPECT_EQ(
        bytes.right(16),
        QMessageAuthenticationCode::hash(unsignedBytes, "testing123", QCryptographicHash::Md5));
    EXPECT_NE(question().bytes().mid(4, 16), question().bytes().mid(4, 16)) << "each is another";
}

TEST(Exchange, takesTheAnswersOfTheServer) {
    const Exchange exchange = question();
    const QByteArray message = QByteArray("\x12\x07hello", 7); // Reply-Message
    const struct {
        Recipe recipe;
        const char* answer;
    } table[] = {
        {{2, {}, true, {}}, "accepted"},
        {{3, {}, true, {}}, "refused"},
        {{11, {}, true, {}}, "challenged"},
        {{2, message, true, message}, "accepted"},
        {{5, {}, true, {}}, "not ours"}, // Accounting-Response
        {{2, {}, true, {}, "another"}, "wrong secret"},
        {{2, {}, false, {}}, "unsigned"}, // what "Blast-RADIUS" can make of an Access-Reject
        {{2, message, false, message}, "unsigned"},
        {{2, {}, false, QByteArray("\x50\x12", 2) + QByteArray(16, 'x')}, "unsigned"},
        {{2, {}, true, QByteArray("\x50\x12", 2) + QByteArray(16, 'x')}, "unsigned"}, // which one counts?
    };
    for (const auto& row : table)
        EXPECT_EQ(shown(exchange.read(answerTo(exchange.bytes(), row.recipe))), row.answer);
}

TEST(Exchange, passesOverWhatIsForged) {
    const Exchange exchange = question();
    const QByteArray right = answerTo(exchange.bytes(), {});
    ASSERT_EQ(shown(exchange.read(right)), "accepted");
    EXPECT_EQ(shown(exchange.read(right + "padding")), "accepted") << "RFC 2865, 3.";
    EXPECT_FALSE(exchange.read(test::header(2, right.at(1), 20, QByteArray(16, '\0'))));
    EXPECT_FALSE(exchange.read({}));
    EXPECT_FALSE(exchange.read(exchange.bytes())) << "its own question";
    EXPECT_FALSE(question().read(right)) << "the answer to another question";
    for (qsizetype size = 0; size < right.size(); ++size)
        EXPECT_FALSE(exchange.read(right.left(size))) << size;
    for (qsizetype place = 0; place < right.size(); ++place) {
        QByteArray forged = right;
        forged[place] = static_cast<char>(forged.at(place) ^ 1);
        EXPECT_FALSE(exchange.read(forged)) << place;
    }
}

TEST(Exchange, canCarryWhatTheProtocolCan) {
    EXPECT_TRUE(canBeAsked({"bob", std::string(128, 'x')}));
    EXPECT_TRUE(canBeAsked({std::string(253, 'x'), "x"}));
    EXPECT_FALSE(canBeAsked({"bob", std::string(129, 'x')}));
    EXPECT_FALSE(canBeAsked({std::string(254, 'x'), "x"}));
    EXPECT_FALSE(canBeAsked({"", "x"}));
    EXPECT_FALSE(canBeAsked({"bob", ""}));
    EXPECT_FALSE(canBeAsked({"bob", std::string("a\0b", 3)}));
    EXPECT_TRUE(Exchange::make({std::string(253, 'x'), std::string(128, 'x')}, "s", std::string(253, 'x')));
}
