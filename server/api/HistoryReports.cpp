// SPDX-License-Identifier: GPL-3.0-or-later
// The reports that need lines of the history: availability, and who had a prefix for an abuse case.
#include "server/api/PastViews.h"
#include "server/api/Reports.h"
#include "server/broker/Registry.h"

#include <algorithm>
#include <map>

namespace viaduct::face {

namespace {

using What = store::HistoryEntry::What;
using Lines = std::vector<store::HistoryLine>;

/// Of the history for one report: some seconds' reading, and some tens of megabytes.
constexpr std::size_t mostLines = 200'000;
/// Holders of one abuse case whose connections are looked up.
constexpr std::size_t mostHolders = 100;

bool isEarlier(const store::HistoryLine& a, const store::HistoryLine& b) {
    return std::pair(a.entry.at, a.id) < std::pair(b.entry.at, b.id);
}

store::DayRange daysOf(const ReportQuestion& question) {
    const auto dayOf = [](api::Time time) {
        return std::chrono::floor<std::chrono::days>(time.time_since_epoch()).count();
    };
    return {dayOf(question.from), dayOf(question.until - std::chrono::milliseconds(1))};
}

// --- availability

class Availability : public std::enable_shared_from_this<Availability> {
public:
    Availability(
        const broker::Registry& registry, store::Store& store, const ReportQuestion& question,
        QObject* context, Reported<api::AvailabilityRow> answered)
        : m_registry(registry), m_store(store), m_question(question), m_context(context),
          m_answered(std::move(answered)) { }

    void start() { askUsage({}); }

private:
    void askUsage(std::optional<std::int64_t> after) {
        m_store.usageSums(
            daysOf(m_question), {after, store::mostRows, false}, m_context,
            [self = shared_from_this()](const Result<store::Rows<store::HolderUsage>>& rows) {
                if (!rows)
                    return self->m_answered(tl::unexpected(rows.error()));
                for (const store::HolderUsage& sum : rows->rows)
                    self->m_byHolder[sum.holder].upSeconds = sum.usage.secondsUp;
                if (rows->next)
                    return self->askUsage(rows->next);
                self->askConnections();
            });
    }
    void askConnections() {
        store::HistoryFilter filter;
        filter.time = timeRange(m_question.from, m_question.until);
        filter.what = What::Connected;
        collectHistory(
            m_store, {{filter}}, mostLines, "a shorter time", m_context,
            [self = shared_from_this()](const Result<Lines>& lines) {
                if (!lines)
                    return self->m_answered(tl::unexpected(lines.error()));
                for (const store::HistoryLine& line : *lines)
                    ++self->m_byHolder[line.entry.holder].connections;
                self->finish();
            });
    }
    void finish() {
        api::Report<api::AvailabilityRow> report;
        report.from = m_question.from;
        report.until = m_question.until;
        report.made = timeOf(std::chrono::system_clock::now());
        const auto period = std::chrono::duration<double>(m_question.until - m_question.from).count();
        for (auto& [holder, row] : m_byHolder) {
            row.organisation = holderInfo(m_registry, holder).organisation;
            if (!m_question.organisation.isEmpty()
                && row.organisation.compare(m_question.organisation, Qt::CaseInsensitive) != 0)
                continue;
            row.holder = textOf(holder);
            row.share = std::min(1.0, static_cast<double>(row.upSeconds) / period);
            report.rows.push_back(std::move(row));
        }
        if (report.rows.size() > api::limit::rows)
            return m_answered(failure(
                Error::Code::Exhausted,
                "The report would have more than " + std::to_string(api::limit::rows)
                    + " rows: ask for a shorter time, or for one organisation."));
        m_answered(std::move(report));
    }

    const broker::Registry& m_registry;
    store::Store& m_store;
    ReportQuestion m_question;
    QPointer<QObject> m_context;
    Reported<api::AvailabilityRow> m_answered;
    std::map<store::Holder, api::AvailabilityRow> m_byHolder;
};

// --- an abuse case

/// From when to when somebody had something; the end is absent while it goes on.
struct Span {
    store::HistoryEntry begin;
    std::optional<store::TimePoint> end;
};

/// A line of `open` begins a span of its prefix, the next line of that prefix ends it.
std::vector<Span> spansOf(Lines lines, What open) {
    std::sort(lines.begin(), lines.end(), isEarlier);
    std::vector<Span> spans;
    std::map<Prefix, std::size_t> running; ///< the place of each that is not over
    for (const store::HistoryLine& line : lines) {
        const store::HistoryEntry& entry = line.entry;
        if (const auto before = running.find(entry.prefix); before != running.end()) {
            spans[before->second].end = entry.at;
            running.erase(before);
        }
        if (entry.what == open) {
            running[entry.prefix] = spans.size();
            spans.push_back({entry, {}});
        }
    }
    return spans;
}

bool overlaps(const Span& span, store::TimePoint from, store::TimePoint until) {
    return span.begin.at < until && (!span.end || *span.end > from);
}

/// "v6v4 198.51.100.7" or "v6udpv4 198.51.100.7:4000".
QString outerOf(const std::string& detail) {
    const std::size_t space = detail.find(' ');
    return space == std::string::npos ? QString() : textOf(detail.substr(space + 1));
}

class Abuse : public std::enable_shared_from_this<Abuse> {
public:
    Abuse(
        const broker::Registry& registry, store::Store& store, const ReportQuestion& question,
        QObject* context, Reported<api::AbuseRow> answered)
        : m_registry(registry), m_store(store), m_question(question), m_context(context),
          m_answered(std::move(answered)) { }

