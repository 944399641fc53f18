// SPDX-License-Identifier: GPL-3.0-or-later
// How the broker is: live numbers, its parts, and alarms.
#pragma once

#include "shared/api/Tunnels.h"

namespace viaduct::api {

enum class Status { Ok, Degraded, Down };
template <>
struct Words<Status> {
    static constexpr std::array list{"ok", "degraded", "down"};
};

/// For a load balancer or a monitoring system; tells nothing to strangers.
struct HealthSummary {
    static constexpr const char* typeName = "HealthSummary";
    Status status = Status::Ok;
    template <typename Table>
    static void members(Table& table) {
        table.needed("status", &HealthSummary::status, "");
    }
    friend bool operator==(const HealthSummary&, const HealthSummary&) = default;
};

enum class Severity { Warning, Critical };
template <>
struct Words<Severity> {
    static constexpr std::array list{"warning", "critical"};
};

struct Alarm {
    static constexpr const char* typeName = "Alarm";
    QString id;
    Severity severity = Severity::Warning;
    Time raised{};
    QString object;
    QString cause;
    QString cure;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "id", &Alarm::id, "The same for the same trouble with the same object.",
            {.most = limit::line, .example = "pool-low:P_Sites48"});
        table.needed("severity", &Alarm::severity, "");
        table.needed("raised", &Alarm::raised, "");
        table.maybe(
            "object", &Alarm::object, "Its resource.", {.most = limit::line, .example = "/pools/P_Sites48"});
        table.needed(
            "cause", &Alarm::cause, "", {.most = limit::text, .example = "The pool P_Sites48 is 95 % used."});
        table.maybe(
            "cure", &Alarm::cure, "",
            {.most = limit::text, .example = "Add a pool, or release what is not used."});
    }
    friend bool operator==(const Alarm&, const Alarm&) = default;
};

/// One part of the broker.
struct PartHealth {
    static constexpr const char* typeName = "PartHealth";
    QString part;
    Status status = Status::Ok;
    QString kind;
    QString sentence;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "part", &PartHealth::part, "database, data-plane, tsp, mail, certificate, ...",
            {.most = limit::name, .example = "database"});
        table.needed("status", &PartHealth::status, "");
        table.maybe(
            "kind", &PartHealth::kind, "Which one is used.", {.most = limit::name, .example = "sqlite"});
        table.maybe(
            "sentence", &PartHealth::sentence, "", {.most = limit::text, .example = "All is on the disk."});
    }
    friend bool operator==(const PartHealth&, const PartHealth&) = default;
};

struct Health {
    static constexpr const char* typeName = "Health";
    Status status = Status::Ok;
    QString broker;
    QString version;
    Time started{};
    Time now{};
    std::vector<PartHealth> parts;
    std::vector<Alarm> alarms;
    template <typename Table>
    static void members(Table& table) {
        table.needed("status", &Health::status, "The worst of its parts.");
        table.needed(
            "broker", &Health::broker, "Its host name.",
            {.most = limit::line, .example = "broker.example.net"});
        table.needed("version", &Health::version, "", {.most = limit::name, .example = "0.2.0"});
        table.needed("started", &Health::started, "");
        table.needed("now", &Health::now, "The broker's clock.");
        table.needed("parts", &Health::parts, "");
        table.needed("alarms", &Health::alarms, "Those that stand.");
    }
    friend bool operator==(const Health&, const Health&) = default;
};

struct ModeCount {
    static constexpr const char* typeName = "ModeCount";
    TunnelMode mode = TunnelMode::V6v4;
    std::int64_t tunnels = 0;
    template <typename Table>
    static void members(Table& table) {
        table.needed("mode", &ModeCount::mode, "");
        table.needed("tunnels", &ModeCount::tunnels, "");
    }
    friend bool operator==(const ModeCount&, const ModeCount&) = default;
};

/// What belongs to no tunnel.
struct PathDrops {
    static constexpr const char* typeName = "PathDrops";
    std::int64_t unknownOuter = 0;
    std::int64_t unknownInner = 0;
    std::int64_t signallingShed = 0;
    std::int64_t discarded = 0;
    std::int64_t sendDropped = 0;
    template <typename Table>
    static void members(Table& table) {
        table.needed("unknownOuter", &PathDrops::unknownOuter, "From an outer address that has no tunnel.");
        table.needed("unknownInner", &PathDrops::unknownInner, "To an inner address that has no tunnel.");
        table.needed(
            "signallingShed", &PathDrops::signallingShed,
            "TSP datagrams, because signalling could not keep up.");
        table.needed(
            "discarded", &PathDrops::discarded, "Nothing to route: link-local chatter, multicast, martians.");
        table.needed("sendDropped", &PathDrops::sendDropped, "Forwarded, but the kernel did not take it.");
    }
    friend bool operator==(const PathDrops&, const PathDrops&) = default;
};

/// One point of the graph of the last hour.
struct Sample {
    static constexpr const char* typeName = "Sample";
    Time at{};
    std::int64_t tunnels = 0;
    Rates rates;
    template <typename Table>
    static void members(Table& table) {
        table.needed("at", &Sample::at, "");
        table.needed("tunnels", &Sample::tunnels, "");
        table.needed("rates", &Sample::rates, "");
    }
    friend bool operator==(const Sample&, const Sample&) = default;
};

struct Statistics {
    static constexpr const char* typeName = "Statistics";
    Time at{};
    std::int64_t tunnels = 0;
    std::vector<ModeCount> modes;
    std::int64_t accounts = 0;
    std::int64_t requestsWaiting = 0;
    std::int64_t sessions = 0;
    Traffic traffic;
    Rates rates;
    Drops drops;
    PathDrops path;
    std::vector<Sample> recent;
    template <typename Table>
    static void members(Table& table) {
        table.needed("at", &Statistics::at, "");
        table.needed("tunnels", &Statistics::tunnels, "Up.");
        table.needed("modes", &Statistics::modes, "", {.items = 4});
        table.needed("accounts", &Statistics::accounts, "");
        table.needed("requestsWaiting", &Statistics::requestsWaiting, "For a decision.");
        table.needed("sessions", &Statistics::sessions, "TSP dialogues under way.");
        table.needed("traffic", &Statistics::traffic, "Of all tunnels since the start.");
        table.needed("rates", &Statistics::rates, "");
        table.needed("drops", &Statistics::drops, "");
        table.needed("path", &Statistics::path, "");
        table.maybe("recent", &Statistics::recent, "One sample a minute, of the last hour.", {.items = 61});
    }
    friend bool operator==(const Statistics&, const Statistics&) = default;
};

} // namespace viaduct::api
