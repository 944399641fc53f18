// SPDX-License-Identifier: GPL-3.0-or-later
// Who speaks: log-in to the console, the people who may, and tokens for programs.
#pragma once

#include "shared/api/Common.h"

namespace viaduct::api {

struct Login {
    static constexpr const char* typeName = "Login";
    QString login;
    QString password;
    QString totp;
    template <typename Table>
    static void members(Table& table) {
        table.needed("login", &Login::login, "", {.least = 1, .most = limit::name, .example = "mdurand"});
        table.needed(
            "password", &Login::password, "", {.least = 1, .example = "correct horse battery staple"});
        table.maybe(
            "totp", &Login::totp, "The six digits of the authenticator, where one is set up (RFC 6238).",
            {.most = 8, .example = "492039"});
    }
    friend bool operator==(const Login&, const Login&) = default;
};

struct Session {
    static constexpr const char* typeName = "Session";
    QString token;
    Time expires{};
    QString login;
    QString name;
    Role role = Role::Requester;
    std::vector<QString> may;
    bool totp = false;
    bool changePassword = false;
    QString broker;
    QString version;
    template <typename Table>
    static void members(Table& table) {
        table.maybe(
            "token", &Session::token, "The bearer token: only in the answer to the log-in.",
            {.example = "vds_0c4hWbXk2m8nY1tq"});
        table.needed(
            "expires", &Session::expires, "Each use moves it on, up to twelve hours from the log-in.");
        table.needed(
            "login", &Session::login, "Of the person, or the name of the API token.", {.example = "mdurand"});
        table.maybe("name", &Session::name, "", {.most = limit::line, .example = "Marie Durand"});
        table.needed("role", &Session::role, "");
        table.needed(
            "may", &Session::may, "The operationIds that this role may use: what is not here is refused.",
            {.example = "listTunnels"});
        table.needed("totp", &Session::totp, "Whether an authenticator is set up.");
        table.needed(
            "changePassword", &Session::changePassword,
            "The password was given out by somebody else: until it is changed, changeOwnPassword is all that "
            "may be done.");
        table.maybe("broker", &Session::broker, "Its host name.", {.example = "broker.example.net"});
        table.maybe("version", &Session::version, "Of viaductd.", {.example = "0.2.0"});
    }
    friend bool operator==(const Session&, const Session&) = default;
};

struct PasswordChange {
    static constexpr const char* typeName = "PasswordChange";
    QString oldPassword;
    QString newPassword;
    template <typename Table>
    static void members(Table& table) {
        table.needed("oldPassword", &PasswordChange::oldPassword, "", {.least = 1});
        table.needed("newPassword", &PasswordChange::newPassword, "At least 12 characters.", {.least = 12});
    }
    friend bool operator==(const PasswordChange&, const PasswordChange&) = default;
};

/// The secret of a new authenticator; of use once a code of it has been shown to the broker.
struct TotpSecret {
    static constexpr const char* typeName = "TotpSecret";
    QString secret;
    QString uri;
    template <typename Table>
    static void members(Table& table) {
        table.needed("secret", &TotpSecret::secret, "Base32.", {.example = "JBSWY3DPEHPK3PXP"});
        table.needed(
            "uri", &TotpSecret::uri, "For a QR code.",
            {.example = "otpauth://totp/Viaduct:mdurand?secret=JBSWY3DPEHPK3PXP&issuer=Viaduct"});
    }
    friend bool operator==(const TotpSecret&, const TotpSecret&) = default;
};

struct TotpCode {
    static constexpr const char* typeName = "TotpCode";
    QString code;
    template <typename Table>
    static void members(Table& table) {
        table.needed("code", &TotpCode::code, "", {.least = 6, .most = 8, .example = "492039"});
    }
    friend bool operator==(const TotpCode&, const TotpCode&) = default;
};

/// What can be changed of a person of the console.
struct PersonSettings {
    static constexpr const char* typeName = "PersonSettings";
    QString name;
    QString email;
    Role role = Role::Viewer;
    bool suspended = false;
    template <typename Table>
    static void members(Table& table) {
        table.needed("name", &PersonSettings::name, "", {.most = limit::line, .example = "Marie Durand"});
        table.maybe(
            "email", &PersonSettings::email, "", {.most = limit::email, .example = "marie@example.net"});
        table.needed("role", &PersonSettings::role, "");
        table.maybe("suspended", &PersonSettings::suspended, "May not log in; sessions end at once.");
    }
    friend bool operator==(const PersonSettings&, const PersonSettings&) = default;
};

struct PersonDraft {
    static constexpr const char* typeName = "PersonDraft";
    QString login;
    PersonSettings settings;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "login", &PersonDraft::login, "", {.least = 1, .most = limit::name, .example = "mdurand"});
        table.needed("settings", &PersonDraft::settings, "");
    }
    friend bool operator==(const PersonDraft&, const PersonDraft&) = default;
};

