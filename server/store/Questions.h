// SPDX-License-Identifier: GPL-3.0-or-later
// What can be asked about the past, and how the answers look. Every answer is bounded; long ones come in
// pages.
#pragma once

#include "server/store/Records.h"

namespace viaduct::store {

/// Rows of one answer; a larger limit counts as this.
inline constexpr int mostRows = 1000;
/// Days of one range: beyond it is Invalid.
inline constexpr Day mostDays = 1000;

struct Page {
    std::optional<std::int64_t> after; ///< `next` of the page before
    int limit = 100; ///< 1..mostRows
    bool newestFirst = true;
};

template <typename T>
struct Rows {
    std::vector<T> rows;
    std::optional<std::int64_t> next; ///< there may be more: ask for the page after this
};

/// Both ends belong to it.
struct TimeRange {
    std::optional<TimePoint> from;
    std::optional<TimePoint> to;
};

/// Both ends belong to it.
struct DayRange {
    Day from = 0;
    Day to = 0;
};

/// All that is set must match.
struct HistoryFilter {
    std::optional<Holder> holder;
    std::optional<Prefix> prefix; ///< lines about what lies in it, and about what it lies in
    std::optional<HistoryEntry::What> what;
    TimeRange time;
};

struct HistoryLine {
    std::int64_t id = 0;
    HistoryEntry entry;
    friend bool operator==(const HistoryLine&, const HistoryLine&) = default;
};

/// All that is not empty must match.
struct AuditFilter {
    std::string actor;
    std::string actionPrefix; ///< "account." for "account.create", "account.erase"
    std::string target;
    TimeRange time;
};

struct AuditLine {
    std::int64_t seq = 0;
    AuditEntry entry;
    AuditHash hash{};
    friend bool operator==(const AuditLine&, const AuditLine&) = default;
};

struct HolderUsage {
    Holder holder;
    Usage usage;
    friend bool operator==(const HolderUsage&, const HolderUsage&) = default;
};

struct DayUsage {
    Day day = 0;
    Usage usage;
    friend bool operator==(const DayUsage&, const DayUsage&) = default;
};

/// How many blocks of a pool were held when a range of days began, and what came and went on each day on
/// which anything did.
struct PoolTrend {
    struct OneDay {
        Day day = 0;
        std::int64_t granted = 0;
        std::int64_t released = 0;
        friend bool operator==(const OneDay&, const OneDay&) = default;
    };
    std::int64_t heldBefore = 0;
    std::vector<OneDay> days;
};

} // namespace viaduct::store
