// SPDX-License-Identifier: GPL-3.0-or-later
// Proof that a form was filled in on our own page (against cross-site request forgery): the token in the form
// is bound to a secret in the visitor's cookie, which a foreign page can make the browser send but cannot
// read. Nothing is kept.
#pragma once

#include "server/credentials/Crypto.h"
#include "shared/net/Error.h"

#include <chrono>
#include <string>
#include <string_view>

namespace viaduct::credentials {

class CsrfTokens {
public:
    using TimePoint = std::chrono::system_clock::time_point;

    /// As long as a form may lie open.
    static constexpr std::chrono::hours lifetime{12};
    /// A clock that was set back must not refuse what was given out just before.
    static constexpr std::chrono::minutes clockError{2};

    explicit CsrfTokens(const ServerKey& key) : m_key(key) { }

    /// SECONDS.MAC. `visitor`: the cookie's secret, a token of 256 bits; `purpose`: the form's name, so that
    /// the token of a harmless form opens no other.
    std::string make(std::string_view visitor, std::string_view purpose, TimePoint now) const;

    /// Denied, with a sentence for the visitor, when the token is not from make(), for another visitor or
    /// purpose, or too old. An empty `visitor` is always denied.
    Result<void>
    check(std::string_view token, std::string_view visitor, std::string_view purpose, TimePoint now) const;

private:
    ServerKey m_key;
};

} // namespace viaduct::credentials
