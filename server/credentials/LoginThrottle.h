// SPDX-License-Identifier: GPL-3.0-or-later
// Makes guessing passwords hopeless without letting a stranger lock a user out. Pure: the time is passed in;
// bounded memory; every call O(log n).
//
// The policy, with the figures of Policy. A "place" is an IPv4 address or an IPv6 /64; a known one of an
// account is one of the last 8 from where it logged in, within 90 days.
//
// At a known place only what happens to this account at this place counts: 5 wrong tries are free, then 1 s,
// 2 s, 4 s ... up to 15 min, one forgiven every 15 min. Strangers elsewhere cannot make the user wait there,
// whatever they do. Somebody behind the same NAT as the user gets 112 guesses a day at the most.
//
// At any other place a try needs three permissions:
//
// 1. Of the account at that place: 3 free, then 1 s doubling to 1 h: 40 guesses a day.
// 2. Of the place, for all accounts: 20 free (a lecture room behind one NAT mistypes), then 1 s doubling to
//    10 min: 175 guesses a day, so that trying one password on every account fails too.
// 3. Of the account, from all unknown places together: 30 free, then 1 s doubling to 30 min: 90 guesses a
//    day by however many addresses. This is the lock that a botnet meets, and with it a user at a new place;
//    the cure is unlock(). One place alone never locks an account: its first rush stays below 30 guesses, and
//    it can only go on at 24 a day, where 48 are forgiven.
//
// With a password of ten characters or more that no list has, or a generated one, some 100 guesses a day are
// nothing.
//
// A try that is allowed counts as a wrong one until succeeded() says otherwise: a thousand tries in parallel
// gain nothing, and there is no failed() that could be forgotten on some path. Who does not exist is
// throttled like who does.
#pragma once

#include "server/credentials/KnownPlaces.h"

namespace viaduct::credentials {

class LoginThrottle {
public:
    struct Policy {
        Tariff knownPlace{5, std::chrono::seconds(1), std::chrono::minutes(15)};
        Tariff accountAtPlace{3, std::chrono::seconds(1), std::chrono::hours(1)};
        Tariff place{20, std::chrono::seconds(1), std::chrono::minutes(10)};
        Tariff account{30, std::chrono::seconds(1), std::chrono::minutes(30)};
        KnownPlaces::Limits known;
        /// Of each of the three tables: 13 MB when all are full. The account's table inherits (DebtTable):
        /// whoever floods it with names to make it forget one makes all unknown places wait, and no known
        /// one.
        std::size_t capacity = 65'536;
    };

    LoginThrottle() : LoginThrottle(Policy()) { }
    explicit LoginThrottle(const Policy& policy);

    /// Asked before a password is verified; verify it only when `allowed`. Everything that proves an identity
    /// goes through here: password, DIGEST-MD5, SCRAM, one-time code.
    Permission mayTry(std::string_view account, const IpAddress& address, Moment now);
    /// What mayTry() would say; nothing is counted. For what somebody else verifies and is judged afterwards:
    /// guesses that have to wait are not handed on.
    Permission wouldAllow(std::string_view account, const IpAddress& address, Moment now);
    /// Whether the account has logged in from there lately.
    bool knows(std::string_view account, const IpAddress& address, Moment now);
    /// The try of the last mayTry() was right, in all factors: the place is known from now on and owes
    /// nothing.
    void succeeded(std::string_view account, const IpAddress& address, Moment now);

    /// From the store, at start: the account logged in from there at that time.
    void remember(std::string_view account, const IpAddress& address, Moment when);
    /// An administrator helps a user who is waiting, or the password was set anew: every wait of the account
    /// ends, but for that of the place.
    void unlock(std::string_view account);
    /// The account is erased: nothing is left of it.
    void forget(std::string_view account);

    /// Entries in all tables, for the statistics.
    std::size_t size() const;

private:
    struct Keys {
        DebtTable::Key pair;
        DebtTable::Key place;
        DebtTable::Key account;
    };
    static Keys keysOf(std::string_view account, const IpAddress& address);

    Policy m_policy;
    KnownPlaces m_known;
    DebtTable m_pairs;
    DebtTable m_places;
    DebtTable m_accounts;
};

} // namespace viaduct::credentials
