// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts of users, one by one, as CSV, and as vouchers for an event.
#pragma once

#include "shared/api/Common.h"

namespace viaduct::api {

enum class AccountState { Active, Suspended, Expired };
template <>
struct Words<AccountState> {
    static constexpr std::array list{"active", "suspended", "expired"};
};

/// Where it comes from. One of the configuration is changed there alone.
enum class AccountOrigin { Configuration, Registration, Operator, Voucher, Import, Radius };
template <>
struct Words<AccountOrigin> {
    static constexpr std::array list{"configuration", "registration", "operator",
                                     "voucher",       "import",       "radius"};
};

/// 0: no limit. In: from the client; out: to it.
struct Limits {
    static constexpr const char* typeName = "Limits";
    std::int64_t rateIn = 0;
    std::int64_t rateOut = 0;
    std::int64_t quotaBytes = 0;
    template <typename Table>
    static void members(Table& table) {
        table.maybe(
            "rateIn", &Limits::rateIn, "bit/s from the client; 0: no limit.", {.example = "10000000"});
        table.maybe(
            "rateOut", &Limits::rateOut, "bit/s to the client; 0: no limit.", {.example = "50000000"});
        table.maybe("quotaBytes", &Limits::quotaBytes, "Inner bytes of a month, both ways; 0: no limit.");
    }
    friend bool operator==(const Limits&, const Limits&) = default;
};

/// What can be changed of an account.
struct AccountSettings {
    static constexpr const char* typeName = "AccountSettings";
    AccountKind kind = AccountKind::Host;
    bool mayProxy = false;
    QString person;
    QString email;
    QString organisation;
    QString sponsor;
    std::vector<QString> tags;
    std::optional<Time> validFrom;
    std::optional<Time> validUntil;
    Limits limits;
    bool oldClients = true;
    QString note;
    template <typename Table>
    static void members(Table& table) {
        table.needed("kind", &AccountSettings::kind, "");
        table.maybe("mayProxy", &AccountSettings::mayProxy, "May set tunnels up for another box.");
        table.maybe("person", &AccountSettings::person, "", {.most = limit::line, .example = "Jean Dupont"});
        table.maybe(
            "email", &AccountSettings::email, "", {.most = limit::email, .example = "jean@example.net"});
        table.maybe(
            "organisation", &AccountSettings::organisation, "",
            {.most = limit::line, .example = "Example University"});
        table.maybe(
            "sponsor", &AccountSettings::sponsor, "Who answers for it.",
            {.most = limit::line, .example = "M. Durand"});
        table.maybe(
            "tags", &AccountSettings::tags, "",
            {.least = 1, .most = limit::name, .items = 32, .example = "laboratory"});
        table.maybe("validFrom", &AccountSettings::validFrom, "Left out: from now on.");
        table.maybe("validUntil", &AccountSettings::validUntil, "Left out: without an end.");
        table.maybe("limits", &AccountSettings::limits, "");
        table.maybe(
            "oldClients", &AccountSettings::oldClients,
            "Keeps the hash by which clients without TLS log in (DIGEST-MD5), where the configuration lets "
            "old "
            "clients in. Left out: true.");
        table.maybe("note", &AccountSettings::note, "For colleagues.", {.most = limit::text, .lines = true});
    }
    friend bool operator==(const AccountSettings&, const AccountSettings&) = default;
};

struct AccountDraft {
    static constexpr const char* typeName = "AccountDraft";
    QString name;
    QString password;
    AccountSettings settings;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "name", &AccountDraft::name, "The login.",
            {.least = 1, .most = limit::name, .example = "jdupont"});
        table.maybe("password", &AccountDraft::password, "Left out, as is best: the broker makes one.");
        table.needed("settings", &AccountDraft::settings, "");
    }
    friend bool operator==(const AccountDraft&, const AccountDraft&) = default;
};

struct HeldBlock {
    static constexpr const char* typeName = "HeldBlock";
    QString pool;
    Prefix block;
    Time since{};
    template <typename Table>
    static void members(Table& table) {
        table.needed("pool", &HeldBlock::pool, "", {.most = limit::name, .example = "P_Sites48"});
        table.needed("block", &HeldBlock::block, "");
        table.needed("since", &HeldBlock::since, "");
    }
    friend bool operator==(const HeldBlock&, const HeldBlock&) = default;
};

struct Account {
    static constexpr const char* typeName = "Account";
    QString name;
    AccountSettings settings;
    AccountState state = AccountState::Active;
    QString reason;
    AccountOrigin origin = AccountOrigin::Operator;
    QString voucher;
    QString request;
    std::optional<Time> created;
    std::optional<Time> lastLogin;
    std::optional<std::int64_t> tunnel;
    std::vector<HeldBlock> blocks;
    std::int64_t usedBytes = 0;
    std::int64_t revision = 0;
    template <typename Table>
    static void members(Table& table) {
        table.needed("name", &Account::name, "The login.", {.most = limit::name, .example = "jdupont"});
        table.needed("settings", &Account::settings, "");
        table.needed("state", &Account::state, "");
        table.maybe("reason", &Account::reason, "Of the suspension.", {.most = limit::text, .lines = true});
        table.needed("origin", &Account::origin, "One of the configuration is changed there alone.");
        table.maybe("voucher", &Account::voucher, "", {.most = limit::name, .example = "v7"});
        table.maybe(
            "request", &Account::request, "By which it was asked for.",
            {.most = limit::name, .example = "r1024"});
        table.maybe("created", &Account::created, "Not told of those that the configuration has.");
        table.maybe("lastLogin", &Account::lastLogin, "");
        table.maybe("tunnel", &Account::tunnel, "The tunnel that is up.", {.example = "4711"});
        table.maybe("blocks", &Account::blocks, "Held, whether the tunnel is up or not.", {.items = 64});
        table.maybe("usedBytes", &Account::usedBytes, "Of this month, both ways.");
        table.needed("revision", &Account::revision, "The ETag, without its quotes.");
    }
    friend bool operator==(const Account&, const Account&) = default;
};

