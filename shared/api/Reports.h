// SPDX-License-Identifier: GPL-3.0-or-later
// Reports as data. The columns of the CSV form are the members of a row, in the order of its table.
#pragma once

#include "shared/api/Addressing.h"

namespace viaduct::api {

template <typename Row>
struct Report {
    using Item = Row;
    Time from{};
    Time until{};
    Time made{};
    std::vector<Row> rows;
    template <typename Table>
    static void members(Table& table) {
        table.needed("from", &Report::from, "Included.");
        table.needed("until", &Report::until, "Not included.");
        table.needed("made", &Report::made, "");
        table.needed("rows", &Report::rows, "", {.items = limit::rows});
    }
    friend bool operator==(const Report&, const Report&) = default;
};

/// A pool on a day, at midnight UTC.
struct UtilisationRow {
    static constexpr const char* typeName = "UtilisationRow";
    Date day{std::chrono::year{1970}, std::chrono::January, std::chrono::day{1}};
    QString pool;
    Uint128 total = 0;
    std::int64_t held = 0;
    std::int64_t quarantined = 0;
    double used = 0;
    template <typename Table>
    static void members(Table& table) {
        table.needed("day", &UtilisationRow::day, "");
        table.needed("pool", &UtilisationRow::pool, "", {.most = limit::name, .example = "P_Sites48"});
        table.needed("total", &UtilisationRow::total, "Blocks.");
        table.needed("held", &UtilisationRow::held, "");
        table.needed("quarantined", &UtilisationRow::quarantined, "");
        table.needed("used", &UtilisationRow::used, "Held and quarantined in total: 0..1.");
    }
    friend bool operator==(const UtilisationRow&, const UtilisationRow&) = default;
};

struct OrganisationRow {
    static constexpr const char* typeName = "OrganisationRow";
    QString organisation;
    QString month;
    std::int64_t accounts = 0;
    std::int64_t newAccounts = 0;
    std::int64_t requests = 0;
    std::int64_t approved = 0;
    std::int64_t refused = 0;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "organisation", &OrganisationRow::organisation, "",
            {.most = limit::line, .example = "Example University"});
        table.needed("month", &OrganisationRow::month, "", {.most = 7, .example = "2026-11"});
        table.needed("accounts", &OrganisationRow::accounts, "At its end.");
        table.needed("newAccounts", &OrganisationRow::newAccounts, "");
        table.needed("requests", &OrganisationRow::requests, "Received.");
        table.needed("approved", &OrganisationRow::approved, "");
        table.needed("refused", &OrganisationRow::refused, "");
    }
    friend bool operator==(const OrganisationRow&, const OrganisationRow&) = default;
};

struct TrafficRow {
    static constexpr const char* typeName = "TrafficRow";
    QString holder;
    QString organisation;
    std::int64_t bytesIn = 0;
    std::int64_t bytesOut = 0;
    template <typename Table>
    static void members(Table& table) {
        table.needed("holder", &TrafficRow::holder, "", {.most = limit::line, .example = "account:jdupont"});
        table.maybe(
            "organisation", &TrafficRow::organisation, "",
            {.most = limit::line, .example = "Example University"});
        table.needed("bytesIn", &TrafficRow::bytesIn, "From the client.");
        table.needed("bytesOut", &TrafficRow::bytesOut, "To the client.");
    }
    friend bool operator==(const TrafficRow&, const TrafficRow&) = default;
};

struct AvailabilityRow {
    static constexpr const char* typeName = "AvailabilityRow";
    QString holder;
    QString organisation;
    std::int64_t upSeconds = 0;
    std::int64_t connections = 0;
    double share = 0;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "holder", &AvailabilityRow::holder, "", {.most = limit::line, .example = "account:jdupont"});
        table.maybe(
            "organisation", &AvailabilityRow::organisation, "",
            {.most = limit::line, .example = "Example University"});
        table.needed("upSeconds", &AvailabilityRow::upSeconds, "");
        table.needed("connections", &AvailabilityRow::connections, "");
        table.needed("share", &AvailabilityRow::share, "Of the period: 0..1.");
    }
    friend bool operator==(const AvailabilityRow&, const AvailabilityRow&) = default;
};

/// Who had an address or a prefix within the period, for an abuse case.
struct AbuseRow {
    static constexpr const char* typeName = "AbuseRow";
    Prefix prefix;
    QString holder;
    QString person;
    QString email;
    QString organisation;
    Time from{};
    std::optional<Time> to;
    QString outer;
    template <typename Table>
    static void members(Table& table) {
        table.needed("prefix", &AbuseRow::prefix, "");
        table.needed("holder", &AbuseRow::holder, "", {.most = limit::line, .example = "account:jdupont"});
        table.maybe("person", &AbuseRow::person, "", {.most = limit::line, .example = "Jean Dupont"});
        table.maybe("email", &AbuseRow::email, "", {.most = limit::email, .example = "jean@example.net"});
        table.maybe(
            "organisation", &AbuseRow::organisation, "",
            {.most = limit::line, .example = "Example University"});
        table.needed("from", &AbuseRow::from, "");
        table.maybe("to", &AbuseRow::to, "Left out: still held.");
        table.maybe(
            "outer", &AbuseRow::outer, "Outer address of the connection.",
            {.most = 64, .example = "198.51.100.7"});
    }
    friend bool operator==(const AbuseRow&, const AbuseRow&) = default;
};

} // namespace viaduct::api
