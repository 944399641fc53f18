// SPDX-License-Identifier: GPL-3.0-or-later
// From where each account usually logs in. A stranger cannot put anything in here: only a right password
// does.
#pragma once

#include "server/credentials/DebtTable.h"

#include <map>
#include <set>
#include <vector>

namespace viaduct::credentials {

class KnownPlaces {
public:
    struct Limits {
        std::size_t accounts
            = 131'072; ///< beyond it, the account that has not logged in for longest is forgotten
        std::size_t places = 8; ///< of an account; the one not used for longest is forgotten
        std::chrono::hours retention{90 * 24}; ///< personal data, and addresses get other owners
    };

    explicit KnownPlaces(const Limits& limits) : m_limits(limits) { }

    /// The debt of the account at a place where it is known; null elsewhere. Valid until the next call.
    Debt* debtOf(const AccountKey& account, const AddressKey& address, Moment now);
    void remember(const AccountKey& account, const AddressKey& address, Moment when);
    /// Lifts the account's waits at its places.
    void clearDebts(const AccountKey& account);
    void forget(const AccountKey& account);

    std::size_t accounts() const { return m_accounts.size(); }

private:
    struct Place {
        AddressKey address;
        Moment lastSuccess;
        Debt debt;
    };
    struct Account {
        std::vector<Place> places; ///< a handful: searched from the front
        Moment lastSuccess = Moment::min();
    };
    using Accounts = std::map<AccountKey, Account>;

    void drop(Accounts::iterator account);

    Limits m_limits;
    Accounts m_accounts;
    std::set<std::pair<Moment, AccountKey>> m_byLastSuccess;
};

} // namespace viaduct::credentials
