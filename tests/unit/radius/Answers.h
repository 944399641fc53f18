// SPDX-License-Identifier: GPL-3.0-or-later
// Answers to RADIUS questions, right and forged, made without the library that is tested.
#pragma once

#include <QByteArray>
#include <QCryptographicHash>
#include <QMessageAuthenticationCode>

namespace viaduct::radius::test {

struct Recipe {
    char code = 2; ///< Access-Accept
    QByteArray attributes; ///< before the signature
    bool isSigned = true; ///< by a Message-Authenticator
    QByteArray behind; ///< after it
    QByteArray secret = "testing123";
};

inline QByteArray header(char code, char id, qsizetype size, const QByteArray& authenticator) {
    QByteArray bytes;
    bytes.append(code).append(id);
    bytes.append(static_cast<char>(size >> 8)).append(static_cast<char>(size & 0xFF));
    return bytes + authenticator;
}

/// RFC 2865, 3. and RFC 3579, 3.2.
inline QByteArray answerTo(const QByteArray& question, const Recipe& recipe) {
    const QByteArray asked = question.mid(4, 16);
    QByteArray attributes = recipe.attributes;
    const qsizetype place = attributes.size() + 2;
    if (recipe.isSigned)
        attributes += QByteArray("\x50\x12", 2) + QByteArray(16, '\0');
    attributes += recipe.behind;
    const auto head = [&](const QByteArray& authenticator) {
        return header(recipe.code, question.at(1), 20 + attributes.size(), authenticator);
    };
    if (recipe.isSigned)
        attributes.replace(
            place, 16,
            QMessageAuthenticationCode::hash(
                head(asked) + attributes, recipe.secret, QCryptographicHash::Md5));
    return head(QCryptographicHash::hash(head(asked) + attributes + recipe.secret, QCryptographicHash::Md5))
        + attributes;
}

} // namespace viaduct::radius::test
