// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/Broker.h"

#include <algorithm>
#include <set>

namespace viaduct::broker {

namespace {
using config::Configuration;
using store::HistoryEntry;
using store::Holder;
using store::TimePoint;
using tsp::Status;

/// How long new dialogues are told to come back later after the database failed once.
constexpr std::chrono::seconds storeFailurePause{10};
/// Requests on their way to the disk beyond which new dialogues are told to come back later: some seconds'
/// work.
constexpr std::size_t mostWaitingForTheDisk = 10000;
/// A tunnel that was heard of within this time has its outer address to itself (status 506 for another
/// account).
constexpr std::chrono::seconds aliveAfterPacket{120};
/// Requests of one holder that may wait while one of it is on its way to the disk.
constexpr std::size_t longestQueue = 4;

TimePoint now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::int64_t milliseconds(TimePoint time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

Holder staticHolder(const std::string& name) {
    return "static:" + name;
}

constexpr std::string_view accountScheme = "account:";
constexpr std::string_view anonymousScheme = "anonymous:";

bool isAnonymous(const Holder& holder) {
    return holder.starts_with(anonymousScheme);
}

/// An anonymous client is known by its address here and, since many may share a NAT, by the one it has behind
/// it.
Holder holderFor(const Caller& caller, const Identity& identity, const tsp::TunnelRequest& request) {
    if (identity.account)
        return std::string(accountScheme) + identity.account->name;
    return std::string(anonymousScheme) + caller.remote.address.text() + '/' + request.clientOuter.text();
}

const config::StaticTunnel* findStatic(const Configuration& configuration, const Holder& holder) {
    const auto& tunnels = configuration.staticTunnels;
    const auto found = std::find_if(tunnels.begin(), tunnels.end(), [&](const auto& tunnel) {
        return holder == staticHolder(tunnel.name);
    });
    return found == tunnels.end() ? nullptr : &*found;
}

const config::TunnelServer* tunnelServerAt(const Configuration& configuration, const IpAddress& address) {
    const auto& servers = configuration.tunnelServers;
    const auto found = std::find_if(servers.begin(), servers.end(), [&](const auto& server) {
        return std::find(server.addresses.begin(), server.addresses.end(), address) != server.addresses.end();
    });
    return found == servers.end() ? nullptr : &*found;
}

/// Whether a static tunnel still wants a block that it was given before.
bool wants(const config::StaticTunnel& tunnel, const store::Allocation& allocation) {
    const auto matches = [&](const auto& wish) {
        if (const auto* given = std::get_if<Prefix>(&wish))
            return *given == allocation.block;
        if (const auto* pool = std::get_if<std::string>(&wish))
            return *pool == allocation.pool;
        return false;
    };
    const bool defaultEndpoints = std::holds_alternative<std::monostate>(tunnel.endpoints)
        && allocation.block.length() == allocation.block.width() - 1;
    return defaultEndpoints || matches(tunnel.endpoints) || matches(tunnel.prefix);
}

bool keepsBlock(
    const Configuration& configuration, const accounts::Accounts& accounts,
    const store::Allocation& allocation, const std::set<Holder>& holdersOfTunnels) {
    const Holder& holder = allocation.holder;
    if (holder.starts_with(accountScheme))
        return accounts.find(holder.substr(accountScheme.size())) != nullptr;
    if (isAnonymous(holder))
        return holdersOfTunnels.contains(holder);
    const config::StaticTunnel* tunnel = findStatic(configuration, holder);
    return tunnel && wants(*tunnel, allocation);
}

bool isUdpEndpoint(const Configuration& configuration, const Endpoint& endpoint) {
    return std::any_of(
        configuration.tspServers.begin(), configuration.tspServers.end(), [&](const auto& server) {
            return server.udpPort == endpoint.port
                && std::find(server.addresses.begin(), server.addresses.end(), endpoint.address)
                != server.addresses.end();
        });
}

std::string connectedDetail(const store::Tunnel& tunnel) {
    const Endpoint& remote = tunnel.outerRemote;
    return std::string(text(tunnel.mode)) + ' ' + (remote.port == 0 ? remote.address.text() : remote.text());
}

store::Change connectedLine(const store::Tunnel& tunnel, HistoryEntry::What what, TimePoint at) {
    const Prefix inner(tunnel.innerClient, tunnel.innerClient.isV4() ? 32 : 128);
    return store::change::AppendHistory{{at, what, inner, tunnel.holder, connectedDetail(tunnel)}};
}

tsp::TunnelInfo describe(
    const store::Tunnel& tunnel, const config::TunnelServer& tunnelServer,
    const tsp::TunnelRequest& request) {
    tsp::TunnelInfo info;
    info.mode = tunnel.mode;
    info.lifetime = tunnelServer.lifetime;
    info.serverOuter = tunnel.outerLocal.address;
    info.serverInner = tunnel.innerServer;
    // Behind a NAT the client's template wants the address that the client has, not the one that is seen
    // here.
    info.clientOuter = tunnel.mode == TunnelMode::V6udpv4 ? request.clientOuter : tunnel.outerRemote.address;
    info.clientInner = tunnel.innerClient;
    info.resolvers = tunnelServer.resolvers;
    info.keepaliveInterval = tunnel.keepalive;
    if (tunnel.delegated)
        info.delegation = tsp::Delegation{*tunnel.delegated, tunnel.dnsServers};
    return info;
}

bool isAlive(const Broker::ActiveTunnel& active, TimePoint time, std::chrono::seconds silence) {
    const std::chrono::milliseconds lastSeen(active.counters->lastSeen.load(std::memory_order_relaxed));
    return time.time_since_epoch() - lastSeen < silence;
}

/// Some clients send only the first of their name servers when they reconnect: the longer list is the true
/// one.
std::vector<std::string>
mergedNameServers(const std::vector<std::string>& before, const std::vector<std::string>& asked) {
    const bool shortened
        = asked.size() <= before.size() && std::equal(asked.begin(), asked.end(), before.begin());
    return shortened && !asked.empty() ? before : asked;
}
} // namespace

Broker::Broker(store::Store& store, dataplane::DataPlane& dataPlane, QObject* parent)
    : QObject(parent), m_store(store), m_dataPlane(dataPlane) { }

// --- configuration
// -------------------------------------------------------------------------------------------------

Result<void> Broker::restore(const Configuration& configuration, const store::Snapshot& snapshot) {
    m_nextTunnelId = snapshot.nextTunnelId;
    std::vector<store::Tunnel> tunnels = snapshot.tunnels;
    // Where two claim the same outer address, the later one is right: carry() lets the newer win.
    std::sort(tunnels.begin(), tunnels.end(), [](const auto& a, const auto& b) { return a.since < b.since; });
    for (const store::Tunnel& tunnel : tunnels)
        carry(tunnel, true);
    return reshape(configuration, snapshot.allocations);
}

Result<void> Broker::apply(const Configuration& configuration) {
    return reshape(configuration, m_ledger.allocations());
}

Result<void>
Broker::reshape(const Configuration& configuration, const std::vector<store::Allocation>& allocations) {
    const TimePoint time = now();
    accounts::Accounts accounts(configuration.users, configuration.realm);
    Ledger ledger(configuration);
    Draft draft;
    std::set<Holder> holders;
    for (const auto& [id, active] : m_tunnels)
        holders.insert(active.tunnel.holder);
    for (const store::Allocation& allocation : allocations)
        ledger.adopt(allocation, keepsBlock(configuration, accounts, allocation, holders), time, draft);
    auto staticTunnels = drawStaticTunnels(configuration, ledger);
    if (!staticTunnels)
        return tl::unexpected(staticTunnels.error());

    m_configuration = configuration;
    m_accounts = std::move(accounts);
    m_ledger = std::move(ledger);
    for (const auto& [id, active] : m_tunnels)
        drawActive(active.tunnel, true);
    commit(std::move(draft), [](bool) {});
    takeDownUnprovided();
    setUpStaticTunnels(std::move(*staticTunnels));
    return {};
}

void Broker::takeDownUnprovided() {
    std::vector<std::int64_t> gone;
    for (const auto& [id, active] : m_tunnels) {
        if (!keepsTunnel(active.tunnel))
            gone.push_back(id);
    }
    for (const std::int64_t id : gone)
        takeDown(id, "The configuration no longer provides for it.");
}

bool Broker::keepsTunnel(const store::Tunnel& tunnel) const {
    const config::TunnelServer* server = m_configuration.tunnelServer(tunnel.tunnelServer);
    const bool held = m_ledger.holds(tunnel.holder, tunnel.innerClient)
        && (!tunnel.delegated || m_ledger.holds(tunnel.holder, tunnel.delegated->address()));
    if (!server || !held)
        return false;
    if (const config::StaticTunnel* wish = findStatic(m_configuration, tunnel.holder))
        return !wish->shutdown;
    if (tunnel.mode == TunnelMode::V6udpv4 && !isUdpEndpoint(m_configuration, tunnel.outerLocal))
        return false;
    if (tunnel.mode != TunnelMode::V6udpv4
        && tunnelServerAt(m_configuration, tunnel.outerLocal.address) == nullptr)
        return false;
    if (isAnonymous(tunnel.holder))
        return !server->anonymousPool.empty();
    const accounts::Account* account = m_accounts.find(tunnel.holder.substr(accountScheme.size()));
    return account
        && (!tunnel.delegated || accounts::mayHavePrefix(account->kind, tunnel.delegated->length()));
}

Result<std::vector<Broker::DrawnTunnel>>
Broker::drawStaticTunnels(const Configuration& configuration, Ledger& ledger) {
    std::vector<DrawnTunnel> result;
    for (const config::StaticTunnel& wish : configuration.staticTunnels) {
        if (wish.shutdown || m_busy.contains(staticHolder(wish.name)))
            continue;
        auto drawn = drawStatic(configuration, wish, ledger);
        if (!drawn)
            return failure(
                drawn.error().code, "interface tunnel " + wish.name + ": " + drawn.error().message);
        if (!drawn->draft.changes.empty())
            result.push_back(std::move(*drawn));
    }
    return result;
}

Result<Broker::DrawnTunnel>
Broker::drawStatic(const Configuration& configuration, const config::StaticTunnel& wish, Ledger& ledger) {
    const config::TunnelServer* server = tunnelServerAt(configuration, wish.source);
    if (!server)
        return failure(Error::Code::Invalid, "No tunnel server has the address " + wish.source.text() + ".");
    const TimePoint time = now();
    const Holder holder = staticHolder(wish.name);
    DrawnTunnel drawn;
    const auto give = [&](const auto& choice, const std::string& otherwise) -> Result<Prefix> {
        if (const auto* given = std::get_if<Prefix>(&choice))
            return ledger.allocateBlock(*given, holder, time, drawn.draft);
        const auto* pool = std::get_if<std::string>(&choice);
        return ledger.allocate(pool ? *pool : otherwise, holder, time, drawn.draft);
    };

    const auto endpoints = give(wish.endpoints, server->endpointPool);
    const auto prefix
        = std::holds_alternative<std::monostate>(wish.prefix) ? Result<Prefix>{} : give(wish.prefix, {});
    if (!endpoints || !prefix) {
        ledger.undo(drawn.draft);
        return tl::unexpected(endpoints ? prefix.error() : endpoints.error());
    }
    store::Tunnel& tunnel = drawn.tunnel;
    tunnel.holder = holder;
    tunnel.tunnelServer = server->name;
    tunnel.mode = TunnelMode::V6v4;
    tunnel.outerLocal = {wish.source, 0};
    tunnel.outerRemote = {wish.destination, 0};
    tunnel.innerServer = pairOf(*endpoints).server;
    tunnel.innerClient = pairOf(*endpoints).client;
    if (!std::holds_alternative<std::monostate>(wish.prefix))
        tunnel.delegated = *prefix;
    tunnel.mtu = server->mtu;
    if (const store::Tunnel* before = tunnelOf(holder)) {
        tunnel.id = before->id;
        tunnel.since = before->since;
        if (tunnel == *before)
            return drawn;
    }
    noteConnected(drawn, time);
    return drawn;
}

void Broker::setUpStaticTunnels(std::vector<DrawnTunnel> drawnTunnels) {
    for (DrawnTunnel& drawn : drawnTunnels) {
        const store::Tunnel tunnel = drawn.tunnel;
        m_busy[tunnel.holder];
        commit(std::move(drawn.draft), [this, tunnel](bool durable) {
            if (durable)
                carry(tunnel, false);
            finished(tunnel.holder);
        });
    }
}

// --- dialogues
// -----------------------------------------------------------------------------------------------------

std::optional<tsp::Refusal> Broker::refusal(const Caller& caller) const {
    if (now() - m_storeFailedAt < storeFailurePause || m_store.waiting() > mostWaitingForTheDisk)
        return tsp::Refusal{Status::ServerBusy, {}};
    return redirect(caller, config::Redirect::Stage::Capability);
}

std::optional<tsp::Refusal> Broker::redirect(const Caller& caller, config::Redirect::Stage stage) const {
    const config::TspServer* server = m_configuration.tspServer(caller.tspServer);
    if (!server || !server->redirect || server->redirect->stage != stage
        || m_tunnels.size() < server->redirect->aboveTunnels)
        return std::nullopt;
    return tsp::Refusal{Status::Redirection, server->redirect->brokers};
}

void Broker::authenticate(
    const Caller& caller, const tsp::Credentials& credentials, const std::function<void(Login)>& answered) {
    const config::TspServer* server = m_configuration.tspServer(caller.tspServer);
    const auto refuse = [&](const std::string& who, const std::string& reason) {
        Q_EMIT happened(event::LoginRefused{who, caller.remote, reason});
        answered({tsp::Refusal{Status::AuthenticationFailed, {}}, {}});
    };
    if (!server)
        return refuse("?", "This TSP server is no longer configured.");

    Login login;
    if (std::holds_alternative<tsp::AnonymousLogin>(credentials)) {
        if (!offersAnonymous(m_configuration, *server))
            return refuse("anonymous", "No tunnel server here has an anonymous pool.");
        login.answer = tsp::Granted{};
    } else {
        const auto* plain = std::get_if<tsp::PlainLogin>(&credentials);
        const auto* digest = std::get_if<tsp::DigestLogin>(&credentials);
        auto verified
            = plain ? m_accounts.verify(*plain) : m_accounts.verify(*digest, server->truncatedDigest);
        if (!verified)
            return refuse(plain ? plain->user : digest->user, "Wrong user name or password.");
        login.answer = tsp::Granted{std::move(verified->responseAuth)};
        login.identity.account = *verified->account;
    }
    login.identity.provedAddress
        = caller.transport == Transport::Tcp || std::holds_alternative<tsp::DigestLogin>(credentials);
    if (const auto elsewhere = redirect(caller, config::Redirect::Stage::Authentication)) {
        login.answer = *elsewhere;
        return answered(std::move(login));
    }
    // A new dialogue that got this far owns its 5-tuple: what was tunnelled there before is over (RFC
    // 5572, 4.5.2).
    const store::Tunnel* before = tunnelAt({TunnelMode::V6udpv4, caller.local, caller.remote});
    if (before && caller.transport == Transport::Udp)
        takeDown(before->id, "Its client began a new session.");
    answered(std::move(login));
}

void Broker::requestTunnel(
    const Caller& caller, const Identity& identity, const tsp::TunnelRequest& request,
    TunnelAnswered answered) {
    if (const auto elsewhere = redirect(caller, config::Redirect::Stage::Create))
        return answered(*elsewhere);
    const Holder holder = holderFor(caller, identity, request);
    Request waiting{caller, identity, request, std::move(answered)};
    auto& router = waiting.request.router;
    // Clients before 2.0 send a router element without a length.
    if (router && !router->prefixLength && identity.account)
        router->prefixLength = accounts::usualPrefixLength(identity.account->kind);
    const auto [busy, idle] = m_busy.try_emplace(holder);
    if (idle)
        process(holder, waiting);
    else if (busy->second.size() < longestQueue)
        busy->second.push_back(std::move(waiting));
    else
        waiting.answered(tsp::Refusal{Status::RequestInProgress, {}});
}

void Broker::process(const Holder& holder, const Request& request) {
    auto drawn = draw(holder, request);
    if (!drawn) {
        request.answered(tsp::Refusal{drawn.error(), {}});
        return finished(holder);
    }
    const config::TunnelServer& server = *m_configuration.tunnelServer(drawn->tunnel.tunnelServer);
    commit(
        std::move(drawn->draft),
        [this, request, tunnel = drawn->tunnel,
         info = describe(drawn->tunnel, server, request.request)](bool durable) {
            if (durable) {
                carry(tunnel, false);
                request.answered(info);
            } else {
                request.answered(std::nullopt);
            }
            finished(tunnel.holder);
        });
}

void Broker::finished(const Holder& holder) {
    const auto busy = m_busy.find(holder);
    if (busy->second.empty()) {
        m_busy.erase(busy);
        return;
    }
    const Request next = std::move(busy->second.front());
    busy->second.pop_front();
    process(holder, next);
}

tl::expected<Broker::DrawnTunnel, Status> Broker::draw(const Holder& holder, const Request& request) {
    const bool anonymous = !request.identity.account;
    const auto& router = request.request.router;
    if (anonymous && router)
        return tl::unexpected(Status::AnonymousPrefix);
    const auto server = selectTunnelServer(m_configuration, request.caller, request.request, anonymous);
    if (!server)
        return tl::unexpected(server.error());
    if (router && !accounts::mayHavePrefix(request.identity.account->kind, router->prefixLength.value_or(0)))
        return tl::unexpected(Status::PrefixUnavailable);

    DrawnTunnel drawn;
    store::Tunnel& tunnel = drawn.tunnel;
    tunnel.holder = holder;
    tunnel.tunnelServer = (*server)->name;
    tunnel.mtu = (*server)->mtu;
    if (router) {
        const store::Tunnel* before = tunnelOf(holder);
        tunnel.dnsServers
            = mergedNameServers(before ? before->dnsServers : tunnel.dnsServers, router->dnsServers);
    }
    if (const auto outer = drawOuter(**server, request, tunnel); !outer)
        return tl::unexpected(outer.error());
    tunnel.keepalive = decideKeepalive(**server, request.request, tunnel.mode);
    if (const auto inner = drawInner(**server, request, drawn); !inner) {
        m_ledger.undo(drawn.draft);
        return tl::unexpected(inner.error());
    }
    noteConnected(drawn, now());
    return drawn;
}

void Broker::noteConnected(DrawnTunnel& drawn, TimePoint time) {
    // Never an id twice: what is still on its way to the disk for the old one cannot then touch the new one.
    if (const store::Tunnel* before = tunnelOf(drawn.tunnel.holder))
        drawn.draft.changes.push_back(store::change::DropTunnel{before->id});
    drawn.tunnel.id = m_nextTunnelId++;
    drawn.tunnel.since = time;
    drawn.draft.changes.push_back(store::change::PutTunnel{drawn.tunnel});
    drawn.draft.changes.push_back(connectedLine(drawn.tunnel, HistoryEntry::What::Connected, time));
    drawn.draft.events.push_back(event::TunnelUp{drawn.tunnel, false});
}

tl::expected<void, Status> Broker::drawOuter(
    const config::TunnelServer& tunnelServer, const Request& request, store::Tunnel& tunnel) const {
    const bool mayProxy = request.identity.account && request.identity.account->mayProxy;
    const auto outer = decideOuter(tunnelServer, request.caller, request.request, mayProxy);
    if (!outer)
        return tl::unexpected(outer.error());
    const store::Tunnel* there = tunnelAt({outer->mode, outer->local, outer->remote});
    if (there && there->holder != tunnel.holder && outer->mode != TunnelMode::V6udpv4) {
        // Addresses move from one host to another; who has proved to be there now may have it. A proxy never
        // has.
        const bool fixed = findStatic(m_configuration, there->holder) != nullptr;
        const bool proved = request.identity.provedAddress && !request.request.proxy;
        if (fixed || (!proved && isAlive(m_tunnels.at(there->id), now(), aliveAfterPacket)))
            return tl::unexpected(Status::AddressInUse);
    }
    tunnel.mode = outer->mode;
    tunnel.outerLocal = outer->local;
    tunnel.outerRemote = outer->remote;
    return {};
}

tl::expected<void, Status>
Broker::drawInner(const config::TunnelServer& tunnelServer, const Request& request, DrawnTunnel& drawn) {
    store::Tunnel& tunnel = drawn.tunnel;
    const bool anonymous = !request.identity.account;
    const std::string& pool = tunnel.mode == TunnelMode::V4v6 ? tunnelServer.ipv4EndpointPool
        : anonymous                                           ? tunnelServer.anonymousPool
                                                              : tunnelServer.endpointPool;
    const auto endpoints = m_ledger.allocate(pool, tunnel.holder, now(), drawn.draft);
    if (!endpoints)
        return tl::unexpected(Status::NoMoreTunnels);
    tunnel.innerServer = pairOf(*endpoints).server;
    tunnel.innerClient = pairOf(*endpoints).client;
    if (!request.request.router)
        return {};
    for (const std::string& name : tunnelServer.prefixPools) {
        if (m_configuration.pool(name)->blockLength != request.request.router->prefixLength)
            continue;
        const auto prefix = m_ledger.allocate(name, tunnel.holder, now(), drawn.draft);
        if (!prefix)
            return tl::unexpected(Status::NoMoreTunnels);
        tunnel.delegated = *prefix;
    }
    return {};
}

// --- tunnels
// -------------------------------------------------------------------------------------------------------

void Broker::commit(Draft draft, std::function<void(bool)> done) {
    if (draft.changes.empty())
        return done(true);
    auto changes = std::move(draft.changes);
    m_store.commit(
        std::move(changes), this,
        [this, draft = std::move(draft), done = std::move(done)](const Result<void>& committed) {
            if (!committed) {
                m_ledger.undo(draft);
                m_storeFailedAt = now();
                Q_EMIT happened(event::StoreFailed{committed.error().message});
            }
            done(committed.has_value());
            if (committed) {
                for (const Event& event : draft.events)
                    Q_EMIT happened(event);
            }
        });
}

void Broker::carry(const store::Tunnel& tunnel, bool restored) {
    const OuterKey key = outerKey(tunnel);
    const store::Tunnel* there = tunnelAt(key);
    if (there && there->holder != tunnel.holder)
        takeDown(there->id, "Another tunnel has its outer address now.");
    const store::Tunnel* before = tunnelOf(tunnel.holder);
    const std::int64_t replaced = before ? before->id : 0;
    ActiveTunnel active{tunnel, std::make_shared<dataplane::TunnelCounters>()};
    // Silence is counted from now: the client could not have been heard before.
    active.counters->lastSeen.store(milliseconds(now()), std::memory_order_relaxed);
    std::vector<Prefix> prefixes;
    if (tunnel.delegated)
        prefixes.push_back(*tunnel.delegated);
    m_dataPlane.put(
        {tunnel.id, tunnel.mode, tunnel.outerLocal, tunnel.outerRemote, tunnel.innerServer,
         tunnel.innerClient, std::move(prefixes), tunnel.mtu, active.counters});
    if (before)
        forget(replaced);
    m_byOuter[key] = tunnel.id;
    m_byHolder[tunnel.holder] = tunnel.id;
    m_tunnels.emplace(tunnel.id, std::move(active));
    drawActive(tunnel, true); // after forget(), which may have taken it from the same blocks
    if (restored)
        Q_EMIT happened(event::TunnelUp{tunnel, true});
}

store::Tunnel Broker::forget(std::int64_t id) {
    const auto found = m_tunnels.find(id);
    store::Tunnel tunnel = std::move(found->second.tunnel);
    m_dataPlane.remove(id);
    m_byOuter.erase(outerKey(tunnel));
    m_byHolder.erase(tunnel.holder);
    m_tunnels.erase(found);
    drawActive(tunnel, false);
    return tunnel;
}

void Broker::drawActive(const store::Tunnel& tunnel, bool active) {
    m_ledger.setActive(tunnel.innerClient, active);
    if (tunnel.delegated)
        m_ledger.setActive(tunnel.delegated->address(), active);
}

const addressing::OccupancyMap* Broker::occupancy(std::string_view pool) {
    return m_ledger.occupancy(pool, now());
}

void Broker::takeDown(std::int64_t id, const std::string& reason) {
    const store::Tunnel tunnel = forget(id);
    const TimePoint time = now();
    Draft draft;
    draft.changes.push_back(store::change::DropTunnel{id});
    draft.changes.push_back(connectedLine(tunnel, HistoryEntry::What::Disconnected, time));
    draft.events.push_back(event::TunnelDown{tunnel, reason});
    // Not when its next tunnel is already on its way to the disk with the same blocks.
    if (isAnonymous(tunnel.holder) && !m_busy.contains(tunnel.holder))
        m_ledger.release(tunnel.holder, time, draft);
    commit(std::move(draft), [](bool) {});
}

void Broker::maintain() {
    takeDownUnprovided();
    const TimePoint time = now();
    std::vector<std::int64_t> silent;
    for (const auto& [id, active] : m_tunnels) {
        const config::TunnelServer& server = *m_configuration.tunnelServer(active.tunnel.tunnelServer);
        const bool fixed = findStatic(m_configuration, active.tunnel.holder) != nullptr;
        // A tunnel that pings rarely must not count as silent between two pings.
        if (!fixed && !isAlive(active, time, std::max(server.idleTimeout, 5 * active.tunnel.keepalive)))
            silent.push_back(id);
    }
    for (const std::int64_t id : silent)
        takeDown(id, "Nothing was heard from its client for the idle timeout.");
    Draft forgotten;
    m_ledger.forgetReleased(time, forgotten);
    commit(std::move(forgotten), [](bool) {});
    if (auto drawn = drawStaticTunnels(m_configuration, m_ledger))
        setUpStaticTunnels(std::move(*drawn));
}

Broker::OuterKey Broker::outerKey(const store::Tunnel& tunnel) {
    return {tunnel.mode, tunnel.outerLocal, tunnel.outerRemote};
}

const store::Tunnel* Broker::tunnelOf(const Holder& holder) const {
    const auto found = m_byHolder.find(holder);
    return found == m_byHolder.end() ? nullptr : &m_tunnels.at(found->second).tunnel;
}

const store::Tunnel* Broker::tunnelAt(const OuterKey& key) const {
    const auto found = m_byOuter.find(key);
    return found == m_byOuter.end() ? nullptr : &m_tunnels.at(found->second).tunnel;
}

} // namespace viaduct::broker
