// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/Connection.h"

#include <algorithm>

namespace viaduct::client {

namespace {

// QTimer counts milliseconds in an int: 24 days. A longer lifetime is renewed early, which costs nothing.
constexpr std::chrono::seconds longestLifetime{20 * 86400};

bool isNumber(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

const std::string& wishedName(const ClientConfiguration& configuration, TunnelMode mode) {
    if (mode == TunnelMode::V4v6)
        return configuration.tunnelInterfaceV4v6;
    return mode == TunnelMode::V6udpv4 ? configuration.tunnelInterfaceV6udpv4
                                       : configuration.tunnelInterfaceV6v4;
}

} // namespace

Connection::Connection(const ClientConfiguration& configuration, Platform platform, QObject* parent)
    : QObject(parent), m_configuration(configuration), m_platform(std::move(platform)),
      m_hooks(configuration) {
    m_lifetime.setSingleShot(true);
    connect(&m_lifetime, &QTimer::timeout, this, [this] { lose("The lifetime of the tunnel has ended."); });
    connect(&m_hooks, &Hooks::finished, this, [this](const std::string& trouble) {
        if (const auto then = std::exchange(m_afterHook, {}))
            then(trouble);
    });
}

Connection::~Connection() {
    dismantle();
}

void Connection::establish(Agreement agreement) {
    m_lost = false;
    const tunnel::TunnelParameters parameters = parametersFor(agreement);
    if (m_tunnel && isSame(parameters, agreement)) {
        m_standing->info = agreement.info;
        m_agreement = std::move(agreement);
        watch();
        Q_EMIT up(*m_standing);
        return;
    }
    const auto replace = [this, parameters](Agreement next) {
        m_agreement = std::move(next);
        m_parameters = parameters;
        build();
    };
    if (!m_standing) {
        replace(std::move(agreement));
        return;
    }
    auto kept = std::make_shared<Agreement>(std::move(agreement)); // std::function wants to copy
    runHook(HookOperation::Teardown, [this, replace, kept](const std::string& message) {
        dismantle();
        if (!message.empty())
            Q_EMIT trouble(message);
        if (!m_takingDown) // whoever hears of the trouble may want no other tunnel
            replace(std::move(*kept));
    });
}

tunnel::TunnelParameters Connection::parametersFor(const Agreement& agreement) const {
    const tsp::TunnelInfo& info = agreement.info;
    tunnel::TunnelParameters parameters;
    parameters.mode = info.mode;
    // In UDP the tunnel is the signalling's own 5-tuple, whatever addresses the broker names.
    const bool shared = info.mode == TunnelMode::V6udpv4;
    parameters.outerLocal = shared ? agreement.local : Endpoint{agreement.local.address, 0};
    parameters.outerRemote = shared ? agreement.remote : Endpoint{info.serverOuter, 0};
    parameters.socket = shared && agreement.socket ? agreement.socket->socketDescriptor() : -1;
    parameters.innerLocal = info.clientInner;
    parameters.innerRemote = info.serverInner;
    const std::string& name = wishedName(m_configuration, info.mode);
    if (!name.empty() && !isNumber(name)) // a number is the index of a Windows interface
        parameters.interfaceName = name;
    return parameters;
}

bool Connection::isSame(const tunnel::TunnelParameters& parameters, const Agreement& agreement) const {
    return !m_broken && parameters.socket == -1 && m_parameters->socket == -1
        && parameters.mode == m_parameters->mode && parameters.outerLocal == m_parameters->outerLocal
        && parameters.outerRemote == m_parameters->outerRemote
        && parameters.innerLocal == m_parameters->innerLocal
        && parameters.innerRemote == m_parameters->innerRemote
        && agreement.info.delegation == m_agreement->info.delegation;
}

void Connection::build() {
    m_standing = event::Established{
        m_agreement->info,
        m_agreement->server,
        m_agreement->transport,
        m_parameters->outerLocal,
        m_parameters->outerRemote,
        {},
        {},
        {}};
    if (m_configuration.proxy)
        m_standing->outerLocal = {m_agreement->info.clientOuter, 0};
    else if (!openTunnel() || !openPrefix())
        return;
    runHook(HookOperation::Creation, [this](const std::string& message) {
        if (m_broken) { // while the script ran, which may well have failed of that
            if (!message.empty())
                Q_EMIT trouble(message);
            lose(*m_broken);
            return;
        }
        if (!message.empty()) {
            Q_EMIT failed(ExitCode::Hook, message);
            return;
        }
        watch();
        Q_EMIT up(*m_standing);
    });
}

bool Connection::openTunnel() {
    const int generation = ++m_generation;
    // Both are called from the tunnel's own thread.
    tunnel::Tunnel::Callbacks callbacks;
    callbacks.echoReply = [this, generation](std::uint16_t sequence) {
        QMetaObject::invokeMethod(this, [this, generation, sequence] {
            if (generation == m_generation && m_keepalive)
                m_keepalive->answered(sequence);
        });
    };
    callbacks.failed = [this, generation](const Error& error) {
        QMetaObject::invokeMethod(this, [this, generation, error] {
            if (generation != m_generation)
                return;
            m_broken = error.message;
            lose(error.message);
        });
    };
    auto made = m_platform.createTunnel(*m_parameters, std::move(callbacks));
    if (!made) {
        const bool rights = made.error().code == Error::Code::Denied;
        dismantle();
        Q_EMIT failed(rights ? ExitCode::Rights : ExitCode::Tunnel, made.error().message);
        return false;
    }
    m_tunnel = std::move(*made);
    m_standing->interfaceName = m_tunnel->interfaceName();
    m_standing->path = m_tunnel->path();
    return true;
}

bool Connection::openPrefix() {
    const auto& delegation = m_agreement->info.delegation;
    // An IPv4 prefix (v4v6) is left to the script.
    if (!delegation || delegation->prefix.address().isV4() || m_configuration.prefixInterface.empty())
        return true;
    auto served = m_platform.serveDelegatedPrefix(delegation->prefix, m_configuration.prefixInterface);
    if (!served) {
        const bool rights = served.error().code == Error::Code::Denied;
        dismantle();
        Q_EMIT failed(rights ? ExitCode::Rights : ExitCode::Tunnel, served.error().message);
        return false;
    }
    m_prefix = std::move(*served);
    m_standing->prefixInterface = m_prefix->interfaceName();
    return true;
}

void Connection::runHook(HookOperation operation, std::function<void(const std::string& trouble)> then) {
    m_afterHook = std::move(then);
    m_hooks.run(operation, *m_standing);
}

void Connection::watch() {
    m_keepalive.reset();
    m_lifetime.stop();
    const tsp::TunnelInfo& info = m_agreement->info;
    if (!m_tunnel)
        return; // it is another box's
    if (info.keepaliveInterval.count() > 0) {
        m_keepalive = std::make_unique<Keepalive>(
            info.keepaliveInterval, [this](std::uint16_t sequence) { m_tunnel->sendEcho(sequence); });
        connect(m_keepalive.get(), &Keepalive::lost, this, [this] {
            lose("The broker does not answer any more through the tunnel.");
        });
    }
    if (info.lifetime.count() > 0)
        m_lifetime.start(std::min(info.lifetime, longestLifetime));
}

void Connection::lose(const std::string& reason) {
    m_lifetime.stop();
    if (m_keepalive) // later: it may be the one that speaks
        m_keepalive.release()->deleteLater();
    // A broker that is gone is missed by the keepalive, and then by the tunnel itself.
    if (!m_standing || m_afterHook || std::exchange(m_lost, true))
        return;
    Q_EMIT lost(reason);
}

void Connection::takeDown() {
    if (m_takingDown)
        return;
    m_takingDown = true;
    m_keepalive.reset();
    m_lifetime.stop();
    const auto tearDown = [this](const std::string&) {
        if (!m_standing) {
            QMetaObject::invokeMethod(
                this, [this] { Q_EMIT down(); }, Qt::QueuedConnection);
            return;
        }
        runHook(HookOperation::Teardown, [this](const std::string& message) {
            if (!message.empty())
                Q_EMIT trouble(message);
            dismantle();
            Q_EMIT down();
        });
    };
    if (m_afterHook)
        m_afterHook = tearDown; // the script that runs comes first; what was to follow it is dropped
    else
        tearDown({});
}

void Connection::dismantle() {
    m_keepalive.reset();
    m_lifetime.stop();
    ++m_generation;
    m_prefix.reset();
    m_tunnel.reset();
    m_standing.reset();
    m_broken.reset();
}

} // namespace viaduct::client
