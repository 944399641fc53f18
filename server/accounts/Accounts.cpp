// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/accounts/Accounts.h"

#include <charconv>

namespace viaduct::accounts {

namespace {
tsp::DigestKey keyOf(const config::User& user, const std::string& realm) {
    if (const auto* password = std::get_if<config::User::Password>(&user.secret))
        return tsp::digestKey(user.name, realm, password->text);
    const std::string& hex = std::get<config::User::Digest>(user.secret).hex;
    tsp::DigestKey key{};
    for (std::size_t i = 0; i < key.size() && 2 * i + 2 <= hex.size(); ++i)
        std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, key[i], 16);
    return key;
}

/// In constant time, so that an answer's delay tells nothing of the key.
bool equal(const tsp::DigestKey& a, const tsp::DigestKey& b) {
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned>(a[i] ^ b[i]);
    return difference == 0;
}
} // namespace

bool mayHavePrefix(Kind kind, int length) {
    switch (kind) {
    case Kind::Host:
        return false;
    case Kind::Soho:
        return length >= 64;
    case Kind::Site:
        return length >= 48;
    }
    return false;
}

std::optional<int> usualPrefixLength(Kind kind) {
    switch (kind) {
    case Kind::Host:
        return std::nullopt;
    case Kind::Soho:
        return 64;
    case Kind::Site:
        return 48;
    }
    return std::nullopt;
}

Accounts::Accounts(const std::vector<config::User>& users, const std::string& realm) : m_realm(realm) {
    m_accounts.reserve(users.size());
    for (const config::User& user : users)
        m_accounts.emplace(user.name, Account{user.name, user.kind, user.proxyFor, keyOf(user, realm)});
}

const Account* Accounts::find(const std::string& name) const {
    const auto found = m_accounts.find(name);
    return found == m_accounts.end() ? nullptr : &found->second;
}

const Account& Accounts::findOrNobody(const std::string& name) const {
    const Account* account = find(name);
    return account ? *account : m_nobody;
}

std::optional<Accounts::Verified> Accounts::verify(const tsp::PlainLogin& login) const {
    const Account& account = findOrNobody(login.user);
    const bool right = equal(tsp::digestKey(login.user, m_realm, login.password), account.key);
    if (!right || &account == &m_nobody)
        return std::nullopt;
    return Verified{&account, {}};
}

std::optional<Accounts::Verified>
Accounts::verify(const tsp::DigestLogin& login, bool acceptTruncated) const {
    const Account& account = findOrNobody(login.user);
    auto responseAuth = tsp::verifyDigest(login, account.key, acceptTruncated);
    if (!responseAuth || &account == &m_nobody)
        return std::nullopt;
    return Verified{&account, std::move(*responseAuth)};
}

} // namespace viaduct::accounts
