// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/accounts/Accounts.h"

#include "server/credentials/Crypto.h"

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
} // namespace

Accounts::Accounts(const std::vector<config::User>& users, const std::string& realm) : m_realm(realm) {
    m_users.reserve(users.size());
    for (const config::User& user : users)
        m_users.emplace(user.name, Account{user.name, user.kind, user.proxyFor, keyOf(user, realm)});
}

void Accounts::put(Account account) {
    const std::string name = account.name;
    m_stored.insert_or_assign(name, std::move(account));
}

void Accounts::remove(const std::string& name) {
    m_stored.erase(name);
}

const Account* Accounts::find(const std::string& name) const {
    if (const auto user = m_users.find(name); user != m_users.end())
        return &user->second;
    const auto found = m_stored.find(name);
    return found == m_stored.end() ? nullptr : &found->second;
}

const Account& Accounts::findOrNobody(const std::string& name) const {
    const Account* account = find(name);
    return account && account->key ? *account : m_nobody;
}

std::optional<Accounts::Verified> Accounts::verify(const tsp::PlainLogin& login) const {
    const Account& account = findOrNobody(login.user);
    const bool right = credentials::equal(
        std::span<const std::uint8_t>(tsp::digestKey(login.user, m_realm, login.password)), *account.key);
    if (!right || &account == &m_nobody)
        return std::nullopt;
    return Verified{&account, {}};
}

std::optional<Accounts::Verified>
Accounts::verify(const tsp::DigestLogin& login, bool acceptTruncated) const {
    const Account& account = findOrNobody(login.user);
    auto responseAuth = tsp::verifyDigest(login, *account.key, acceptTruncated);
    if (!responseAuth || &account == &m_nobody)
        return std::nullopt;
    return Verified{&account, std::move(*responseAuth)};
}

std::optional<credentials::ScramKeys> Accounts::slowKeys(const std::string& name) const {
    const Account* account = find(name);
    if (account && account->origin == Origin::Configuration)
        return std::nullopt;
    if (account && account->scram)
        return account->scram;
    if (m_stored.empty())
        return std::nullopt;
    return credentials::ScramKeys{
        std::string(credentials::saltSize, '\0'), credentials::generatedIterations, {}, {}};
}

} // namespace viaduct::accounts
