// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/MailAddress.h"

#include <QUrl>

#include <algorithm>

namespace viaduct::config {

namespace {
/// RFC 5321, 4.5.3.1: of the part before the @, and of the whole.
constexpr qsizetype longestLocalPart = 64;
constexpr std::size_t longestAddress = 254;

bool isDotAtom(const QString& text) {
    static const QString signs = QStringLiteral("!#$%&'*+-/=?^_`{|}~.");
    return !text.isEmpty() && !text.startsWith(u'.') && !text.endsWith(u'.')
        && !text.contains(QStringLiteral("..")) && std::all_of(text.begin(), text.end(), [](QChar c) {
               return c.unicode() < 0x80 && (c.isLetterOrNumber() || signs.contains(c));
           });
}
} // namespace

std::optional<std::string> mailAddressFrom(const QString& text) {
    const qsizetype at = text.lastIndexOf(u'@');
    if (at < 0)
        return std::nullopt;
    const QString local = text.left(at);
    const QByteArray domain = QUrl::toAce(text.mid(at + 1));
    std::string address = (local + u'@').toStdString() + domain.toStdString();
    if (local.size() > longestLocalPart || !isDotAtom(local) || !isDotAtom(QString::fromLatin1(domain))
        || address.size() > longestAddress)
        return std::nullopt;
    return address;
}

} // namespace viaduct::config
