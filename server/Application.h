// SPDX-License-Identifier: GPL-3.0-or-later
// Builds the rooms of the broker, wires them, and lets them go again: start, reload, stop. Nothing else.
#pragma once

#include "server/Administration.h"
#include "server/broker/Registry.h"
#include "server/broker/Reservations.h"
#include "server/radius/Authenticator.h"
#include "server/revisions/Keeper.h"
#include "server/tsp/TspFace.h"

#include <QElapsedTimer>
#include <array>

namespace viaduct {

/// Exit codes of viaductd.
enum ExitCode {
    ExitSuccess = 0,
    ExitFailure = 1, ///< could not start: what is missing was said
    ExitUsage = 2,
    ExitConfiguration = 78 ///< EX_CONFIG of sysexits(3), as systemd knows it
};

class Application : public QObject {
    Q_OBJECT
public:
    Application(std::string configurationFile, std::string stateDirectory);
    ~Application()
        override; ///< ends the faces first, the store last; tunnels stay in the store and the device stays up

    /// Everything up to the moment from which clients are served.
    tl::expected<void, ExitCode> start();
    /// Reads the file again. What cannot be used changes nothing.
    void reload();

private:
    Result<void> open(const config::Configuration& configuration);
    void askRadius(
        const std::string& user, const std::string& password,
        const broker::Registry::RadiusAnswered& answered);
    void logPathCounters();
    /// What cannot be used changes nothing.
    Result<void> change(const config::Configuration& after);
    Result<revisions::Losses> foresee(const config::Configuration& after) const;

    std::string m_configurationFile;
    std::string m_stateDirectory;
    revisions::Keeper m_keeper;
    // In the order in which they are built; they go in the reverse order.
    std::unique_ptr<store::Store> m_store;
    std::unique_ptr<dataplane::Engine> m_engine;
    std::unique_ptr<broker::Broker> m_broker;
    std::unique_ptr<broker::Registry> m_registry;
    std::unique_ptr<broker::Reservations> m_reservations;
    radius::Authenticator m_radius;
    std::unique_ptr<face::TspFace> m_face;
    std::unique_ptr<Administration> m_administration;
    QTimer m_maintenance;
    QElapsedTimer m_pathLogged;
    std::array<std::uint64_t, 5> m_pathBefore{}; ///< packets of each kind that were logged already
};

} // namespace viaduct
