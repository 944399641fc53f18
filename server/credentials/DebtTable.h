// SPDX-License-Identifier: GPL-3.0-or-later
// The debts of very many, in a fixed amount of memory. What is paid off is dropped; when the table is full,
// whoever owes least goes, so that a flood of small debtors does not wash away the large ones. All operations
// are O(log n), whatever keys a stranger chooses.
#pragma once

#include "server/credentials/Debt.h"
#include "shared/net/IpAddress.h"

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

namespace viaduct::credentials {

/// 128 bits of SHA-256 of an account's name: of fixed size, and no name of an account lies about in memory.
using AccountKey = std::array<std::uint8_t, 16>;
AccountKey accountKey(std::string_view account);

/// The network that one customer has at least, so that it cannot change its address at will: an IPv6 /64, or
/// one IPv4 address. `v6Length` and `v4Length` choose wider ones.
using AddressKey = IpAddress;
AddressKey addressKey(const IpAddress& address, int v6Length = 64, int v4Length = 32);

class DebtTable {
public:
    struct Key {
        AccountKey account{}; ///< zeros where only the address counts
        AddressKey address; ///< `::` where only the account counts
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    enum class WhenFull {
        Forget, ///< who goes starts anew: right where a stranger has fresh keys without end anyway
        Inherit ///< who comes owes what the one that went owed: nobody is ever taken for less guilty than
                ///< they are
    };

    /// An entry takes about 200 bytes. `capacity` is at least 1.
    DebtTable(std::size_t capacity, WhenFull whenFull);

    Debt of(const Key& key) const;
    void set(const Key& key, const Debt& debt, Moment now);
    void erase(const Key& key);
    /// All of an account, whatever the address.
    void eraseAccount(const AccountKey& account);

    std::size_t size() const { return m_debts.size(); }

private:
    using Debts = std::map<Key, Debt>;

    void drop(Debts::iterator entry);
    void evictLeast();

    std::size_t m_capacity;
    WhenFull m_whenFull;
    Debts m_debts;
    std::set<std::pair<Moment, Key>>
        m_byClearAt; ///< all drain alike: who owes less stands in front, now and later
    Debt m_inherited; ///< of everybody who is not in the table
};

} // namespace viaduct::credentials
