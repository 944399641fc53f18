// SPDX-License-Identifier: GPL-3.0-or-later
// The addressing plan: pools, their map at any zoom, who holds what, and what is set aside.
#pragma once

#include "shared/api/Common.h"

namespace viaduct::api {

/// What a block is. Each block is one of these: the counts of a prefix add up to all its blocks.
enum class BlockState { Free, Reserved, Allocated, Active, Quarantined, Static };
template <>
struct Words<BlockState> {
    static constexpr std::array list{"free", "reserved", "allocated", "active", "quarantined", "static"};
};

struct BlockCounts {
    static constexpr const char* typeName = "BlockCounts";
    Uint128 free = 0; ///< 2^64 blocks are in a /64 of /128s
    Uint128 reserved = 0;
    std::int64_t allocated = 0;
    std::int64_t active = 0;
    std::int64_t quarantined = 0;
    std::int64_t fixed = 0; ///< "static" in JSON, a keyword here
    template <typename Table>
    static void members(Table& table) {
        table.needed("free", &BlockCounts::free, "To be had. Text, for it may pass 2^64.");
        table.needed("reserved", &BlockCounts::reserved, "Set aside by an operator. Text too.");
        table.needed("allocated", &BlockCounts::allocated, "Held, without a tunnel that is up.");
        table.needed("active", &BlockCounts::active, "Held, with a tunnel that is up.");
        table.needed("quarantined", &BlockCounts::quarantined, "Released, not yet to be given to another.");
        table.needed("static", &BlockCounts::fixed, "Held by a static tunnel.");
    }
    friend bool operator==(const BlockCounts&, const BlockCounts&) = default;
};

struct Forecast {
    static constexpr const char* typeName = "Forecast";
    std::optional<Date> exhausted;
    double blocksPerDay = 0;
    QString sentence;
    template <typename Table>
    static void members(Table& table) {
        table.maybe(
            "exhausted", &Forecast::exhausted, "At the present pace; left out: not within a century.");
        table.needed(
            "blocksPerDay", &Forecast::blocksPerDay, "Net, mean of the last 30 days; may be negative.");
        table.needed("sentence", &Forecast::sentence, "", {.example = "The pool lasts until March 2031."});
    }
    friend bool operator==(const Forecast&, const Forecast&) = default;
};

struct Pool {
    static constexpr const char* typeName = "Pool";
    QString name;
    Prefix prefix;
    int blockLength = 128;
    Uint128 total = 0;
    BlockCounts counts;
    Forecast forecast;
    std::vector<QString> usedBy;
    template <typename Table>
    static void members(Table& table) {
        table.needed("name", &Pool::name, "", {.most = limit::name, .example = "P_Sites48"});
        table.needed("prefix", &Pool::prefix, "");
        table.needed(
            "blockLength", &Pool::blockLength, "Of what it gives out.", {.most = 128, .example = "48"});
        table.needed("total", &Pool::total, "Blocks.");
        table.needed("counts", &Pool::counts, "");
        table.needed("forecast", &Pool::forecast, "");
        table.maybe(
            "usedBy", &Pool::usedBy, "Tunnel servers.", {.most = limit::name, .example = "TS_Sites48"});
    }
    friend bool operator==(const Pool&, const Pool&) = default;
};

/// One field of the map. Where it is a single block it also tells whose.
struct MapCell {
    static constexpr const char* typeName = "MapCell";
    Prefix prefix;
    BlockCounts counts;
    std::int64_t rate = 0;
    QString holder;
    std::optional<std::int64_t> tunnel;
    template <typename Table>
    static void members(Table& table) {
        table.needed("prefix", &MapCell::prefix, "");
        table.needed("counts", &MapCell::counts, "");
        table.maybe("rate", &MapCell::rate, "bit/s of its tunnels, both ways; 0 for a map of the past.");
        table.maybe(
            "holder", &MapCell::holder, "Of a single block.",
            {.most = limit::line, .example = "account:jdupont"});
        table.maybe("tunnel", &MapCell::tunnel, "Of a single block.");
    }
    friend bool operator==(const MapCell&, const MapCell&) = default;
};

struct PoolMap {
    static constexpr const char* typeName = "PoolMap";
    static constexpr int mostDepth = 12; ///< 4096 cells, a grid of 64 by 64
    QString pool;
    Prefix prefix;
    int blockLength = 128;
    int depth = 0;
    Time at{};
    bool past = false;
    BlockCounts counts;
    std::vector<MapCell> cells;
    template <typename Table>
    static void members(Table& table) {
        table.needed("pool", &PoolMap::pool, "", {.most = limit::name, .example = "P_Sites48"});
        table.needed("prefix", &PoolMap::prefix, "The part that was asked for.");
        table.needed("blockLength", &PoolMap::blockLength, "", {.most = 128, .example = "48"});
        table.needed(
            "depth", &PoolMap::depth,
            "Cells are so many bits longer than the prefix, but never longer than a block.",
            {.most = mostDepth, .example = "7"});
        table.needed("at", &PoolMap::at, "The moment of which this is the map.");
        table.needed("past", &PoolMap::past, "Made of the history; active and reserved are not known then.");
        table.needed("counts", &PoolMap::counts, "Of the whole part.");
        table.needed(
            "cells", &PoolMap::cells, "In order. Cells that are wholly free are left out.", {.items = 4096});
    }
    friend bool operator==(const PoolMap&, const PoolMap&) = default;
};

struct Allocation {
    static constexpr const char* typeName = "Allocation";
    QString pool;
    Prefix block;
    BlockState state = BlockState::Allocated;
    QString holder;
    QString account;
    QString organisation;
    Time since{};
    std::optional<Time> quarantinedUntil;
    std::optional<std::int64_t> tunnel;
    template <typename Table>
    static void members(Table& table) {
        table.needed("pool", &Allocation::pool, "", {.most = limit::name, .example = "P_Sites48"});
        table.needed("block", &Allocation::block, "");
        table.needed("state", &Allocation::state, "allocated, active, quarantined or static.");
        table.needed(
            "holder", &Allocation::holder, "account:NAME, anonymous:ADDRESS or static:NAME.",
            {.most = limit::line, .example = "account:jdupont"});
        table.maybe("account", &Allocation::account, "", {.most = limit::name, .example = "jdupont"});
        table.maybe(
            "organisation", &Allocation::organisation, "",
            {.most = limit::line, .example = "Example University"});
        table.needed("since", &Allocation::since, "");
        table.maybe(
            "quarantinedUntil", &Allocation::quarantinedUntil, "Released; may go to another after it.");
        table.maybe("tunnel", &Allocation::tunnel, "That is up.", {.example = "4711"});
    }
    friend bool operator==(const Allocation&, const Allocation&) = default;
};

struct ReservationDraft {
    static constexpr const char* typeName = "ReservationDraft";
    QString pool;
    Prefix prefix;
    QString note;
    std::optional<Time> until;
    template <typename Table>
    static void members(Table& table) {
        table.needed("pool", &ReservationDraft::pool, "", {.most = limit::name, .example = "P_Sites48"});
        table.needed("prefix", &ReservationDraft::prefix, "One block or many, none of which is held.");
        table.needed(
            "note", &ReservationDraft::note, "For what.", {.least = 1, .most = limit::text, .lines = true});
        table.maybe("until", &ReservationDraft::until, "");
    }
    friend bool operator==(const ReservationDraft&, const ReservationDraft&) = default;
};

struct Reservation {
    static constexpr const char* typeName = "Reservation";
    QString id;
    ReservationDraft draft;
    QString by;
    Time created{};
    template <typename Table>
    static void members(Table& table) {
        table.needed("id", &Reservation::id, "", {.most = limit::name, .example = "b3"});
        table.needed("draft", &Reservation::draft, "As it was ordered.");
        table.needed("by", &Reservation::by, "", {.most = limit::name, .example = "mdurand"});
        table.needed("created", &Reservation::created, "");
    }
    friend bool operator==(const Reservation&, const Reservation&) = default;
};

} // namespace viaduct::api
