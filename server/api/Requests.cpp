// SPDX-License-Identifier: GPL-3.0-or-later
// Registration requests: seen and decided on.
#include "server/api/Groups.h"
#include "server/api/List.h"
#include "server/broker/Registry.h"

namespace viaduct::face {

namespace {

using api::RegistrationRequest;
namespace operation = api::operation;

struct RequestFilter {
    std::optional<api::RequestState> state;
    std::optional<api::AccountKind> kind;
    QString organisation;
    QString email;
    QString q;

    explicit RequestFilter(Query& query) {
        query.read("state", state);
        query.read("kind", kind);
        query.read("organisation", organisation);
        query.read("email", email);
        query.read("q", q);
    }
    bool takes(const RegistrationRequest& request) const {
        return (!state || request.state == *state) && (!kind || request.kind == *kind)
            && (organisation.isEmpty()
                || request.organisation.compare(organisation, Qt::CaseInsensitive) == 0)
            && (email.isEmpty() || request.email.compare(email, Qt::CaseInsensitive) == 0)
            && (q.isEmpty()
                || mentions(
                    q,
                    {request.id, request.name, request.email, request.organisation, request.purpose,
                     request.account}));
    }
};

enum class RequestOrder { Received, Organisation, Name, State };

RequestOrder orderOf(const QString& field) {
    return field == QLatin1String("organisation") ? RequestOrder::Organisation
        : field == QLatin1String("name")          ? RequestOrder::Name
        : field == QLatin1String("state")         ? RequestOrder::State
                                                  : RequestOrder::Received;
}

ListRank rankOf(const RegistrationRequest& request, RequestOrder order) {
    switch (order) {
    case RequestOrder::Received:
        return sortable(request.received);
    case RequestOrder::Organisation:
        return beginningOf(request.organisation);
    case RequestOrder::Name:
        return beginningOf(request.name);
    case RequestOrder::State:
        return static_cast<std::int64_t>(request.state);
    }
    return 0;
}

const QString& textOf(const RegistrationRequest& request, RequestOrder order) {
    static const QString none;
    return order == RequestOrder::Organisation ? request.organisation
        : order == RequestOrder::Name          ? request.name
                                               : none;
}

void list(
    const broker::Registry& registry, const Call& call, const Reply<api::Page<RegistrationRequest>>& reply) {
    ListQuery list = readList(call.query, operation::listRequests);
    readCursor(call.query, list);
    const RequestFilter filter(call.query);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    FirstItems first(list);
    const RequestOrder order = orderOf(list.field);
    registry.forEachRequest([&](const RegistrationRequest& kept) {
        if (filter.takes(kept))
            first.offer(rankOf(kept, order), textOf(kept, order), [&] {
                return ListKey{{}, textOf(kept, order), kept.id};
            });
    });
    reply.value(
        pageOf<RegistrationRequest>(first.take(), [&](const QString& id) { return registry.request(id); }));
}

} // namespace

void addRequests(Router& router, broker::Registry& registry) {
    using Answer = Reply<RegistrationRequest>;
    router.on(operation::listRequests, [&registry](const Call& call, const auto&, const auto& reply) {
        list(registry, call, reply);
    });
    router.on(operation::showRequest, [&registry](const Call& call, const auto&, const Answer& reply) {
        if (const auto request = registry.request(call.name()))
            reply.value(*request);
        else
            reply.notFound(QStringLiteral("This request"));
    });
    router.on(
        operation::approveRequest,
        [&registry](const Call& call, const api::Approval& approval, const Answer& reply) {
            registry.approve(call.name(), call.revision, approval, call.actor, reply);
        });
    router.on(
        operation::refuseRequest,
        [&registry](const Call& call, const api::Reason& reason, const Answer& reply) {
            registry.refuse(call.name(), call.revision, reason.reason, call.actor, reply);
        });
    router.on(
        operation::askRequest,
        [&registry](const Call& call, const api::Inquiry& inquiry, const Answer& reply) {
            registry.askBack(call.name(), call.revision, inquiry.question, call.actor, reply);
        });
    router.on(operation::undoRequest, [&registry](const Call& call, const auto&, const Answer& reply) {
        registry.undo(call.name(), call.revision, call.actor, reply);
    });
}

} // namespace viaduct::face
