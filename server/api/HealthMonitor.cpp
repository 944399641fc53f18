// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/HealthMonitor.h"

#include "server/api/Forecasts.h"
#include "server/api/PoolViews.h"
#include "server/api/RateMeter.h"
#include "server/broker/Registry.h"

#include <QSysInfo>

#include <algorithm>

namespace viaduct::face {

namespace {
using api::Alarm;
using api::Severity;
using api::Status;
using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::chrono::milliseconds lookInterval{5000};
constexpr Thresholds poolUse{0.90, 0.98, 0.05}; ///< of all blocks
/// Days until the pool is full, counted downwards from there.
constexpr int forecastWarning = 30;
constexpr int forecastAgain = 35;
constexpr int certificateWarning = 14; ///< days
constexpr int certificateCritical = 3;
/// A database that wrote again for so long is well.
constexpr minutes storeQuiet{2};
constexpr seconds storeFailing{15};
/// The broker tries a static tunnel every five seconds.
constexpr seconds staticQuiet{20};
/// Changes that wait for the disk: some seconds' work.
constexpr std::size_t manyWaiting = 5000;
constexpr std::size_t mostSamples = 61;
constexpr seconds countsFresh{5};

const QString storeAlarm = QStringLiteral("database");
const QString certificateAlarm = QStringLiteral("certificate");
const QString staticAlarm = QStringLiteral("static-tunnels");
const QString poolLow = QStringLiteral("pool-low:");
const QString poolForecast = QStringLiteral("pool-forecast:");

api::Time clockNow() {
    return timeOf(std::chrono::system_clock::now());
}

Alarm alarmOf(Severity severity, const QString& object, const QString& cause, const QString& cure) {
    Alarm alarm;
    alarm.severity = severity;
    alarm.object = object;
    alarm.cause = cause;
    alarm.cure = cure;
    return alarm;
}

std::int64_t load(const std::atomic<std::uint64_t>& counter) {
    return static_cast<std::int64_t>(counter.load(std::memory_order_relaxed));
}
} // namespace

std::optional<Severity>
severityOf(double level, const Thresholds& thresholds, std::optional<Severity> before) {
    const double criticalFrom
        = thresholds.critical - (before == Severity::Critical ? thresholds.hysteresis : 0);
    const double warningFrom = thresholds.warning - (before ? thresholds.hysteresis : 0);
    if (level >= criticalFrom)
        return Severity::Critical;
    return level >= warningFrom ? std::optional(Severity::Warning) : std::nullopt;
}

HealthMonitor::HealthMonitor(
    broker::Broker& broker, const broker::Registry& registry, const store::Store& store, RateMeter& meter,
    Forecasts& forecasts, QObject* parent)
    : QObject(parent), m_broker(broker), m_registry(registry), m_store(store), m_meter(meter),
      m_forecasts(forecasts), m_started(clockNow()) {
    connect(&m_broker, &broker::Broker::happened, this, &HealthMonitor::noteHappened);
    connect(&m_timer, &QTimer::timeout, this, [this] { look(clockNow()); });
    m_timer.start(lookInterval);
}

void HealthMonitor::setPath(const std::string& kind, const dataplane::PathCounters& counters) {
    m_pathKind = kind;
    m_path = &counters;
}

void HealthMonitor::noteHappened(const broker::Event& event) {
    if (const auto* failed = std::get_if<broker::event::StoreFailed>(&event)) {
        m_storeFailed = clockNow();
        m_storeReason = textOf(failed->reason);
        lookAtStore(*m_storeFailed);
    } else if (const auto* tunnel = std::get_if<broker::event::StaticTunnelFailed>(&event)) {
        m_staticFailed = clockNow();
        m_staticReason = textOf(tunnel->reason);
        lookAtStaticTunnels(*m_staticFailed);
    }
}

// --- alarms

void HealthMonitor::look(api::Time now) {
    lookAtPools(now);
    lookAtStore(now);
    lookAtCertificate(now);
    lookAtStaticTunnels(now);
    sample(now);
}

void HealthMonitor::set(const QString& id, std::optional<Alarm> alarm, api::Time now) {
    const auto standing = m_alarms.find(id);
    if (!alarm) {
        if (standing != m_alarms.end()) {
            m_alarms.erase(standing);
            Q_EMIT cleared(id, now);
        }
        return;
    }
    if (standing != m_alarms.end() && standing->second.severity == alarm->severity)
        return;
    alarm->id = id;
    alarm->raised = standing == m_alarms.end() ? now : standing->second.raised;
    m_alarms[id] = *alarm;
    Q_EMIT raised(*alarm);
}

std::optional<Severity> HealthMonitor::severityOf(const QString& id) const {
    const auto standing = m_alarms.find(id);
    return standing == m_alarms.end() ? std::nullopt : std::optional(standing->second.severity);
}

void HealthMonitor::lookAtPools(api::Time now) {
    std::vector<QString> gone;
    for (const auto& [id, alarm] : m_alarms) {
        const bool isOfPool = id.startsWith(poolLow) || id.startsWith(poolForecast);
        if (isOfPool && !m_broker.configuration().pool(id.section(u':', 1).toStdString()))
            gone.push_back(id);
    }
    for (const QString& id : gone)
        set(id, {}, now);
    for (const config::Pool& pool : m_broker.configuration().pools)
        lookAtPool(pool.name, now);
}

void HealthMonitor::lookAtPool(const std::string& pool, api::Time now) {
    const addressing::OccupancyMap* map = m_broker.occupancy(pool);
    if (!map)
        return;
    const QString name = textOf(pool);
    const QString object = QStringLiteral("/pools/") + name;
    const api::BlockCounts counts = blockCounts(*map, map->pool(), m_broker.ledger().reserved());
    const Uint128 total = map->counts().total();
    const double used
        = total == 0 ? 0 : static_cast<double>(total - counts.free) / static_cast<double>(total);
    std::optional<Alarm> low;
    if (const auto severity = face::severityOf(used, poolUse, severityOf(poolLow + name)))
        low = alarmOf(
            *severity, object,
            QStringLiteral("The pool %1 is %2 % used.").arg(name).arg(static_cast<int>(used * 100)),
            QStringLiteral("Add a pool, delete a reservation, or release what is not used."));
    set(poolLow + name, std::move(low), now);

    std::optional<Alarm> soon;
    const api::Forecast forecast = m_forecasts.of(pool);
    const days left = forecast.exhausted
        ? std::chrono::sys_days(*forecast.exhausted) - std::chrono::floor<days>(now)
        : days(forecastAgain);
    const bool isFull = counts.free == 0; // of which the other alarm tells
    if (!isFull && left < days(severityOf(poolForecast + name) ? forecastAgain : forecastWarning))
        soon = alarmOf(
            Severity::Warning, object,
            QStringLiteral("At its present pace the pool %1 is full on %2.")
                .arg(name, api::text(*forecast.exhausted)),
            QStringLiteral("Plan another pool now: routes and filters take time."));
    set(poolForecast + name, std::move(soon), now);
}

void HealthMonitor::lookAtStore(api::Time now) {
    std::optional<Alarm> failing;
    if (m_storeFailed && now - *m_storeFailed < storeQuiet)
        failing = alarmOf(
            Severity::Critical, {},
            QStringLiteral("The database could not write: ") + m_storeReason.left(1000),
            QStringLiteral(
                "Look at the disk: is it full, read-only or broken? Nobody gets a new tunnel until it "
                "writes again."));
    set(storeAlarm, std::move(failing), now);
}

void HealthMonitor::lookAtCertificate(api::Time now) {
    std::optional<Alarm> ending;
    const auto known = m_certificateEnd ? m_certificateEnd() : std::nullopt;
    const int extra = severityOf(certificateAlarm) ? 1 : 0; // days: a clock that is set back a little
    const api::Time end = known.value_or(api::Time::max());
    if (known && end < now + days(certificateWarning + extra))
        ending = alarmOf(
            end < now + days(certificateCritical) ? Severity::Critical : Severity::Warning, {},
            (end <= now ? QStringLiteral("The certificate of the web server has expired on %1.")
                        : QStringLiteral("The certificate of the web server expires on %1."))
                .arg(api::text(end)),
            QStringLiteral("Put a new one in its place and reload the broker."));
    set(certificateAlarm, std::move(ending), now);
}

void HealthMonitor::lookAtStaticTunnels(api::Time now) {
    std::optional<Alarm> failing;
    if (m_staticFailed && now - *m_staticFailed < staticQuiet)
        failing = alarmOf(
            Severity::Warning, QStringLiteral("/static-tunnels"),
            QStringLiteral("A static tunnel cannot be set up: ") + m_staticReason.left(1000),
            QStringLiteral("Give it other addresses in the configuration, or free those that it wants."));
    set(staticAlarm, std::move(failing), now);
}

std::vector<Alarm> HealthMonitor::alarms() const {
    std::vector<Alarm> all;
    for (const auto& [id, alarm] : m_alarms)
        all.push_back(alarm);
    return all;
}

// --- parts

api::PartHealth HealthMonitor::databasePart(api::Time now) const {
    api::PartHealth part;
    part.part = QStringLiteral("database");
    part.kind = QStringLiteral("sqlite");
    part.sentence = QStringLiteral("All is on the disk.");
    if (m_store.waiting() > manyWaiting) {
        part.status = Status::Degraded;
        part.sentence = QStringLiteral("%1 lists of changes wait for the disk.").arg(m_store.waiting());
    }
    if (m_storeFailed && now - *m_storeFailed < storeQuiet) {
        part.status = now - *m_storeFailed < storeFailing ? Status::Down : Status::Degraded;
        part.sentence = QStringLiteral("It could not write: ") + m_storeReason.left(1000);
    }
    return part;
}

std::optional<api::PartHealth> HealthMonitor::certificatePart(api::Time now) const {
    const auto end = m_certificateEnd ? m_certificateEnd() : std::nullopt;
    if (!end)
        return std::nullopt;
    api::PartHealth part;
    part.part = QStringLiteral("certificate");
    part.status = *end <= now                    ? Status::Down
        : *end - now < days(certificateCritical) ? Status::Degraded
                                                 : Status::Ok;
    part.sentence = QStringLiteral("It is good until %1.").arg(api::text(*end));
    return part;
}

std::vector<api::PartHealth> HealthMonitor::parts() const {
    const api::Time now = clockNow();
    std::vector<api::PartHealth> all{databasePart(now)};
    api::PartHealth path;
    path.part = QStringLiteral("data-plane");
    path.kind = textOf(m_pathKind);
    path.sentence = QStringLiteral("It carries %1 tunnels.").arg(m_broker.tunnels().size());
    all.push_back(path);
    if (auto certificate = certificatePart(now))
        all.push_back(std::move(*certificate));
    for (const auto& other : m_others)
        all.push_back(other());
    return all;
}

api::HealthSummary HealthMonitor::summary() const {
    api::HealthSummary summary;
    for (const api::PartHealth& part : parts())
        summary.status = std::max(summary.status, part.status);
    return summary;
}

api::Health HealthMonitor::health() const {
    api::Health view;
    const std::string& name = m_broker.configuration().hostname;
    view.broker = name.empty() ? QSysInfo::machineHostName() : textOf(name);
    view.version = QStringLiteral(VIADUCT_VERSION);
    view.started = m_started;
    view.now = clockNow();
    view.parts = parts();
    for (const api::PartHealth& part : view.parts)
        view.status = std::max(view.status, part.status);
    view.alarms = alarms();
    return view;
}

// --- numbers

void HealthMonitor::sample(api::Time now) {
    if (!m_samples.empty() && now - m_samples.back().at < minutes(1) && now >= m_samples.back().at)
        return;
    m_samples.push_back({now, static_cast<std::int64_t>(m_broker.tunnels().size()), m_meter.rates()});
    if (m_samples.size() > mostSamples)
        m_samples.pop_front();
}

/// All are looked at: not for each who asks.
void HealthMonitor::count(api::Time now) {
    if (m_counted && now - *m_counted < countsFresh && now >= *m_counted)
        return;
    m_counted = now;
    m_accounts = 0;
    m_requestsWaiting = 0;
    m_modes.clear();
    for (const auto& [id, active] : m_broker.tunnels())
        ++m_modes[active.tunnel.mode];
    m_registry.forEachAccount([this](const auto&) { ++m_accounts; });
    m_registry.forEachRequest([this](const api::RegistrationRequest& request) {
        m_requestsWaiting += request.state == api::RequestState::Pending ? 1 : 0;
    });
}

api::Statistics HealthMonitor::statistics() {
    api::Statistics view;
    view.at = clockNow();
    count(view.at);
    for (const auto& [mode, tunnels] : m_modes)
        view.modes.push_back({mode, tunnels});
    view.tunnels = static_cast<std::int64_t>(m_broker.tunnels().size());
    view.accounts = m_accounts;
    view.requestsWaiting = m_requestsWaiting;
    view.sessions = m_sessions ? m_sessions() : 0;
    view.traffic = m_meter.traffic();
    view.rates = m_meter.rates();
    view.drops = m_meter.drops();
    if (m_path) {
        view.path.unknownOuter = load(m_path->unknownOuter);
        view.path.unknownInner = load(m_path->unknownInner);
        view.path.signallingShed = load(m_path->signallingDropped);
        view.path.discarded = load(m_path->discarded);
        view.path.sendDropped = load(m_path->sendDropped);
    }
    view.recent.assign(m_samples.begin(), m_samples.end());
    return view;
}

} // namespace viaduct::face
