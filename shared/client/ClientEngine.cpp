// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/ClientEngine.h"

#include "shared/client/BrokerMemory.h"
#include "shared/client/RefusalText.h"

#include <QRandomGenerator>
#include <algorithm>
#include <array>

namespace viaduct::client {

namespace {

// In the order in which the deployed clients try them.
constexpr std::array<tsp::Version, 4> versions{{{2, 0, 2}, {2, 0, 1}, {2, 0, 0}, {1, 0, 1}}};
constexpr int mostHops = 5; // brokers that redirect to each other more often are wrongly set up
constexpr std::chrono::seconds provenAfter{30}; // a tunnel that lived shorter does not count as a success

Resolver::Family familyOf(TunnelMode mode) {
    return mode == TunnelMode::V4v6 ? Resolver::Family::V6 : Resolver::Family::V4;
}

/// VERSION 1.x knows TCP and protocol 41 alone.
bool canSpeak(const tsp::Version& version, TunnelMode mode) {
    return version.major >= 2 || mode == TunnelMode::V6v4 || mode == TunnelMode::V6anyv4;
}

std::vector<tsp::Mechanism> mechanismsOf(AuthenticationMethod method) {
    switch (method) {
    case AuthenticationMethod::Anonymous:
        return {tsp::Mechanism::Anonymous};
    case AuthenticationMethod::Plain:
        return {tsp::Mechanism::Plain};
    case AuthenticationMethod::DigestMd5:
        return {tsp::Mechanism::DigestMd5};
    case AuthenticationMethod::Any:
        break;
    }
    return {tsp::Mechanism::DigestMd5, tsp::Mechanism::Plain};
}

} // namespace

void ClientEngine::Dismiss::operator()(QObject* object) const {
    object->disconnect();
    object->deleteLater();
}

ClientEngine::ClientEngine(ClientConfiguration configuration, Platform platform, QObject* parent)
    : QObject(parent), m_configuration(std::move(configuration)),
      m_connection(m_configuration, std::move(platform)),
      m_retryDelay(m_configuration.retryDelay, m_configuration.retryDelayMax) {
    m_retryTimer.setSingleShot(true);
    connect(&m_retryTimer, &QTimer::timeout, this, &ClientEngine::beginRound);
    connect(&m_connection, &Connection::up, this, &ClientEngine::connectionUp);
    connect(&m_connection, &Connection::lost, this, &ClientEngine::connectionLost);
    connect(&m_connection, &Connection::failed, this, &ClientEngine::fail);
    connect(&m_connection, &Connection::trouble, this, [this](const std::string& notice) {
        Q_EMIT happened(event::Notice{notice});
    });
    connect(&m_connection, &Connection::down, this, [this] {
        if (*m_ending == ExitCode::Stopped)
            Q_EMIT happened(event::Stopped{});
        Q_EMIT finished(*m_ending);
    });
}

void ClientEngine::start() {
    if (!m_ending)
        beginRound();
}

void ClientEngine::stop() {
    if (m_ending)
        return;
    m_ending = ExitCode::Stopped;
    takeDown();
}

void ClientEngine::beginRound() {
    m_hops = 0;
    m_visited.clear();
    resolve(firstBrokers());
}

std::vector<ServerName> ClientEngine::firstBrokers() const {
    if (m_configuration.alwaysSameServer) {
        const auto last = rememberedBrokers(m_configuration.lastServerFile);
        if (!last.empty())
            return {last.front()};
    }
    std::vector<ServerName> brokers{m_configuration.server};
    for (const ServerName& broker : rememberedBrokers(m_configuration.brokerListFile))
        if (broker != m_configuration.server)
            brokers.push_back(broker);
    return brokers;
}

void ClientEngine::resolve(std::vector<ServerName> names) {
    if (!names.front().address() && !report(event::Resolving{names.front().text()}))
        return;
    m_resolver.reset(new Resolver(std::move(names), familyOf(m_configuration.mode), nullptr));
    connect(m_resolver.get(), &Resolver::finished, this, &ClientEngine::resolved);
    m_resolver->start();
}

void ClientEngine::resolved(const Resolver::Answer& answer) {
    m_resolver.reset();
    const bool redirected = m_hops > 0;
    m_candidates.clear();
    for (const Candidate& candidate : answer.candidates)
        if (std::find(m_visited.begin(), m_visited.end(), candidate.endpoint) == m_visited.end())
            m_candidates.push_back(candidate);
    if (!m_candidates.empty() && redirected && m_candidates.size() > 1) {
        m_probe.reset(new BrokerProbe(m_candidates, nullptr));
        connect(m_probe.get(), &BrokerProbe::finished, this, &ClientEngine::probed);
        m_probe->start();
    } else if (!m_candidates.empty()) {
        ask();
    } else if (!answer.candidates.empty()) {
        retryLater(
            "The brokers send us to each other in a circle; their operators have to correct that.",
            ExitCode::Redirect);
    } else {
        const std::string family = familyOf(m_configuration.mode) == Resolver::Family::V4 ? "IPv4" : "IPv6";
        const std::string reason = redirected
            ? "None of the brokers that we were sent to has an " + family + " address."
            : "The name " + m_configuration.server.host + " leads to no " + family
                + " address: check server= and the name servers.";
        if (answer.mayPass || redirected)
            retryLater(reason, ExitCode::Resolve);
        else
            fail(ExitCode::Resolve, reason);
    }
}

void ClientEngine::probed(const std::vector<Candidate>& answered) {
    m_probe.reset();
    // Nobody answers where a firewall lets only TCP out: then the redirect's own order stands.
    if (!answered.empty())
        m_candidates = answered;
    std::vector<ServerName> names;
    for (const Candidate& candidate : m_candidates)
        names.push_back(candidate.name);
    if (remember(m_configuration.brokerListFile, names))
        ask();
}

void ClientEngine::redirect(const std::vector<std::string>& brokers) {
    if (!report(event::Redirected{brokers}))
        return;
    m_visited.push_back(m_candidates.front().endpoint);
    std::vector<ServerName> names;
    for (const std::string& broker : brokers)
        if (const auto name = ServerName::fromText(broker))
            names.push_back(*name);
    if (names.empty())
        fail(
            ExitCode::Redirect,
            "The broker sends us on without a usable address; its operator has to correct that.");
    else if (++m_hops > mostHops)
        retryLater(
            "The brokers send us from one to the next without end; their operators have to correct that.",
            ExitCode::Redirect);
    else
        resolve(std::move(names));
}

void ClientEngine::ask() {
    m_version = 0;
    m_transport = Transport::Udp;
    startDialogue();
}

void ClientEngine::startDialogue() {
    m_retryTimer.stop(); // one dialogue at a time
    const Candidate& broker = m_candidates.front();
    if (!report(event::Connecting{broker.name, broker.endpoint, m_transport, versions[m_version]}))
        return;
    Dialogue::Parameters parameters;
    parameters.server = broker.endpoint;
    parameters.transport = m_transport;
    parameters.session = sessionParameters();
    if (!m_configuration.proxy && !parameters.session.request.clientOuter.isUnspecified())
        parameters.source = parameters.session.request.clientOuter;
    m_dialogue.reset(new Dialogue(std::move(parameters), nullptr));
    connect(m_dialogue.get(), &Dialogue::authenticating, this, [this](tsp::Mechanism mechanism) {
        Q_EMIT happened(event::Authenticating{mechanism});
    });
    connect(m_dialogue.get(), &Dialogue::finished, this, &ClientEngine::dialogueFinished);
    m_dialogue->start();
}

tsp::ClientParameters ClientEngine::sessionParameters() const {
    const ClientConfiguration& c = m_configuration;
    tsp::ClientParameters parameters;
    parameters.version = versions[m_version];
    parameters.mechanisms = mechanismsOf(c.authentication);
    parameters.user = c.user;
    parameters.password = c.password;
    parameters.serverText = m_candidates.front().name.text();
    parameters.request.mode = c.mode;
    parameters.request.proxy = c.proxy;
    // "auto" is found anew by each dialogue: the machine may have been renumbered since the last one.
    parameters.request.clientOuter
        = (c.mode == TunnelMode::V4v6 ? c.clientV6 : c.clientV4).value_or(IpAddress());
    if (c.keepalive && c.keepaliveInterval > 0)
        parameters.request.keepaliveInterval = c.keepaliveInterval;
    if (c.hostType == HostType::Router)
        parameters.request.router = tsp::RouterRequest{c.prefixLength, c.dnsServers};
    return parameters;
}

void ClientEngine::dialogueFinished(const Dialogue::Outcome& outcome) {
    // The handlers may start the next dialogue; this one has to last until they are done with it.
    const Activity<Dialogue> finishedOne = std::move(m_dialogue);
    m_finished = finishedOne.get();
    std::visit([this](const auto& alternative) { handle(alternative); }, outcome);
}

void ClientEngine::handle(const tsp::action::Established& established) {
    const Candidate& broker = m_candidates.front();
    Agreement agreement{established.info, broker.name, m_transport, m_finished->local(), broker.endpoint, {}};
    if (m_transport == Transport::Udp)
        agreement.socket = m_finished->takeSocket();
    if (checkDelegation(agreement.info))
        m_connection.establish(std::move(agreement));
}

bool ClientEngine::checkDelegation(tsp::TunnelInfo& info) {
    const bool router = m_configuration.hostType == HostType::Router;
    if (info.delegation && !router) {
        const std::string prefix = info.delegation->prefix.text();
        info.delegation.reset();
        return report(event::Notice{
            "The broker gives the prefix " + prefix
            + ", which was not asked for: it is not used. To use it set host_type=router."});
    }
    if (!info.delegation && router)
        return report(event::Notice{
            "The broker gives no prefix, though host_type=router asks for one: ask its operator, or set "
            "host_type=host."});
    return true;
}

void ClientEngine::handle(const tsp::action::Refused& refused) {
    const tsp::Status status = refused.refusal.status;
    if (status == tsp::Status::Redirection)
        redirect(refused.refusal.brokers);
    else if (status == tsp::Status::UnsupportedVersion)
        tryOtherVersion();
    else if (status == tsp::Status::ServerBusy || status == tsp::Status::RequestInProgress)
        retryLater(refusalText(refused, m_configuration, m_transport), ExitCode::Unreachable);
    else if (status == tsp::Status::AuthenticationFailed)
        fail(ExitCode::Authentication, refusalText(refused, m_configuration, m_transport));
    else
        fail(ExitCode::Refused, refusalText(refused, m_configuration, m_transport));
}

void ClientEngine::handle(const tsp::action::Broken& broken) {
    using Why = tsp::action::Broken::Why;
    if (broken.why == Why::NoMechanism)
        fail(ExitCode::NoMechanism, broken.text + " Change auth_method=.");
    else if (broken.why == Why::ServerNotTrusted)
        fail(ExitCode::ServerNotTrusted, broken.text);
    else if (m_finished->reachedBroker())
        retryLater(broken.text, ExitCode::Unreachable);
    else
        tryOtherWay(broken.text);
}

void ClientEngine::tryOtherVersion() {
    if (++m_version == versions.size() || !canSpeak(versions[m_version], m_configuration.mode)) {
        retryLater("The broker refuses every version of TSP that this client speaks.", ExitCode::Refused);
        return;
    }
    if (versions[m_version].major < 2)
        m_transport = Transport::Tcp;
    startDialogue();
}

void ClientEngine::tryOtherWay(const std::string& reason) {
    if (m_transport == Transport::Udp && m_configuration.mode != TunnelMode::V6udpv4) {
        m_transport = Transport::Tcp;
        startDialogue();
    } else if (m_candidates.size() > 1) {
        m_candidates.erase(m_candidates.begin());
        ask();
    } else {
        retryLater(reason, ExitCode::Unreachable);
    }
}

void ClientEngine::connectionUp(const event::Established& tunnel) {
    m_upSince = std::chrono::steady_clock::now();
    if (!remember(m_configuration.lastServerFile, {tunnel.server}) || !report(tunnel))
        return;
    if (!m_configuration.proxy)
        return;
    m_ending = ExitCode::Stopped; // the other box does the rest
    Q_EMIT finished(ExitCode::Stopped);
}

void ClientEngine::connectionLost(const std::string& reason) {
    if (!report(event::Lost{reason}))
        return;
    const auto upSince = std::exchange(m_upSince, {}); // nothing if it broke before it was up
    if (upSince && std::chrono::steady_clock::now() - *upSince >= provenAfter)
        m_retryDelay.reset();
    retryLater("Connecting anew.", ExitCode::Unreachable);
}

void ClientEngine::retryLater(const std::string& reason, ExitCode otherwise) {
    if (!m_configuration.autoRetry) {
        fail(otherwise, reason);
        return;
    }
    const auto delay = m_retryDelay.next(QRandomGenerator::global()->generateDouble());
    if (report(event::Retrying{delay, reason}))
        m_retryTimer.start(delay);
}

void ClientEngine::fail(ExitCode code, const std::string& reason) {
    if (m_ending)
        return;
    m_ending = code; // before anybody hears of it: stop() must not make a success of it
    Q_EMIT happened(event::Failed{code, reason});
    takeDown();
}

void ClientEngine::takeDown() {
    m_retryTimer.stop();
    m_resolver.reset();
    m_probe.reset();
    m_dialogue.reset();
    m_connection.takeDown();
}

bool ClientEngine::report(const ClientEvent& event) {
    Q_EMIT happened(event);
    return !m_ending;
}

bool ClientEngine::remember(const std::string& file, const std::vector<ServerName>& brokers) {
    const auto done = rememberBrokers(file, brokers);
    return done || report(event::Notice{done.error().message});
}

} // namespace viaduct::client
