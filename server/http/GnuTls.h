// SPDX-License-Identifier: GPL-3.0-or-later
// GnuTLS's objects with an end, and its texts.
#pragma once

#include "server/http/Certificate.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <memory>
#include <type_traits>

namespace viaduct::http {

/// `Type` is one of GnuTLS's handles.
template <typename Type, void (*end)(Type)>
struct GnuTlsEnd {
    using pointer = Type;
    void operator()(Type object) const { end(object); }
};
template <typename Type, void (*end)(Type)>
using GnuTlsObject = std::unique_ptr<std::remove_pointer_t<Type>, GnuTlsEnd<Type, end>>;

using X509Certificate = GnuTlsObject<gnutls_x509_crt_t, &gnutls_x509_crt_deinit>;
using X509Key = GnuTlsObject<gnutls_x509_privkey_t, &gnutls_x509_privkey_deinit>;
using PrivateKey = GnuTlsObject<gnutls_privkey_t, &gnutls_privkey_deinit>;

/// Null when there is no memory.
inline X509Certificate newX509Certificate() {
    gnutls_x509_crt_t made = nullptr;
    gnutls_x509_crt_init(&made);
    return X509Certificate(made);
}

inline X509Key newX509Key() {
    gnutls_x509_privkey_t made = nullptr;
    gnutls_x509_privkey_init(&made);
    return X509Key(made);
}

/// Not copied: must outlive what it is given to.
inline gnutls_datum_t datum(const std::string& text) {
    // GnuTLS does not write to what it is given to read.
    return {
        reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())), static_cast<unsigned>(text.size())};
}

/// The first certificate of a chain and the key; Invalid says what is wrong with the text.
Result<X509Certificate> ownCertificate(const std::string& chainPem);
Result<X509Key> ownKey(const std::string& keyPem);

} // namespace viaduct::http
