// SPDX-License-Identifier: GPL-3.0-or-later
// What the store knows of the past, as values of the admin API. Answers come later, in the thread of
// `context`.
#pragma once

#include "server/api/Holders.h"
#include "server/broker/Actor.h"
#include "server/store/Store.h"
#include "shared/api/History.h"

namespace viaduct::face {

using broker::Answered;

/// Who held the address at that moment, the longest prefix first.
void showHolders(
    store::Store& store, const broker::Registry& registry, const IpAddress& address, api::Time at,
    QObject* context, Answered<api::Holders> answered);

/// A page; `after` is a place of the store's own, as in its `next`.
struct PastPage {
    std::vector<api::HistoryLine> lines;
    std::optional<std::int64_t> next;
};
void listHistory(
    store::Store& store, const store::HistoryFilter& filter, const store::Page& page, QObject* context,
    Answered<PastPage> answered);
struct AuditPage {
    std::vector<api::AuditEntry> entries;
    std::optional<std::int64_t> next;
};
void listAudit(
    store::Store& store, const store::AuditFilter& filter, const store::Page& page, QObject* context,
    Answered<AuditPage> answered);

/// Lines of the history that a report needs: all that the filter takes, or one of them.
struct HistoryPart {
    store::HistoryFilter filter;
    enum class Lines { All, Newest, Oldest } lines = Lines::All;
};
/// The parts, in no order. Exhausted when there are more than `most` lines: the answer of a bounded question
/// must not look whole when it is not. `cure`: what to ask for instead, as "a shorter time".
void collectHistory(
    store::Store& store, std::vector<HistoryPart> parts, std::size_t most, const char* cure, QObject* context,
    std::function<void(Result<std::vector<store::HistoryLine>>)> answered);

/// Both times as the store wants them: `until` does not belong to the range.
store::TimeRange timeRange(const std::optional<api::Time>& from, const std::optional<api::Time>& until);

} // namespace viaduct::face
