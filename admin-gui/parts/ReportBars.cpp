// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/ReportBars.h"

#include "admin-gui/parts/Wording.h"

#include <QLocale>

#include <algorithm>
#include <map>

namespace viaduct::admin {

namespace {

constexpr std::size_t mostBars = 20;

QString say(const char* text) {
    return QCoreApplication::translate("Report", text);
}

QString text(double number) {
    return QLocale().toString(number, 'g', QLocale::FloatingPointShortest);
}

QString text(std::int64_t number) {
    return QLocale().toString(static_cast<qlonglong>(number));
}

QString named(const QString& organisation) {
    return organisation.isEmpty() ? say(QT_TRANSLATE_NOOP("Report", "(none)")) : organisation;
}

/// The first of `rows` by `isBefore`.
template <typename Row, typename Before>
std::vector<Row> first(std::vector<Row> rows, Before isBefore) {
    const std::size_t wanted = std::min(mostBars, rows.size());
    std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(wanted), rows.end(), isBefore);
    rows.resize(wanted);
    return rows;
}

} // namespace

Bars barsOf(const std::vector<api::UtilisationRow>& rows) {
    std::map<QString, api::UtilisationRow> byPool; // the last day of each
    for (const api::UtilisationRow& row : rows) {
        const auto [at, isNew] = byPool.emplace(row.pool, row);
        if (!isNew && at->second.day < row.day)
            at->second = row;
    }
    std::vector<api::UtilisationRow> last;
    for (const auto& [pool, row] : byPool)
        last.push_back(row);
    Bars bars;
    bars.title = say(QT_TRANSLATE_NOOP("Report", "Used of each pool on its last day (0 to 1)"));
    bars.most = 1;
    for (const auto& row : first(last, [](const auto&a, const auto&b) { return a.used > b.used; }))
        bars.bars.append({row.pool, {row.used}, text(row.used)});
    return bars;
}

Bars barsOf(const std::vector<api::OrganisationRow>& rows) {
    QString month;
    for (const api::OrganisationRow& row : rows)
        month = std::max(month, row.month);
    std::vector<api::OrganisationRow> last;
    for (const api::OrganisationRow& row : rows) {
        if (row.month == month)
            last.push_back(row);
    }
    Bars bars;
    bars.title = say(QT_TRANSLATE_NOOP("Report", "Accounts by organisation at the end of %1")).arg(month);
    for (const auto& row : first(last, [](const auto&a, const auto&b) { return a.accounts > b.accounts; }))
        bars.bars.append({named(row.organisation), {static_cast<double>(row.accounts)}, text(row.accounts)});
    return bars;
}

Bars barsOf(const std::vector<api::TrafficRow>& rows) {
    const auto sum = [](const api::TrafficRow& row) {
        return static_cast<double>(row.bytesIn) + static_cast<double>(row.bytesOut);
    };
    Bars bars;
    bars.title = say(QT_TRANSLATE_NOOP("Report", "Who has carried most"));
    bars.series
        = {say(QT_TRANSLATE_NOOP("Report", "from the client")),
           say(QT_TRANSLATE_NOOP("Report", "to the client"))};
    for (const auto& row : first(rows, [&](const auto&a, const auto&b) { return sum(a) > sum(b); }))
        bars.bars.append(
            {row.holder,
             {static_cast<double>(row.bytesIn), static_cast<double>(row.bytesOut)},
             wording::bytes(row.bytesIn) + QStringLiteral(" + ") + wording::bytes(row.bytesOut)});
    return bars;
}

Bars barsOf(const std::vector<api::AvailabilityRow>& rows) {
    Bars bars;
    bars.title = say(QT_TRANSLATE_NOOP("Report", "Up the least (share of the time, 0 to 1)"));
    bars.most = 1;
    for (const auto& row : first(rows, [](const auto&a, const auto&b) { return a.share < b.share; }))
        bars.bars.append({row.holder, {row.share}, text(row.share)});
    return bars;
}

Bars barsOf(const std::vector<api::AbuseRow>& rows) {
    std::map<QString, std::int64_t> byHolder;
    for (const api::AbuseRow& row : rows)
        ++byHolder[row.holder];
    std::vector<std::pair<QString, std::int64_t>> counts(byHolder.begin(), byHolder.end());
    Bars bars;
    bars.title = say(QT_TRANSLATE_NOOP("Report", "Rows of each holder"));
    for (const auto& [holder, count] :
         first(counts, [](const auto&a, const auto&b) { return a.second > b.second; }))
        bars.bars.append({holder, {static_cast<double>(count)}, text(count)});
    return bars;
}

} // namespace viaduct::admin
