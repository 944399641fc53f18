// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/Reports.h"

#include "server/api/Holders.h"
#include "server/broker/Registry.h"

#include <algorithm>
#include <iterator>

namespace viaduct::face {

namespace {

api::Time now() {
    return timeOf(std::chrono::system_clock::now());
}

template <typename Row>
api::Report<Row> emptyReport(const ReportQuestion& question) {
    api::Report<Row> report;
    report.from = question.from;
    report.until = question.until;
    report.made = now();
    return report;
}

Error tooManyRows() {
    return {
        Error::Code::Exhausted,
        "The report would have more than " + std::to_string(api::limit::rows)
            + " rows: ask for a shorter time, or for one organisation or pool."};
}

/// The days that the question touches.
store::DayRange daysOf(const ReportQuestion& question) {
    const auto dayOf = [](api::Time time) {
        return std::chrono::floor<std::chrono::days>(time.time_since_epoch()).count();
    };
    return {dayOf(question.from), dayOf(question.until - std::chrono::milliseconds(1))};
}

bool isOf(const QString& organisation, const ReportQuestion& question) {
    return question.organisation.isEmpty()
        || organisation.compare(question.organisation, Qt::CaseInsensitive) == 0;
}

// --- pools by day

class Utilisation : public std::enable_shared_from_this<Utilisation> {
public:
    Utilisation(
        broker::Broker& broker, store::Store& store, const ReportQuestion& question,
        std::vector<std::string> pools, Reported<api::UtilisationRow> answered)
        : m_broker(broker), m_store(store), m_question(question), m_pools(std::move(pools)),
          m_answered(std::move(answered)), m_report(emptyReport<api::UtilisationRow>(question)) {
        m_days = daysOf(question);
        if (api::Time(std::chrono::days(m_days.from)) < question.from)
            ++m_days.from; // its midnight was before
    }

    void next() {
        if (m_done == m_pools.size()) {
            std::stable_sort(m_report.rows.begin(), m_report.rows.end(), [](const auto& a, const auto& b) {
                return std::chrono::sys_days(a.day) < std::chrono::sys_days(b.day);
            });
            return m_answered(std::move(m_report));
        }
        const std::string& pool = m_pools[m_done++];
        const store::Day rest = std::chrono::ceil<std::chrono::days>(m_broker.ledger().restOf(pool)).count();
        const store::DayRange range{m_days.from - std::min<store::Day>(rest, mostRest), m_days.to};
        if (m_days.from > m_days.to)
            return next();
        m_store.poolTrend(
            pool, range, &m_broker,
            [self = shared_from_this(), pool, range](const Result<store::PoolTrend>& trend) {
                if (!trend)
                    return self->m_answered(tl::unexpected(trend.error()));
                self->take(pool, range, *trend);
            });
    }

private:
    /// Days of a quarantine that are looked at; longer ones are so rare that the estimate may be low.
    static constexpr store::Day mostRest = 99;

    void take(const std::string& pool, const store::DayRange& range, const store::PoolTrend& trend) {
        const addressing::OccupancyMap* map = m_broker.occupancy(pool);
        if (!map)
            return next();
        const Uint128 total = map->counts().total();
        std::map<store::Day, store::PoolTrend::OneDay> byDay;
        for (const auto& day : trend.days)
            byDay[day.day] = day;
        std::int64_t held = trend.heldBefore;
        std::int64_t resting = 0;
        const store::Day rest = m_days.from - range.from;
        for (store::Day day = range.from; day <= m_days.to; ++day) {
            if (day >= m_days.from)
                add(day, pool, total, held, resting);
            const auto found = byDay.find(day);
            held += found == byDay.end() ? 0 : found->second.granted - found->second.released;
            resting += found == byDay.end() ? 0 : found->second.released;
            const auto over = byDay.find(day - rest);
            resting -= over == byDay.end() || day - rest < range.from ? 0 : over->second.released;
        }
        if (m_report.rows.size() > api::limit::rows)
            return m_answered(tl::unexpected(tooManyRows()));
        next();
    }
    void
    add(store::Day day, const std::string& pool, Uint128 total, std::int64_t held, std::int64_t resting) {
        api::UtilisationRow& row = m_report.rows.emplace_back();
        row.day = api::Date(std::chrono::sys_days(std::chrono::days(day)));
        row.pool = textOf(pool);
        row.total = total;
        row.held = std::max<std::int64_t>(held, 0);
        const auto room
            = static_cast<std::int64_t>(std::min<Uint128>(total, std::numeric_limits<std::int64_t>::max()));
        row.quarantined = std::clamp<std::int64_t>(resting, 0, std::max<std::int64_t>(room - row.held, 0));
        row.used = total == 0
            ? 0
            : std::min(1.0, static_cast<double>(row.held + row.quarantined) / static_cast<double>(total));
    }

