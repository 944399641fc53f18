// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/DebtTable.h"
#include "server/credentials/Crypto.h"
#include "shared/net/Prefix.h"

#include <algorithm>

namespace viaduct::credentials {

AccountKey accountKey(std::string_view account) {
    const Hash hash = sha256(account);
    AccountKey key{};
    std::copy_n(hash.begin(), key.size(), key.begin());
    return key;
}

AddressKey addressKey(const IpAddress& address, int v6Length, int v4Length) {
    return Prefix(address, address.isV4() ? v4Length : v6Length).address();
}

DebtTable::DebtTable(std::size_t capacity, WhenFull whenFull)
    : m_capacity(std::max<std::size_t>(capacity, 1)), m_whenFull(whenFull) { }

Debt DebtTable::of(const Key& key) const {
    const auto found = m_debts.find(key);
    return found == m_debts.end() ? m_inherited : found->second;
}

void DebtTable::set(const Key& key, const Debt& debt, Moment now) {
    erase(key);
    // Two at a time: more go than come, and no call takes long.
    for (int i = 0; i < 2 && !m_byClearAt.empty() && m_byClearAt.begin()->first <= now; ++i)
        drop(m_debts.find(m_byClearAt.begin()->second));
    if (debt.clearAt <= now && m_inherited.clearAt <= now)
        return;
    if (m_debts.size() >= m_capacity)
        evictLeast();
    m_debts.emplace(key, debt);
    m_byClearAt.emplace(debt.clearAt, key);
}

void DebtTable::erase(const Key& key) {
    if (const auto found = m_debts.find(key); found != m_debts.end())
        drop(found);
}

void DebtTable::eraseAccount(const AccountKey& account) {
    auto entry = m_debts.lower_bound(Key{account, {}});
    while (entry != m_debts.end() && entry->first.account == account)
        drop(entry++);
}

void DebtTable::drop(Debts::iterator entry) {
    m_byClearAt.erase({entry->second.clearAt, entry->first});
    m_debts.erase(entry);
}

void DebtTable::evictLeast() {
    const auto least = m_debts.find(m_byClearAt.begin()->second);
    if (m_whenFull == WhenFull::Inherit)
        m_inherited
            = {std::max(m_inherited.clearAt, least->second.clearAt),
               std::max(m_inherited.waitUntil, least->second.waitUntil)};
    drop(least);
}

} // namespace viaduct::credentials
