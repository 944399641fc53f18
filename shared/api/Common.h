// SPDX-License-Identifier: GPL-3.0-or-later
// What all resources of the admin API share: roles, pages of a list, problems (RFC 9457), credentials.
#pragma once

#include "shared/api/Json.h"

namespace viaduct::api {

namespace limit {
inline constexpr int name = 64; ///< logins, names of pools and of tunnels
inline constexpr int line = 200; ///< what a person writes in one line
inline constexpr int email = 254; ///< RFC 5321
inline constexpr int text = 4000; ///< a paragraph
inline constexpr int page = 1000; ///< items of one page of a list
inline constexpr int pageDefault = 100;
inline constexpr int rows = 100'000; ///< of a report or an import
inline constexpr int configuration = 16 * 1024 * 1024; ///< characters, as the language's own bound
} // namespace limit

/// Each may do all that those before it may.
enum class Role { Requester, Viewer, Operator, Administrator };
template <>
struct Words<Role> {
    static constexpr std::array list{"requester", "viewer", "operator", "administrator"};
};

/// What a kind of user may have: a single address, a /64, a /48.
enum class AccountKind { Host, Soho, Site };
template <>
struct Words<AccountKind> {
    static constexpr std::array list{"host", "soho", "site"};
};

/// Stands for the body of a question or an answer that has none.
struct Nothing {
    static constexpr const char* typeName = "Nothing";
    template <typename Table>
    static void members(Table&) { }
    friend bool operator==(const Nothing&, const Nothing&) = default;
};

/// One page of a list. `next` is given to the same question as `cursor`; its absence ends the list.
template <typename T>
struct Page {
    using Item = T;
    std::vector<T> items;
    QString next;
    std::optional<std::int64_t> total; ///< only when asked for with total=true: counting takes time
    template <typename Table>
    static void members(Table& table) {
        table.needed("items", &Page::items, "In the order asked for.", {.items = limit::page});
        table.maybe(
            "next", &Page::next, "The cursor of the next page; empty at the end.",
            {.example = "eyJuIjoiemV0YSJ9"});
        table.maybe("total", &Page::total, "All items behind the filter; only with total=true.");
    }
    friend bool operator==(const Page&, const Page&) = default;
};

/// Why a question was refused; the last part of Problem::type.
enum class ProblemKind {
    Invalid,
    LoginNeeded,
    LoginRefused,
    TotpNeeded,
    Denied,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    Conflict,
    Exhausted,
    ChangedMeanwhile,
    PreconditionNeeded,
    TooLarge,
    UnsupportedMedia,
    KeyReused,
    TooManyRequests,
    Internal,
    Unavailable
};
template <>
struct Words<ProblemKind> {
    static constexpr std::array list{
        "invalid",   "login-needed",      "login-refused",      "totp-needed",
        "denied",    "not-found",         "method-not-allowed", "not-acceptable",
        "conflict",  "exhausted",         "changed-meanwhile",  "precondition-needed",
        "too-large", "unsupported-media", "key-reused",         "too-many-requests",
        "internal",  "unavailable"};
};

/// application/problem+json.
struct Problem {
    static constexpr const char* typeName = "Problem";
    QString type; ///< problemPrefix and the word of a ProblemKind
    QString title;
    int status = 500;
    QString detail;
    QString cure;
    std::vector<FieldError> errors;
    std::optional<int> retryAfter; ///< seconds
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "type", &Problem::type, "Names the kind of problem to programs; it never changes.",
            {.most = limit::line, .example = "urn:viaduct:problem:invalid"});
        table.needed(
            "title", &Problem::title, "The kind of problem, in a few words.", {.example = "Invalid"});
        table.needed(
            "status", &Problem::status, "The HTTP status.", {.least = 100, .most = 599, .example = "400"});
        table.needed(
            "detail", &Problem::detail, "The cause, in this case: a sentence.",
            {.most = limit::text,
             .lines = true,
             .example = "The end of the validity lies before its beginning."});
        table.maybe(
            "cure", &Problem::cure, "What to do about it: a sentence.",
            {.most = limit::text, .lines = true, .example = "Choose an end after 2026-11-24."});
        table.maybe("errors", &Problem::errors, "Each mistake with its place.", {.items = 50});
        table.maybe("retryAfter", &Problem::retryAfter, "Seconds to wait; as the Retry-After header.");
    }
    friend bool operator==(const Problem&, const Problem&) = default;
};

inline constexpr const char* problemPrefix = "urn:viaduct:problem:";

/// Status and title by kind; RFC 9110 and RFC 6585 give the statuses.
Problem problem(ProblemKind kind, const QString& detail, const QString& cure = {});
/// Of what a room refused: code -> kind, message -> detail.
Problem problemOf(const Error& error);
/// Of a body that read() refused.
Problem problemOf(const std::vector<FieldError>& errors);
/// Absent for a type that this version does not know.
std::optional<ProblemKind> kindOf(const Problem& problem);
/// For a person: detail, cure and the fields.
Error errorOf(const Problem& problem);

/// A login with the password that is shown this once.
struct Credentials {
    static constexpr const char* typeName = "Credentials";
    QString login;
    QString password;
    template <typename Table>
    static void members(Table& table) {
        table.needed("login", &Credentials::login, "", {.most = limit::name, .example = "icann-017"});
        table.needed("password", &Credentials::password, "Shown this once.", {.example = "kiwi-plum-42-fig"});
    }
    friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// Why something is done to somebody.
struct Reason {
    static constexpr const char* typeName = "Reason";
    QString reason;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "reason", &Reason::reason, "Told to the person, as it is written.",
            {.least = 1,
             .most = limit::text,
             .lines = true,
             .example = "The organisation is not connected here."});
    }
    friend bool operator==(const Reason&, const Reason&) = default;
};

} // namespace viaduct::api
