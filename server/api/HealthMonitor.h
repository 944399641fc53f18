// SPDX-License-Identifier: GPL-3.0-or-later
// How the broker is: its parts, live numbers, and alarms that are raised once and cleared when the trouble is
// well over, not at every wavering around a threshold.
#pragma once

#include "server/broker/Broker.h"
#include "shared/api/Health.h"

#include <QTimer>

namespace viaduct::broker {
class Registry;
}

namespace viaduct::face {

class Forecasts;
class RateMeter;

class HealthMonitor : public QObject {
    Q_OBJECT
public:
    /// All outlive it. Looks by itself every five seconds.
    HealthMonitor(
        broker::Broker& broker, const broker::Registry& registry, const store::Store& store, RateMeter& meter,
        Forecasts& forecasts, QObject* parent = nullptr);

    // --- what is known elsewhere; all of it may be left out

    /// When the certificate of the web servers ends; the first of them.
    void setCertificate(std::function<std::optional<api::Time>()> end) { m_certificateEnd = std::move(end); }
    /// TSP dialogues under way.
    void setSessions(std::function<std::int64_t()> sessions) { m_sessions = std::move(sessions); }
    /// `kind`: DataPlane::name(). The counters outlive this.
    void setPath(const std::string& kind, const dataplane::PathCounters& counters);
    /// One more part: mail, RADIUS.
    void addPart(std::function<api::PartHealth()> part) { m_others.push_back(std::move(part)); }

    api::HealthSummary summary() const;
    api::Health health() const;
    api::Statistics statistics();
    std::vector<api::Alarm> alarms() const; ///< those that stand, by id

    /// Raises and clears; the timer does it.
    void look(api::Time now);

Q_SIGNALS:
    /// Also one that stands already and has become another severity.
    void raised(const viaduct::api::Alarm& alarm);
    void cleared(const QString& id, viaduct::api::Time at);

private:
    void noteHappened(const broker::Event& event);
    void lookAtPools(api::Time now);
    void lookAtPool(const std::string& pool, api::Time now);
    void lookAtStore(api::Time now);
    void lookAtCertificate(api::Time now);
    void lookAtStaticTunnels(api::Time now);
    void sample(api::Time now);
    /// None: it does not stand, or no longer. `alarm.raised` is filled in.
    void set(const QString& id, std::optional<api::Alarm> alarm, api::Time now);
    std::optional<api::Severity> severityOf(const QString& id) const;
    std::vector<api::PartHealth> parts() const;
    api::PartHealth databasePart(api::Time now) const;
    std::optional<api::PartHealth> certificatePart(api::Time now) const;
    void count(api::Time now);

    broker::Broker& m_broker;
    const broker::Registry& m_registry;
    const store::Store& m_store;
    RateMeter& m_meter;
    Forecasts& m_forecasts;
    std::function<std::optional<api::Time>()> m_certificateEnd;
    std::function<std::int64_t()> m_sessions;
    std::string m_pathKind;
    const dataplane::PathCounters* m_path = nullptr;
    std::vector<std::function<api::PartHealth()>> m_others;
    std::map<QString, api::Alarm> m_alarms;
    api::Time m_started;
    std::optional<api::Time> m_storeFailed; ///< the last time
    QString m_storeReason;
    std::optional<api::Time> m_staticFailed; ///< the last time
    QString m_staticReason;
    std::deque<api::Sample> m_samples;
    std::optional<api::Time> m_counted; ///< when these were
    std::map<TunnelMode, std::int64_t> m_modes; ///< tunnels
    std::int64_t m_accounts = 0;
    std::int64_t m_requestsWaiting = 0;
    QTimer m_timer;
};

/// What an alarm about a level that rises becomes: each severity is left at a lower level than it is reached.
struct Thresholds {
    double warning = 0;
    double critical = 0;
    double hysteresis = 0; ///< below each
};
std::optional<api::Severity>
severityOf(double level, const Thresholds& thresholds, std::optional<api::Severity> before);

} // namespace viaduct::face
