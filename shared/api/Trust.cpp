// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/Trust.h"

#include <QCryptographicHash>

namespace viaduct::api {

namespace {
constexpr qsizetype digestBytes = 32;
}

QString fingerprintOf(const QByteArray& derCertificate) {
    const QByteArray digest = QCryptographicHash::hash(derCertificate, QCryptographicHash::Sha256);
    return QString::fromLatin1(digest.toHex(':').toUpper());
}

QString normalFingerprint(const QString& typed) {
    QByteArray hex;
    for (const QChar c : typed) {
        if (c == u':' || c.isSpace())
            continue;
        if (!QByteArrayView("0123456789abcdefABCDEF").contains(c.toLatin1()) || c.unicode() > 0x7f)
            return {};
        hex.append(c.toLatin1());
    }
    const QByteArray digest = QByteArray::fromHex(hex);
    return hex.size() == 2 * digestBytes ? QString::fromLatin1(digest.toHex(':').toUpper()) : QString();
}

Certificate judge(const QString& pin, const QString& fingerprint, bool proved) {
    if (!pin.isEmpty())
        return pin == fingerprint ? Certificate::Trusted : Certificate::Changed;
    return proved ? Certificate::Trusted : Certificate::Unknown;
}

QString sentence(Certificate certificate, const QString& fingerprint) {
    switch (certificate) {
    case Certificate::Trusted:
        return {};
    case Certificate::Unknown:
        return QStringLiteral(
                   "No authority vouches for the broker's certificate. Its fingerprint (SHA-256) is %1: "
                   "compare it "
                   "with what viaductd printed at its first start, and trust it only if they are the same.")
            .arg(fingerprint);
    case Certificate::Changed:
        return QStringLiteral("The broker shows another certificate than the one that was trusted; its "
                              "fingerprint (SHA-256) "
                              "is %1. Either its administrator has changed it, or somebody stands in "
                              "between: nothing was "
                              "sent. Ask the administrator for the new fingerprint before you trust it.")
            .arg(fingerprint);
    }
    return {};
}

} // namespace viaduct::api
