// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/Application.h"

#include "server/Prerequisites.h"
#include "server/RefusedLogins.h"
#include "server/config/Language.h"
#include "shared/tunnel/LinuxNetwork.h"

#include <QFile>
#include <QLoggingCategory>

#include <algorithm>
#include <cstdio>
#include <systemd/sd-daemon.h>
#include <time.h>

namespace viaduct {

namespace {
Q_LOGGING_CATEGORY(logServer, "viaduct.server")
Q_LOGGING_CATEGORY(logBroker, "viaduct.broker")

constexpr std::chrono::milliseconds maintenanceInterval{5000};
constexpr std::chrono::milliseconds pathLogInterval{60'000};
/// Lines about refused logins in the journal.

dataplane::EngineOptions engineOptions(const config::Configuration& configuration) {
    dataplane::EngineOptions options;
    options.interfaceName = configuration.interfaceName;
    options.udpEndpoints = face::udpEndpoints(configuration);
    for (const config::TunnelServer& server : configuration.tunnelServers) {
        options.mtu = std::max(options.mtu, server.mtu);
        for (const IpAddress& address : server.addresses) {
            auto& all = options.tunnelAddresses;
            if (std::find(all.begin(), all.end(), address) == all.end())
                all.push_back(address);
        }
    }
    return options;
}

/// What the broker gives out: the pools, and what static tunnels have outside of them.
std::vector<Prefix> ownRanges(const config::Configuration& configuration) {
    std::vector<Prefix> ranges = configuration.rangesOutsidePools();
    for (const config::Pool& pool : configuration.pools)
        ranges.push_back(pool.prefix);
    return ranges;
}

tunnel::Route routeTo(const config::Configuration& configuration, const Prefix& range) {
    tunnel::Route route;
    route.destination = range;
    route.interface = configuration.interfaceName;
    return route;
}

/// Whatever is sent to one of these goes to the device, and only while the configuration has it.
Result<void> routeRanges(const config::Configuration& before, const config::Configuration& after) {
    const std::vector<Prefix> wanted = ownRanges(after);
    for (const Prefix& range : wanted) {
        if (auto added = tunnel::addRoute(routeTo(after, range)); !added)
            return added;
    }
    for (const Prefix& range : ownRanges(before)) {
        if (std::find(wanted.begin(), wanted.end(), range) != wanted.end())
            continue;
        if (auto removed = tunnel::removeRoute(routeTo(before, range)); !removed)
            return removed;
    }
    return {};
}

void log(const broker::Event& event) {
    static RefusedLogins refused(logBroker);
    const std::string line = broker::text(event);
    const auto* up = std::get_if<broker::event::TunnelUp>(&event);
    if (std::holds_alternative<broker::event::StoreFailed>(event))
        qCCritical(logBroker, "%s", line.c_str());
    else if (std::holds_alternative<broker::event::LoginRefused>(event))
        refused.log(line);
    else if (up && up->restored)
        qCDebug(logBroker, "%s", line.c_str());
    else
        qCInfo(logBroker, "%s", line.c_str());
}
} // namespace

Application::Application(std::string configurationFile, std::string stateDirectory)
    : m_configurationFile(std::move(configurationFile)), m_stateDirectory(std::move(stateDirectory)),
      m_keeper(m_configurationFile, m_stateDirectory) {
    connect(&m_maintenance, &QTimer::timeout, this, [this] {
        m_broker->maintain();
        m_registry->maintain();
        logPathCounters();
    });
}

Application::~Application() {
    sd_notify(0, "STOPPING=1");
    if (m_engine)
        m_engine->stop(); // before the face goes, which it wakes up
}

tl::expected<void, ExitCode> Application::start() {
    const auto configuration = m_keeper.load();
    if (!configuration) {
        std::fprintf(stderr, "%s\n", configuration.error().message.c_str());
        return tl::unexpected(ExitConfiguration);
    }
    const std::vector<std::string> missing = missingPrerequisites(*configuration);
    for (const std::string& sentence : missing)
        std::fprintf(stderr, "viaductd: %s\n", sentence.c_str());
    if (!missing.empty())
        return tl::unexpected(ExitFailure);
    if (const auto opened = open(*configuration); !opened) {
        std::fprintf(stderr, "viaductd: %s\n", opened.error().message.c_str());
        return tl::unexpected(ExitFailure);
    }
    // That module answers every protocol-41 packet with an ICMP error when it has no tunnel of its own for
    // it, although the packet has been taken here.
    if (QFile::exists(QStringLiteral("/sys/module/sit")))
        qCWarning(
            logServer,
            "event=sit-loaded The kernel module sit is loaded; it sends ICMP errors to clients of v6v4 "
            "tunnels. "
            "Unload it with `modprobe -r sit`, or drop them: `nft add rule inet filter output icmp type "
            "destination-unreachable icmp code port-unreachable drop`.");
    m_maintenance.start(maintenanceInterval);
    m_administration->awaitFirstPassword();
    qCInfo(
        logServer, "event=ready config=\"%s\" tunnels=%zu", m_configurationFile.c_str(),
        m_broker->tunnels().size());
    std::puts("ready");
    std::fflush(stdout);
    sd_notify(0, "READY=1");
    return {};
}

Result<void> Application::open(const config::Configuration& configuration) {
    auto store = store::Store::open(m_stateDirectory);
    if (!store)
        return tl::unexpected(store.error());
    m_store = std::move(*store);
    const auto snapshot = m_store->load();
    if (!snapshot)
        return tl::unexpected(snapshot.error());
    auto engine = dataplane::Engine::open(engineOptions(configuration));
    if (!engine)
        return tl::unexpected(engine.error());
    m_engine = std::move(*engine);
    m_broker = std::make_unique<broker::Broker>(*m_store, *m_engine);
    connect(m_broker.get(), &broker::Broker::happened, this, log);
    m_registry = std::make_unique<broker::Registry>(*m_broker, *m_store);
    if (auto loaded = m_registry->load(*snapshot); !loaded)
        return loaded;
    m_reservations = std::make_unique<broker::Reservations>(*m_broker, *m_store);
    if (auto loaded = m_reservations->load(*snapshot); !loaded)
        return loaded;
    if (auto usable = m_radius.apply(configuration.radiusServers); !usable)
        return usable;
    m_registry->setRadius([this](const std::string& user, const std::string& password, const auto& answered) {
        askRadius(user, password, answered);
    });
    if (auto restored = m_broker->restore(configuration, *snapshot); !restored)
        return restored;
    m_face = std::make_unique<face::TspFace>(*m_broker, *m_engine);
    if (auto serving = m_face->apply(configuration); !serving)
        return serving;
    if (auto routed = routeRanges({}, configuration); !routed)
        return routed;
    m_keeper.begin(
        *m_store,
        {[this](const config::Configuration& after) { return change(after); },
         [this](const config::Configuration& after) { return foresee(after); }});
    m_administration = std::make_unique<Administration>(
        Administration::Rooms{*m_broker, *m_registry, *m_reservations, *m_store, m_keeper, m_stateDirectory});
    if (auto loaded = m_administration->load(*snapshot); !loaded)
        return loaded;
    m_administration->health().setSessions([this] { return static_cast<std::int64_t>(m_face->sessions()); });
    m_administration->health().setPath(m_engine->name(), m_engine->counters());
    if (auto serving = m_administration->apply(configuration); !serving)
        return serving;
    m_engine->run(m_face->waker());
    return {};
}

void Application::askRadius(
    const std::string& user, const std::string& password, const broker::Registry::RadiusAnswered& answered) {
    m_radius.authenticate(user, password, [answered](const radius::Verdict& verdict) {
        using What = broker::RadiusVerdict::What;
        const What what = verdict.what == radius::Verdict::What::Accepted ? What::Accepted
            : verdict.what == radius::Verdict::What::Refused              ? What::Refused
                                                                          : What::Unreachable;
        answered({what, verdict.reason});
    });
}

/// What belongs to no tunnel, when it has grown: an attack, a forgotten client, or a broker that cannot keep
/// up.
void Application::logPathCounters() {
    if (m_pathLogged.isValid() && !m_pathLogged.hasExpired(pathLogInterval.count()))
        return;
    m_pathLogged.start();
    const dataplane::PathCounters& counters = m_engine->counters();
    const std::pair<const char*, const std::atomic<std::uint64_t>&> all[]
        = {{"unknown-outer", counters.unknownOuter},
           {"unknown-inner", counters.unknownInner},
           {"signalling-dropped", counters.signallingDropped},
           {"discarded", counters.discarded},
           {"send-dropped", counters.sendDropped}};
    std::string grown;
    for (std::size_t i = 0; i < std::size(all); ++i) {
        const std::uint64_t now = all[i].second.load(std::memory_order_relaxed);
        if (now > m_pathBefore[i])
            grown += std::string(" ") + all[i].first + "=" + std::to_string(now - m_pathBefore[i]);
        m_pathBefore[i] = now;
    }
    if (!grown.empty())
        qCInfo(logServer, "event=packets-without-tunnel%s", grown.c_str());
}

void Application::reload() {
    timespec monotonic{};
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    sd_notifyf(
        0, "RELOADING=1\nMONOTONIC_USEC=%lld", monotonic.tv_sec * 1'000'000LL + monotonic.tv_nsec / 1000);
    const Result<void> changed = m_keeper.reload();
    if (changed) {
        qCInfo(logServer, "event=reloaded config=\"%s\"", m_configurationFile.c_str());
    } else {
        const QStringList reasons = QString::fromStdString(changed.error().message).split(u'\n');
        for (const QString& reason : reasons)
            qCCritical(logServer, "event=reload-refused reason=\"%s\"", qPrintable(reason));
    }
    sd_notify(0, "READY=1");
}

Result<revisions::Losses> Application::foresee(const config::Configuration& after) const {
    if (after.interfaceName != m_broker->configuration().interfaceName)
        return failure(Error::Code::Invalid, "The name of the TUN device changes only at a restart.");
    const std::vector<std::string> missing = missingForReload(after);
    if (!missing.empty()) {
        std::string message;
        for (const std::string& sentence : missing)
            message += (message.empty() ? "" : "\n") + sentence;
        return failure(Error::Code::System, message);
    }
    return m_broker->losses(after).map([](const broker::Broker::Losses& losses) {
        return revisions::Losses{losses.tunnels, losses.blocks};
    });
}

Result<void> Application::change(const config::Configuration& after) {
    if (const auto foreseen = foresee(after); !foreseen)
        return tl::unexpected(foreseen.error());
    const config::Configuration before = m_broker->configuration();
    // The broker comes last: what it takes down cannot be brought back by going back.
    Result<void> changed = m_engine->reconfigure(engineOptions(after));
    if (changed)
        changed = m_face->apply(after);
    if (changed)
        changed = m_administration->apply(after);
    if (changed)
        changed = m_radius.apply(after.radiusServers);
    if (changed)
        changed = routeRanges(before, after);
    if (changed)
        changed = m_broker->apply(after);
    if (changed)
        return {};
    for (const auto& back :
         {m_engine->reconfigure(engineOptions(before)), m_face->apply(before),
          m_administration->apply(before), m_radius.apply(before.radiusServers),
          routeRanges(after, before)}) {
        if (!back)
            qCCritical(logServer, "event=reload-back-failed reason=\"%s\"", back.error().message.c_str());
    }
    return changed;
}

} // namespace viaduct