    broker::Broker& m_broker;
    store::Store& m_store;
    ReportQuestion m_question;
    std::vector<std::string> m_pools;
    Reported<api::UtilisationRow> m_answered;
    api::Report<api::UtilisationRow> m_report;
    store::DayRange m_days;
    std::size_t m_done = 0;
};

} // namespace

void reportUtilisation(
    broker::Broker& broker, store::Store& store, const ReportQuestion& question,
    const Reported<api::UtilisationRow>& answered) {
    std::vector<std::string> pools;
    for (const config::Pool& pool : broker.configuration().pools) {
        if (question.pool.empty() || question.pool == pool.name)
            pools.push_back(pool.name);
    }
    if (pools.empty() && !question.pool.empty())
        return answered(
            failure(Error::Code::NotFound, "There is no pool " + question.pool + ": /pools lists them."));
    std::make_shared<Utilisation>(broker, store, question, std::move(pools), answered)->next();
}

// --- organisations by month

namespace {

int monthOf(api::Time time) {
    const api::Date date(std::chrono::floor<std::chrono::days>(time));
    return static_cast<int>(date.year()) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}

QString monthText(int month) {
    return QStringLiteral("%1-%2")
        .arg(month / 12, 4, 10, QLatin1Char('0'))
        .arg(month % 12 + 1, 2, 10, QLatin1Char('0'));
}

class Organisations {
public:
    explicit Organisations(const ReportQuestion& question)
        : m_question(question), m_first(monthOf(question.from)),
          m_last(monthOf(question.until - std::chrono::milliseconds(1))) { }

    void add(const api::Account& account) {
        const QString& name = account.settings.organisation;
        if (!account.created || !isOf(name, m_question)) // those of the configuration were always here
            return;
        const int month = monthOf(*account.created);
        One& one = of(name);
        if (month < m_first)
            ++one.before;
        else if (month <= m_last)
            ++at(one, month).newAccounts;
    }
    void add(const api::RegistrationRequest& request) {
        if (!isOf(request.organisation, m_question))
            return;
        One& one = of(request.organisation);
        if (contains(monthOf(request.received)))
            ++at(one, monthOf(request.received)).requests;
        if (!request.decided || !contains(monthOf(*request.decided)))
            return;
        if (request.state == api::RequestState::Approved)
            ++at(one, monthOf(*request.decided)).approved;
        else if (request.state == api::RequestState::Refused)
            ++at(one, monthOf(*request.decided)).refused;
    }

    /// By month, then by organisation; only where there is anything. Absent: there are too many.
    std::optional<std::vector<api::OrganisationRow>> take() {
        std::vector<std::vector<api::OrganisationRow>> months(static_cast<std::size_t>(m_last - m_first) + 1);
        std::size_t count = 0;
        for (auto& [key, one] : m_all) {
            for (int month = m_first; month <= m_last; ++month) {
                const auto found = one.months.find(month);
                if (found == one.months.end() && one.before == 0)
                    continue;
                if (++count > api::limit::rows)
                    return std::nullopt;
                api::OrganisationRow row = found == one.months.end() ? api::OrganisationRow() : found->second;
                one.before += row.newAccounts;
                row.organisation = one.name;
                row.month = monthText(month);
                row.accounts = one.before;
                months[static_cast<std::size_t>(month - m_first)].push_back(std::move(row));
            }
        }
        std::vector<api::OrganisationRow> rows;
        for (auto& month : months)
            std::move(month.begin(), month.end(), std::back_inserter(rows));
        return rows;
    }

private:
    struct One {
        QString name;
        std::int64_t before = 0; ///< accounts
        std::map<int, api::OrganisationRow> months;
    };
    bool contains(int month) const { return month >= m_first && month <= m_last; }
    One& of(const QString& name) {
        One& one = m_all[name.toLower()];
        if (one.name.isEmpty())
            one.name = name;
        return one;
    }
    static api::OrganisationRow& at(One& one, int month) { return one.months[month]; }

