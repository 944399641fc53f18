// SPDX-License-Identifier: GPL-3.0-or-later
// What was: holders of addresses, the history, the audit and its chain.
#include "server/api/AuditCheckup.h"
#include "server/api/List.h"
#include "server/api/PastViews.h"
#include "server/api/Views.h"
#include "server/broker/Registry.h"

namespace viaduct::face {

namespace {

namespace operation = api::operation;

api::Time now() {
    return timeOf(std::chrono::system_clock::now());
}

/// Cursors of these lists are places of the store's: numbers.
store::Page readPage(Query& query, const ListQuery& list) {
    store::Page page;
    page.limit = static_cast<int>(list.limit);
    page.newestFirst = list.descending;
    if (list.cursor.isEmpty())
        return page;
    bool isNumber = false;
    page.after = list.cursor.toLongLong(&isNumber);
    if (!isNumber || *page.after < 1)
        query.complain(
            "cursor", QStringLiteral("It is no cursor of this list: take `next` of the page before."));
    return page;
}

/// Counting would take as long as reading all of them.
void refuseTotal(Query& query, const ListQuery& list) {
    if (list.total)
        query.complain("total", QStringLiteral("Lines of the past are not counted: leave it out."));
}

QString cursorOf(const std::optional<std::int64_t>& next) {
    return next ? QString::number(*next) : QString();
}

std::optional<store::HistoryEntry::What> kept(api::HistoryWhat what) {
    using What = store::HistoryEntry::What;
    switch (what) {
    case api::HistoryWhat::Granted:
        return What::Granted;
    case api::HistoryWhat::Released:
        return What::Released;
    case api::HistoryWhat::Connected:
        return What::Connected;
    case api::HistoryWhat::Disconnected:
        return What::Disconnected;
    case api::HistoryWhat::Moved:
    case api::HistoryWhat::Silent:
    case api::HistoryWhat::Refused:
        break;
    }
    return std::nullopt;
}

void holders(const Views& views, QObject* context, const Call& call, const Reply<api::Holders>& reply) {
    IpAddress address;
    api::Time at = now();
    call.query.need("address", address);
    call.query.read("at", at);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    showHolders(views.store, views.registry, address, at, context, reply);
}

void history(
    const Views& views, QObject* context, const Call& call, const Reply<api::Page<api::HistoryLine>>& reply) {
    const ListQuery list = readList(call.query, operation::listHistory);
    const store::Page page = readPage(call.query, list);
    refuseTotal(call.query, list);
    std::optional<api::Time> from;
    std::optional<api::Time> until;
    std::optional<api::HistoryWhat> what;
    QString within;
    QString holder;
    QString account;
    call.query.read("from", from);
    call.query.read("until", until);
    call.query.read("within", within);
    call.query.read("holder", holder);
    call.query.read("account", account);
    call.query.read("what", what);
    store::HistoryFilter filter;
    filter.time = timeRange(from, until);
    if (!within.isEmpty() && !(filter.prefix = prefixFrom(within)))
        call.query.complain("within", QStringLiteral("An address or a prefix is wanted."));
    if (!holder.isEmpty())
        filter.holder = holder.toStdString();
    if (!account.isEmpty())
        filter.holder = "account:" + account.toStdString();
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    const bool contradicts = !holder.isEmpty() && !account.isEmpty() && filter.holder != holder.toStdString();
    if (what)
        filter.what = kept(*what);
    if (contradicts || (what && !filter.what)) // of such lines there are none
        return reply.value({});
    listHistory(views.store, filter, page, context, [reply](const Result<PastPage>& lines) {
        if (!lines)
            return reply(tl::unexpected(lines.error()));
        reply.value({lines->lines, cursorOf(lines->next), {}});
    });
}

void audit(
    const Views& views, QObject* context, const Call& call, const Reply<api::Page<api::AuditEntry>>& reply) {
    const ListQuery list = readList(call.query, operation::listAudit);
    const store::Page page = readPage(call.query, list);
    refuseTotal(call.query, list);
    std::optional<api::Time> from;
    std::optional<api::Time> until;
    QString who;
    QString action;
    QString object;
    call.query.read("from", from);
    call.query.read("until", until);
    call.query.read("who", who);
    call.query.read("action", action);
    call.query.read("object", object);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    const store::AuditFilter filter{
        who.toStdString(), action.toStdString(), object.toStdString(), timeRange(from, until)};
    listAudit(views.store, filter, page, context, [reply](const Result<AuditPage>& entries) {
        if (!entries)
            return reply(tl::unexpected(entries.error()));
        reply.value({entries->entries, cursorOf(entries->next), {}});
    });
}

} // namespace

void addPast(Router& router, const Views& views, AuditCheckup& checkup) {
    QObject* context = &checkup;
    router.on(operation::showHolders, [views, context](const Call& call, const auto&, const auto& reply) {
        holders(views, context, call, reply);
    });
    router.on(operation::listHistory, [views, context](const Call& call, const auto&, const auto& reply) {
        history(views, context, call, reply);
    });
    router.on(operation::listAudit, [views, context](const Call& call, const auto&, const auto& reply) {
        audit(views, context, call, reply);
    });
    router.on(operation::verifyAudit, [&checkup](const Call&, const auto&, const auto& reply) {
        checkup.ask(reply);
    });
}

} // namespace viaduct::face
