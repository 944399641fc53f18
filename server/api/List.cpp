// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/List.h"

#include "shared/api/Sorts.h"

#include <QJsonDocument>

#include <algorithm>

namespace viaduct::face {

namespace {

/// Cursors are ours, but come back through a stranger's hands.
std::optional<ListKey> keyFrom(const QString& cursor, const QString& sort) {
    const auto bytes = QByteArray::fromBase64Encoding(
        cursor.toLatin1(),
        QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals
            | QByteArray::AbortOnBase64DecodingErrors);
    if (!bytes)
        return std::nullopt;
    const QJsonObject object = QJsonDocument::fromJson(*bytes).object();
    if (object.value(QLatin1String("s")).toString() != sort)
        return std::nullopt;
    ListKey key;
    key.rank = {object.value(QLatin1String("n")).toInteger(), object.value(QLatin1String("m")).toInteger()};
    key.text = object.value(QLatin1String("t")).toString();
    key.id = object.value(QLatin1String("i")).toString();
    if (key.id.isEmpty())
        return std::nullopt;
    return key;
}

} // namespace

bool before(const ListKey& a, const ListKey& b) {
    if (a.rank != b.rank)
        return a.rank < b.rank;
    if (const int order = a.text.compare(b.text, Qt::CaseInsensitive); order != 0)
        return order < 0;
    return a.id < b.id;
}

ListQuery readList(Query& query, const api::OperationInfo& operation) {
    ListQuery list;
    int limit = api::limit::pageDefault;
    query.read("limit", limit);
    if (limit < 1 || limit > api::limit::page)
        query.complain(
            "limit", QStringLiteral("A whole number from 1 to %1 is wanted.").arg(api::limit::page));
    else
        list.limit = static_cast<std::size_t>(limit);
    query.read("total", list.total);
    const QStringList sorts = api::sortsOf(operation.sort);
    list.sort = sorts.front();
    query.read("sort", list.sort);
    if (!sorts.contains(list.sort)) {
        query.complain(
            "sort", QStringLiteral("One of these is wanted: %1.").arg(sorts.join(QLatin1String(", "))));
        list.sort = sorts.front();
    }
    list.descending = list.sort.startsWith(u'-');
    list.field = list.descending ? list.sort.mid(1) : list.sort;
    query.read("cursor", list.cursor);
    return list;
}

ListRank beginningOf(QStringView text) {
    const auto folded = [](QChar letter) -> std::uint64_t {
        const char16_t code = letter.unicode();
        if (code < 128) // the table of Unicode is far away
            return code >= u'A' && code <= u'Z' ? code + 32U : code;
        return letter.toCaseFolded().unicode();
    };
    const auto letters = [text, folded](qsizetype from) {
        std::uint64_t number = 0;
        for (qsizetype i = from; i < from + 4; ++i)
            number = (number << 16) | (i < text.size() ? folded(text[i]) : 0U);
        return static_cast<std::int64_t>(number ^ (std::uint64_t{1} << 63)); // it has a sign
    };
    return {letters(0), letters(4)};
}

ListRank addressRank(const IpAddress& address) {
    const auto half = [&address](std::size_t from) {
        std::uint64_t number = 0;
        for (std::size_t i = from; i < from + 8; ++i)
            number = (number << 8) | address.bytes()[i];
        return static_cast<std::int64_t>(number ^ (std::uint64_t{1} << 63));
    };
    return {half(0), half(8)};
}

FirstItems::FirstItems(const ListQuery& list) : m_list(list) {
    m_heap.reserve(list.limit + 1);
}

QString cursorAfter(const ListQuery& list, const ListKey& last) {
    QJsonObject object{{QStringLiteral("s"), list.sort}, {QStringLiteral("i"), last.id}};
    if (last.rank.number != 0)
        object.insert(QStringLiteral("n"), static_cast<qint64>(last.rank.number));
    if (last.rank.second != 0)
        object.insert(QStringLiteral("m"), static_cast<qint64>(last.rank.second));
    if (!last.text.isEmpty())
        object.insert(QStringLiteral("t"), last.text);
    return QString::fromLatin1(QJsonDocument(object)
                                   .toJson(QJsonDocument::Compact)
                                   .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals));
}

void readCursor(Query& query, ListQuery& list) {
    if (list.cursor.isEmpty())
        return;
    list.after = keyFrom(list.cursor, list.sort);
    if (!list.after)
        query.complain(
            "cursor",
            QStringLiteral("It is no cursor of this list in this order: take `next` of the page before."));
}

bool FirstItems::comesBefore(const ListKey& a, const ListKey& b) const {
    return m_list.descending ? before(b, a) : before(a, b);
}

void FirstItems::offer(ListKey key) {
    ++m_total;
    if (m_list.after && !comesBefore(*m_list.after, key))
        return;
    const auto order = [this](const ListKey& a, const ListKey& b) { return comesBefore(a, b); };
    if (m_heap.size() > m_list.limit) {
        if (!comesBefore(key, m_heap.front()))
            return;
        std::pop_heap(m_heap.begin(), m_heap.end(), order);
        m_heap.pop_back();
    }
    m_heap.push_back(std::move(key));
    std::push_heap(m_heap.begin(), m_heap.end(), order);
}

FirstItems::Taken FirstItems::take() {
    std::sort_heap(m_heap.begin(), m_heap.end(), [this](const ListKey& a, const ListKey& b) {
        return comesBefore(a, b);
    });
    Taken taken;
    if (m_heap.size() > m_list.limit) {
        m_heap.resize(m_list.limit);
        taken.next = cursorAfter(m_list, m_heap.back());
    }
    taken.keys = std::move(m_heap);
    if (m_list.total)
        taken.total = m_total;
    return taken;
}

bool mentions(const QString& wanted, std::initializer_list<QStringView> texts) {
    return wanted.isEmpty() || std::any_of(texts.begin(), texts.end(), [&](QStringView text) {
               return text.contains(wanted, Qt::CaseInsensitive);
           });
}

} // namespace viaduct::face