    const ReportQuestion& m_question;
    int m_first;
    int m_last;
    std::map<QString, One> m_all;
};

} // namespace

Result<api::Report<api::OrganisationRow>>
reportOrganisations(const broker::Registry& registry, const ReportQuestion& question) {
    Organisations organisations(question);
    registry.forEachAccount(
        [&](const broker::Registry::AccountGlance& glance) { organisations.add(glance.kept); });
    registry.forEachRequest([&](const api::RegistrationRequest& kept) { organisations.add(kept); });
    auto report = emptyReport<api::OrganisationRow>(question);
    auto rows = organisations.take();
    if (!rows)
        return tl::unexpected(tooManyRows());
    report.rows = std::move(*rows);
    return report;
}

// --- usage by holder

namespace {

using Sums = std::vector<store::HolderUsage>;

/// All pages of Store::usageSums(), one after the other.
void collectUsage(
    store::Store& store, const store::DayRange& range, std::optional<std::int64_t> after,
    const std::shared_ptr<Sums>& sums, QObject* context, const std::function<void(Result<Sums>)>& answered) {
    store.usageSums(
        range, {after, store::mostRows, false}, context,
        [&store, range, sums, context = QPointer<QObject>(context),
         answered](const Result<store::Rows<store::HolderUsage>>& rows) {
            if (!rows)
                return answered(tl::unexpected(rows.error()));
            sums->insert(sums->end(), rows->rows.begin(), rows->rows.end());
            if (rows->next)
                return collectUsage(store, range, rows->next, sums, context, answered);
            answered(std::move(*sums));
        });
}

std::int64_t bytesOf(const store::HolderUsage& sum) {
    return sum.usage.bytesIn + sum.usage.bytesOut;
}

std::vector<api::TrafficRow>
trafficRows(const broker::Registry& registry, const Sums& sums, const ReportQuestion& question) {
    std::vector<api::TrafficRow> rows;
    for (const store::HolderUsage& sum : sums) {
        const QString organisation = holderInfo(registry, sum.holder).organisation;
        if (!isOf(organisation, question))
            continue;
        rows.push_back({textOf(sum.holder), organisation, sum.usage.bytesIn, sum.usage.bytesOut});
        if (rows.size() == static_cast<std::size_t>(question.top))
            break;
    }
    return rows;
}

} // namespace

void reportTraffic(
    const broker::Registry& registry, store::Store& store, const ReportQuestion& question, QObject* context,
    const Reported<api::TrafficRow>& answered) {
    const auto finish = [&registry, question, answered](const Result<Sums>& sums) {
        if (!sums)
            return answered(tl::unexpected(sums.error()));
        auto report = emptyReport<api::TrafficRow>(question);
        report.rows = trafficRows(registry, *sums, question);
        answered(std::move(report));
    };
    if (question.organisation.isEmpty() && question.top <= store::mostRows) {
        store.usageTop(daysOf(question), question.top, context, finish);
        return;
    }
    collectUsage(store, daysOf(question), {}, std::make_shared<Sums>(), context, [finish](Result<Sums> sums) {
        if (sums)
            std::stable_sort(sums->begin(), sums->end(), [](const auto& a, const auto& b) {
                return bytesOf(a) > bytesOf(b);
            });
        finish(sums);
    });
}

} // namespace viaduct::face
