// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Identity.h"

namespace viaduct::http {

namespace {

constexpr unsigned longestChain = 16; ///< certificates

tl::unexpected<Error> unusable(const char* what, int error) {
    return failure(Error::Code::Invalid, std::string(what) + " cannot be used: " + gnutls_strerror(error));
}

PrivateKey newPrivateKey() {
    gnutls_privkey_t made = nullptr;
    gnutls_privkey_init(&made);
    return PrivateKey(made);
}

} // namespace

Result<std::unique_ptr<const Identity>> Identity::load(const Certificate& certificate) {
    if (const auto usable = checkPair(certificate); !usable)
        return tl::unexpected(usable.error());
    std::unique_ptr<Identity> identity(new Identity);
    const gnutls_datum_t chain = datum(certificate.chainPem);
    unsigned length = longestChain;
    identity->m_chain.resize(length);
    int error = gnutls_pcert_list_import_x509_raw(
        identity->m_chain.data(), &length, &chain, GNUTLS_X509_FMT_PEM,
        GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
    identity->m_chain.resize(error == 0 ? length : 0);
    if (error != 0)
        return unusable("the chain of the certificate", error);
    identity->m_key = newPrivateKey();
    const gnutls_datum_t key = datum(certificate.keyPem);
    error = gnutls_privkey_import_x509_raw(identity->m_key.get(), &key, GNUTLS_X509_FMT_PEM, nullptr, 0);
    if (error != 0)
        return unusable("the key of the certificate", error);
    return std::unique_ptr<const Identity>(std::move(identity));
}

Identity::~Identity() {
    for (gnutls_pcert_st& certificate : m_chain)
        gnutls_pcert_deinit(&certificate);
}

void Identities::setCurrent(std::unique_ptr<const Identity> identity, Clock::time_point now) {
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_retired, [&](const Retired& retired) { return retired.at + m_longestHandshake < now; });
    if (m_current)
        m_retired.push_back({now, std::move(m_current)});
    m_current = std::move(identity);
}

const Identity* Identities::current() const {
    const std::lock_guard lock(m_mutex);
    return m_current.get();
}

} // namespace viaduct::http
