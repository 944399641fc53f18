// SPDX-License-Identifier: GPL-3.0-or-later
// Reports as data, out of usage, history and registry. The answers come later, except where all is in memory.
#pragma once

#include "server/broker/Actor.h"
#include "server/store/Store.h"
#include "shared/api/Reports.h"

#include <QObject>

namespace viaduct::broker {
class Broker;
class Registry;
} // namespace viaduct::broker

namespace viaduct::face {

/// Of which time, and of what; each report looks at what it knows.
struct ReportQuestion {
    static constexpr std::chrono::days usualTime{30};
    static constexpr std::chrono::days longestTime{store::mostDays - 100}; ///< quarantines are looked at too

    api::Time from{}; ///< included
    api::Time until{}; ///< not included
    std::string pool{}; ///< empty: all
    QString organisation{}; ///< empty: all
    std::optional<Prefix> within{};
    int top = 100;
};

template <typename Row>
using Reported = broker::Answered<api::Report<Row>>;

/// Each pool at each midnight. How many blocks were in quarantine is estimated by what was released within
/// its length before. NotFound: no such pool.
void reportUtilisation(
    broker::Broker& broker, store::Store& store, const ReportQuestion& question,
    const Reported<api::UtilisationRow>& answered);
/// By organisation and month; of accounts that are erased nothing is known. At once.
Result<api::Report<api::OrganisationRow>>
reportOrganisations(const broker::Registry& registry, const ReportQuestion& question);
/// Whole days; the holders with the most bytes first.
void reportTraffic(
    const broker::Registry& registry, store::Store& store, const ReportQuestion& question, QObject* context,
    const Reported<api::TrafficRow>& answered);
/// Whole days, by holder.
void reportAvailability(
    const broker::Registry& registry, store::Store& store, const ReportQuestion& question, QObject* context,
    const Reported<api::AvailabilityRow>& answered);
/// Who had `within` or a part of it, with each connection of theirs in that time.
void reportAbuse(
    const broker::Registry& registry, store::Store& store, const ReportQuestion& question, QObject* context,
    const Reported<api::AbuseRow>& answered);

} // namespace viaduct::face
