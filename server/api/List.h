// SPDX-License-Identifier: GPL-3.0-or-later
// Pages of lists: sorted, filtered, gone through by cursor. Of 100,000 items only keys are looked at; values
// are made for those of the page alone.
#pragma once

#include "server/api/Query.h"
#include "shared/api/Operations.h"

#include <functional>

namespace viaduct::face {

/// What decides nearly always, and costs no memory: a number, or the beginning of something longer.
struct ListRank {
    std::int64_t number = 0;
    std::int64_t second = 0;
    ListRank() = default;
    ListRank(std::int64_t first, std::int64_t next = 0)
        : number(first), second(next) { } // NOLINT(*-explicit-*)
    friend auto operator<=>(const ListRank&, const ListRank&) = default;
};

/// By what an item is sorted: the rank, then the text (whatever the case of its letters), then the id, which
/// makes the order total.
struct ListKey {
    ListRank rank;
    QString text;
    QString id;
};
bool before(const ListKey& a, const ListKey& b);

/// The part of a question that every list has.
struct ListQuery {
    std::size_t limit = api::limit::pageDefault;
    bool total = false;
    QString sort; ///< with its hyphen, as given out by the operation
    QString field; ///< without
    bool descending = false;
    std::optional<ListKey> after; ///< the last item of the page before
    QString cursor; ///< as sent, for lists whose cursors are the store's
};

/// Mistakes are noted in the query.
ListQuery readList(Query& query, const api::OperationInfo& operation);
/// Makes `after` of the cursor; not for lists whose cursors are the store's.
void readCursor(Query& query, ListQuery& list);

/// Text for the cursor of the page that follows `last`.
QString cursorAfter(const ListQuery& list, const ListKey& last);

/// Keeps the first `limit` of all that is offered behind the cursor, in O(log limit) for each.
class FirstItems {
public:
    explicit FirstItems(const ListQuery& list);

    /// Only what the filter lets through.
    void offer(ListKey key);
    /// Of many: a key is made only of what can still be among the first, by its rank and its text.
    template <typename MakeKey>
    void offer(const ListRank& rank, QStringView text, const MakeKey& makeKey) {
        if (isTooLate(rank, text)) {
            ++m_total;
            return;
        }
        ListKey key = makeKey();
        key.rank = rank;
        offer(std::move(key));
    }
    struct Taken {
        std::vector<ListKey> keys; ///< in order
        QString next;
        std::optional<std::int64_t> total;
    };
    Taken take();

private:
    bool isTooLate(const ListRank& rank, QStringView text) const {
        if (m_heap.size() <= m_list.limit)
            return false;
        const ListKey& last = m_heap.front();
        if (rank != last.rank)
            return m_list.descending ? rank < last.rank : rank > last.rank;
        if (text.isEmpty()) // not known before the key is made
            return false;
        const int order = text.compare(last.text, Qt::CaseInsensitive);
        return m_list.descending ? order < 0 : order > 0;
    }
    bool comesBefore(const ListKey& a, const ListKey& b) const;

    const ListQuery& m_list;
    std::vector<ListKey> m_heap; ///< the last of them on top; one more than the limit, to know of a next page
    std::int64_t m_total = 0;
};

/// The page, of the values that `make` gives for the ids; those that are gone meanwhile are left out.
template <typename T>
api::Page<T>
pageOf(const FirstItems::Taken& taken, const std::function<std::optional<T>(const QString& id)>& make) {
    api::Page<T> page;
    page.items.reserve(taken.keys.size());
    for (const ListKey& key : taken.keys) {
        if (auto value = make(key.id))
            page.items.push_back(std::move(*value));
    }
    page.next = taken.next;
    page.total = taken.total;
    return page;
}

/// Whether any of the texts has `wanted` in it, in any case of letters; an empty one is in all.
bool mentions(const QString& wanted, std::initializer_list<QStringView> texts);

/// Milliseconds since the epoch, for ListRank::number.
inline std::int64_t sortable(api::Time time) {
    return time.time_since_epoch().count();
}
/// The first letters, whatever their case.
ListRank beginningOf(QStringView text);
/// All of it.
ListRank addressRank(const IpAddress& address);

} // namespace viaduct::face
