// SPDX-License-Identifier: GPL-3.0-or-later
// The vocabulary of the event stream (GET /events). A stream begins with a snapshot: snapshot.begin (forget
// all),
// *.snapshot in batches, snapshot.end; then come changes, each with the whole new state of its object. A
// stream that was resumed in time (Last-Event-ID) goes on without a snapshot.
#pragma once

#include "shared/api/Accounts.h"
#include "shared/api/Addressing.h"
#include "shared/api/Configuration.h"
#include "shared/api/Health.h"
#include "shared/api/Requests.h"
#include "shared/api/Tunnels.h"

#include <variant>

namespace viaduct::api {

/// What a stream can be asked for: /events?topics=tunnels,counters. Accounts and allocations have no
/// snapshot: they are lists to be paged, for nobody looks at all of them.
enum class Topic { Requests, Accounts, Tunnels, Allocations, Counters, Configuration, Alarms };
template <>
struct Words<Topic> {
    static constexpr std::array list{"requests", "accounts",      "tunnels", "allocations",
                                     "counters", "configuration", "alarms"};
};

/// What one tunnel has carried; only tunnels for which it has changed are in a batch.
struct TunnelCounters {
    static constexpr const char* typeName = "TunnelCounters";
    std::int64_t id = 0;
    Traffic traffic;
    Rates rates;
    Drops drops;
    std::optional<Time> lastSeen;
    template <typename Table>
    static void members(Table& table) {
        table.needed("id", &TunnelCounters::id, "", {.least = 1, .example = "4711"});
        table.needed("traffic", &TunnelCounters::traffic, "");
        table.needed("rates", &TunnelCounters::rates, "");
        table.maybe("drops", &TunnelCounters::drops, "");
        table.maybe("lastSeen", &TunnelCounters::lastSeen, "");
    }
    friend bool operator==(const TunnelCounters&, const TunnelCounters&) = default;
};

namespace event {

/// Forget all that was known of these topics.
struct SnapshotBegin {
    static constexpr const char* typeName = "SnapshotBegin";
    static constexpr const char* eventName = "snapshot.begin";
    Time at{};
    std::vector<Topic> topics;
    template <typename Table>
    static void members(Table& table) {
        table.needed("at", &SnapshotBegin::at, "");
        table.needed("topics", &SnapshotBegin::topics, "");
    }
    friend bool operator==(const SnapshotBegin&, const SnapshotBegin&) = default;
};

/// All is told; from here on there are changes.
struct SnapshotEnd {
    static constexpr const char* typeName = "SnapshotEnd";
    static constexpr const char* eventName = "snapshot.end";
    Time at{};
    template <typename Table>
    static void members(Table& table) {
        table.needed("at", &SnapshotEnd::at, "");
    }
    friend bool operator==(const SnapshotEnd&, const SnapshotEnd&) = default;
};

struct RequestsSnapshot {
    static constexpr const char* typeName = "RequestsSnapshot";
    static constexpr const char* eventName = "requests.snapshot";
    std::vector<RegistrationRequest> items;
    template <typename Table>
    static void members(Table& table) {
        table.needed("items", &RequestsSnapshot::items, "Those that wait for a decision.");
    }
    friend bool operator==(const RequestsSnapshot&, const RequestsSnapshot&) = default;
};

struct TunnelsSnapshot {
    static constexpr const char* typeName = "TunnelsSnapshot";
    static constexpr const char* eventName = "tunnels.snapshot";
    std::vector<Tunnel> items;
    template <typename Table>
    static void members(Table& table) {
        table.needed("items", &TunnelsSnapshot::items, "A batch of those that are up.");
    }
    friend bool operator==(const TunnelsSnapshot&, const TunnelsSnapshot&) = default;
};

struct AlarmsSnapshot {
    static constexpr const char* typeName = "AlarmsSnapshot";
    static constexpr const char* eventName = "alarms.snapshot";
    std::vector<Alarm> items;
    template <typename Table>
    static void members(Table& table) {
        table.needed("items", &AlarmsSnapshot::items, "Those that stand.");
    }
    friend bool operator==(const AlarmsSnapshot&, const AlarmsSnapshot&) = default;
};

// Changes. Those below have a resource as their payload, in its new state.

/// Somebody has asked.
struct RequestCreated {
    using Payload = RegistrationRequest;
    static constexpr const char* eventName = "request.created";
    RegistrationRequest value;
    friend bool operator==(const RequestCreated&, const RequestCreated&) = default;
};

/// Verified, decided, answered, undone, withdrawn.
struct RequestChanged {
    using Payload = RegistrationRequest;
    static constexpr const char* eventName = "request.changed";
    RegistrationRequest value;
    friend bool operator==(const RequestChanged&, const RequestChanged&) = default;
};

struct AccountCreated {
    using Payload = Account;
    static constexpr const char* eventName = "account.created";
    Account value;
    friend bool operator==(const AccountCreated&, const AccountCreated&) = default;
};

/// Also suspended, resumed and expired.
struct AccountChanged {
    using Payload = Account;
    static constexpr const char* eventName = "account.changed";
    Account value;
    friend bool operator==(const AccountChanged&, const AccountChanged&) = default;
};

/// A tunnel carries packets.
struct TunnelUp {
    using Payload = Tunnel;
    static constexpr const char* eventName = "tunnel.up";
    Tunnel value;
    friend bool operator==(const TunnelUp&, const TunnelUp&) = default;
};

/// Its outer end has moved, or what it may.
struct TunnelChanged {
    using Payload = Tunnel;
    static constexpr const char* eventName = "tunnel.changed";
    Tunnel value;
    friend bool operator==(const TunnelChanged&, const TunnelChanged&) = default;
};

/// A block has a holder, or rests in quarantine.
struct AllocationChanged {
    using Payload = Allocation;
    static constexpr const char* eventName = "allocation.changed";
    Allocation value;
    friend bool operator==(const AllocationChanged&, const AllocationChanged&) = default;
};

/// A part of a pool is set aside.
struct ReservationCreated {
    using Payload = Reservation;
    static constexpr const char* eventName = "reservation.created";
    Reservation value;
    friend bool operator==(const ReservationCreated&, const ReservationCreated&) = default;
};

/// Applied, confirmed, or rolled back.
struct ConfigurationChanged {
    using Payload = ConfigurationState;
    static constexpr const char* eventName = "configuration.changed";
    ConfigurationState value;
    friend bool operator==(const ConfigurationChanged&, const ConfigurationChanged&) = default;
};

/// Also one that has changed: the id is the same.
struct AlarmRaised {
    using Payload = Alarm;
    static constexpr const char* eventName = "alarm.raised";
    Alarm value;
    friend bool operator==(const AlarmRaised&, const AlarmRaised&) = default;
};

// And those that have words of their own.

/// Its personal data is gone; the history knows a pseudonym.
struct AccountErased {
    static constexpr const char* typeName = "AccountErased";
    static constexpr const char* eventName = "account.erased";
    QString name;
    template <typename Table>
    static void members(Table& table) {
        table.needed("name", &AccountErased::name, "", {.most = limit::name, .example = "jdupont"});
    }
    friend bool operator==(const AccountErased&, const AccountErased&) = default;
};

struct TunnelDown {
    static constexpr const char* typeName = "TunnelDown";
    static constexpr const char* eventName = "tunnel.down";
    std::int64_t id = 0;
    QString holder;
    Time at{};
    QString reason;
    template <typename Table>
    static void members(Table& table) {
        table.needed("id", &TunnelDown::id, "", {.least = 1, .example = "4711"});
        table.needed("holder", &TunnelDown::holder, "", {.most = limit::line, .example = "account:jdupont"});
        table.needed("at", &TunnelDown::at, "");
        table.needed("reason", &TunnelDown::reason, "A sentence.", {.example = "The client has logged out."});
    }
    friend bool operator==(const TunnelDown&, const TunnelDown&) = default;
};

/// The quarantine is over, or there was none: the block is free.
struct AllocationFreed {
    static constexpr const char* typeName = "AllocationFreed";
    static constexpr const char* eventName = "allocation.freed";
    QString pool;
    Prefix block;
    template <typename Table>
    static void members(Table& table) {
        table.needed("pool", &AllocationFreed::pool, "", {.most = limit::name, .example = "P_Sites48"});
        table.needed("block", &AllocationFreed::block, "");
    }
    friend bool operator==(const AllocationFreed&, const AllocationFreed&) = default;
};

struct ReservationRemoved {
    static constexpr const char* typeName = "ReservationRemoved";
    static constexpr const char* eventName = "reservation.removed";
    QString id;
    QString pool;
    template <typename Table>
    static void members(Table& table) {
        table.needed("id", &ReservationRemoved::id, "", {.most = limit::name, .example = "b3"});
        table.needed("pool", &ReservationRemoved::pool, "", {.most = limit::name, .example = "P_Sites48"});
    }
    friend bool operator==(const ReservationRemoved&, const ReservationRemoved&) = default;
};

struct AlarmCleared {
    static constexpr const char* typeName = "AlarmCleared";
    static constexpr const char* eventName = "alarm.cleared";
    QString id;
    Time at{};
    template <typename Table>
    static void members(Table& table) {
        table.needed("id", &AlarmCleared::id, "", {.most = limit::line, .example = "pool-low:P_Sites48"});
        table.needed("at", &AlarmCleared::at, "");
    }
    friend bool operator==(const AlarmCleared&, const AlarmCleared&) = default;
};

/// A client of TSP was turned away. Many in a short time are told as one, with their count.
struct LoginRefused {
    static constexpr const char* typeName = "LoginRefused";
    static constexpr const char* eventName = "login.refused";
    QString who;
    Endpoint from;
    Time at{};
    QString reason;
    int count = 1;
    template <typename Table>
    static void members(Table& table) {
        table.maybe(
            "who", &LoginRefused::who, "As it called itself.", {.most = limit::line, .example = "jdupont"});
        table.needed("from", &LoginRefused::from, "");
        table.needed("at", &LoginRefused::at, "");
        table.needed("reason", &LoginRefused::reason, "A sentence.", {.example = "The password is wrong."});
        table.needed("count", &LoginRefused::count, "", {.least = 1, .example = "1"});
    }
    friend bool operator==(const LoginRefused&, const LoginRefused&) = default;
};

/// At most every second; a large change is told in several.
struct Counters {
    static constexpr const char* typeName = "Counters";
    static constexpr const char* eventName = "counters";
    Time at{};
    std::int64_t tunnels = 0;
    Rates rates;
    std::vector<TunnelCounters> changed;
    template <typename Table>
    static void members(Table& table) {
        table.needed("at", &Counters::at, "");
        table.needed("tunnels", &Counters::tunnels, "All that are up.");
        table.needed("rates", &Counters::rates, "Of all tunnels.");
        table.needed("changed", &Counters::changed, "Those that have carried something.");
    }
    friend bool operator==(const Counters&, const Counters&) = default;
};

} // namespace event

using Event = std::variant<
    event::SnapshotBegin, event::RequestsSnapshot, event::TunnelsSnapshot, event::AlarmsSnapshot,
    event::SnapshotEnd, event::RequestCreated, event::RequestChanged, event::AccountCreated,
    event::AccountChanged, event::AccountErased, event::TunnelUp, event::TunnelChanged, event::TunnelDown,
    event::Counters, event::AllocationChanged, event::AllocationFreed, event::ReservationCreated,
    event::ReservationRemoved, event::ConfigurationChanged, event::AlarmRaised, event::AlarmCleared,
    event::LoginRefused>;

/// The value of the `event:` field, "tunnel.up".
const char* nameOf(const Event& event);
/// The topic with which it comes; absent for the marks of a snapshot, which always come.
std::optional<Topic> topicOf(const Event& event);
/// The payload: the value of the `data:` field.
QJsonObject toJson(const Event& event);
/// NotFound for a name that this version does not know (a newer broker says more: ignore it), Invalid for a
/// payload that is wrong.
Result<Event> eventFromJson(const QString& name, const QJsonObject& payload);

} // namespace viaduct::api
