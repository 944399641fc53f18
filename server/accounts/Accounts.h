// SPDX-License-Identifier: GPL-3.0-or-later
// Who may log in, and as what kind of user. Of a password only its digest key is known here.
#pragma once

#include "server/config/Configuration.h"
#include "shared/tsp/DigestMd5.h"

#include <unordered_map>

namespace viaduct::accounts {

using Kind = config::AccountKind;

struct Account {
    std::string name;
    Kind kind = Kind::Host;
    std::vector<Prefix> proxyFor; ///< where the boxes are for which it may set tunnels up
    tsp::DigestKey key{}; ///< H(name:realm:password)
};

/// Whether a user of this kind may have a delegated prefix of `length` bits (IPv6): a site a /48 or longer,
/// SOHO a /64 or longer, a single host none.
bool mayHavePrefix(Kind kind, int length);

/// What a router is given that names no length: the most that its kind may have. Nothing for a single host.
std::optional<int> usualPrefixLength(Kind kind);

class Accounts {
public:
    Accounts() = default;
    /// The users of a configuration that parse() accepted.
    Accounts(const std::vector<config::User>& users, const std::string& realm);

    /// Null when there is none of that name; names are case-sensitive.
    const Account* find(const std::string& name) const;

    struct Verified {
        const Account* account;
        std::string responseAuth; ///< DIGEST-MD5: what the broker proves itself with
    };
    /// Checks the password. Takes the same time whether the user exists or not. `acceptTruncated` as in
    /// tsp::verifyDigest.
    std::optional<Verified> verify(const tsp::PlainLogin& login) const;
    std::optional<Verified> verify(const tsp::DigestLogin& login, bool acceptTruncated) const;

private:
    const Account& findOrNobody(const std::string& name) const;

    std::string m_realm;
    Account m_nobody; ///< stands in for a user that does not exist, so that the same work is done
    std::unordered_map<std::string, Account> m_accounts;
};

} // namespace viaduct::accounts
