// SPDX-License-Identifier: GPL-3.0-or-later
// A certificate with its key, as PEM text: made, looked at, kept in files.
#pragma once

#include "shared/net/Error.h"
#include "shared/net/IpAddress.h"

#include <chrono>
#include <string>
#include <vector>

namespace viaduct::http {

struct Certificate {
    std::string chainPem; ///< the server's own first, then those that lead to the authority
    std::string keyPem; ///< its private key, without a password

    friend bool operator==(const Certificate&, const Certificate&) = default;
};

/// Whom a certificate is for (subjectAltName).
struct CertificateNames {
    std::vector<std::string> dnsNames;
    std::vector<IpAddress> addresses;
};

using WallTime = std::chrono::system_clock::time_point;

/// A self-signed certificate: ECDSA on P-256, ten years from `now`, a random serial number. Invalid when
/// there is no name, or one that is no host name.
Result<Certificate> makeCertificate(const CertificateNames& names, WallTime now);

/// The SHA-256 of the server's own certificate, as browsers show it: AA:BB:...
Result<std::string> fingerprint(const Certificate& certificate);

/// When the server's own certificate ends.
Result<WallTime> certificateEnd(const Certificate& certificate);

/// Whether a server can use it: both are PEM, and the key is the certificate's. Invalid says what is wrong.
Result<void> checkPair(const Certificate& certificate);
/// Whether clients will take it at `now`: also neither expired nor from the future.
Result<void> checkCertificate(const Certificate& certificate, WallTime now);

/// The same file may hold both. Errors name the file; what is in them is not checked.
Result<Certificate> readCertificate(const std::string& chainFile, const std::string& keyFile);

/// Writes chain and key into one file, mode 0600, so that they change together: after a loss of power there
/// is the old pair or the new one. readCertificate(file, file) reads it.
Result<void> writeCertificate(const Certificate& certificate, const std::string& file);

} // namespace viaduct::http