    /// The end of what was held then may lie behind the time that is asked about: all lines until now.
    void start() {
        std::vector<HistoryPart> parts(2);
        parts[0].filter.what = What::Granted;
        parts[1].filter.what = What::Released;
        for (HistoryPart& part : parts)
            part.filter.prefix = m_question.within;
        collectHistory(
            m_store, std::move(parts), mostLines, "a smaller part", m_context,
            [self = shared_from_this()](const Result<Lines>& lines) {
                if (!lines)
                    return self->m_answered(tl::unexpected(lines.error()));
                for (const Span& span : spansOf(*lines, What::Granted)) {
                    if (overlaps(span, self->m_question.from, self->m_question.until))
                        self->m_tenures[span.begin.holder].push_back(span);
                }
                self->next();
            });
    }

private:
    /// A holder may have connected every few minutes for years: of what was before and after, only the lines
    /// next to the time that is asked about are read. That is enough, as a holder has one tunnel at a time.
    std::vector<HistoryPart> connectionsOf(const store::Holder& holder) const {
        std::vector<HistoryPart> parts;
        for (const What what : {What::Connected, What::Disconnected}) {
            store::HistoryFilter within;
            within.holder = holder;
            within.what = what;
            within.time = timeRange(m_question.from, m_question.until);
            store::HistoryFilter before = within;
            before.time = timeRange({}, m_question.from);
            store::HistoryFilter after = within;
            after.time = timeRange(m_question.until, {});
            parts.push_back({within});
            parts.push_back({before, HistoryPart::Lines::Newest});
            parts.push_back({after, HistoryPart::Lines::Oldest});
        }
        return parts;
    }
    /// The connections of the next holder.
    void next() {
        if (m_tenures.size() > mostHolders)
            return m_answered(failure(
                Error::Code::Exhausted,
                std::to_string(m_tenures.size())
                    + " had a part of it in that time: ask for a shorter time or a smaller part."));
        if (m_tenures.empty())
            return finish();
        const auto tenures = m_tenures.extract(m_tenures.begin());
        collectHistory(
            m_store, connectionsOf(tenures.key()), mostLines, "a shorter time", m_context,
            [self = shared_from_this(), spans = tenures.mapped()](const Result<Lines>& lines) {
                if (!lines)
                    return self->m_answered(tl::unexpected(lines.error()));
                const std::vector<Span> connections = spansOf(*lines, What::Connected);
                for (const Span& tenure : spans)
                    self->add(tenure, connections);
                self->next();
            });
    }
    /// A row for each connection in that time, or one for the tenure when there was none.
    void add(const Span& tenure, const std::vector<Span>& connections) {
        const std::size_t before = m_rows.size();
        const store::TimePoint from = std::max<store::TimePoint>(m_question.from, tenure.begin.at);
        const store::TimePoint until
            = std::min<store::TimePoint>(m_question.until, tenure.end.value_or(store::TimePoint::max()));
        for (const Span& connection : connections) {
            if (overlaps(connection, from, until))
                addRow(tenure, connection, outerOf(connection.begin.detail));
        }
        if (m_rows.size() == before)
            addRow(tenure, tenure, {});
    }
    void addRow(const Span& tenure, const Span& time, const QString& outer) {
        const HolderInfo info = holderInfo(m_registry, tenure.begin.holder);
        api::AbuseRow row;
        row.prefix = tenure.begin.prefix;
        row.holder = textOf(tenure.begin.holder);
        row.person = info.person;
        row.email = info.email;
        row.organisation = info.organisation;
        row.from = timeOf(time.begin.at);
        if (time.end)
            row.to = timeOf(*time.end);
        row.outer = outer;
        m_rows.push_back(std::move(row));
    }
    void finish() {
        if (m_rows.size() > api::limit::rows)
            return m_answered(
                failure(Error::Code::Exhausted, "The report would be too long: ask for a shorter time."));
        std::stable_sort(
            m_rows.begin(), m_rows.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
        api::Report<api::AbuseRow> report;
        report.from = m_question.from;
        report.until = m_question.until;
        report.made = timeOf(std::chrono::system_clock::now());
        report.rows = std::move(m_rows);
        m_answered(std::move(report));
    }

    const broker::Registry& m_registry;
    store::Store& m_store;
    ReportQuestion m_question;
    QPointer<QObject> m_context;
    Reported<api::AbuseRow> m_answered;
    std::map<store::Holder, std::vector<Span>> m_tenures;
    std::vector<api::AbuseRow> m_rows;
};

} // namespace

void reportAvailability(
    const broker::Registry& registry, store::Store& store, const ReportQuestion& question, QObject* context,
    const Reported<api::AvailabilityRow>& answered) {
    std::make_shared<Availability>(registry, store, question, context, answered)->start();
}

void reportAbuse(
    const broker::Registry& registry, store::Store& store, const ReportQuestion& question, QObject* context,
    const Reported<api::AbuseRow>& answered) {
    std::make_shared<Abuse>(registry, store, question, context, answered)->start();
}

} // namespace viaduct::face
