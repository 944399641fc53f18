// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Certificate.h"

#include "server/http/GnuTls.h"
#include "server/http/Text.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <gnutls/crypto.h>

namespace viaduct::http {

namespace {

using std::chrono::hours;

constexpr std::size_t longestPem = 1024UL * 1024; ///< bytes; a chain of four certificates has some 8 KiB
constexpr std::size_t longestHostName = 253; ///< RFC 1035, 2.3.4, as text
constexpr hours lifetime{24 * 3652}; ///< ten years
constexpr hours clocksMayDiffer{24};

tl::unexpected<Error> invalid(std::string sentence) {
    return failure(Error::Code::Invalid, std::move(sentence));
}

tl::unexpected<Error> failed(const char* what, int error) {
    return failure(Error::Code::System, std::string(what) + ": " + gnutls_strerror(error));
}

std::string dateOf(std::time_t time) {
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
    return text.data();
}

bool isHostName(const std::string& name) {
    return isToken(name) && name.size() <= longestHostName;
}

/// RFC 5280, 4.1.2.2: positive, at most 20 bytes.
std::array<unsigned char, 16> randomSerial() {
    std::array<unsigned char, 16> serial{};
    gnutls_rnd(GNUTLS_RND_NONCE, serial.data(), serial.size());
    serial[0] = static_cast<unsigned char>((serial[0] & 0x7FU) | 0x40U);
    return serial;
}

int setNames(gnutls_x509_crt_t certificate, const CertificateNames& names) {
    const std::string first
        = names.dnsNames.empty() ? names.addresses.front().text() : names.dnsNames.front().substr(0, 64);
    int error = gnutls_x509_crt_set_dn_by_oid(
        certificate, GNUTLS_OID_X520_COMMON_NAME, 0, first.data(), static_cast<unsigned>(first.size()));
    for (const std::string& name : names.dnsNames)
        if (error == 0)
            error = gnutls_x509_crt_set_subject_alt_name(
                certificate, GNUTLS_SAN_DNSNAME, name.data(), static_cast<unsigned>(name.size()),
                GNUTLS_FSAN_APPEND);
    for (const IpAddress& address : names.addresses) {
        constexpr unsigned v4Size = 4;
        const auto& bytes = address.bytes();
        const unsigned size = address.isV4() ? v4Size : static_cast<unsigned>(bytes.size());
        if (error == 0)
            error = gnutls_x509_crt_set_subject_alt_name(
                certificate, GNUTLS_SAN_IPADDRESS, bytes.data() + (bytes.size() - size), size,
                GNUTLS_FSAN_APPEND);
    }
    return error;
}

int setPurpose(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key, WallTime now) {
    const auto serial = randomSerial();
    const std::time_t from = std::chrono::system_clock::to_time_t(now - clocksMayDiffer);
    const std::time_t until = std::chrono::system_clock::to_time_t(now + lifetime);
    for (const int error :
         {gnutls_x509_crt_set_version(certificate, 3),
          gnutls_x509_crt_set_serial(certificate, serial.data(), serial.size()),
          gnutls_x509_crt_set_activation_time(certificate, from),
          gnutls_x509_crt_set_expiration_time(certificate, until),
          gnutls_x509_crt_set_basic_constraints(certificate, 0, -1),
          gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_DIGITAL_SIGNATURE),
          gnutls_x509_crt_set_key_purpose_oid(certificate, GNUTLS_KP_TLS_WWW_SERVER, 0),
          gnutls_x509_crt_set_key(certificate, key)})
        if (error != 0)
            return error;
    return gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0);
}

template <typename Export>
std::string exported(const Export& exportTo) {
    gnutls_datum_t out{};
    if (exportTo(&out) != 0)
        return {};
    std::string text(reinterpret_cast<const char*>(out.data), out.size);
    gnutls_free(out.data);
    return text;
}

} // namespace

Result<X509Certificate> ownCertificate(const std::string& chainPem) {
    if (chainPem.size() > longestPem)
        return invalid("the certificate is larger than a megabyte, so it is none");
    auto certificate = newX509Certificate();
    const gnutls_datum_t text = datum(chainPem);
    const int error = gnutls_x509_crt_import(certificate.get(), &text, GNUTLS_X509_FMT_PEM);
    if (error != 0)
        return invalid(
            std::string("the certificate is not PEM (-----BEGIN CERTIFICATE-----): ")
            + gnutls_strerror(error));
    return certificate;
}

