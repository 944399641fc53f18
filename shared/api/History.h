// SPDX-License-Identifier: GPL-3.0-or-later
// What was: who had an address at a time, what happened to blocks and tunnels, and who changed what.
#pragma once

#include "shared/api/Common.h"

namespace viaduct::api {

/// Who held a prefix from when to when.
struct Tenure {
    static constexpr const char* typeName = "Tenure";
    Prefix prefix;
    QString holder;
    Time from{};
    std::optional<Time> to;
    QString person;
    QString email;
    QString organisation;
    template <typename Table>
    static void members(Table& table) {
        table.needed("prefix", &Tenure::prefix, "");
        table.needed(
            "holder", &Tenure::holder,
            "account:NAME, anonymous:ADDRESS, static:NAME, or a pseudonym after an erasure.",
            {.most = limit::line, .example = "account:jdupont"});
        table.needed("from", &Tenure::from, "");
        table.maybe("to", &Tenure::to, "Left out: still held.");
        table.maybe(
            "person", &Tenure::person, "As the account says today.",
            {.most = limit::line, .example = "Jean Dupont"});
        table.maybe("email", &Tenure::email, "", {.most = limit::email, .example = "jean@example.net"});
        table.maybe(
            "organisation", &Tenure::organisation, "",
            {.most = limit::line, .example = "Example University"});
    }
    friend bool operator==(const Tenure&, const Tenure&) = default;
};

/// The answer to "who had this address at that time?".
struct Holders {
    static constexpr const char* typeName = "Holders";
    IpAddress address;
    Time at{};
    std::vector<Tenure> tenures;
    template <typename Table>
    static void members(Table& table) {
        table.needed("address", &Holders::address, "");
        table.needed("at", &Holders::at, "");
        table.needed(
            "tenures", &Holders::tenures, "The longest prefix first; none: nobody had it.", {.items = 129});
    }
    friend bool operator==(const Holders&, const Holders&) = default;
};

enum class HistoryWhat { Granted, Released, Connected, Disconnected, Moved, Silent, Refused };
template <>
struct Words<HistoryWhat> {
    static constexpr std::array list{"granted", "released", "connected", "disconnected",
                                     "moved",   "silent",   "refused"};
};

struct HistoryLine {
    static constexpr const char* typeName = "HistoryLine";
    Time at{};
    HistoryWhat what = HistoryWhat::Granted;
    Prefix prefix;
    QString holder;
    QString detail;
    template <typename Table>
    static void members(Table& table) {
        table.needed("at", &HistoryLine::at, "");
        table.needed("what", &HistoryLine::what, "");
        table.needed("prefix", &HistoryLine::prefix, "The block, or the client's inner address.");
        table.needed("holder", &HistoryLine::holder, "", {.most = limit::line, .example = "account:jdupont"});
        table.maybe(
            "detail", &HistoryLine::detail, "The pool, or the mode and the outer address.",
            {.example = "P_Sites48"});
    }
    friend bool operator==(const HistoryLine&, const HistoryLine&) = default;
};

/// One change that somebody made. Each entry holds the hash of the one before.
struct AuditEntry {
    static constexpr const char* typeName = "AuditEntry";
    std::int64_t number = 0;
    Time at{};
    QString who;
    QString from;
    QString action;
    QString object;
    QJsonObject before;
    QJsonObject after;
    QString hash;
    template <typename Table>
    static void members(Table& table) {
        constexpr int state = 64 * 1024; // bytes; longer states are kept as their hash
        table.needed("number", &AuditEntry::number, "From 1, without a gap.", {.least = 1, .example = "73"});
        table.needed("at", &AuditEntry::at, "");
        table.needed(
            "who", &AuditEntry::who, "A login, token:NAME, or \"broker\".",
            {.most = limit::line, .example = "mdurand"});
        table.maybe(
            "from", &AuditEntry::from, "An address, or the face: file, ssh.",
            {.most = 64, .example = "192.0.2.44"});
        table.needed(
            "action", &AuditEntry::action, "The operationId, or the command.",
            {.most = limit::line, .example = "approveRequest"});
        table.maybe(
            "object", &AuditEntry::object, "What was changed.",
            {.most = limit::line, .example = "/requests/r1024"});
        table.maybe("before", &AuditEntry::before, "What was, as its resource.", {.most = state});
        table.maybe("after", &AuditEntry::after, "What is. Never a secret.", {.most = state});
        table.needed(
            "hash", &AuditEntry::hash, "SHA-256, hexadecimal, over this and the one before.", {.most = 64});
    }
    friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

struct AuditVerification {
    static constexpr const char* typeName = "AuditVerification";
    bool whole = false;
    std::int64_t entries = 0;
    QString lastHash;
    Time checked{};
    std::optional<std::int64_t> brokenAt;
    QString sentence;
    template <typename Table>
    static void members(Table& table) {
        table.needed("whole", &AuditVerification::whole, "The chain holds from the first entry to the last.");
        table.needed("entries", &AuditVerification::entries, "");
        table.maybe(
            "lastHash", &AuditVerification::lastHash, "To be kept elsewhere as a proof.", {.most = 64});
        table.needed("checked", &AuditVerification::checked, "");
        table.maybe(
            "brokenAt", &AuditVerification::brokenAt, "The number of the first entry that does not fit.");
        table.needed(
            "sentence", &AuditVerification::sentence, "",
            {.example = "All 73 entries are as they were written."});
    }
    friend bool operator==(const AuditVerification&, const AuditVerification&) = default;
};

} // namespace viaduct::api
