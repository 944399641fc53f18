// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/Registry.h"

#include "server/addressing/Reserved.h"
#include "server/broker/RandomId.h"
#include "server/credentials/SecretToken.h"

#include <algorithm>
#include <unordered_set>

namespace viaduct::broker {

namespace {
using std::chrono::hours;

/// Of names that differ by a number, and of random ids.
constexpr int mostTries = 10'000;
constexpr hours noticeBeforeExpiry{14 * 24};

QJsonObject withoutPeople(const record::Account& account) {
    const api::AccountSettings& settings = account.account.settings;
    QJsonObject object{
        {QStringLiteral("kind"), QLatin1String(api::word(settings.kind))},
        {QStringLiteral("mayProxy"), settings.mayProxy},
        {QStringLiteral("oldClients"), settings.oldClients},
        {QStringLiteral("state"), QLatin1String(api::word(account.account.state))},
        {QStringLiteral("origin"), QLatin1String(api::word(account.account.origin))},
        {QStringLiteral("limits"), api::toJson(settings.limits)}};
    if (settings.validFrom)
        object.insert(QStringLiteral("validFrom"), api::text(*settings.validFrom));
    if (settings.validUntil)
        object.insert(QStringLiteral("validUntil"), api::text(*settings.validUntil));
    if (!account.account.voucher.isEmpty())
        object.insert(QStringLiteral("voucher"), account.account.voucher);
    if (!account.pool.isEmpty())
        object.insert(QStringLiteral("pool"), account.pool);
    return object;
}

void count(std::unordered_map<QString, int>& counts, const QString& key, int change) {
    if (key.isEmpty())
        return;
    int& value = counts[key.toLower()];
    value += change;
    if (value == 0)
        counts.erase(key.toLower());
}

int countOf(const std::unordered_map<QString, int>& counts, const QString& key) {
    const auto found = counts.find(key.toLower());
    return found == counts.end() ? 0 : found->second;
}

std::string compact(const QJsonObject& object) {
    return object.isEmpty() ? std::string()
                            : QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

QString hashOf(const QString& secret) {
    const auto hash = credentials::tokenHash(credentials::TokenKind::Link, secret.toStdString());
    return hash ? QString::fromStdString(credentials::toBase64Url(*hash)) : QString();
}
} // namespace

Registry::Registry(Broker& broker, store::Store& store, QObject* parent)
    : QObject(parent), m_broker(broker), m_store(store) {
    m_alarm.setSingleShot(true);
    m_alarm.setTimerType(Qt::PreciseTimer);
    connect(&m_alarm, &QTimer::timeout, this, &Registry::ring);
    connect(&m_broker, &Broker::happened, this, &Registry::noteHappened);
    connect(&m_broker, &Broker::loggedIn, this, [this](const std::string& name, const IpAddress& from) {
        noteLogin(name, from);
    });
    connect(&m_broker, &Broker::replaced, this, [this](const auto& tunnel, const auto& traffic) {
        m_usage.end(tunnel, traffic);
    });
}

Registry::~Registry() {
    readUsage(std::chrono::seconds{0});
    writeSeen();
    writeUsage(m_usage.take(std::numeric_limits<std::size_t>::max(), {}));
}

api::Time Registry::now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// --- start

Result<void> Registry::load(const store::Snapshot& snapshot) {
    for (const store::Record& stored : snapshot.records) {
        Result<void> loaded;
        if (stored.kind == record::Request::kind)
            loaded = m_requests.load(stored);
        else if (stored.kind == record::Account::kind)
            loaded = m_accounts.load(stored);
        else if (stored.kind == record::Voucher::kind)
            loaded = m_vouchers.load(stored);
        else if (stored.kind == record::Seen::kind)
            loaded = m_seen.load(stored);
        if (!loaded)
            return loaded;
    }
    for (const auto& [id, entry] : m_seen.all())
        m_lastLogin[id] = entry.value.at;
    for (const auto& [id, entry] : m_requests.all())
        noteRequest(id, entry.value);
    for (const auto& [id, entry] : m_accounts.all())
        noteAccount(id, entry.value);
    for (const auto& [id, entry] : m_seen.all())
        tellPlaces(id, entry.value);
    for (const store::Allocation& allocation : snapshot.allocations) {
        if (!allocation.quarantinedUntil)
            m_since[allocation.block] = std::chrono::floor<std::chrono::milliseconds>(allocation.since);
    }
    m_usage.beginMonth(monthOf(now()));
    askUsage(monthOf(now()), {});
    setAlarm();
    return {};
}

void Registry::setNotifier(std::function<void(const Notice&)> notify) {
    m_notify = std::move(notify);
}

// --- memory

void Registry::noteRequest(const std::string& id, const record::Request& request) {
    m_byLinkHash[request.link] = id;
    if (!request.proof.isEmpty())
        m_byProof[request.proof] = id;
    count(m_requestsByMail, request.request.email, 1);
    count(m_requestsByOrganisation, request.request.organisation, 1);
    if (!request.told && request.request.undoUntil)
        m_due.emplace(*request.request.undoUntil, id);
}

void Registry::forgetRequest(const std::string& id) {
    const Requests::Entry* entry = m_requests.find(id);
    if (!entry)
        return;
    const record::Request& request = entry->value;
    m_byLinkHash.erase(request.link);
    m_byProof.erase(request.proof);
    count(m_requestsByMail, request.request.email, -1);
    count(m_requestsByOrganisation, request.request.organisation, -1);
    if (request.request.undoUntil)
        m_due.erase({*request.request.undoUntil, id});
}

/// Also tells the broker.
void Registry::noteAccount(const std::string& id, const record::Account& account) {
    const api::AccountSettings& settings = account.account.settings;
    m_byName[account.account.name] = id;
    count(m_accountsByMail, settings.email, 1);
    if (!settings.organisation.isEmpty())
        m_accountsByOrganisation[settings.organisation.toLower()].insert(id);
    if (!account.account.voucher.isEmpty())
        m_byVoucher[account.account.voucher].insert(id);
    if (!account.digest.isEmpty())
        m_withDigest.insert(id);
    if (settings.validUntil && *settings.validUntil > now()) {
        m_due.emplace(*settings.validUntil, id);
        // Who was given less time than that knows.
        const api::Time notice = *settings.validUntil - noticeBeforeExpiry;
        if (!account.expiryTold && !settings.email.isEmpty() && notice > account.account.created)
            m_due.emplace(notice, id);
    }
    accounts::Account told = forBroker(account);
    if (settings.limits.quotaBytes > 0)
        m_quotas.insert_or_assign(id, told.limits.quotaUsedUp);
    m_broker.putAccount(std::move(told));
}

/// In memory of this room; the broker is told by noteAccount() or by Broker::endAccount().
void Registry::forgetAccount(const std::string& id) {
    const Accounts::Entry* entry = m_accounts.find(id);
    if (!entry)
        return;
    const api::Account& account = entry->value.account;
    m_byName.erase(account.name);
    count(m_accountsByMail, account.settings.email, -1);
    const auto organisation = m_accountsByOrganisation.find(account.settings.organisation.toLower());
    if (organisation != m_accountsByOrganisation.end()) {
        organisation->second.erase(id);
        if (organisation->second.empty())
            m_accountsByOrganisation.erase(organisation);
    }
    if (!account.voucher.isEmpty())
        m_byVoucher[account.voucher].erase(id);
    m_withDigest.erase(id);
    m_quotas.erase(id);
    if (account.settings.validUntil) {
        m_due.erase({*account.settings.validUntil, id});
        m_due.erase({*account.settings.validUntil - noticeBeforeExpiry, id});
    }
}

accounts::Account Registry::forBroker(const record::Account& stored) const {
    const api::Account& account = stored.account;
    accounts::Account made;
    made.name = account.name.toStdString();
    made.kind = fromApi(account.settings.kind);
    if (account.settings.mayProxy)
        made.proxyFor = {*Prefix::fromText("0.0.0.0/0")};
    if (const auto keys = credentials::parseScramKeys(stored.scram.toStdString()))
        made.scram = *keys;
    const QByteArray key = QByteArray::fromHex(stored.digest.toLatin1());
    tsp::DigestKey digest{};
    if (key.size() == static_cast<qsizetype>(digest.size())) {
        std::copy(key.begin(), key.end(), digest.begin());
        made.key = digest;
    }
    made.origin
        = account.origin == api::AccountOrigin::Radius ? accounts::Origin::Radius : accounts::Origin::Stored;
    made.suspended = account.state == api::AccountState::Suspended;
    made.validFrom = account.settings.validFrom;
    made.validUntil = account.settings.validUntil;
    made.pool = stored.pool.toStdString();
    const api::Limits& limits = account.settings.limits;
    made.limits = {limits.rateIn, limits.rateOut, isQuotaUsedUp(account)};
    return made;
}

// --- one commit

void Registry::put(Step& step, const std::string& id, record::Request value) {
    step.changes.push_back(m_requests.put(id, value));
    step.after.emplace_back([this, id, value = std::move(value)]() mutable {
        forgetRequest(id);
        noteRequest(id, m_requests.stored(id, std::move(value)).value);
        Q_EMIT m_broker.happened(event::RequestChanged{*request(QString::fromStdString(id))});
    });
}

void Registry::put(Step& step, const std::string& id, record::Account value) {
    step.changes.push_back(m_accounts.put(id, value));
    step.after.emplace_back([this, id, value = std::move(value)]() mutable {
        forgetAccount(id);
        const Accounts::Entry& entry = m_accounts.stored(id, std::move(value));
        noteAccount(id, entry.value);
        Q_EMIT m_broker.happened(event::AccountChanged{viewOf(id, entry), false});
    });
}

void Registry::put(Step& step, const std::string& id, record::Voucher value) {
    step.changes.push_back(m_vouchers.put(id, value));
    step.after.emplace_back([this, id, value = std::move(value)]() mutable {
        const Vouchers::Entry& entry = m_vouchers.stored(id, std::move(value));
        Q_EMIT m_broker.happened(event::VoucherChanged{viewOf(id, entry)});
    });
}

/// What is about people is not in `before` and `after`: the audit cannot forget.
void Registry::audit(
    Step& step, const Actor& actor, const char* action, const std::string& target, const QJsonObject& before,
    const QJsonObject& after) const {
    step.changes.push_back(store::change::AppendAudit{
        {now(), actor.id, actor.from.text(), action, target, compact(before), compact(after)}});
}

QJsonObject Registry::auditView(const record::Account& account) {
    return withoutPeople(account);
}

void Registry::write(Step step, std::function<void(const Result<void>&)> done) {
    m_store.commit(
        std::move(step.changes), this,
        [this, after = std::move(step.after), done = std::move(done)](const Result<void>& committed) {
            if (!committed) {
                if (committed.error().code == Error::Code::Denied)
                    return done(failure(
                        Error::Code::Stale, "It was changed meanwhile: look at it again, then decide."));
                Q_EMIT m_broker.happened(event::StoreFailed{committed.error().message});
                return done(committed);
            }
            for (const auto& each : after)
                each();
            setAlarm();
            done(committed);
        });
}

std::string Registry::newId(char first) const {
    std::string id;
    do {
        id = randomId(first);
    } while (m_requests.find(id) || m_accounts.find(id) || m_vouchers.find(id));
    return id;
}

// --- what can be asked

std::string Registry::idOf(const QString& name) const {
    const auto found = m_byName.find(name);
    return found == m_byName.end() ? std::string() : found->second;
}

Result<const Registry::Accounts::Entry*>
Registry::changeable(const QString& name, std::int64_t revision) const {
    if (m_broker.isConfigured(name.toStdString()))
        return failure(
            Error::Code::Conflict,
            "The account " + name.toStdString() + " stands in the configuration: change it there.");
    const Accounts::Entry* entry = m_accounts.find(idOf(name));
    if (!entry)
        return failure(Error::Code::NotFound, "There is no account " + name.toStdString() + '.');
    if (revision != 0 && revision != entry->version)
        return failure(
            Error::Code::Stale, "The account was changed meanwhile: look at it again, then decide.");
    return entry;
}

Result<const Registry::Requests::Entry*> Registry::undecided(const QString& id, std::int64_t revision) const {
    const Requests::Entry* entry = m_requests.find(id.toStdString());
    if (!entry)
        return failure(Error::Code::NotFound, "There is no request " + id.toStdString() + '.');
    if (revision != 0 && revision != entry->version)
        return failure(
            Error::Code::Stale, "The request was changed meanwhile: look at it again, then decide.");
    const api::RequestState state = entry->value.request.state;
    if (state != api::RequestState::Pending && state != api::RequestState::Unverified)
        return failure(
            Error::Code::Conflict, std::string("The request is ") + api::word(state) + ": it is decided.");
    return entry;
}

Result<const Registry::Requests::Entry*> Registry::byLinkOrError(const QString& link) const {
    const QString hash = hashOf(link);
    const auto found = m_byLinkHash.find(hash);
    if (hash.isEmpty() || found == m_byLinkHash.end())
        return failure(
            Error::Code::NotFound, "Nobody has this link: it is mistyped, or what it led to is gone.");
    return m_requests.find(found->second);
}

Result<void> Registry::checkNewName(const QString& name) const {
    if (auto fits = accounts::checkName(name.toStdString()); !fits)
        return fits;
    if (m_byName.contains(name) || m_broker.account(name.toStdString()))
        return failure(
            Error::Code::Conflict,
            "There is an account " + name.toStdString() + " already: choose another login.");
    return {};
}

Result<void> Registry::checkSettings(const api::AccountSettings& settings) const {
    // By the table of its members: what cannot be read back must not be stored.
    if (auto readBack = api::fromJson<api::AccountSettings>(api::toJson(settings)); !readBack)
        return tl::unexpected(readBack.error());
    if (!settings.email.isEmpty() && !looksLikeMail(settings.email))
        return failure(Error::Code::Invalid, "The mail address is none: write it as NAME@DOMAIN.");
    if (settings.validFrom && settings.validUntil && *settings.validFrom >= *settings.validUntil)
        return failure(
            Error::Code::Invalid, "The end of the validity lies before its beginning: choose a later end.");
    return {};
}

/// `wish`, or with a number behind it.
QString Registry::freeLogin(const QString& wish) const {
    for (int i = 1; i < mostTries; ++i) {
        QString login = i == 1 ? wish : wish + QString::number(i);
        if (checkNewName(login))
            return login;
    }
    return wish; // and is refused for what it is
}

std::optional<PoolState> Registry::poolFor(config::AccountKind kind, const std::string& wish) const {
    std::optional<PoolState> best;
    for (const config::Pool* pool : m_broker.configuration().poolsFor(kind)) {
        const addressing::OccupancyMap* map = m_broker.occupancy(pool->name);
        if (!map || (!wish.empty() && pool->name != wish))
            continue;
        const auto counts = map->counts();
        const Uint128 aside = addressing::reservedFree(*map, map->pool(), m_broker.ledger().reserved());
        const PoolState state{pool->name, pool->blockLength, counts.total() - aside, counts.used()};
        if (!best || state.total - state.used > best->total - best->used)
            best = state;
    }
    return best;
}

PolicyFacts Registry::factsOf(const Request& request) const {
    const config::Configuration& configuration = m_broker.configuration();
    const int accounts = countOf(m_accountsByMail, request.email);
    const int own = request.account.isEmpty() ? 0 : 1; // of this request itself
    return {
        configuration.registration.value_or(config::Registration()), configuration.offeredKinds(),
        poolFor(fromApi(request.kind)), static_cast<std::size_t>(std::max(0, accounts - own)), now()};
}

// --- views

Registry::Request Registry::viewOf(const std::string& id, const Requests::Entry& entry) const {
    Request view = entry.value.request;
    view.id = QString::fromStdString(id);
    view.revision = entry.version;
    const PolicyFacts facts = factsOf(view);
    view.ticks = policyTicks(view, facts);
    const bool open = view.state == api::RequestState::Pending || view.state == api::RequestState::Unverified;
    if (open && facts.pool)
        view.proposal = proposalFrom(*facts.pool);
    view.earlierOfPerson = std::max(0, countOf(m_requestsByMail, view.email) - 1);
    view.earlierOfOrganisation = std::max(0, countOf(m_requestsByOrganisation, view.organisation) - 1);
    const auto organisation = m_accountsByOrganisation.find(view.organisation.toLower());
    view.accountsOfOrganisation
        = organisation == m_accountsByOrganisation.end() ? 0 : static_cast<int>(organisation->second.size());
    return view;
}

api::AccountState Registry::stateOf(const api::Account& kept, api::Time time) {
    const bool expired = kept.settings.validUntil && *kept.settings.validUntil <= time;
    return expired && kept.state == api::AccountState::Active ? api::AccountState::Expired : kept.state;
}

std::optional<api::Time> Registry::lastLogin(const std::string& id) const {
    const auto seen = m_lastLogin.find(id);
    return seen == m_lastLogin.end() ? std::nullopt : std::optional(seen->second);
}

api::Account Registry::viewOf(const std::string& id, const Accounts::Entry& entry) const {
    api::Account view = entry.value.account;
    view.revision = entry.version;
    view.state = stateOf(view, now());
    view.lastLogin = lastLogin(id);
    addHoldings(view.name.toStdString(), view);
    return view;
}

api::Account Registry::viewOfConfigured(const accounts::Account& user) const {
    api::Account view;
    view.name = QString::fromStdString(user.name);
    view.settings.kind = toApi(user.kind);
    view.settings.mayProxy = !user.proxyFor.empty();
    view.settings.oldClients = true;
    view.origin = api::AccountOrigin::Configuration;
    view.revision = 1;
    addHoldings(user.name, view);
    return view;
}

void Registry::addHoldings(const std::string& name, api::Account& account) const {
    const store::Holder holder = "account:" + name;
    if (const store::Tunnel* tunnel = m_broker.tunnelOf(holder))
        account.tunnel = tunnel->id;
    account.blocks.clear();
    for (const auto& [pool, block] : m_broker.heldBy(holder)) {
        const auto since = m_since.find(block);
        account.blocks.push_back(
            {QString::fromStdString(pool), block, since == m_since.end() ? api::Time{} : since->second});
    }
    account.usedBytes = usedBytes(holder);
}

api::Voucher Registry::viewOf(const std::string& id, const Vouchers::Entry& entry) const {
    api::Voucher view = entry.value.voucher;
    view.id = QString::fromStdString(id);
    const api::Time time = now();
    if (view.state != api::VoucherState::Withdrawn)
        view.state = time < view.draft.validFrom ? api::VoucherState::Planned
            : time < view.draft.validUntil       ? api::VoucherState::Open
                                                 : api::VoucherState::Over;
    view.used = 0;
    if (const auto members = m_byVoucher.find(view.id); members != m_byVoucher.end())
        view.used = static_cast<int>(
            std::count_if(members->second.begin(), members->second.end(), [&](const std::string& account) {
                return m_lastLogin.contains(account);
            }));
    return view;
}

std::optional<Registry::Request> Registry::request(const QString& id) const {
    const Requests::Entry* entry = m_requests.find(id.toStdString());
    return entry ? std::optional(viewOf(id.toStdString(), *entry)) : std::nullopt;
}

void Registry::forEachRequest(const std::function<void(const Request&)>& visit) const {
    for (const auto& [id, entry] : m_requests.all())
        visit(entry.value.request);
}

std::optional<api::Account> Registry::account(const QString& name) const {
    const std::string plain = name.toStdString();
    if (m_broker.isConfigured(plain))
        return viewOfConfigured(*m_broker.account(plain));
    const std::string id = idOf(name);
    const Accounts::Entry* entry = m_accounts.find(id);
    return entry ? std::optional(viewOf(id, *entry)) : std::nullopt;
}

const api::Account* Registry::kept(const QString& name) const {
    const auto found = m_byName.find(name);
    const Accounts::Entry* entry = found == m_byName.end() ? nullptr : m_accounts.find(found->second);
    return entry && !m_broker.isConfigured(name.toStdString()) ? &entry->value.account : nullptr;
}

void Registry::forEachAccount(const std::function<void(const AccountGlance&)>& visit) const {
    std::unordered_set<QString> configured;
    for (const config::User& user : m_broker.configuration().users) {
        if (const accounts::Account* account = m_broker.account(user.name)) {
            const api::Account view = viewOfConfigured(*account);
            configured.insert(view.name);
            visit({view, view.state, *this, {}});
        }
    }
    const api::Time time = now();
    for (const auto& [id, entry] : m_accounts.all()) {
        const api::Account& kept = entry.value.account;
        if (configured.empty() || !configured.contains(kept.name))
            visit({kept, stateOf(kept, time), *this, id});
    }
}

std::vector<const api::Account*> Registry::accountsOf(const QString& organisation) const {
    std::vector<const api::Account*> found;
    const auto ids = m_accountsByOrganisation.find(organisation.toLower());
    if (ids == m_accountsByOrganisation.end())
        return found;
    for (const std::string& id : ids->second)
        found.push_back(&m_accounts.find(id)->value.account);
    return found;
}

std::optional<api::Voucher> Registry::voucher(const QString& id) const {
    const Vouchers::Entry* entry = m_vouchers.find(id.toStdString());
    return entry ? std::optional(viewOf(id.toStdString(), *entry)) : std::nullopt;
}

void Registry::forEachVoucher(const std::function<void(const QString&)>& visit) const {
    for (const auto& [id, entry] : m_vouchers.all())
        visit(QString::fromStdString(id));
}

} // namespace viaduct::broker
