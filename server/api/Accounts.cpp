// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts and vouchers: seen, made, changed, as CSV.
#include "server/api/Groups.h"
#include "server/api/List.h"
#include "server/broker/Registry.h"

#include <algorithm>

namespace viaduct::face {

namespace {

using api::Account;
using api::Voucher;
using broker::Registry;
namespace operation = api::operation;

struct AccountFilter {
    std::optional<api::AccountState> state;
    std::optional<api::AccountKind> kind;
    std::optional<api::AccountOrigin> origin;
    QString organisation;
    QString tag;
    QString voucher;
    QString email;
    QString q;

    explicit AccountFilter(Query& query) {
        query.read("state", state);
        query.read("kind", kind);
        query.read("origin", origin);
        query.read("organisation", organisation);
        query.read("tag", tag);
        query.read("voucher", voucher);
        query.read("email", email);
        query.read("q", q);
    }
    bool takes(const Registry::AccountGlance& glance) const {
        const Account& kept = glance.kept;
        const api::AccountSettings& settings = kept.settings;
        return (!state || glance.state == *state) && (!kind || settings.kind == *kind)
            && (!origin || kept.origin == *origin) && (voucher.isEmpty() || kept.voucher == voucher)
            && (organisation.isEmpty()
                || settings.organisation.compare(organisation, Qt::CaseInsensitive) == 0)
            && (email.isEmpty() || settings.email.compare(email, Qt::CaseInsensitive) == 0)
            && (tag.isEmpty()
                || std::find(settings.tags.begin(), settings.tags.end(), tag) != settings.tags.end())
            && (q.isEmpty()
                || mentions(
                    q,
                    {kept.name, settings.person, settings.email, settings.organisation, settings.sponsor,
                     settings.note}));
    }
};

/// Those that never were (no log-in, no end) come last: they are later than all others.
std::int64_t orLast(const std::optional<api::Time>& time) {
    return time ? sortable(*time) : std::numeric_limits<std::int64_t>::max();
}
std::int64_t orFirst(const std::optional<api::Time>& time) {
    return time ? sortable(*time) : 0;
}

enum class AccountOrder { Name, Created, LastLogin, Organisation, ValidUntil };

AccountOrder orderOf(const QString& field) {
    return field == QLatin1String("created")     ? AccountOrder::Created
        : field == QLatin1String("lastLogin")    ? AccountOrder::LastLogin
        : field == QLatin1String("organisation") ? AccountOrder::Organisation
        : field == QLatin1String("validUntil")   ? AccountOrder::ValidUntil
                                                 : AccountOrder::Name;
}

ListRank rankOf(const Registry::AccountGlance& glance, AccountOrder order) {
    const Account& kept = glance.kept;
    switch (order) {
    case AccountOrder::Name:
        return beginningOf(kept.name);
    case AccountOrder::Created:
        return orFirst(kept.created);
    case AccountOrder::LastLogin:
        return orFirst(glance.lastLogin());
    case AccountOrder::Organisation:
        return beginningOf(kept.settings.organisation);
    case AccountOrder::ValidUntil:
        return orLast(kept.settings.validUntil);
    }
    return 0;
}

const QString& textOf(const Registry::AccountGlance& glance, AccountOrder order) {
    static const QString none;
    return order == AccountOrder::Name        ? glance.kept.name
        : order == AccountOrder::Organisation ? glance.kept.settings.organisation
                                              : none;
}

void listAccounts(const Registry& registry, const Call& call, const Reply<api::Page<Account>>& reply) {
    ListQuery list = readList(call.query, operation::listAccounts);
    readCursor(call.query, list);
    const AccountFilter filter(call.query);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    FirstItems first(list);
    const AccountOrder order = orderOf(list.field);
    registry.forEachAccount([&](const Registry::AccountGlance& glance) {
        if (filter.takes(glance))
            first.offer(rankOf(glance, order), textOf(glance, order), [&] {
                return ListKey{{}, textOf(glance, order), glance.kept.name};
            });
    });
    reply.value(pageOf<Account>(first.take(), [&](const QString& name) { return registry.account(name); }));
}

void exportAccounts(const Registry& registry, const Call& call, const Reply<api::Nothing>& reply) {
    const AccountFilter filter(call.query);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    const QByteArray csv
        = registry.exportCsv([&](const Registry::AccountGlance& glance) { return filter.takes(glance); });
    http::Response response;
    response.body = csv.toStdString();
    response.with("Content-Type", "text/csv; charset=utf-8; header=present")
        .with("Content-Disposition", "attachment; filename=\"accounts.csv\"");
    reply.respond(std::move(response));
}

ListKey keyOf(const Voucher& voucher, const QString& field) {
    ListKey key;
    key.id = voucher.id;
    if (field == QLatin1String("created"))
        key.rank = sortable(voucher.created);
    else if (field == QLatin1String("event"))
        key.text = voucher.draft.event;
    else if (field == QLatin1String("validFrom"))
        key.rank = sortable(voucher.draft.validFrom);
    return key;
}

void listVouchers(const Registry& registry, const Call& call, const Reply<api::Page<Voucher>>& reply) {
    ListQuery list = readList(call.query, operation::listVouchers);
    readCursor(call.query, list);
    std::optional<api::VoucherState> state;
    QString q;
    call.query.read("state", state);
    call.query.read("q", q);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    FirstItems first(list);
    registry.forEachVoucher([&](const QString& id) {
        const auto voucher = registry.voucher(id);
        if (voucher && (!state || voucher->state == *state)
            && mentions(
                q, {voucher->id, voucher->draft.event, voucher->draft.loginPrefix, voucher->createdBy}))
            first.offer(keyOf(*voucher, list.field));
    });
    reply.value(pageOf<Voucher>(first.take(), [&](const QString& id) { return registry.voucher(id); }));
}

using AddSheet = std::function<void(api::VoucherCreated&)>;

void addVouchers(Router& router, Registry& registry, const AddSheet& addSheet) {
    router.on(operation::listVouchers, [&registry](const Call& call, const auto&, const auto& reply) {
        listVouchers(registry, call, reply);
    });
    router.on(
        operation::createVoucher,
        [&registry, addSheet](const Call& call, const api::VoucherDraft& draft, const auto& reply) {
            registry.createVoucher(draft, call.actor, [addSheet, reply](Result<api::VoucherCreated> made) {
                if (made)
                    addSheet(*made);
                reply(made);
            });
        });
    router.on(operation::showVoucher, [&registry](const Call& call, const auto&, const auto& reply) {
        if (const auto voucher = registry.voucher(call.name()))
            reply.value(*voucher);
        else
            reply.notFound(QStringLiteral("This voucher"));
    });
    router.on(operation::withdrawVoucher, [&registry](const Call& call, const auto&, const auto& reply) {
        registry.withdrawVoucher(call.name(), call.actor, reply.template done<Voucher>());
    });
}

} // namespace

void addAccounts(
    Router& router, Registry& registry, const std::function<void(api::VoucherCreated&)>& addSheet) {
    router.on(operation::listAccounts, [&registry](const Call& call, const auto&, const auto& reply) {
        listAccounts(registry, call, reply);
    });
    router.on(
        operation::createAccount,
        [&registry](const Call& call, const api::AccountDraft& draft, const auto& reply) {
            registry.create(draft, call.actor, reply);
        });
    router.on(operation::showAccount, [&registry](const Call& call, const auto&, const auto& reply) {
        if (const auto account = registry.account(call.name()))
            reply.value(*account);
        else
            reply.notFound(QStringLiteral("This account"));
    });
    router.on(
        operation::changeAccount,
        [&registry](const Call& call, const api::AccountSettings& settings, const auto& reply) {
            registry.change(call.name(), call.revision, settings, call.actor, reply);
        });
    router.on(
        operation::suspendAccount,
        [&registry](const Call& call, const api::Reason& reason, const auto& reply) {
            registry.suspend(call.name(), reason.reason, call.actor, reply);
        });
    router.on(operation::resumeAccount, [&registry](const Call& call, const auto&, const auto& reply) {
        registry.resume(call.name(), call.actor, reply);
    });
    router.on(operation::resetAccountPassword, [&registry](const Call& call, const auto&, const auto& reply) {
        registry.resetPassword(call.name(), call.actor, reply);
    });
    router.on(operation::eraseAccount, [&registry](const Call& call, const auto&, const auto& reply) {
        registry.erase(call.name(), call.revision, call.actor, reply.template done<Account>());
    });
    router.on(operation::importAccounts, [&registry](const Call& call, const auto&, const auto& reply) {
        bool dryRun = true;
        call.query.read("dryRun", dryRun);
        if (!call.query.isGood())
            return reply.problem(call.query.problem());
        registry.importCsv(QByteArray::fromStdString(call.request.body), dryRun, call.actor, reply);
    });
    router.on(operation::exportAccounts, [&registry](const Call& call, const auto&, const auto& reply) {
        exportAccounts(registry, call, reply);
    });
    addVouchers(router, registry, addSheet);
}

} // namespace viaduct::face
