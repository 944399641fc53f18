// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/Broker.h"
#include "server/broker/UsageMeter.h"

#include <QJsonDocument>

#include <algorithm>
#include <set>

namespace viaduct::broker {

namespace {
using Clock = std::chrono::steady_clock;
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
/// An anonymous tunnel through which nothing ever came is somebody's who is not there: it goes after this
/// time, or three keepalives.
constexpr std::chrono::seconds firstPacketWithin{90};
/// Requests of one holder that may wait while one of it is on its way to the disk.
constexpr std::size_t longestQueue = 4;
/// Passwords that wait to be verified beyond which new dialogues are told to come back later: with the 70 ms
/// of a chosen password, some seconds' work. Dialogues that are past that point are still served, up to the
/// second bound; beyond it only silence is left, because any refusal ends a client for good.
constexpr std::size_t manyWaitingPasswords = 64;
constexpr std::size_t mostWaitingPasswords = 256;
/// Questions to a RADIUS server at a time, likewise.
constexpr std::size_t mostAskedStrangers = 256;
constexpr std::size_t mostAskedOfName = 2;

TimePoint now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::int64_t milliseconds(std::chrono::steady_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// How long nothing has come from the client. By the steady clock: whoever sets the time ends no tunnel.
std::chrono::milliseconds
silence(const Broker::ActiveTunnel& active, std::chrono::steady_clock::time_point time) {
    return std::chrono::milliseconds(
        milliseconds(time) - active.counters->lastSeen.load(std::memory_order_relaxed));
}

constexpr std::string_view staticScheme = "static:";

bool isStatic(const Holder& holder) {
    return holder.starts_with(staticScheme);
}

Holder staticHolder(const std::string& name) {
    return std::string(staticScheme) + name;
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
    if (!isStatic(holder))
        return nullptr;
    const auto& tunnels = configuration.staticTunnels;
    const std::string_view name = std::string_view(holder).substr(staticScheme.size());
    const auto found = std::find_if(
        tunnels.begin(), tunnels.end(), [&](const auto& tunnel) { return tunnel.name == name; });
    return found == tunnels.end() ? nullptr : &*found;
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

Holder accountHolder(const std::string& name) {
    return std::string(accountScheme) + name;
}

/// Only accounts have any.
dataplane::TunnelLimits limitsOf(const accounts::Accounts& accounts, const Holder& holder) {
    const accounts::Account* account
        = holder.starts_with(accountScheme) ? accounts.find(holder.substr(accountScheme.size())) : nullptr;
    if (!account)
        return {};
    return {account->limits.rateIn, account->limits.rateOut, account->limits.quotaUsedUp};
}

bool keepsBlock(
    const Configuration& configuration, const accounts::Accounts& accounts,
    const store::Allocation& allocation, const std::set<Holder>& holdersOfTunnels, TimePoint time) {
    const Holder& holder = allocation.holder;
    if (holder.starts_with(accountScheme)) {
        const accounts::Account* account = accounts.find(holder.substr(accountScheme.size()));
        return account && accounts::keepsBlocks(*account, time);
    }
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

/// Whether this tunnel may stay up.
bool provides(
    const Configuration& configuration, const accounts::Accounts& accounts, const Ledger& ledger,
    const store::Tunnel& tunnel) {
    const config::TunnelServer* server = configuration.tunnelServer(tunnel.tunnelServer);
    const bool held = ledger.holds(tunnel.holder, tunnel.innerClient)
        && (!tunnel.delegated || ledger.holds(tunnel.holder, tunnel.delegated->address()));
    if (!server || !held)
        return false;
    if (const config::StaticTunnel* wish = findStatic(configuration, tunnel.holder))
        return !wish->shutdown;
    if (tunnel.mode == TunnelMode::V6udpv4 && !isUdpEndpoint(configuration, tunnel.outerLocal))
        return false;
    if (tunnel.mode != TunnelMode::V6udpv4
        && configuration.tunnelServerAt(tunnel.outerLocal.address) == nullptr)
        return false;
    if (isAnonymous(tunnel.holder))
        return !server->anonymousPool.empty();
    const accounts::Account* account = tunnel.holder.starts_with(accountScheme)
        ? accounts.find(tunnel.holder.substr(accountScheme.size()))
        : nullptr;
    return account && !accounts::refusal(*account, now())
        && (!tunnel.delegated || accounts::mayHavePrefix(account->kind, tunnel.delegated->length()));
}

std::string connectedDetail(const store::Tunnel& tunnel) {
    const Endpoint& remote = tunnel.outerRemote;
    return std::string(text(tunnel.mode)) + ' ' + (remote.port == 0 ? remote.address.text() : remote.text());
}

store::Change connectedLine(const store::Tunnel& tunnel, HistoryEntry::What what, TimePoint at) {
    const Prefix inner(tunnel.innerClient, tunnel.innerClient.isV4() ? 32 : 128);
    return store::change::AppendHistory{{at, what, inner, tunnel.holder, connectedDetail(tunnel)}};
}

/// Without the reason, which may speak of the person: the audit does not forget.
store::Change disconnectedAudit(const store::Tunnel& tunnel, const Actor& actor, TimePoint at) {
    const QJsonObject before{
        {QStringLiteral("tunnelServer"), QString::fromStdString(tunnel.tunnelServer)},
        {QStringLiteral("mode"), QString::fromUtf8(text(tunnel.mode).data())},
        {QStringLiteral("innerClient"), QString::fromStdString(tunnel.innerClient.text())}};
    const auto compact = [](const QJsonObject& object) {
        return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
    };
    return store::change::AppendAudit{
        {at,
         actor.id,
         actor.from.text(),
         "disconnectTunnel",
         "tunnel:" + std::to_string(tunnel.id),
         compact(before),
         {}}};
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

/// A tunnel that pings rarely must not count as silent between two pings.
std::chrono::seconds idleTimeout(const config::TunnelServer& server, const store::Tunnel& tunnel) {
    return std::max(server.idleTimeout, 5 * tunnel.keepalive);
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
    // What the data plane is told of a tunnel depends on these.
    m_configuration = configuration;
    accounts::Accounts accounts(configuration.users, configuration.realm);
    accounts.exchangeStored(m_accounts);
    m_accounts = std::move(accounts);
    std::vector<store::Tunnel> tunnels = snapshot.tunnels;
    // Where two claim the same outer address, the later one is right: carry() lets the newer win.
    std::sort(tunnels.begin(), tunnels.end(), [](const auto& a, const auto& b) { return a.since < b.since; });
    Draft stale;
    for (const store::Tunnel& tunnel : tunnels) {
        if (const store::Tunnel* before = tunnelOf(tunnel.holder))
            stale.changes.emplace_back(store::change::DropTunnel{before->id});
        carry(tunnel, true);
    }
    commitAtLast(std::move(stale));
    return reshape(configuration, snapshot.allocations);
}

Result<void> Broker::apply(const Configuration& configuration) {
    auto applied = reshape(configuration, m_ledger.allocations());
    if (applied) {
        for (const auto& [id, active] : m_tunnels)
            m_dataPlane.put(tableEntry(active)); // what it was told of by the old configuration
    }
    return applied;
}

Result<Broker::Shape>
Broker::drawShape(const Configuration& configuration, const std::vector<store::Allocation>& allocations) {
    const TimePoint time = now();
    Shape shape{accounts::Accounts(configuration.users, configuration.realm), Ledger(configuration), {}, {}};
    shape.ledger.adoptReservations({m_ledger.reserved().begin(), m_ledger.reserved().end()});
    std::set<Holder> holders;
    for (const auto& [id, active] : m_tunnels)
        holders.insert(active.tunnel.holder);
    for (const auto& [holder, requests] : m_busy) // their tunnels are on the way to the disk
        holders.insert(holder);
    shape.accounts.exchangeStored(m_accounts);
    shape.ledger.adopt(
        allocations,
        [&](const store::Allocation& allocation) {
            return keepsBlock(configuration, shape.accounts, allocation, holders, time);
        },
        time, shape.draft);
    shape.accounts.exchangeStored(m_accounts);
    auto staticTunnels = drawStaticTunnels(configuration, shape.ledger);
    if (!staticTunnels)
        return tl::unexpected(staticTunnels.error());
    shape.staticTunnels = std::move(*staticTunnels);
    return shape;
}

Result<void>
Broker::reshape(const Configuration& configuration, const std::vector<store::Allocation>& allocations) {
    auto shape = drawShape(configuration, allocations);
    if (!shape)
        return tl::unexpected(shape.error());
    m_configuration = configuration;
    shape->accounts.exchangeStored(m_accounts);
    m_accounts = std::move(shape->accounts);
    m_ledger = std::move(shape->ledger);
    for (const auto& [id, active] : m_tunnels)
        drawActive(active.tunnel, !active.isSilent);
    commitAtLast(std::move(shape->draft));
    takeDownUnprovided();
    setUpStaticTunnels(std::move(shape->staticTunnels));
    return {};
}

Result<Broker::Losses> Broker::losses(const Configuration& configuration) {
    auto shape = drawShape(configuration, m_ledger.allocations());
    if (!shape)
        return tl::unexpected(shape.error());
    Losses losses;
    losses.blocks = static_cast<std::size_t>(
        std::count_if(shape->draft.events.begin(), shape->draft.events.end(), [](const Event& event) {
            return std::holds_alternative<event::Released>(event);
        }));
    shape->accounts.exchangeStored(m_accounts);
    for (const auto& [id, active] : m_tunnels) {
        if (!provides(configuration, shape->accounts, shape->ledger, active.tunnel))
            ++losses.tunnels;
    }
    shape->accounts.exchangeStored(m_accounts);
    return losses;
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
    return provides(m_configuration, m_accounts, m_ledger, tunnel);
}

Result<std::vector<Broker::DrawnTunnel>>
Broker::drawStaticTunnels(const Configuration& configuration, Ledger& ledger) {
    std::vector<DrawnTunnel> result;
    for (const config::StaticTunnel& wish : configuration.staticTunnels) {
        if (m_busy.contains(staticHolder(wish.name)))
            continue;
        auto drawn = drawStatic(configuration, wish, ledger);
        if (!drawn) {
            for (const DrawnTunnel& before : result)
                ledger.undo(before.draft);
            return tl::unexpected(drawn.error());
        }
        if (!drawn->draft.changes.empty())
            result.push_back(std::move(*drawn));
    }
    return result;
}

/// Each by itself: one that cannot be set up keeps nothing from the others.
void Broker::setUpMissingStaticTunnels() {
    for (const config::StaticTunnel& wish : m_configuration.staticTunnels) {
        const Holder holder = staticHolder(wish.name);
        if (m_busy.contains(holder) || m_byHolder.contains(holder) || wish.shutdown)
            continue;
        if (auto drawn = drawStatic(m_configuration, wish, m_ledger))
            setUpStaticTunnels({std::move(*drawn)});
        else
            Q_EMIT happened(event::StaticTunnelFailed{drawn.error().message});
    }
}

Result<Broker::DrawnTunnel>
Broker::drawStatic(const Configuration& configuration, const config::StaticTunnel& wish, Ledger& ledger) {
    const config::TunnelServer* server = configuration.tunnelServerAt(wish.source);
    if (!server)
        return failure(
            Error::Code::Invalid,
            "interface tunnel " + wish.name + ": no tunnel server has the address " + wish.source.text()
                + ".");
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
        const Error& error = endpoints ? prefix.error() : endpoints.error();
        return failure(error.code, "interface tunnel " + wish.name + ": " + error.message);
    }
    store::Tunnel& tunnel = drawn.tunnel;
    tunnel.holder = holder;
    if (wish.shutdown) // its addresses are its own all the same
        return drawn;
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
            if (durable && tunnel.id != 0) {
                if (keepsTunnel(tunnel))
                    carry(tunnel, false);
                else
                    dropUncarried(tunnel);
            }
            finished(tunnel.holder);
        });
    }
}

// --- dialogues
// -----------------------------------------------------------------------------------------------------

std::optional<tsp::Refusal> Broker::refusal(const Caller& caller) const {
    const bool failed = m_storeFailedAt && Clock::now() - *m_storeFailedAt < storeFailurePause;
    if (failed || m_store.waiting() > mostWaitingForTheDisk || m_passwords.waiting() > manyWaitingPasswords)
        return tsp::Refusal{Status::ServerBusy, {}};
    return redirect(caller, config::Redirect::Stage::Capability);
}

std::optional<tsp::Refusal> Broker::redirect(const Caller& caller, config::Redirect::Stage stage) const {
    const config::TspServer* server = m_configuration.tspServer(caller.tspServer);
    if (!server || !server->redirect || server->redirect->stage != stage
        || m_tunnels.size() - m_silent < server->redirect->aboveTunnels)
        return std::nullopt;
    return tsp::Refusal{Status::Redirection, server->redirect->brokers};
}

void Broker::authenticate(
    const Caller& caller, const tsp::Credentials& credentials, std::function<void(Login)> answered) {
    const config::TspServer* server = m_configuration.tspServer(caller.tspServer);
    const auto* plain = std::get_if<tsp::PlainLogin>(&credentials);
    const auto* digest = std::get_if<tsp::DigestLogin>(&credentials);
    const std::string user = plain ? plain->user : digest ? digest->user : "anonymous";
    const Attempt attempt{caller, user, caller.transport == Transport::Tcp || digest, std::move(answered)};
    if (!server)
        return refuseLogin(attempt, "This TSP server is no longer configured.");
    if (!plain && !digest) {
        if (!offersAnonymous(m_configuration, *server))
            return refuseLogin(attempt, "No tunnel server here has an anonymous pool.");
        return grant(attempt, std::nullopt, {});
    }
    if (digest && !m_configuration.oldClients)
        return refuseLogin(attempt, "The configuration forbids DIGEST-MD5.");
    if (digest) {
        const auto verified = m_accounts.verify(*digest, server->truncatedDigest);
        return judge(attempt, verified.has_value(), verified ? verified->responseAuth : std::string());
    }
    const accounts::Account* account = m_accounts.find(user);
    const bool isStranger = !account || account->origin == accounts::Origin::Radius;
    if (isStranger && server->radius && m_strangers) {
        Attempt folded = attempt;
        folded.user = radiusName(user);
        return askStrangers(folded, *plain);
    }
    if (m_accounts.slowKeys(user))
        return verifySlowly(attempt, *plain);
    judge(attempt, m_accounts.verify(*plain).has_value());
}

void Broker::refuseLogin(const Attempt& attempt, const std::string& reason) {
    Q_EMIT happened(event::LoginRefused{attempt.user, attempt.caller.remote, reason});
    attempt.answered({tsp::Refusal{Status::AuthenticationFailed, {}}, {}});
}

void Broker::verifySlowly(const Attempt& attempt, const tsp::PlainLogin& login) {
    if (m_passwords.waiting() >= mostWaitingPasswords) {
        Q_EMIT happened(event::LoginRefused{
            attempt.user, attempt.caller.remote, "Not answered: too many passwords wait to be verified."});
        return;
    }
    const credentials::ScramKeys keys = *m_accounts.slowKeys(login.user);
    m_passwords.run(this, [this, attempt, login, keys] {
        const bool isRight = credentials::verifyPassword(keys, login.password);
        return [this, attempt, keys, isRight] {
            // Right is what fits the password of now: it may have been changed meanwhile.
            judge(attempt, isRight && m_accounts.slowKeys(attempt.user) == keys);
        };
    });
}

std::string Broker::radiusName(const std::string& user) {
    return QString::fromStdString(user).toLower().toStdString();
}

void Broker::askStrangers(const Attempt& attempt, const tsp::PlainLogin& login) {
    const accounts::Account* account = m_accounts.find(attempt.user);
    if (account) {
        if (const auto reason = accounts::refusal(*account, now()))
            return refuseLogin(attempt, *reason);
    }
    // Whoever guesses must not lock people out of their directory.
    if (!m_throttle.wouldAllow(attempt.user, attempt.caller.remote.address, Clock::now()).allowed)
        return refuseLogin(attempt, "Too many wrong tries: it has to wait.");
    if (m_asked.size() >= mostAskedStrangers || m_asked.count(attempt.user) >= mostAskedOfName) {
        Q_EMIT happened(event::LoginRefused{
            attempt.user, attempt.caller.remote, "Not answered: too many questions wait for RADIUS."});
        return;
    }
    m_asked.insert(attempt.user);
    m_strangers(login, [this, attempt](const Result<accounts::Account>& vouched) {
        m_asked.extract(attempt.user);
        if (!vouched && vouched.error().code == Error::Code::Busy)
            Q_EMIT happened(event::LoginRefused{
                attempt.user, attempt.caller.remote, "Not answered: " + vouched.error().message});
        else
            judge(attempt, vouched.has_value());
    });
}

/// Asked of the throttle when the outcome is known, not before: thirty users of one NAT who come back at the
/// same time after a power cut must not refuse each other while their passwords are being verified. Whoever
/// guesses learns nothing by it.
void Broker::judge(const Attempt& attempt, bool isRight, const std::string& responseAuth) {
    const IpAddress& from = attempt.caller.remote.address;
    if (!m_throttle.mayTry(attempt.user, from, Clock::now()).allowed)
        return refuseLogin(attempt, "Too many wrong tries: it has to wait.");
    const accounts::Account* account = m_accounts.find(attempt.user);
    if (!isRight || !account)
        return refuseLogin(attempt, "Wrong user name or password.");
    m_throttle.succeeded(attempt.user, from, Clock::now());
    if (const auto reason = accounts::refusal(*account, now()))
        return refuseLogin(attempt, *reason);
    Q_EMIT loggedIn(attempt.user, from);
    grant(attempt, *account, responseAuth);
}

void Broker::grant(
    const Attempt& attempt, std::optional<accounts::Account> account, std::string responseAuth) {
    Login login{tsp::Granted{std::move(responseAuth)}, {std::move(account), attempt.provedAddress}};
    const Caller& caller = attempt.caller;
    if (const auto elsewhere = redirect(caller, config::Redirect::Stage::Authentication)) {
        login.answer = *elsewhere;
        return attempt.answered(std::move(login));
    }
    // A new dialogue that got this far owns its 5-tuple: what was tunnelled there before is over (RFC
    // 5572, 4.5.2). Not so a login that anybody can send from a forged address, never seeing an answer.
    const store::Tunnel* before = tunnelAt({TunnelMode::V6udpv4, caller.local, caller.remote});
    if (before && caller.transport == Transport::Udp && login.identity.provedAddress)
        takeDown(before->id, "Its client began a new session.");
    attempt.answered(std::move(login));
}

void Broker::setStrangers(std::function<void(const tsp::PlainLogin&, Vouched)> ask) {
    m_strangers = std::move(ask);
}

// --- accounts
// ------------------------------------------------------------------------------------------------------

void Broker::rememberPlace(const std::string& name, const IpAddress& from, TimePoint when) {
    const auto ago
        = std::max(std::chrono::duration_cast<Clock::duration>(now() - when), Clock::duration::zero());
    m_throttle.remember(name, from, Clock::now() - ago);
}

void Broker::putAccount(accounts::Account account) {
    const std::string name = account.name;
    const Holder holder = accountHolder(name);
    const dataplane::TunnelLimits before = limitsOf(m_accounts, holder);
    m_accounts.put(std::move(account));
    const store::Tunnel* tunnel = tunnelOf(holder);
    if (tunnel && !mayStillHave(*tunnel))
        takeDown(tunnel->id, "Its account may not have it any more.");
    else if (tunnel && limitsOf(m_accounts, holder) != before)
        m_dataPlane.put(tableEntry(m_tunnels.at(tunnel->id)));
    if (!accounts::keepsBlocks(*m_accounts.find(name), now()))
        releaseAll(holder);
}

void Broker::dropAccount(const std::string& name) {
    const Holder holder = accountHolder(name);
    m_accounts.remove(name);
    if (m_accounts.find(name)) // the configuration has one of that name
        return;
    if (const store::Tunnel* tunnel = tunnelOf(holder))
        takeDown(tunnel->id, "Its account is gone.");
    releaseAll(holder);
}

/// Not while its next tunnel is on its way to the disk with the same blocks: finished() comes back here.
void Broker::releaseAll(const Holder& holder) {
    if (m_busy.contains(holder))
        return;
    Draft draft;
    m_ledger.release(holder, now(), draft);
    commitAtLast(std::move(draft));
}

bool Broker::mayStillHave(const store::Tunnel& tunnel) const {
    if (!tunnel.holder.starts_with(accountScheme))
        return true;
    const accounts::Account* account = m_accounts.find(tunnel.holder.substr(accountScheme.size()));
    return account && !accounts::refusal(*account, now())
        && (!tunnel.delegated || accounts::mayHavePrefix(account->kind, tunnel.delegated->length()));
}

void Broker::endAccount(
    const std::string& name, const Holder& pseudonym, const std::string& reason,
    std::vector<store::Change> changes, std::function<void(const Result<void>&)> done) {
    const Holder holder = accountHolder(name);
    if (m_busy.contains(holder))
        return done(failure(
            Error::Code::Busy, "A tunnel of " + name + " is being set up: try again in a few seconds."));
    m_busy[holder]; // nothing else of it gets to the disk meanwhile
    const TimePoint time = now();
    Draft draft;
    if (const store::Tunnel* tunnel = tunnelOf(holder)) {
        draft.changes.push_back(store::change::DropTunnel{tunnel->id});
        draft.changes.push_back(connectedLine(*tunnel, HistoryEntry::What::Disconnected, time));
        draft.events.push_back(
            event::TunnelDown{*tunnel, reason, trafficOf(*m_tunnels.at(tunnel->id).counters)});
    }
    m_ledger.release(holder, time, draft);
    draft.changes.insert(draft.changes.end(), changes.begin(), changes.end());
    draft.changes.push_back(store::change::EraseHolder{holder, pseudonym});
    auto list = std::move(draft.changes);
    m_store.commit(
        std::move(list), this,
        [this, name, holder, pseudonym, draft = std::move(draft),
         done = std::move(done)](const Result<void>& committed) {
            if (committed) {
                if (const store::Tunnel* tunnel = tunnelOf(holder))
                    forget(tunnel->id);
                m_ledger.rename(holder, pseudonym);
                m_accounts.remove(name);
                m_throttle.forget(name);
            } else {
                m_ledger.undo(draft);
                noteStoreFailure(committed.error());
            }
            finished(holder);
            done(committed);
            if (committed) {
                for (const Event& event : draft.events)
                    Q_EMIT happened(event);
            }
        });
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
            // What happened while it went to the disk: a suspension, another configuration.
            if (durable && !keepsTunnel(tunnel)) {
                dropUncarried(tunnel);
                request.answered(tsp::Refusal{Status::ServerError, {}});
            } else if (durable) {
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
        if (holder.starts_with(accountScheme)) { // it may have expired meanwhile
            const accounts::Account* account = m_accounts.find(holder.substr(accountScheme.size()));
            if (!account || !accounts::keepsBlocks(*account, now()))
                releaseAll(holder);
        }
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
    if (!anonymous) { // it may have been suspended since it logged in
        const accounts::Account* account = m_accounts.find(request.identity.account->name);
        if (!account || accounts::refusal(*account, now()))
            return tl::unexpected(Status::AuthenticationFailed);
    }
    const auto server = selectTunnelServer(
        m_configuration, request.caller, request.request, anonymous,
        anonymous ? std::string_view() : request.identity.account->pool);
    if (!server)
        return tl::unexpected(server.error());
    if (anonymous && !tunnelOf(holder)
        && anonymousTunnelsAt(request.caller.remote.address) >= (*server)->anonymousPerAddress)
        return tl::unexpected(Status::NoMoreTunnels);
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
    tunnel.keepalive = decideKeepalive(**server, request.request);
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
    const std::vector<Prefix> proxyFor
        = request.identity.account ? request.identity.account->proxyFor : std::vector<Prefix>{};
    const auto outer = decideOuter(tunnelServer, request.caller, request.request, proxyFor);
    if (!outer)
        return tl::unexpected(outer.error());
    const store::Tunnel* there = tunnelAt({outer->mode, outer->local, outer->remote});
    if (there && there->holder != tunnel.holder) {
        // Addresses and ports of a NAT move from one host to another; who has proved to be there now may have
        // them. A proxy never has.
        const bool proved = request.identity.provedAddress && !request.request.proxy;
        const bool alive = silence(m_tunnels.at(there->id), Clock::now()) < aliveAfterPacket;
        if (isStatic(there->holder) || (!proved && alive))
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
                noteStoreFailure(committed.error());
            }
            done(committed.has_value());
            if (committed) {
                for (const Event& event : draft.events)
                    Q_EMIT happened(event);
            }
        });
}

void Broker::commitAtLast(Draft draft) {
    if (draft.changes.empty())
        return;
    auto changes = std::move(draft.changes);
    m_store.commitAtLast(
        std::move(changes), this, [this, draft = std::move(draft)](const Result<void>& committed) {
            if (!committed)
                noteStoreFailure(committed.error());
            for (const Event& event : draft.events)
                Q_EMIT happened(event);
        });
}

/// A rule that was broken is this one request's affair; anything else will hit the next one too.
void Broker::noteStoreFailure(const Error& error) {
    if (error.code != Error::Code::Denied && error.code != Error::Code::Invalid)
        m_storeFailedAt = Clock::now();
    Q_EMIT happened(event::StoreFailed{error.message});
}

dataplane::TunnelEntry Broker::tableEntry(const ActiveTunnel& active) const {
    const store::Tunnel& tunnel = active.tunnel;
    dataplane::TunnelEntry entry{
        tunnel.id,
        tunnel.mode,
        tunnel.outerLocal,
        tunnel.outerRemote,
        tunnel.innerServer,
        tunnel.innerClient,
        {},
        tunnel.mtu,
        {},
        active.counters,
        limitsOf(m_accounts, tunnel.holder)};
    if (tunnel.delegated)
        entry.prefixes.push_back(*tunnel.delegated);
    const config::TunnelServer* server = m_configuration.tunnelServer(tunnel.tunnelServer);
    if (server && !isStatic(tunnel.holder))
        entry.silence = idleTimeout(*server, tunnel);
    return entry;
}

void Broker::carry(const store::Tunnel& tunnel, bool restored) {
    const OuterKey key = outerKey(tunnel);
    const store::Tunnel* there = tunnelAt(key);
    if (there && there->holder != tunnel.holder)
        takeDown(there->id, "Another tunnel has its outer address now.");
    const store::Tunnel* before = tunnelOf(tunnel.holder);
    const std::int64_t id = before ? before->id : 0;
    ActiveTunnel active{tunnel, std::make_shared<dataplane::TunnelCounters>()};
    // Silence is counted from now: the client could not have been heard before.
    active.counters->lastSeen.store(milliseconds(Clock::now()), std::memory_order_relaxed);
    m_dataPlane.put(tableEntry(active));
    if (before) {
        const ActiveTunnel old = forget(id);
        Q_EMIT replaced(old.tunnel, trafficOf(*old.counters));
    }
    m_byOuter[key] = tunnel.id;
    m_byHolder[tunnel.holder] = tunnel.id;
    if (isAnonymous(tunnel.holder))
        ++m_anonymousBySite[siteOf(tunnel.outerRemote.address)];
    m_tunnels.emplace(tunnel.id, std::move(active));
    drawActive(tunnel, true); // after forget(), which may have taken it from the same blocks
    if (restored)
        Q_EMIT happened(event::TunnelUp{tunnel, true});
}

Broker::ActiveTunnel Broker::forget(std::int64_t id) {
    const auto found = m_tunnels.find(id);
    ActiveTunnel active = std::move(found->second);
    const store::Tunnel& tunnel = active.tunnel;
    m_dataPlane.remove(id);
    m_byOuter.erase(outerKey(tunnel));
    m_byHolder.erase(tunnel.holder);
    m_tunnels.erase(found);
    m_silent -= active.isSilent ? 1 : 0;
    if (isAnonymous(tunnel.holder)) {
        const auto site = m_anonymousBySite.find(siteOf(tunnel.outerRemote.address));
        if (--site->second == 0)
            m_anonymousBySite.erase(site);
    }
    drawActive(tunnel, false);
    return active;
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
    const ActiveTunnel active = forget(id);
    const store::Tunnel& tunnel = active.tunnel;
    const event::Traffic traffic = trafficOf(*active.counters);
    const TimePoint time = now();
    Draft draft;
    draft.changes.push_back(store::change::DropTunnel{id});
    draft.changes.push_back(connectedLine(tunnel, HistoryEntry::What::Disconnected, time));
    draft.events.push_back(event::TunnelDown{tunnel, reason, traffic});
    // Not when its next tunnel is already on its way to the disk with the same blocks.
    if (isAnonymous(tunnel.holder) && !m_busy.contains(tunnel.holder))
        m_ledger.release(tunnel.holder, time, draft, traffic.packetsIn > 0);
    commitAtLast(std::move(draft));
}

/// It is on the disk and may not be up, and nothing carries it yet.
void Broker::dropUncarried(const store::Tunnel& tunnel) {
    if (const store::Tunnel* before = tunnelOf(tunnel.holder)) { // dropped by the same commit
        const ActiveTunnel old = forget(before->id);
        Q_EMIT replaced(old.tunnel, trafficOf(*old.counters));
    }
    const TimePoint time = now();
    Draft draft;
    draft.changes.push_back(store::change::DropTunnel{tunnel.id});
    draft.changes.push_back(connectedLine(tunnel, HistoryEntry::What::Disconnected, time));
    draft.events.push_back(event::TunnelDown{
        tunnel, "Its account or the configuration changed while it was set up.", event::Traffic{}});
    if (isAnonymous(tunnel.holder) && m_busy.at(tunnel.holder).empty())
        m_ledger.release(tunnel.holder, time, draft);
    commitAtLast(std::move(draft));
}

void Broker::disconnect(
    std::int64_t id, const std::string& reason, const Actor& actor, Answered<void> answered) {
    const auto found = m_tunnels.find(id);
    if (found == m_tunnels.end())
        return answered(failure(
            Error::Code::NotFound, "There is no tunnel " + std::to_string(id) + ": it is down already."));
    const store::Tunnel tunnel = found->second.tunnel;
    if (isStatic(tunnel.holder))
        return answered(failure(
            Error::Code::Invalid,
            "The tunnel " + std::to_string(id)
                + " is a static one and would come back by itself: write `shutdown` in its section of the "
                  "configuration."));
    if (m_busy.contains(tunnel.holder))
        return answered(failure(
            Error::Code::Busy,
            "The next tunnel of " + tunnel.holder + " is being set up: try again in a few seconds."));
    m_busy[tunnel.holder]; // nothing else of it gets to the disk meanwhile
    const TimePoint time = now();
    const event::Traffic traffic = trafficOf(*found->second.counters);
    Draft draft;
    draft.changes.push_back(store::change::DropTunnel{id});
    draft.changes.push_back(connectedLine(tunnel, HistoryEntry::What::Disconnected, time));
    draft.changes.push_back(disconnectedAudit(tunnel, actor, time));
    if (isAnonymous(tunnel.holder))
        m_ledger.release(tunnel.holder, time, draft, traffic.packetsIn > 0);
    draft.events.push_back(event::TunnelDown{tunnel, "Taken down by an administrator: " + reason, traffic});
    commitDisconnect(tunnel, std::move(draft), std::move(answered));
}

void Broker::commitDisconnect(const store::Tunnel& tunnel, Draft draft, Answered<void> answered) {
    auto changes = std::move(draft.changes);
    m_store.commit(
        std::move(changes), this,
        [this, tunnel, draft = std::move(draft),
         answered = std::move(answered)](const Result<void>& committed) {
            const bool wasThere = m_tunnels.contains(tunnel.id); // else it has gone by itself, and told so
            if (committed && wasThere)
                forget(tunnel.id);
            if (!committed) {
                m_ledger.undo(draft);
                noteStoreFailure(committed.error());
            }
            finished(tunnel.holder);
            answered(committed);
            for (const Event& event : draft.events) {
                const bool isTold = !wasThere && std::holds_alternative<event::TunnelDown>(event);
                if (committed && !isTold)
                    Q_EMIT happened(event);
            }
        });
}

void Broker::maintain() {
    const SteadyTime time = Clock::now();
    std::vector<std::int64_t> gone;
    for (auto& [id, active] : m_tunnels) {
        const store::Tunnel& tunnel = active.tunnel;
        if (isStatic(tunnel.holder))
            continue;
        const auto quiet = silence(active, time);
        const bool silent = quiet >= idleTimeout(*m_configuration.tunnelServer(tunnel.tunnelServer), tunnel);
        const bool neverHeard = active.counters->packetsIn.load(std::memory_order_relaxed) == 0
            && quiet >= std::max(firstPacketWithin, 3 * tunnel.keepalive);
        if (isAnonymous(tunnel.holder) && (silent || neverHeard))
            gone.push_back(id);
        else if (silent != active.isSilent)
            noteSilence(active, silent);
    }
    for (const std::int64_t id : gone)
        takeDown(id, "Nothing was heard from its client any more.");
    Draft forgotten;
    m_ledger.forgetReleased(now(), forgotten);
    commitAtLast(std::move(forgotten));
    setUpMissingStaticTunnels();
}

void Broker::noteSilence(ActiveTunnel& active, bool isSilent) {
    active.isSilent = isSilent;
    drawActive(active.tunnel, !isSilent);
    if (isSilent) {
        ++m_silent;
        Q_EMIT happened(event::TunnelSilent{active.tunnel});
    } else {
        --m_silent;
        Q_EMIT happened(event::TunnelHeard{active.tunnel});
    }
}

std::size_t Broker::anonymousTunnelsAt(const IpAddress& address) const {
    const auto site = m_anonymousBySite.find(siteOf(address));
    return site == m_anonymousBySite.end() ? 0 : site->second;
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
