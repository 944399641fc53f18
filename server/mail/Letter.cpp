// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/mail/Letter.h"

#include "server/config/MailAddress.h"

#include <QDateTime>
#include <QTimeZone>

#include <algorithm>

namespace viaduct::mail {

namespace {
/// RFC 2047, 2: an encoded word has 75 characters at most, with "=?UTF-8?B?" and "?=" around 4 for 3 bytes.
constexpr std::size_t bytesOfWord = 45;
/// RFC 5322, 2.1.1: lines of 78 characters at most; "Subject: " takes nine.
constexpr qsizetype plainSubject = 60;

/// U+2028 and U+2029, which word processors put where a line or a paragraph ends.
bool isLineEnd(QChar c) {
    return c.category() == QChar::Separator_Line || c.category() == QChar::Separator_Paragraph;
}

bool isControl(QChar c) {
    return c.category() == QChar::Other_Control || isLineEnd(c);
}

bool hasControls(const QString& text) {
    return std::any_of(text.begin(), text.end(), isControl);
}

Result<std::string> readAddress(const QString& text) {
    auto address = config::mailAddressFrom(text);
    if (!address)
        return failure(
            Error::Code::Invalid,
            "A letter cannot be sent to what is no mail address: it is written NAME@DOMAIN, its name in "
            "letters of "
            "ASCII.");
    return std::move(*address);
}

/// RFC 2047: words of whole characters, folded between them.
std::string encodedWords(const QString& text) {
    std::string result;
    QByteArray word;
    const auto flush = [&] {
        result += (result.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + word.toBase64().toStdString() + "?=";
        word.clear();
    };
    for (const char32_t character : text.toUcs4()) {
        const QByteArray bytes = QString::fromUcs4(&character, 1).toUtf8();
        if (static_cast<std::size_t>(word.size() + bytes.size()) > bytesOfWord)
            flush();
        word += bytes;
    }
    flush();
    return result;
}

std::string subjectLine(const QString& subject) {
    const bool plain = subject.size() <= plainSubject && !subject.contains(QStringLiteral("=?"))
        && std::all_of(subject.begin(), subject.end(), [](QChar c) { return c.unicode() < 0x80; });
    return "Subject: " + (plain ? subject.toStdString() : encodedWords(subject));
}

/// RFC 5646, as far as it concerns anybody here: en, fr-CH.
bool isLanguage(const QString& text) {
    constexpr qsizetype longest = 35;
    return text.size() <= longest && std::all_of(text.begin(), text.end(), [](QChar c) {
               return c.unicode() < 0x80 && (c.isLetterOrNumber() || c == u'-');
           });
}

std::string domainOf(const std::string& address) {
    const std::size_t at = address.rfind('@');
    return at == std::string::npos ? std::string("localhost") : address.substr(at + 1);
}

Result<void> check(const Letter& letter) {
    if (hasControls(letter.subject) || letter.subject.size() > longestSubject)
        return failure(
            Error::Code::Invalid,
            "The subject of a letter has line breaks or control characters, or is longer than "
                + std::to_string(longestSubject) + " characters: leave them out.");
    const auto isBad
        = [](QChar c) { return isControl(c) && !isLineEnd(c) && c != u'\n' && c != u'\r' && c != u'\t'; };
    if (letter.text.size() > longestText || std::any_of(letter.text.begin(), letter.text.end(), isBad))
        return failure(
            Error::Code::Invalid,
            "The text of a letter has control characters, or is longer than " + std::to_string(longestText)
                + " characters: leave them out.");
    if (!isLanguage(letter.language))
        return failure(Error::Code::Invalid, "The language of a letter is none: write it as en or fr.");
    return {};
}
} // namespace

Result<Message> write(const Letter& letter, const std::string& from, const Stamp& stamp) {
    auto recipient = readAddress(letter.to);
    if (!recipient)
        return tl::unexpected(recipient.error());
    if (auto fits = check(letter); !fits)
        return tl::unexpected(fits.error());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(stamp.at).time_since_epoch().count();
    const QString date = QDateTime::fromSecsSinceEpoch(seconds, QTimeZone::utc()).toString(Qt::RFC2822Date);
    Message message;
    message.head
        = {"Date: " + date.toStdString(), "From: <" + from + '>', "To: <" + *recipient + '>',
           subjectLine(letter.subject), "Message-ID: <" + stamp.id + '@' + domainOf(from) + '>',
           // RFC 3834: no out-of-office answers, please.
           "Auto-Submitted: auto-generated"};
    if (!letter.language.isEmpty())
        message.head.push_back("Content-Language: " + letter.language.toStdString());
    message.recipient = std::move(*recipient);
    QString text = letter.text;
    text.replace(QStringLiteral("\r\n"), QStringLiteral("\n")).replace(u'\r', u'\n');
    text.replace(QChar(QChar::LineSeparator), u'\n').replace(QChar(QChar::ParagraphSeparator), u'\n');
    if (!text.endsWith(u'\n'))
        text += u'\n';
    message.text = text.replace(QStringLiteral("\n"), QStringLiteral("\r\n")).toStdString();
    return message;
}

} // namespace viaduct::mail
