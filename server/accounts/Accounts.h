// SPDX-License-Identifier: GPL-3.0-or-later
// Who may log in: the users of the configuration, and the accounts of the store beside them. Of a password
// only keys are known here. A name of the configuration goes before the same name of the store: who edits the
// file of the broker decides, and a reload must not fail because of what the store has.
#pragma once

#include "server/accounts/Account.h"

#include <unordered_map>

namespace viaduct::accounts {

class Accounts {
public:
    using ByName = std::unordered_map<std::string, Account>;

    Accounts() = default;
    /// The users of a configuration that parse() accepted.
    Accounts(const std::vector<config::User>& users, const std::string& realm);
    /// The stored accounts of another one come here, without a copy, or go back.
    void exchangeStored(Accounts& other) { m_stored.swap(other.m_stored); }

    /// A stored account, new or changed.
    void put(Account account);
    void remove(const std::string& name);

    /// Null when there is none of that name; names are case-sensitive.
    const Account* find(const std::string& name) const;
    /// Whether the configuration has it.
    bool isConfigured(const std::string& name) const { return m_users.contains(name); }

    struct Verified {
        const Account* account;
        std::string responseAuth; ///< DIGEST-MD5: what the broker proves itself with
    };
    /// Checks the password of who has a digest key: quick. `acceptTruncated` as in tsp::verifyDigest. Takes
    /// the same time whether the user exists or not.
    std::optional<Verified> verify(const tsp::PlainLogin& login) const;
    std::optional<Verified> verify(const tsp::DigestLogin& login, bool acceptTruncated) const;

    /// Against which keys a PLAIN password is to be checked, which takes long: those of a stored account;
    /// once there is any, for a name that nobody has, keys that no password fits. None for a user of the
    /// configuration: verify() is for that one.
    std::optional<credentials::ScramKeys> slowKeys(const std::string& name) const;

private:
    const Account& findOrNobody(const std::string& name) const;

    std::string m_realm;
    Account m_nobody{{}, {}, {}, tsp::DigestKey{}}; ///< in the place of who does not exist: the same work
    ByName m_users;
    ByName m_stored;
};

} // namespace viaduct::accounts
