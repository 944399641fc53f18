// SPDX-License-Identifier: GPL-3.0-or-later
// What the registry stores: the values of the admin API, and beside them what nobody is ever told. Stored as
// JSON by the same tables.
#pragma once

#include "shared/api/Accounts.h"
#include "shared/api/Requests.h"

namespace viaduct::broker::record {

struct Request {
    static constexpr const char* kind = "request";
    static constexpr const char* typeName = "StoredRequest";
    api::RegistrationRequest request; ///< without what is found out when it is asked for
    QString link; ///< SHA-256 of the secret of the status page, base64url
    QString proof; ///< of the secret that proves the mail address; empty: none is out
    bool credentialsTaken = false;
    bool told = true; ///< the person knows of the decision
    template <typename Table>
    static void members(Table& table) {
        table.needed("request", &Request::request, "");
        table.needed("link", &Request::link, "");
        table.maybe("proof", &Request::proof, "");
        table.maybe("credentialsTaken", &Request::credentialsTaken, "");
        table.maybe("told", &Request::told, "");
    }
};

struct Account {
    static constexpr const char* kind = "account";
    static constexpr const char* typeName = "StoredAccount";
    api::Account account; ///< without what is found out when it is asked for; Suspended or not by its state
    QString pool; ///< out of which its blocks are to come; empty: any
    QString scram; ///< credentials::toText(ScramKeys); empty: no password yet
    QString digest; ///< H(user:realm:password), 32 hex digits; empty: DIGEST-MD5 does not work
    bool expiryTold = false;
    template <typename Table>
    static void members(Table& table) {
        table.needed("account", &Account::account, "");
        table.maybe("pool", &Account::pool, "");
        table.maybe("scram", &Account::scram, "");
        table.maybe("digest", &Account::digest, "");
        table.maybe("expiryTold", &Account::expiryTold, "");
    }
};

struct Voucher {
    static constexpr const char* kind = "voucher";
    static constexpr const char* typeName = "StoredVoucher";
    api::Voucher voucher; ///< its state is of use when it is Withdrawn; else the clock says it
    template <typename Table>
    static void members(Table& table) {
        table.needed("voucher", &Voucher::voucher, "");
    }
};

/// From where an account logged in, and when it last did.
struct SeenPlace {
    static constexpr const char* typeName = "StoredSeenPlace";
    IpAddress address; ///< of IPv6 the first of its /64
    api::Time at{};
    template <typename Table>
    static void members(Table& table) {
        table.needed("address", &SeenPlace::address, "");
        table.needed("at", &SeenPlace::at, "");
    }
};

/// When an account last logged in: apart from it, so that a log-in is no change of the account. Of a user of
/// the configuration too, who has no other record: its id is then "user:NAME".
struct Seen {
    static constexpr const char* kind = "seen";
    static constexpr const char* typeName = "StoredSeen";
    static constexpr std::string_view userScheme = "user:";
    static constexpr int mostPlaces = 4;
    api::Time at{};
    std::vector<SeenPlace> places; ///< the latest last
    static std::string idOfUser(const std::string& name) { return std::string(userScheme) + name; }
    static bool isOfUser(const std::string& id) { return id.starts_with(userScheme); }
    static std::string userOf(const std::string& id) { return id.substr(userScheme.size()); }
    template <typename Table>
    static void members(Table& table) {
        table.needed("at", &Seen::at, "");
        table.maybe("places", &Seen::places, "", {.items = mostPlaces});
    }
};

} // namespace viaduct::broker::record
