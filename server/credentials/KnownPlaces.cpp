// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/KnownPlaces.h"

#include <algorithm>

namespace viaduct::credentials {

Debt* KnownPlaces::debtOf(const AccountKey& account, const AddressKey& address, Moment now) {
    const auto found = m_accounts.find(account);
    if (found == m_accounts.end())
        return nullptr;
    for (Place& place : found->second.places) {
        if (place.address == address && now - place.lastSuccess < m_limits.retention)
            return &place.debt;
    }
    return nullptr;
}

void KnownPlaces::remember(const AccountKey& account, const AddressKey& address, Moment when) {
    Account& known = m_accounts[account];
    m_byLastSuccess.erase({known.lastSuccess, account});
    known.lastSuccess = std::max(known.lastSuccess, when);
    m_byLastSuccess.emplace(known.lastSuccess, account);
    for (const Place& place : known.places)
        when = place.address == address ? std::max(when, place.lastSuccess) : when;
    std::erase_if(known.places, [&](const Place& place) {
        return place.address == address || known.lastSuccess - place.lastSuccess >= m_limits.retention;
    });
    known.places.push_back({address, when, {}});
    const auto older = [](const Place& a, const Place& b) { return a.lastSuccess < b.lastSuccess; };
    if (known.places.size() > m_limits.places)
        known.places.erase(std::min_element(known.places.begin(), known.places.end(), older));
    if (m_accounts.size() > m_limits.accounts)
        drop(m_accounts.find(m_byLastSuccess.begin()->second));
}

void KnownPlaces::clearDebts(const AccountKey& account) {
    if (const auto found = m_accounts.find(account); found != m_accounts.end()) {
        for (Place& place : found->second.places)
            place.debt = {};
    }
}

void KnownPlaces::forget(const AccountKey& account) {
    if (const auto found = m_accounts.find(account); found != m_accounts.end())
        drop(found);
}

void KnownPlaces::drop(Accounts::iterator account) {
    m_byLastSuccess.erase({account->second.lastSuccess, account->first});
    m_accounts.erase(account);
}

} // namespace viaduct::credentials
