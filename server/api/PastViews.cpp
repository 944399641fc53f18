// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/PastViews.h"

#include "server/broker/Registry.h"

#include <QJsonDocument>

namespace viaduct::face {

namespace {
using store::HistoryEntry;

api::HistoryWhat whatOf(HistoryEntry::What what) {
    switch (what) {
    case HistoryEntry::What::Granted:
        return api::HistoryWhat::Granted;
    case HistoryEntry::What::Released:
        return api::HistoryWhat::Released;
    case HistoryEntry::What::Connected:
        return api::HistoryWhat::Connected;
    case HistoryEntry::What::Disconnected:
        return api::HistoryWhat::Disconnected;
    }
    return api::HistoryWhat::Granted;
}

api::HistoryLine viewOf(const HistoryEntry& entry) {
    return {timeOf(entry.at), whatOf(entry.what), entry.prefix, textOf(entry.holder), textOf(entry.detail)};
}

QJsonObject objectOf(const std::string& json) {
    return QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
}

api::AuditEntry viewOf(const store::AuditLine& line) {
    const store::AuditEntry& entry = line.entry;
    api::AuditEntry view;
    view.number = line.seq;
    view.at = timeOf(entry.at);
    view.who = textOf(entry.actor);
    view.from = textOf(entry.from);
    view.action = textOf(entry.action);
    view.object = textOf(entry.target);
    view.before = objectOf(entry.before);
    view.after = objectOf(entry.after);
    view.hash = QString::fromLatin1(
        QByteArray(reinterpret_cast<const char*>(line.hash.data()), static_cast<qsizetype>(line.hash.size()))
            .toHex());
    return view;
}
} // namespace

void showHolders(
    store::Store& store, const broker::Registry& registry, const IpAddress& address, api::Time at,
    QObject* context, Answered<api::Holders> answered) {
    store.holdersAt(
        address, at, context,
        [&registry, address, at,
         answered = std::move(answered)](const Result<std::vector<store::Tenure>>& tenures) {
            if (!tenures)
                return answered(tl::unexpected(tenures.error()));
            api::Holders view;
            view.address = address;
            view.at = at;
            for (const store::Tenure& tenure : *tenures) {
                const HolderInfo info = holderInfo(registry, tenure.holder);
                api::Tenure& made = view.tenures.emplace_back();
                made.prefix = tenure.prefix;
                made.holder = textOf(tenure.holder);
                made.from = timeOf(tenure.from);
                if (tenure.to)
                    made.to = timeOf(*tenure.to);
                made.person = info.person;
                made.email = info.email;
                made.organisation = info.organisation;
            }
            answered(std::move(view));
        });
}

void listHistory(
    store::Store& store, const store::HistoryFilter& filter, const store::Page& page, QObject* context,
    Answered<PastPage> answered) {
    store.history(
        filter, page, context,
        [answered = std::move(answered)](const Result<store::Rows<store::HistoryLine>>& rows) {
            if (!rows)
                return answered(tl::unexpected(rows.error()));
            PastPage result;
            result.next = rows->next;
            for (const store::HistoryLine& line : rows->rows)
                result.lines.push_back(viewOf(line.entry));
            answered(std::move(result));
        });
}

void listAudit(
    store::Store& store, const store::AuditFilter& filter, const store::Page& page, QObject* context,
    Answered<AuditPage> answered) {
    store.audit(
        filter, page, context,
        [answered = std::move(answered)](const Result<store::Rows<store::AuditLine>>& rows) {
            if (!rows)
                return answered(tl::unexpected(rows.error()));
            AuditPage result;
            result.next = rows->next;
            for (const store::AuditLine& line : rows->rows)
                result.entries.push_back(viewOf(line));
            answered(std::move(result));
        });
}

store::TimeRange timeRange(const std::optional<api::Time>& from, const std::optional<api::Time>& until) {
    store::TimeRange range;
    if (from)
        range.from = *from;
    if (until)
        range.to = *until - std::chrono::milliseconds(1);
    return range;
}

// --- many pages

namespace {

/// One question after the other, so that nothing else that is asked of the past waits long.
class Collection : public std::enable_shared_from_this<Collection> {
public:
    using Collected = std::function<void(Result<std::vector<store::HistoryLine>>)>;

    Collection(
        store::Store& store, std::vector<HistoryPart> parts, std::size_t most, const char* cure,
        QObject* context, Collected answered)
        : m_store(store), m_parts(std::move(parts)), m_most(most), m_cure(cure), m_context(context),
          m_answered(std::move(answered)) { }

    void ask(std::optional<std::int64_t> after) {
        const HistoryPart& part = m_parts.back();
        const int limit = part.lines == HistoryPart::Lines::All ? store::mostRows : 1;
        m_store.history(
            part.filter, {after, limit, part.lines != HistoryPart::Lines::Oldest}, m_context,
            [self = shared_from_this()](const Result<store::Rows<store::HistoryLine>>& rows) {
                self->take(rows);
            });
    }

private:
    void take(const Result<store::Rows<store::HistoryLine>>& rows) {
        if (!rows)
            return m_answered(tl::unexpected(rows.error()));
        m_lines.insert(m_lines.end(), rows->rows.begin(), rows->rows.end());
        if (m_lines.size() > m_most)
            return m_answered(failure(
                Error::Code::Exhausted,
                "More than " + std::to_string(m_most)
                    + " lines of the history would have to be read: ask for " + m_cure + '.'));
        if (rows->next && m_parts.back().lines == HistoryPart::Lines::All)
            return ask(rows->next);
        m_parts.pop_back();
        if (m_parts.empty())
            return m_answered(std::move(m_lines));
        ask({});
    }

    store::Store& m_store;
    std::vector<HistoryPart> m_parts; ///< those still to be asked for
    std::size_t m_most;
    std::string m_cure;
    QPointer<QObject> m_context;
    Collected m_answered;
    std::vector<store::HistoryLine> m_lines{};
};

} // namespace

void collectHistory(
    store::Store& store, std::vector<HistoryPart> parts, std::size_t most, const char* cure, QObject* context,
    std::function<void(Result<std::vector<store::HistoryLine>>)> answered) {
    std::make_shared<Collection>(store, std::move(parts), most, cure, context, std::move(answered))->ask({});
}

} // namespace viaduct::face
