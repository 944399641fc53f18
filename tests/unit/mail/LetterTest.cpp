// SPDX-License-Identifier: GPL-3.0-or-later
// Letters as messages, by table.
#include "server/mail/Letter.h"

#include <QByteArrayList>

#include <gtest/gtest.h>

#include <algorithm>

using namespace viaduct;
using namespace viaduct::mail;

namespace {

const Stamp stamp{std::chrono::system_clock::time_point(std::chrono::seconds{1'795'600'800}), "0123abc"};

Letter letter() {
    return {
        QStringLiteral("jean@example.net"), QStringLiteral("Your account"), QStringLiteral("Welcome."),
        QStringLiteral("en")};
}

Result<Message> written(const Letter& letter) {
    return write(letter, "broker@example.org", stamp);
}

std::string headOf(const Message& message, const std::string& name) {
    for (const std::string& line : message.head)
        if (line.starts_with(name + ": "))
            return line.substr(name.size() + 2);
    return {};
}

} // namespace

TEST(Letter, theHeadSaysWhoWhenAndThatNobodyNeedAnswer) {
    const auto message = written(letter());
    ASSERT_TRUE(message) << message.error().message;
    EXPECT_EQ(message->recipient, "jean@example.net");
    EXPECT_EQ(
        message->head,
        (std::vector<std::string>{
            "Date: 25 Nov 2026 10:00:00 +0000", "From: <broker@example.org>", "To: <jean@example.net>",
            "Subject: Your account", "Message-ID: <0123abc@example.org>", "Auto-Submitted: auto-generated",
            "Content-Language: en"}));
    EXPECT_EQ(message->text, "Welcome.\r\n");
}

TEST(Letter, linesEndAsMailWantsThem) {
    Letter several = letter();
    several.text = QStringLiteral("a\nb\r\nc\rd\n");
    EXPECT_EQ(written(several)->text, "a\r\nb\r\nc\r\nd\r\n");
    several.text = QStringLiteral("pasted\u2028from a\u2029word processor");
    EXPECT_EQ(written(several)->text, "pasted\r\nfrom a\r\nword processor\r\n");
}

TEST(Letter, aSubjectOfAnyScriptIsFoldedBetweenCharacters) {
    Letter accents = letter();
    accents.subject = QStringLiteral("Votre compte a été créé : préfixe délégué — bienvenue à tous "
                                     "🙂🙂🙂🙂🙂🙂🙂🙂");
    const std::string subject = headOf(*written(accents), "Subject");
    QByteArray decoded;
    for (const QByteArray& word : QByteArray::fromStdString(subject).split('\n')) {
        const QByteArray trimmed = word.trimmed();
        EXPECT_LE(trimmed.size(), 75);
        ASSERT_TRUE(trimmed.startsWith("=?UTF-8?B?") && trimmed.endsWith("?="));
        const QByteArray bytes = QByteArray::fromBase64(trimmed.mid(10, trimmed.size() - 12));
        EXPECT_EQ(QString::fromUtf8(bytes).toUtf8(), bytes) << "no character is cut";
        decoded += bytes;
    }
    EXPECT_EQ(QString::fromUtf8(decoded), accents.subject);
    accents.subject = QStringLiteral("=?UTF-8?B?QQ==?=");
    EXPECT_TRUE(headOf(*written(accents), "Subject").starts_with("=?UTF-8?B?PT9V")) << "taken for what it is";
}

TEST(Letter, addressesOfOtherScriptsAreWrittenForEveryServer) {
    Letter abroad = letter();
    abroad.to = QStringLiteral("jean@université.example");
    EXPECT_EQ(written(abroad)->recipient, "jean@xn--universit-j4a.example");
}

TEST(Letter, nothingCanBeAddedToTheHeadOrTheEnvelope) {
    for (const char* to :
         {"", "jean", "@example.net", "jean@", "jean@example.net\r\nBcc: all@example.net",
          "jean@example.net\nBcc: x@y", "jean@example.net, all@example.net", "a b@example.net",
          "jean@example.net> SIZE=1", "<jean@example.net>", "\"a b\"@example.net", "jean@exa mple.net",
          "a@b@example.net", ".jean@example.net", "jean@.example.net",
          "j\xc3\xa9"
          "an@example.net",
          "jean@[192.0.2.1]", "jean\x01@example.net"}) {
        Letter bad = letter();
        bad.to = QString::fromUtf8(to);
        const auto message = written(bad);
        ASSERT_FALSE(message) << to;
        EXPECT_EQ(message.error().code, Error::Code::Invalid);
        EXPECT_EQ(message.error().message.find("jean"), std::string::npos)
            << "the address is nobody's business";
    }
    for (const QString& subject :
         {QStringLiteral("a\r\nBcc: x@y"), QStringLiteral("a\nb"), QStringLiteral("a\rb"), QString(QChar(0)),
          QStringLiteral("a\u0085b"), QStringLiteral("a\u2028b"), QString(501, u'x')}) {
        Letter bad = letter();
        bad.subject = subject;
        EXPECT_FALSE(written(bad)) << subject.toStdString();
    }
    for (const QString& text : {QString(QChar(0)), QStringLiteral("a\u001bb"), QString(100'001, u'x')}) {
        Letter bad = letter();
        bad.text = text;
        EXPECT_FALSE(written(bad));
    }
    for (const char* language : {"en\r\nX: y", "en fr", "\xc3\xa9"}) {
        Letter bad = letter();
        bad.language = QString::fromUtf8(language);
        EXPECT_FALSE(written(bad)) << language;
    }
}

TEST(Letter, halfACharacterBreaksNothing) {
    Letter odd = letter();
    odd.subject = QStringLiteral("a") + QChar(0xd83d);
    odd.text = QString(QChar(0xdc00));
    EXPECT_TRUE(written(odd));
}
