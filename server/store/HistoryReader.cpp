// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/HistoryReader.h"

#include <algorithm>
#include <tuple>

namespace viaduct::store {

namespace {

using What = HistoryEntry::What;

// The conditions of the partial indexes: they must be in the statement word for word.
const QString tenureHalf = QStringLiteral("what IN ('G', 'R')");
const QString connectionHalf = QStringLiteral("what IN ('C', 'D')");

const QString columns
    = QStringLiteral("SELECT id, at, what, address, length, "
                     "(SELECT name FROM holder WHERE holder.id = history.holder_id), detail FROM history");

HistoryLine lineOf(Row& row) {
    HistoryLine line;
    line.id = row.number();
    line.entry.at = row.time();
    line.entry.what = row.what();
    line.entry.prefix = row.prefix();
    line.entry.holder = row.text();
    line.entry.detail = row.text();
    return line;
}

std::vector<QString> halvesOf(const std::optional<What>& what) {
    if (!what)
        return {tenureHalf, connectionHalf};
    return {*what == What::Granted || *what == What::Released ? tenureHalf : connectionHalf};
}

IpAddress lastOf(const Prefix& prefix) {
    const int hostBits = prefix.width() - prefix.length();
    const Uint128 hosts = hostBits == 128 ? ~Uint128{0} : (Uint128{1} << hostBits) - 1;
    return IpAddress::fromNumber(prefix.address().number() | hosts);
}

Conditions::Bind addresses(const IpAddress& first, const IpAddress& last) {
    return [first, last](Parameters& to) { to.address(first).address(last); };
}

/// Lines of one length about what lies in `prefix`.
void addWithin(Conditions& conditions, const Prefix& prefix) {
    conditions.add(QStringLiteral("address BETWEEN ? AND ?"), addresses(prefix.address(), lastOf(prefix)));
    const IpAddress firstV4
        = IpAddress::v4(0); // in its mapped form it lies in ::/0, but no IPv6 prefix holds it
    if (prefix.width() == 128 && prefix.address() <= firstV4 && firstV4 <= lastOf(prefix))
        conditions.add(
            QStringLiteral("NOT (address BETWEEN ? AND ?)"), addresses(firstV4, IpAddress::v4(0xffffffff)));
}

} // namespace

HistoryReader::HistoryReader(const QSqlDatabase& database, const Dialect& dialect)
    : m_database(database), m_dialect(dialect) { }

Result<Rows<HistoryLine>> HistoryReader::lines(const HistoryFilter& filter, const Page& page) {
    const auto after = placeAfter(page);
    if (!after)
        return tl::unexpected(after.error());
    const auto holder = filter.holder ? numberOf(*filter.holder) : std::optional<std::int64_t>();
    if (!holder)
        return tl::unexpected(holder.error());
    if (filter.holder && !*holder)
        return Rows<HistoryLine>{};
    const auto ways = branches(filter, *holder);
    if (!ways)
        return tl::unexpected(ways.error());
    Rows<HistoryLine> result;
    for (const Branch& branch : *ways) {
        auto found = follow(branch, filter, *after, page);
        if (!found)
            return tl::unexpected(found.error());
        result.rows.insert(result.rows.end(), found->begin(), found->end());
    }
    std::sort(result.rows.begin(), result.rows.end(), [&](const auto& a, const auto& b) {
        const auto& first = page.newestFirst ? b : a;
        const auto& second = page.newestFirst ? a : b;
        return std::tie(first.entry.at, first.id) < std::tie(second.entry.at, second.id);
    });
    const auto limit = static_cast<std::size_t>(limitOf(page));
    if (result.rows.size() >= limit) {
        result.rows.resize(limit);
        result.next = result.rows.back().id;
    }
    return result;
}

Result<Rows<Tenure>> HistoryReader::tenures(const Holder& holder, const Page& page) {
    HistoryFilter grants;
    grants.holder = holder;
    grants.what = What::Granted;
    const auto found = lines(grants, page);
    if (!found)
        return tl::unexpected(found.error());
    Rows<Tenure> result;
    result.next = found->next;
    for (const HistoryLine& grant : found->rows) {
        const auto end = endOf(grant);
        if (!end)
            return tl::unexpected(end.error());
        result.rows.push_back({grant.entry.prefix, grant.entry.holder, grant.entry.at, *end});
    }
    return result;
}

Result<std::optional<TimePoint>> HistoryReader::endOf(const HistoryLine& grant) {
    Statement following(
        m_database, m_dialect,
        QStringLiteral("SELECT at FROM history WHERE what IN ('G', 'R') AND length = ? AND address = ? "
                       "AND (at, id) > (?, ?) ORDER BY at, id LIMIT 1"));
    const Prefix& prefix = grant.entry.prefix;
    following.bind().number(prefix.length()).address(prefix.address()).time(grant.entry.at).number(grant.id);
    return following.row<TimePoint>("history", [](Row& row) { return row.time(); });
}

Result<std::optional<std::int64_t>> HistoryReader::numberOf(const Holder& holder) {
    Statement number(m_database, m_dialect, QStringLiteral("SELECT id FROM holder WHERE name = ?"));
    number.bind().text(holder);
    return number.row<std::int64_t>("holder", [](Row& row) { return row.number(); });
}

Result<std::optional<HistoryReader::Place>> HistoryReader::placeAfter(const Page& page) {
    if (!page.after)
        return std::nullopt;
    Statement place(m_database, m_dialect, QStringLiteral("SELECT at FROM history WHERE id = ?"));
    place.bind().number(*page.after);
    const auto at = place.row<TimePoint>("history", [](Row& row) { return row.time(); });
    if (!at)
        return tl::unexpected(at.error());
    if (!*at)
        return failure(
            Error::Code::NotFound,
            "the line " + std::to_string(*page.after)
                + " that the page is to follow is no longer in the history: begin again");
    return Place{**at, *page.after};
}

Result<std::vector<HistoryReader::Branch>>
HistoryReader::branches(const HistoryFilter& filter, const std::optional<std::int64_t>& holder) {
    Conditions held;
    if (holder)
        held.add(QStringLiteral("holder_id = ?"), [number = *holder](Parameters& to) { to.number(number); });
    const QString inOrder = QStringLiteral("at");
    if (holder && !filter.prefix)
        return std::vector<Branch>{{held, inOrder}};
    std::vector<Branch> result;
    for (const QString& half : halvesOf(filter.what)) {
        if (!filter.prefix) {
            result.push_back({Conditions().add(half), inOrder});
            continue;
        }
        const auto lengths = lengthsOf(half);
        if (!lengths)
            return tl::unexpected(lengths.error());
        for (const int length : *lengths) {
            Branch branch{held, inOrder};
            // A holder has fewer lines than a prefix may: then its index is the one to follow.
            branch.conditions.add(half).add(
                holder ? QStringLiteral("+length = ?") : QStringLiteral("length = ?"),
                [length](Parameters& to) { to.number(length); });
            if (length < filter.prefix->length()) {
                const IpAddress around = Prefix(filter.prefix->address(), length).address();
                branch.conditions.add(
                    QStringLiteral("address = ?"), [around](Parameters& to) { to.address(around); });
            } else {
                addWithin(branch.conditions, *filter.prefix);
                if (!holder)
                    branch.at
                        = QStringLiteral("+at"); // all matches are sorted, instead of all lines looked at
            }
            result.push_back(std::move(branch));
        }
    }
    return result;
}

/// The lengths of prefixes in one half of the history, by one probe each.
Result<std::vector<int>> HistoryReader::lengthsOf(const QString& half) {
    Statement shorter(
        m_database, m_dialect,
        QStringLiteral("SELECT length FROM history WHERE %1 AND length < ? ORDER BY length DESC LIMIT 1")
            .arg(half));
    std::vector<int> lengths;
    for (int below = 129;;) {
        shorter.bind().number(below);
        const auto length
            = shorter.row<int>("history", [](Row& row) { return static_cast<int>(row.number()); });
        if (!length)
            return tl::unexpected(length.error());
        if (!*length)
            return lengths;
        below = **length;
        lengths.push_back(below);
    }
}

Result<std::vector<HistoryLine>> HistoryReader::follow(
    Branch branch, const HistoryFilter& filter, const std::optional<Place>& after, const Page& page) {
    Conditions& conditions = branch.conditions.time(branch.at, filter.time);
    if (filter.what)
        conditions.add(QStringLiteral("what = ?"), [what = *filter.what](Parameters& to) { to.what(what); });
    if (after)
        conditions.add(
            QStringLiteral("(%1, id) %2 (?, ?)")
                .arg(branch.at, page.newestFirst ? QStringLiteral("<") : QStringLiteral(">")),
            [place = *after](Parameters& to) { to.time(place.at).number(place.id); });
    Statement search(
        m_database, m_dialect,
        columns + conditions.text()
            + QStringLiteral(" ORDER BY %1 %2, id %2 LIMIT ?").arg(branch.at, orderOf(page)));
    Parameters parameters = search.bind();
    conditions.bind(parameters);
    parameters.number(limitOf(page));
    return search.rows<HistoryLine>("history", lineOf);
}

} // namespace viaduct::store
