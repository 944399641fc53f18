// SPDX-License-Identifier: GPL-3.0-or-later
// Which certificate of a broker is believed. Brokers sign their own at first start: a person compares its
// fingerprint once, and from then on no other is taken, whoever has signed it.
#pragma once

#include <QByteArray>
#include <QString>

namespace viaduct::api {

enum class Certificate {
    Trusted, ///< the pinned one, or signed by an authority where none is pinned
    Unknown, ///< signed by itself or by nobody known: a person must compare the fingerprint
    Changed ///< another one is pinned
};

/// SHA-256 over the DER form, as AA:BB:...
QString fingerprintOf(const QByteArray& derCertificate);
/// In any case of letters, with or without colons and spaces; empty for what is no SHA-256.
QString normalFingerprint(const QString& typed);

/// `pin` is empty where none is pinned; `proved` says that an authority of this machine vouches for it.
Certificate judge(const QString& pin, const QString& fingerprint, bool proved);
/// A sentence with cause and cure for Unknown and Changed.
QString sentence(Certificate certificate, const QString& fingerprint);

} // namespace viaduct::api
