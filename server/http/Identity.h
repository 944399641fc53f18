// SPDX-License-Identifier: GPL-3.0-or-later
// The certificate as TLS handshakes use it, and its exchange for another while handshakes go on.
#pragma once

#include "server/http/GnuTls.h"

#include <mutex>
#include <utility>
#include <vector>

namespace viaduct::http {

class Identity {
public:
    static Result<std::unique_ptr<const Identity>> load(const Certificate& certificate);
    Identity(const Identity&) = delete;
    Identity& operator=(const Identity&) = delete;
    ~Identity();

    // GnuTLS wants both without const and does not change them.
    gnutls_pcert_st* chain() const { return const_cast<gnutls_pcert_st*>(m_chain.data()); }
    unsigned chainLength() const { return static_cast<unsigned>(m_chain.size()); }
    gnutls_privkey_t key() const { return m_key.get(); }

private:
    Identity() = default;

    std::vector<gnutls_pcert_st> m_chain;
    PrivateKey m_key;
};

/// Any thread.
class Identities {
public:
    using Clock = std::chrono::steady_clock;

    /// A handshake that has begun may use what was current for `longestHandshake`.
    explicit Identities(std::chrono::milliseconds longestHandshake) : m_longestHandshake(longestHandshake) { }

    void setCurrent(std::unique_ptr<const Identity> identity, Clock::time_point now);
    /// For a handshake that begins now. Null before the first setCurrent.
    const Identity* current() const;

private:
    struct Retired {
        Clock::time_point at;
        std::unique_ptr<const Identity> identity;
    };

    std::chrono::milliseconds m_longestHandshake;
    mutable std::mutex m_mutex;
    std::unique_ptr<const Identity> m_current;
    std::vector<Retired> m_retired;
};

} // namespace viaduct::http