Result<X509Key> ownKey(const std::string& keyPem) {
    if (keyPem.size() > longestPem)
        return invalid("the key is larger than a megabyte, so it is none");
    auto key = newX509Key();
    const gnutls_datum_t text = datum(keyPem);
    const int error = gnutls_x509_privkey_import2(key.get(), &text, GNUTLS_X509_FMT_PEM, nullptr, 0);
    if (error == GNUTLS_E_DECRYPTION_FAILED)
        return invalid("the key is locked with a password: write it without one (openssl pkey -in KEY)");
    if (error != 0)
        return invalid(
            std::string("the key is not PEM (-----BEGIN PRIVATE KEY-----): ") + gnutls_strerror(error));
    return key;
}

Result<Certificate> makeCertificate(const CertificateNames& names, WallTime now) {
    if (names.dnsNames.empty() && names.addresses.empty())
        return invalid("a certificate needs a name or an address that it is for");
    for (const std::string& name : names.dnsNames)
        if (!isHostName(name))
            return invalid("a certificate cannot be for \"" + name + "\", which is no host name");
    const auto key = newX509Key();
    const auto certificate = newX509Certificate();
    int error = gnutls_x509_privkey_generate(
        key.get(), GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (error == 0)
        error = setNames(certificate.get(), names);
    if (error == 0)
        error = setPurpose(certificate.get(), key.get(), now);
    if (error != 0)
        return failed("cannot make a certificate", error);
    Certificate made;
    made.chainPem = exported([&](gnutls_datum_t* out) {
        return gnutls_x509_crt_export2(certificate.get(), GNUTLS_X509_FMT_PEM, out);
    });
    made.keyPem = exported([&](gnutls_datum_t* out) {
        return gnutls_x509_privkey_export2_pkcs8(
            key.get(), GNUTLS_X509_FMT_PEM, nullptr, GNUTLS_PKCS_PLAIN, out);
    });
    if (const auto usable = checkPair(made); !usable)
        return tl::unexpected(usable.error());
    return made;
}

Result<std::string> fingerprint(const Certificate& certificate) {
    const auto own = ownCertificate(certificate.chainPem);
    if (!own)
        return tl::unexpected(own.error());
    std::array<unsigned char, 32> digest{};
    std::size_t size = digest.size();
    const int error = gnutls_x509_crt_get_fingerprint(own->get(), GNUTLS_DIG_SHA256, digest.data(), &size);
    if (error != 0)
        return failed("cannot take the fingerprint of the certificate", error);
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const unsigned char byte : digest) {
        if (!text.empty())
            text += ':';
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

Result<void> checkPair(const Certificate& certificate) {
    const auto own = ownCertificate(certificate.chainPem);
    if (!own)
        return tl::unexpected(own.error());
    const auto key = ownKey(certificate.keyPem);
    if (!key)
        return tl::unexpected(key.error());
    std::array<unsigned char, 32> ofCertificate{};
    std::array<unsigned char, 32> ofKey{};
    std::size_t size = ofCertificate.size();
    int error = gnutls_x509_crt_get_key_id(own->get(), GNUTLS_KEYID_USE_SHA256, ofCertificate.data(), &size);
    size = ofKey.size();
    if (error == 0)
        error = gnutls_x509_privkey_get_key_id(key->get(), GNUTLS_KEYID_USE_SHA256, ofKey.data(), &size);
    if (error != 0)
        return failed("cannot compare the certificate and the key", error);
    if (ofCertificate != ofKey)
        return invalid(
            "the key is not the certificate's: take the key that the certificate was requested with, and see "
            "that the server's own certificate stands first in its file");
    return {};
}

Result<WallTime> certificateEnd(const Certificate& certificate) {
    const auto own = ownCertificate(certificate.chainPem);
    if (!own)
        return tl::unexpected(own.error());
    return std::chrono::system_clock::from_time_t(gnutls_x509_crt_get_expiration_time(own->get()));
}

Result<void> checkCertificate(const Certificate& certificate, WallTime now) {
    if (auto pair = checkPair(certificate); !pair)
        return pair;
    const auto own = ownCertificate(certificate.chainPem);
    const std::time_t from = gnutls_x509_crt_get_activation_time(own->get());
    const std::time_t until = gnutls_x509_crt_get_expiration_time(own->get());
    const std::time_t today = std::chrono::system_clock::to_time_t(now);
    if (today > until)
        return invalid("the certificate expired on " + dateOf(until) + ": renew it");
    if (today < from)
        return invalid(
            "the certificate is not valid before " + dateOf(from) + ": see whether the clock is right");
    return {};
}

} // namespace viaduct::http
