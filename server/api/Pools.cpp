// SPDX-License-Identifier: GPL-3.0-or-later
// The addressing plan: pools and their maps, who holds what, and what is set aside.
#include "server/api/Forecasts.h"
#include "server/api/List.h"
#include "server/api/PoolViews.h"
#include "server/api/RateMeter.h"
#include "server/api/Views.h"
#include "server/broker/Registry.h"
#include "server/broker/Reservations.h"

#include <algorithm>

namespace viaduct::face {

namespace {

namespace operation = api::operation;

/// A grid that a person can read: 128 cells.
constexpr int usualDepth = 7;

void listPools(const Views& views, const Call& call, const Reply<api::Page<api::Pool>>& reply) {
    ListQuery list = readList(call.query, operation::listPools);
    readCursor(call.query, list);
    QString q;
    call.query.read("q", q);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    FirstItems first(list);
    for (const config::Pool& pool : views.broker.configuration().pools) {
        if (!mentions(q, {textOf(pool.name), textOf(pool.prefix.text())}))
            continue;
        ListKey key;
        key.id = textOf(pool.name);
        key.text = list.field == QLatin1String("prefix") ? sortable(pool.prefix.address()) : key.id;
        first.offer(std::move(key));
    }
    reply.value(pageOf<api::Pool>(first.take(), [&](const QString& name) {
        return poolView(views.broker, views.forecasts, name.toStdString());
    }));
}

void showMap(const Views& views, const Call& call, const Reply<api::PoolMap>& reply) {
    std::optional<Prefix> part;
    std::optional<api::Time> at;
    int depth = usualDepth;
    call.query.read("prefix", part);
    call.query.read("depth", depth);
    call.query.read("at", at);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    const std::string pool = call.name().toStdString();
    if (!at || *at >= timeOf(std::chrono::system_clock::now()))
        return reply(poolMap(views.broker, views.meter, pool, part, depth));
    pastPoolMap(views.broker, views.store, pool, part, depth, *at, &views.broker, reply);
}

// --- allocations

struct AllocationFilter {
    QString poolName;
    std::string pool;
    std::optional<Prefix> within;
    std::optional<store::Holder> holder;
    std::optional<api::BlockState> state;
    std::optional<std::unordered_set<store::Holder>> holders; ///< of an organisation
    bool contradicts = false; ///< nothing can match