struct Person {
    static constexpr const char* typeName = "Person";
    QString login;
    PersonSettings settings;
    bool totp = false;
    Time created{};
    std::optional<Time> lastLogin;
    std::int64_t revision = 0;
    template <typename Table>
    static void members(Table& table) {
        table.needed("login", &Person::login, "", {.most = limit::name, .example = "mdurand"});
        table.needed("settings", &Person::settings, "");
        table.needed("totp", &Person::totp, "Whether an authenticator is set up.");
        table.needed("created", &Person::created, "");
        table.maybe("lastLogin", &Person::lastLogin, "");
        table.needed("revision", &Person::revision, "The ETag, without its quotes.");
    }
    friend bool operator==(const Person&, const Person&) = default;
};

struct PersonCreated {
    static constexpr const char* typeName = "PersonCreated";
    Person person;
    QString password;
    template <typename Table>
    static void members(Table& table) {
        table.needed("person", &PersonCreated::person, "");
        table.needed(
            "password", &PersonCreated::password, "Shown this once; to be changed at the first log-in.");
    }
    friend bool operator==(const PersonCreated&, const PersonCreated&) = default;
};

struct TokenDraft {
    static constexpr const char* typeName = "TokenDraft";
    QString name;
    Role role = Role::Viewer;
    Time expires{};
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "name", &TokenDraft::name, "For what it is.",
            {.least = 1, .most = limit::name, .example = "monitoring"});
        table.needed("role", &TokenDraft::role, "Not above that of who makes it.");
        table.needed("expires", &TokenDraft::expires, "At most two years from now.");
    }
    friend bool operator==(const TokenDraft&, const TokenDraft&) = default;
};

struct Token {
    static constexpr const char* typeName = "Token";
    QString id;
    QString name;
    Role role = Role::Viewer;
    QString createdBy;
    Time created{};
    Time expires{};
    std::optional<Time> lastUsed;
    template <typename Table>
    static void members(Table& table) {
        table.needed("id", &Token::id, "", {.most = limit::name, .example = "t17"});
        table.needed("name", &Token::name, "", {.most = limit::name, .example = "monitoring"});
        table.needed("role", &Token::role, "");
        table.needed("createdBy", &Token::createdBy, "", {.most = limit::name, .example = "mdurand"});
        table.needed("created", &Token::created, "");
        table.needed("expires", &Token::expires, "");
        table.maybe("lastUsed", &Token::lastUsed, "To the hour.");
    }
    friend bool operator==(const Token&, const Token&) = default;
};

struct TokenCreated {
    static constexpr const char* typeName = "TokenCreated";
    Token token;
    QString secret;
    template <typename Table>
    static void members(Table& table) {
        table.needed("token", &TokenCreated::token, "");
        table.needed(
            "secret", &TokenCreated::secret,
            "The bearer token. Shown this once: the broker keeps its hash alone.",
            {.example = "vdt_9vQ0mTq3sC8bT5xL"});
    }
    friend bool operator==(const TokenCreated&, const TokenCreated&) = default;
};

} // namespace viaduct::api
