// SPDX-License-Identifier: GPL-3.0-or-later
// Registration requests: what a person asked for on the web page, what the policy thinks of it, and the
// decision.
#pragma once

#include "shared/api/Common.h"

namespace viaduct::api {

/// Unverified: the address of e-mail has not been proved yet, where that is asked.
enum class RequestState { Unverified, Pending, Approved, Refused, Withdrawn };
template <>
struct Words<RequestState> {
    static constexpr std::array list{"unverified", "pending", "approved", "refused", "withdrawn"};
};

/// One condition of the policy: a tick or a cross beside the request.
struct PolicyTick {
    static constexpr const char* typeName = "PolicyTick";
    QString condition;
    bool met = false;
    QString sentence;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "condition", &PolicyTick::condition, "A word for programs.",
            {.most = limit::name, .example = "mail-domain"});
        table.needed("met", &PolicyTick::met, "");
        table.needed(
            "sentence", &PolicyTick::sentence, "",
            {.example = "The mail domain example.net is one of those allowed."});
    }
    friend bool operator==(const PolicyTick&, const PolicyTick&) = default;
};

/// What an approval as asked would give, and what that does to the pool.
struct Proposal {
    static constexpr const char* typeName = "Proposal";
    QString pool;
    int prefixLength = 128;
    Uint128 freeBefore = 0;
    Uint128 freeAfter = 0;
    QString effect;
    template <typename Table>
    static void members(Table& table) {
        table.needed("pool", &Proposal::pool, "", {.most = limit::name, .example = "P_Sites48"});
        table.needed("prefixLength", &Proposal::prefixLength, "", {.most = 128, .example = "48"});
        table.needed("freeBefore", &Proposal::freeBefore, "Free blocks of the pool now.");
        table.needed("freeAfter", &Proposal::freeAfter, "");
        table.needed("effect", &Proposal::effect, "", {.example = "81 of 128 blocks are used afterwards."});
    }
    friend bool operator==(const Proposal&, const Proposal&) = default;
};

struct AskedBack {
    static constexpr const char* typeName = "AskedBack";
    Time asked{};
    QString by;
    QString question;
    QString answer;
    std::optional<Time> answered;
    template <typename Table>
    static void members(Table& table) {
        table.needed("asked", &AskedBack::asked, "");
        table.needed("by", &AskedBack::by, "", {.most = limit::name, .example = "mdurand"});
        table.needed("question", &AskedBack::question, "", {.most = limit::text, .lines = true});
        table.maybe("answer", &AskedBack::answer, "", {.most = limit::text, .lines = true});
        table.maybe("answered", &AskedBack::answered, "");
    }
    friend bool operator==(const AskedBack&, const AskedBack&) = default;
};

struct RegistrationRequest {
    static constexpr const char* typeName = "RegistrationRequest";
    QString id;
    RequestState state = RequestState::Pending;
    Time received{};
    QString name;
    QString email;
    bool emailVerified = false;
    QString organisation;
    QString purpose;
    AccountKind kind = AccountKind::Host;
    QString system;
    std::optional<Date> endDate;
    QString language;
    std::vector<PolicyTick> ticks;
    std::optional<Proposal> proposal;
    std::vector<AskedBack> questions;
    int earlierOfPerson = 0;
    int earlierOfOrganisation = 0;
    int accountsOfOrganisation = 0;
    std::optional<Time> decided;
    QString decidedBy;
    QString reason;
    QString note;
    std::optional<Time> undoUntil;
    QString account;
    std::int64_t revision = 0;

    template <typename Table>
    static void members(Table& table) {
        table.needed("id", &RegistrationRequest::id, "", {.most = limit::name, .example = "r1024"});
        table.needed("state", &RegistrationRequest::state, "");
        table.needed("received", &RegistrationRequest::received, "");
        table.needed("name", &RegistrationRequest::name, "", {.most = limit::line, .example = "Jean Dupont"});
        table.needed(
            "email", &RegistrationRequest::email, "", {.most = limit::email, .example = "jean@example.net"});
        table.needed("emailVerified", &RegistrationRequest::emailVerified, "");
        table.maybe(
            "organisation", &RegistrationRequest::organisation, "",
            {.most = limit::line, .example = "Example University"});
        table.maybe(
            "purpose", &RegistrationRequest::purpose, "In the person's own words.",
            {.most = limit::text, .lines = true, .example = "IPv6 for the laboratory of networks."});
        table.needed("kind", &RegistrationRequest::kind, "");
        table.maybe(
            "system", &RegistrationRequest::system, "Operating system or router.",
            {.most = limit::name, .example = "windows"});
        table.maybe("endDate", &RegistrationRequest::endDate, "Wished; the last day.");
        table.maybe(
            "language", &RegistrationRequest::language, "Of the person.", {.most = 35, .example = "fr"});
        table.maybe("ticks", &RegistrationRequest::ticks, "What the policy thinks of it.", {.items = 50});
        table.maybe("proposal", &RegistrationRequest::proposal, "Only while it is undecided.");
        table.maybe("questions", &RegistrationRequest::questions, "", {.items = 50});
        table.maybe(
            "earlierOfPerson", &RegistrationRequest::earlierOfPerson,
            "Earlier requests of this e-mail address.");
        table.maybe("earlierOfOrganisation", &RegistrationRequest::earlierOfOrganisation, "");
        table.maybe("accountsOfOrganisation", &RegistrationRequest::accountsOfOrganisation, "");
        table.maybe("decided", &RegistrationRequest::decided, "");
        table.maybe(
            "decidedBy", &RegistrationRequest::decidedBy, "\"policy\" for an automatic approval.",
            {.most = limit::name});
        table.maybe(
            "reason", &RegistrationRequest::reason, "Of a refusal.", {.most = limit::text, .lines = true});
        table.maybe(
            "note", &RegistrationRequest::note, "For colleagues; never shown to the person.",
            {.most = limit::text, .lines = true});
        table.maybe(
            "undoUntil", &RegistrationRequest::undoUntil,
            "Until then the decision can be taken back; the person is told after it.");
        table.maybe("account", &RegistrationRequest::account, "Made by the approval.", {.most = limit::name});
        table.needed("revision", &RegistrationRequest::revision, "The ETag, without its quotes.");
    }
    friend bool operator==(const RegistrationRequest&, const RegistrationRequest&) = default;
};

/// What is left out is as the person asked.
struct Approval {
    static constexpr const char* typeName = "Approval";
    std::optional<AccountKind> kind;
    std::optional<Time> validUntil;
    QString pool;
    QString login;
    QString note;
    template <typename Table>
    static void members(Table& table) {
        table.maybe("kind", &Approval::kind, "");
        table.maybe("validUntil", &Approval::validUntil, "");
        table.maybe(
            "pool", &Approval::pool, "Another than the one proposed.",
            {.most = limit::name, .example = "P_Sites48"});
        table.maybe(
            "login", &Approval::login, "Left out: made of the name.",
            {.most = limit::name, .example = "jdupont"});
        table.maybe(
            "note", &Approval::note, "For colleagues.",
            {.most = limit::text, .lines = true, .example = "Spoke on the phone."});
    }
    friend bool operator==(const Approval&, const Approval&) = default;
};

struct Inquiry {
    static constexpr const char* typeName = "Inquiry";
    QString question;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "question", &Inquiry::question, "Told to the person, who answers on the status page.",
            {.least = 1, .most = limit::text, .lines = true, .example = "Which router will end the tunnel?"});
    }
    friend bool operator==(const Inquiry&, const Inquiry&) = default;
};

} // namespace viaduct::api
