// SPDX-License-Identifier: GPL-3.0-or-later
// What an agreed tunnel is on this machine: device, delegated prefix, hook script; and the watch over it by
// keepalive and lifetime. It outlives its own loss: the interface stays until a new agreement replaces it, so
// that a broker's restart does not take addresses away from programs.
#pragma once

#include "shared/client/Dialogue.h"
#include "shared/client/Hooks.h"
#include "shared/client/Keepalive.h"
#include "shared/client/Platform.h"

#include <optional>

namespace viaduct::client {

/// What a dialogue ended with.
struct Agreement {
    tsp::TunnelInfo info;
    ServerName server;
    Transport transport = Transport::Udp;
    Endpoint local; ///< of the signalling
    Endpoint remote;
    ParkedSocket socket; ///< only over UDP
};

class Connection : public QObject {
    Q_OBJECT

public:
    Connection(const ClientConfiguration& configuration, Platform platform, QObject* parent = nullptr);
    ~Connection() override;

    /// Sets the tunnel up, or takes it over from the agreement before if it is the same one. up() or failed()
    /// follows.
    void establish(Agreement agreement);
    /// down() follows, never before this returns, also when nothing is up. To be called once.
    void takeDown();

Q_SIGNALS:
    void up(const viaduct::client::event::Established& tunnel);
    void failed(viaduct::client::ExitCode code, const std::string& reason);
    /// The broker is gone, the tunnel broke (perhaps before it was up), or its lifetime ended: a new
    /// agreement is needed. Once until the next establish().
    void lost(const std::string& reason);
    void trouble(const std::string& notice);
    void down();

private:
    tunnel::TunnelParameters parametersFor(const Agreement& agreement) const;
    bool isSame(const tunnel::TunnelParameters& parameters, const Agreement& agreement) const;
    void build();
    bool openTunnel();
    bool openPrefix();
    void runHook(HookOperation operation, std::function<void(const std::string& trouble)> then);
    void dismantle();
    void watch();
    void lose(const std::string& reason);

    ClientConfiguration m_configuration;
    Platform m_platform;
    Hooks m_hooks;
    std::function<void(const std::string& trouble)> m_afterHook; ///< set while a script runs
    std::optional<Agreement> m_agreement;
    std::optional<tunnel::TunnelParameters> m_parameters;
    std::optional<event::Established> m_standing; ///< from the set-up until the end of the teardown script
    std::unique_ptr<tunnel::Tunnel> m_tunnel; ///< destroyed before the socket in m_agreement
    std::unique_ptr<tunnel::DelegatedPrefix> m_prefix;
    std::unique_ptr<Keepalive> m_keepalive;
    QTimer m_lifetime;
    int m_generation = 0; ///< of m_tunnel: what an older one still had to say is not heard
    std::optional<std::string> m_broken; ///< why the tunnel itself failed: never take it over
    bool m_lost = false; ///< lost() was told, and there is no new agreement yet
    bool m_takingDown = false;
};

} // namespace viaduct::client