struct AccountCreated {
    static constexpr const char* typeName = "AccountCreated";
    Account account;
    QString password;
    template <typename Table>
    static void members(Table& table) {
        table.needed("account", &AccountCreated::account, "");
        table.needed(
            "password", &AccountCreated::password, "Shown this once.", {.example = "kiwi-plum-42-fig"});
    }
    friend bool operator==(const AccountCreated&, const AccountCreated&) = default;
};

/// One mistake of an import.
struct ImportError {
    static constexpr const char* typeName = "ImportError";
    int line = 1;
    QString column;
    QString cause;
    QString cure;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "line", &ImportError::line, "From 1; the heading is line 1.", {.least = 1, .example = "7"});
        table.maybe(
            "column", &ImportError::column, "By its heading.",
            {.most = limit::name, .example = "validUntil"});
        table.needed("cause", &ImportError::cause, "", {.example = "\"31/12/2026\" is no time."});
        table.maybe("cure", &ImportError::cure, "", {.example = "Write it as 2026-12-31T23:59:59Z."});
    }
    friend bool operator==(const ImportError&, const ImportError&) = default;
};

struct ImportResult {
    static constexpr const char* typeName = "ImportResult";
    bool dryRun = true;
    int rows = 0;
    int created = 0;
    int changed = 0;
    int unchanged = 0;
    std::vector<ImportError> errors;
    std::vector<Credentials> credentials;
    template <typename Table>
    static void members(Table& table) {
        table.needed("dryRun", &ImportResult::dryRun, "Nothing was done.");
        table.needed("rows", &ImportResult::rows, "");
        table.needed("created", &ImportResult::created, "Would be, in a dry run.");
        table.needed("changed", &ImportResult::changed, "");
        table.needed("unchanged", &ImportResult::unchanged, "");
        table.maybe("errors", &ImportResult::errors, "If there is one, nothing was done at all.");
        table.maybe(
            "credentials", &ImportResult::credentials,
            "Of the accounts for which the broker made a password.", {.items = limit::rows});
    }
    friend bool operator==(const ImportResult&, const ImportResult&) = default;
};

enum class VoucherState { Planned, Open, Over, Withdrawn };
template <>
struct Words<VoucherState> {
    static constexpr std::array list{"planned", "open", "over", "withdrawn"};
};

/// N accounts for an event, from one pool.
struct VoucherDraft {
    static constexpr const char* typeName = "VoucherDraft";
    QString event;
    int accounts = 1;
    Time validFrom{};
    Time validUntil{};
    QString pool;
    AccountKind kind = AccountKind::Host;
    QString loginPrefix;
    Limits limits;
    bool oldClients = true;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "event", &VoucherDraft::event, "", {.least = 1, .most = limit::line, .example = "JRES 2026"});
        table.needed("accounts", &VoucherDraft::accounts, "", {.least = 1, .most = 1000, .example = "50"});
        table.needed("validFrom", &VoucherDraft::validFrom, "");
        table.needed("validUntil", &VoucherDraft::validUntil, "");
        table.needed("pool", &VoucherDraft::pool, "", {.most = limit::name, .example = "P_Users"});
        table.needed("kind", &VoucherDraft::kind, "");
        table.needed(
            "loginPrefix", &VoucherDraft::loginPrefix, "Logins are this, a hyphen and a number.",
            {.least = 1, .most = 32, .example = "jres"});
        table.maybe("limits", &VoucherDraft::limits, "Of each account.");
        table.maybe("oldClients", &VoucherDraft::oldClients, "As of an account.");
    }
    friend bool operator==(const VoucherDraft&, const VoucherDraft&) = default;
};

struct Voucher {
    static constexpr const char* typeName = "Voucher";
    QString id;
    VoucherDraft draft;
    VoucherState state = VoucherState::Planned;
    int used = 0;
    Time created{};
    QString createdBy;
    QString sheetUrl;
    std::optional<Time> sheetUntil;
    template <typename Table>
    static void members(Table& table) {
        table.needed("id", &Voucher::id, "", {.most = limit::name, .example = "v7"});
        table.needed("draft", &Voucher::draft, "As it was ordered.");
        table.needed("state", &Voucher::state, "");
        table.needed("used", &Voucher::used, "Accounts that have logged in.");
        table.needed("created", &Voucher::created, "");
        table.needed("createdBy", &Voucher::createdBy, "", {.most = limit::name, .example = "mdurand"});
        table.maybe(
            "sheetUrl", &Voucher::sheetUrl,
            "The printable sheet with QR codes. It holds passwords: only in the answer to createVoucher.",
            {.most = 500, .example = "https://broker.example.net/sheet/0c4hWbXk2m8nY1tq"});
        table.maybe("sheetUntil", &Voucher::sheetUntil, "Afterwards the passwords are kept as hashes alone.");
    }
    friend bool operator==(const Voucher&, const Voucher&) = default;
};

struct VoucherCreated {
    static constexpr const char* typeName = "VoucherCreated";
    Voucher voucher;
    std::vector<Credentials> credentials;
    template <typename Table>
    static void members(Table& table) {
        table.needed("voucher", &VoucherCreated::voucher, "");
        table.needed("credentials", &VoucherCreated::credentials, "Shown this once.");
    }
    friend bool operator==(const VoucherCreated&, const VoucherCreated&) = default;
};

} // namespace viaduct::api
