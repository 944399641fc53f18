// SPDX-License-Identifier: GPL-3.0-or-later
// The running configuration: seen, checked, compared, applied, taken back.
#include "server/api/Groups.h"
#include "server/api/List.h"
#include "server/revisions/Keeper.h"

namespace viaduct::face {

namespace {

using api::ConfigurationState;
using revisions::Keeper;
namespace operation = api::operation;

/// Applying may close the web server that is just serving this request: that must not happen within it.
template <typename Do>
void afterThisRequest(Keeper& keeper, Do&& act) {
    QMetaObject::invokeMethod(&keeper, std::forward<Do>(act), Qt::QueuedConnection);
}

void addChanges(Router& router, Keeper& keeper) {
    router.on(
        operation::applyConfiguration,
        [&keeper](const Call& call, const api::ConfigurationApply& wish, const auto& reply) {
            afterThisRequest(keeper, [&keeper, actor = call.actor, revision = call.revision, wish, reply] {
                keeper.apply(actor, revision, wish, reply);
            });
        });
    router.on(operation::confirmConfiguration, [&keeper](const Call& call, const auto&, const auto& reply) {
        keeper.confirm(call.actor, call.revision, reply);
    });
    router.on(
        operation::rollBackConfiguration,
        [&keeper](const Call& call, const api::Rollback& wish, const auto& reply) {
            afterThisRequest(keeper, [&keeper, actor = call.actor, revision = call.revision, wish, reply] {
                keeper.rollBack(actor, revision, wish, reply);
            });
        });
}

void listRevisions(
    const Keeper& keeper, const Call& call, const Reply<api::Page<ConfigurationState>>& reply) {
    ListQuery list = readList(call.query, operation::listRevisions);
    readCursor(call.query, list);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    std::map<QString, ConfigurationState> byNumber;
    FirstItems first(list);
    for (const ConfigurationState& state : keeper.revisions()) {
        const QString number = QString::number(state.revision);
        byNumber[number] = state;
        first.offer({state.revision, {}, number});
    }
    reply.value(pageOf<ConfigurationState>(
        first.take(), [&](const QString& number) { return std::optional(byNumber[number]); }));
}

} // namespace

void addConfigurations(Router& router, Keeper& keeper) {
    router.on(operation::showConfiguration, [&keeper](const Call&, const auto&, const auto& reply) {
        reply.value(keeper.running());
    });
    router.on(
        operation::checkConfiguration,
        [&keeper](const Call&, const api::ConfigurationText& text, const auto& reply) {
            reply.value(keeper.check(text.text));
        });
    router.on(
        operation::diffConfiguration,
        [&keeper](const Call&, const api::ConfigurationText& text, const auto& reply) {
            reply(keeper.diff(text.text));
        });
    router.on(operation::listRevisions, [&keeper](const Call& call, const auto&, const auto& reply) {
        listRevisions(keeper, call, reply);
    });
    router.on(operation::showRevision, [&keeper](const Call& call, const auto&, const auto& reply) {
        bool isNumber = false;
        const qint64 number = call.name().toLongLong(&isNumber);
        if (isNumber && number > 0)
            reply(keeper.revision(number));
        else
            reply.notFound(QStringLiteral("This revision"));
    });
    addChanges(router, keeper);
}

} // namespace viaduct::face
