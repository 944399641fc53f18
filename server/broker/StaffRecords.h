// SPDX-License-Identifier: GPL-3.0-or-later
// What is stored of the people of the console: the values of the admin API, and beside them what nobody is
// ever told. Stored as JSON by the same tables.
#pragma once

#include "shared/api/Session.h"

namespace viaduct::broker::record {

struct Person {
    static constexpr const char* kind = "person"; ///< id: the login
    static constexpr const char* typeName = "StoredPerson";
    api::Person person; ///< without totp, lastLogin and revision, which stand elsewhere
    QString password; ///< argon2id as text
    bool changePassword = false; ///< somebody else knows it
    /// Base32; empty: no authenticator. Not hashed: the broker must compute the same codes as the
    /// authenticator. So whoever reads the database has the second factor, but not the first.
    QString totp;
    std::int64_t generation = 1; ///< one more when all sessions of before end
    template <typename Table>
    static void members(Table& table) {
        table.needed("person", &Person::person, "");
        table.needed("password", &Person::password, "");
        table.maybe("changePassword", &Person::changePassword, "");
        table.maybe("totp", &Person::totp, "");
        table.maybe("generation", &Person::generation, "");
    }
};

/// From where somebody has logged in, for the throttle.
struct Place {
    static constexpr const char* typeName = "StoredPlace";
    IpAddress address;
    api::Time at{};
    template <typename Table>
    static void members(Table& table) {
        table.needed("address", &Place::address, "");
        table.needed("at", &Place::at, "");
    }
};

/// The last log-in of a person: apart from the person, so that a log-in is no change of it.
struct LastLogin {
    static constexpr const char* kind = "person-login"; ///< id: the login
    static constexpr const char* typeName = "StoredLastLogin";
    std::optional<api::Time> at;
    std::optional<std::int64_t> totpStep; ///< the last whose code was used: no code works twice
    std::vector<Place> places; ///< the last few, each once
    template <typename Table>
    static void members(Table& table) {
        table.maybe("at", &LastLogin::at, "");
        table.maybe("totpStep", &LastLogin::totpStep, "");
        table.maybe("places", &LastLogin::places, "");
    }
};

struct Session {
    static constexpr const char* kind = "session"; ///< id: SHA-256 of the bearer token, base64url
    static constexpr const char* typeName = "StoredSession";
    QString login;
    api::Time created{};
    api::Time used{}; ///< may lag behind by a few minutes
    std::int64_t generation = 0; ///< of the person; of no use when that has another
    template <typename Table>
    static void members(Table& table) {
        table.needed("login", &Session::login, "");
        table.needed("created", &Session::created, "");
        table.needed("used", &Session::used, "");
        table.needed("generation", &Session::generation, "");
    }
};

struct Token {
    static constexpr const char* kind = "token"; ///< id: that of the token
    static constexpr const char* typeName = "StoredToken";
    api::Token token;
    QString hash; ///< SHA-256 of the bearer token, base64url
    template <typename Table>
    static void members(Table& table) {
        table.needed("token", &Token::token, "");
        table.needed("hash", &Token::hash, "");
    }
};

} // namespace viaduct::broker::record
