// SPDX-License-Identifier: GPL-3.0-or-later
// Tunnels that are up, and the static ones of the configuration: seen, and taken down.
#include "server/api/List.h"
#include "server/api/TunnelViews.h"
#include "server/api/Views.h"
#include "server/broker/Registry.h"
#include "server/broker/RouterSnippets.h"

namespace viaduct::face {

namespace {

namespace operation = api::operation;
using broker::Broker;
using broker::Registry;

struct TunnelFilter {
    std::optional<TunnelMode> mode;
    std::optional<Prefix> within;
    std::optional<IpAddress> outer;
    std::string tunnelServer;
    store::Holder account; ///< as a holder
    std::optional<std::unordered_set<store::Holder>> holders; ///< of an organisation
    QString q;

    TunnelFilter(Query& query, const Registry& registry) {
        QString organisation;
        QString server;
        QString name;
        QString part;
        query.read("mode", mode);
        query.read("tunnelServer", server);
        query.read("account", name);
        query.read("organisation", organisation);
        query.read("within", part);
        query.read("outer", outer);
        query.read("q", q);
        tunnelServer = server.toStdString();
        if (!organisation.isEmpty())
            holders = holdersOf(registry, organisation);
        if (!name.isEmpty())
            account = "account:" + name.toStdString();
        if (!part.isEmpty() && !(within = prefixFrom(part)))
            query.complain("within", QStringLiteral("An address or a prefix is wanted."));
    }
    bool takes(const Registry& registry, const store::Tunnel& tunnel) const {
        return (!mode || tunnel.mode == *mode) && (!outer || tunnel.outerRemote.address == *outer)
            && (tunnelServer.empty() || tunnel.tunnelServer == tunnelServer)
            && (account.empty() || tunnel.holder == account) && (!within || overlaps(tunnel))
            && (!holders || holders->contains(tunnel.holder)) && takesTexts(registry, tunnel);
    }

private:
    bool overlaps(const store::Tunnel& tunnel) const {
        const IpAddress& inner = tunnel.innerClient;
        return within->overlaps(Prefix(inner, inner.isV4() ? 32 : 128))
            || (tunnel.delegated && within->overlaps(*tunnel.delegated));
    }
    bool takesTexts(const Registry& registry, const store::Tunnel& tunnel) const {
        if (q.isEmpty())
            return true;
        const QString of = holderInfo(registry, tunnel.holder).organisation;
        return mentions(q, {textOf(tunnel.holder), of})
            || mentions(
                   q,
                   {textOf(tunnel.outerRemote.address.text()), textOf(tunnel.innerClient.text()),
                    textOf(tunnel.delegated ? tunnel.delegated->text() : std::string())});
    }
};

enum class TunnelOrder { Id, Holder, Since, Rate, Inner, Outer };

TunnelOrder orderOf(const QString& field) {
    return field == QLatin1String("holder")     ? TunnelOrder::Holder
        : field == QLatin1String("since")       ? TunnelOrder::Since
        : field == QLatin1String("rate")        ? TunnelOrder::Rate
        : field == QLatin1String("innerClient") ? TunnelOrder::Inner
        : field == QLatin1String("outerRemote") ? TunnelOrder::Outer
                                                : TunnelOrder::Id;
}

ListRank rankOf(const store::Tunnel& tunnel, TunnelOrder order, const RateMeter& meter) {
    switch (order) {
    case TunnelOrder::Id:
        return tunnel.id;
    case TunnelOrder::Holder:
        return 0; // the text alone decides: they all begin alike
    case TunnelOrder::Since:
        return sortable(timeOf(tunnel.since));
    case TunnelOrder::Rate: {
        const api::Rates rates = meter.rates(tunnel.id);
        return rates.in + rates.out;
    }
    case TunnelOrder::Inner:
        return addressRank(tunnel.innerClient);
    case TunnelOrder::Outer:
        return addressRank(tunnel.outerRemote.address);
    }
    return 0;
}

ListKey keyOf(const store::Tunnel& tunnel, TunnelOrder order) {
    ListKey key;
    key.id = QString::number(tunnel.id);
    if (order == TunnelOrder::Holder)
        key.text = textOf(tunnel.holder);
    return key;
}

void listTunnels(const Views& views, const Call& call, const Reply<api::Page<api::Tunnel>>& reply) {
    ListQuery list = readList(call.query, operation::listTunnels);
    readCursor(call.query, list);
    const TunnelFilter filter(call.query, views.registry);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    FirstItems first(list);
    const TunnelOrder order = orderOf(list.field);
    for (const auto& entry : views.broker.tunnels()) {
        const store::Tunnel& tunnel = entry.second.tunnel;
        if (filter.takes(views.registry, tunnel))
            first.offer(rankOf(tunnel, order, views.meter), {}, [&] { return keyOf(tunnel, order); });
    }
    reply.value(pageOf<api::Tunnel>(first.take(), [&](const QString& id) {
        return tunnelView(views.broker, views.registry, views.meter, id.toLongLong());
    }));
}

void listStaticTunnels(
    const Broker& broker, const Call& call, const Reply<api::Page<api::StaticTunnel>>& reply) {
    ListQuery list = readList(call.query, operation::listStaticTunnels);
    readCursor(call.query, list);
    QString q;
    call.query.read("q", q);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    FirstItems first(list);
    for (const config::StaticTunnel& tunnel : broker.configuration().staticTunnels) {
        if (!mentions(
                q, {textOf(tunnel.name), textOf(tunnel.description), textOf(tunnel.destination.text())}))
            continue;
        ListKey key;
        key.id = textOf(tunnel.name);
        key.text = list.field == QLatin1String("destination") ? sortable(tunnel.destination) : key.id;
        first.offer(std::move(key));
    }
    reply.value(
        pageOf<api::StaticTunnel>(first.take(), [&](const QString& name) -> std::optional<api::StaticTunnel> {
            const config::StaticTunnel* tunnel = findStaticTunnel(broker, name);
            return tunnel ? std::optional(staticTunnelView(broker, *tunnel)) : std::nullopt;
        }));
}

void showSnippet(const Broker& broker, const Call& call, const Reply<api::RouterSnippet>& reply) {
    const config::StaticTunnel* tunnel = findStaticTunnel(broker, call.names.at(0));
    if (!tunnel)
        return reply.notFound(QStringLiteral("This static tunnel"));
    const auto system = api::fromWord<api::RouterSystem>(call.names.at(1));
    if (!system)
        return reply.problem(
            api::ProblemKind::NotFound, QStringLiteral("There is no snippet for this system."),
            QStringLiteral("Ask for cisco-ios, juniper-junos, mikrotik, linux or freebsd."));
    const api::StaticTunnel view = staticTunnelView(broker, *tunnel);
    if (!view.innerClient)
        return reply.problem(
            api::ProblemKind::Conflict, QStringLiteral("The tunnel has no inner addresses yet."),
            QStringLiteral("/health/details says why it could not be set up."));
    const config::TunnelServer* server = broker.configuration().tunnelServerAt(tunnel->source);
    const auto text = broker::routerSnippet(
        *system,
        {tunnel->name, tunnel->destination, tunnel->source, *view.innerClient,
         view.innerServer.value_or(IpAddress()), view.prefix,
         server ? server->mtu : config::TunnelServer{}.mtu});
    if (text)
        reply.value({*system, textOf(*text)});
    else
        reply(tl::unexpected(text.error()));
}

void addStaticTunnels(Router& router, Broker& broker) {
    router.on(operation::listStaticTunnels, [&broker](const Call& call, const auto&, const auto& reply) {
        listStaticTunnels(broker, call, reply);
    });
    router.on(operation::showStaticTunnel, [&broker](const Call& call, const auto&, const auto& reply) {
        if (const config::StaticTunnel* tunnel = findStaticTunnel(broker, call.name()))
            reply.value(staticTunnelView(broker, *tunnel));
        else
            reply.notFound(QStringLiteral("This static tunnel"));
    });
    router.on(operation::showRouterSnippet, [&broker](const Call& call, const auto&, const auto& reply) {
        showSnippet(broker, call, reply);
    });
}

} // namespace

void addTunnels(Router& router, const Views& views) {
    router.on(operation::listTunnels, [views](const Call& call, const auto&, const auto& reply) {
        listTunnels(views, call, reply);
    });
    router.on(operation::showTunnel, [views](const Call& call, const auto&, const auto& reply) {
        const auto view = tunnelView(views.broker, views.registry, views.meter, call.name().toLongLong());
        if (view)
            reply.value(*view);
        else
            reply.notFound(QStringLiteral("This tunnel"));
    });
    router.on(
        operation::disconnectTunnel, [views](const Call& call, const api::Reason& reason, const auto& reply) {
            views.broker.disconnect(
                call.name().toLongLong(), reason.reason.toStdString(), call.actor,
                [reply](const Result<void>& done) {
                    if (done)
                        reply.value({});
                    else
                        reply(tl::unexpected(done.error()));
                });
        });
    addStaticTunnels(router, views.broker);
}

} // namespace viaduct::face
