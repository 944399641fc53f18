// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/LoginThrottle.h"

#include <algorithm>

namespace viaduct::credentials {

LoginThrottle::LoginThrottle(const Policy& policy)
    : m_policy(policy), m_known(policy.known), m_pairs(policy.capacity, DebtTable::WhenFull::Forget),
      m_places(policy.capacity, DebtTable::WhenFull::Forget),
      m_accounts(policy.capacity, DebtTable::WhenFull::Inherit) { }

LoginThrottle::Keys LoginThrottle::keysOf(std::string_view account, const IpAddress& address) {
    const AccountKey name = accountKey(account);
    const AddressKey place = addressKey(address);
    return {{name, place}, {{}, place}, {name, {}}};
}

Permission LoginThrottle::mayTry(std::string_view account, const IpAddress& address, Moment now) {
    const Keys keys = keysOf(account, address);
    if (Debt* debt = m_known.debtOf(keys.pair.account, keys.pair.address, now)) {
        if (now < debt->waitUntil)
            return {false, debt->waitUntil};
        *debt = m_policy.knownPlace.charged(*debt, now);
        return {};
    }
    if (const Permission permission = wouldAllow(account, address, now); !permission.allowed)
        return permission;
    m_pairs.set(keys.pair, m_policy.accountAtPlace.charged(m_pairs.of(keys.pair), now), now);
    m_places.set(keys.place, m_policy.place.charged(m_places.of(keys.place), now), now);
    m_accounts.set(keys.account, m_policy.account.charged(m_accounts.of(keys.account), now), now);
    return {};
}

Permission LoginThrottle::wouldAllow(std::string_view account, const IpAddress& address, Moment now) {
    const Keys keys = keysOf(account, address);
    const Debt* known = m_known.debtOf(keys.pair.account, keys.pair.address, now);
    const Moment until = known ? known->waitUntil
                               : std::max(
                                   {m_pairs.of(keys.pair).waitUntil, m_places.of(keys.place).waitUntil,
                                    m_accounts.of(keys.account).waitUntil});
    return now < until ? Permission{false, until} : Permission{};
}

bool LoginThrottle::knows(std::string_view account, const IpAddress& address, Moment now) {
    return m_known.debtOf(accountKey(account), addressKey(address), now) != nullptr;
}

void LoginThrottle::succeeded(std::string_view account, const IpAddress& address, Moment now) {
    const Keys keys = keysOf(account, address);
    if (m_known.debtOf(keys.pair.account, keys.pair.address, now) == nullptr) {
        m_pairs.erase(keys.pair);
        m_places.set(keys.place, m_policy.place.refunded(m_places.of(keys.place), now), now);
        m_accounts.set(keys.account, m_policy.account.refunded(m_accounts.of(keys.account), now), now);
    }
    m_known.remember(keys.pair.account, keys.pair.address, now);
}

void LoginThrottle::remember(std::string_view account, const IpAddress& address, Moment when) {
    m_known.remember(accountKey(account), addressKey(address), when);
}

void LoginThrottle::unlock(std::string_view account) {
    const AccountKey name = accountKey(account);
    m_known.clearDebts(name);
    m_pairs.eraseAccount(name);
    m_accounts.eraseAccount(name);
}

void LoginThrottle::forget(std::string_view account) {
    unlock(account);
    m_known.forget(accountKey(account));
}

std::size_t LoginThrottle::size() const {
    return m_known.accounts() + m_pairs.size() + m_places.size() + m_accounts.size();
}

} // namespace viaduct::credentials