    AllocationFilter(Query& query, const broker::Registry& registry) {
        QString organisation;
        QString part;
        QString of;
        QString account;
        query.read("pool", poolName);
        query.read("within", part);
        query.read("holder", of);
        query.read("account", account);
        query.read("organisation", organisation);
        query.read("state", state);
        pool = poolName.toStdString();
        if (!organisation.isEmpty())
            holders = holdersOf(registry, organisation);
        if (!part.isEmpty() && !(within = prefixFrom(part)))
            query.complain("within", QStringLiteral("An address or a prefix is wanted."));
        if (!of.isEmpty())
            holder = of.toStdString();
        if (!account.isEmpty()) {
            const store::Holder other = "account:" + account.toStdString();
            contradicts = holder && *holder != other;
            holder = other;
        }
    }
    bool takes(const Views& views, const store::Allocation& allocation, store::TimePoint now) const {
        if ((!pool.empty() && allocation.pool != pool) || (holder && allocation.holder != *holder)
            || (within && !within->overlaps(allocation.block)))
            return false;
        if (allocation.quarantinedUntil && *allocation.quarantinedUntil <= now)
            return false; // free: it is only remembered for whom it was
        return (!holders || holders->contains(allocation.holder))
            && (!state || stateOf(views.broker, allocation, now) == *state);
    }
};

/// An id that is in the order of the blocks, and by which its block is found again.
QString idOf(const store::Allocation& allocation) {
    QString id = sortable(allocation.block.address());
    id += QChar(u'0' + allocation.block.length() / 100);
    id += QChar(u'0' + allocation.block.length() / 10 % 10);
    id += QChar(u'0' + allocation.block.length() % 10);
    return id + QLatin1String(allocation.pool.data(), static_cast<qsizetype>(allocation.pool.size()));
}
constexpr qsizetype addressDigits = 32;
constexpr qsizetype lengthDigits = 3;

std::optional<api::Allocation> allocationOf(const Views& views, const QString& id) {
    const QByteArray bytes = QByteArray::fromHex(id.left(addressDigits).toLatin1());
    IpAddress::Bytes address{};
    if (bytes.size() != static_cast<qsizetype>(address.size()))
        return std::nullopt;
    std::copy(bytes.begin(), bytes.end(), address.begin());
    const std::string pool = id.mid(addressDigits + lengthDigits).toStdString();
    const auto found = views.broker.ledger().at(pool, IpAddress::v6(address));
    return found ? std::optional(allocationView(views.broker, views.registry, *found)) : std::nullopt;
}

enum class AllocationOrder { Block, Since, Holder };

AllocationOrder orderOf(const QString& field) {
    return field == QLatin1String("since") ? AllocationOrder::Since
        : field == QLatin1String("holder") ? AllocationOrder::Holder
                                           : AllocationOrder::Block;
}

/// Of holders the text alone decides: they all begin alike.
ListRank rankOf(const store::Allocation& allocation, AllocationOrder order) {
    return order == AllocationOrder::Since ? sortable(timeOf(allocation.since))
        : order == AllocationOrder::Block  ? addressRank(allocation.block.address())
                                           : 0;
}

ListKey keyOf(const store::Allocation& allocation, AllocationOrder order) {
    return {0, order == AllocationOrder::Holder ? textOf(allocation.holder) : QString(), idOf(allocation)};
}

void listAllocations(const Views& views, const Call& call, const Reply<api::Page<api::Allocation>>& reply) {
    ListQuery list = readList(call.query, operation::listAllocations);
    readCursor(call.query, list);
    const AllocationFilter filter(call.query, views.registry);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    if (!filter.pool.empty() && !views.broker.occupancy(filter.pool))
        return reply.notFound(QStringLiteral("The pool ") + filter.poolName);
    FirstItems first(list);
    const store::TimePoint now = std::chrono::system_clock::now();
    const AllocationOrder order = orderOf(list.field);
    if (!filter.contradicts)
        views.broker.ledger().forEach([&](const store::Allocation& allocation) {
            if (filter.takes(views, allocation, now))
                first.offer(rankOf(allocation, order), {}, [&] { return keyOf(allocation, order); });
        });
    reply.value(
        pageOf<api::Allocation>(first.take(), [&](const QString& id) { return allocationOf(views, id); }));
}

// --- reservations

void listReservations(const Views& views, const Call& call, const Reply<api::Page<api::Reservation>>& reply) {
    ListQuery list = readList(call.query, operation::listReservations);
    readCursor(call.query, list);
    QString pool;
    QString part;
    std::optional<Prefix> within;
    call.query.read("pool", pool);
    call.query.read("within", part);
    if (!part.isEmpty() && !(within = prefixFrom(part)))
        call.query.complain("within", QStringLiteral("An address or a prefix is wanted."));
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    FirstItems first(list);
    views.reservations.forEach([&](const api::Reservation& each) {
        if ((!pool.isEmpty() && each.draft.pool != pool) || (within && !within->overlaps(each.draft.prefix)))
            return;
        ListKey key;
        key.id = each.id;
        if (list.field == QLatin1String("prefix"))
            key.text = sortable(each.draft.prefix.address());
        else
            key.rank = sortable(each.created);
        first.offer(std::move(key));
    });
    reply.value(pageOf<api::Reservation>(
        first.take(), [&](const QString& id) { return views.reservations.find(id); }));
}

void addReservations(Router& router, const Views& views) {
    router.on(operation::listReservations, [views](const Call& call, const auto&, const auto& reply) {
        listReservations(views, call, reply);
    });
    router.on(
        operation::createReservation,
        [views](const Call& call, const api::ReservationDraft& draft, const auto& reply) {
            views.reservations.create(draft, call.actor, reply);
        });
    router.on(operation::deleteReservation, [views](const Call& call, const auto&, const auto& reply) {
        views.reservations.remove(call.name(), call.actor, [reply](const Result<void>& removed) {
            if (removed)
                reply.value({});
            else
                reply(tl::unexpected(removed.error()));
        });
    });
}

} // namespace

void addPools(Router& router, const Views& views) {
    router.on(operation::listPools, [views](const Call& call, const auto&, const auto& reply) {
        listPools(views, call, reply);
    });
    router.on(operation::showPool, [views](const Call& call, const auto&, const auto& reply) {
        if (const auto pool = poolView(views.broker, views.forecasts, call.name().toStdString()))
            reply.value(*pool);
        else
            reply.notFound(QStringLiteral("This pool"));
    });
    router.on(operation::showPoolMap, [views](const Call& call, const auto&, const auto& reply) {
        showMap(views, call, reply);
    });
    router.on(operation::listAllocations, [views](const Call& call, const auto&, const auto& reply) {
        listAllocations(views, call, reply);
    });
    addReservations(router, views);
}

} // namespace viaduct::face
