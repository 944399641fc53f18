// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/Hooks.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QProcessEnvironment>
#include <algorithm>
#include <cstdio>
#include <functional>

namespace viaduct::client {

namespace {

constexpr int groupBits = 16;
constexpr int groupCharacters = 4;

QString defaultHome() {
#ifdef Q_OS_WIN
    return QCoreApplication::applicationDirPath();
#else
    return QStringLiteral("/etc/viaduct");
#endif
}

/// Absolute, since the script runs in it.
QString home(const ClientConfiguration& configuration) {
    if (configuration.homeDirectory.empty())
        return defaultHome();
    return QFileInfo(QString::fromStdString(configuration.homeDirectory)).absoluteFilePath();
}

/// The templates append `::1/64` to this: the prefix cut behind the 16-bit group in which it ends. IPv4
/// whole.
std::string prefixText(const Prefix& prefix) {
    std::string text = prefix.address().fullText();
    if (prefix.address().isV4())
        return text;
    const int groups = std::max(1, (prefix.length() + groupBits - 1) / groupBits);
    return text.substr(0, static_cast<std::size_t>(groups * (groupCharacters + 1) - 1));
}

} // namespace

std::vector<std::pair<std::string, std::string>> hookEnvironment(
    HookOperation operation, const ClientConfiguration& configuration, const event::Established& tunnel) {
    const tsp::TunnelInfo& info = tunnel.info;
    const bool inV6 = info.mode == TunnelMode::V4v6; // there the outer addresses are the IPv6 ones
    std::vector<std::pair<std::string, std::string>> variables{
        {"TSP_OPERATION",
         operation == HookOperation::Creation ? "TSP_TUNNEL_CREATION" : "TSP_TUNNEL_TEARDOWN"},
        {"TSP_VERBOSE", "0"},
        {"TSP_HOME_DIR", home(configuration).toStdString()},
        {"TSP_TUNNEL_MODE", std::string(text(info.mode))},
        {"TSP_HOST_TYPE", configuration.hostType == HostType::Router ? "router" : "host"},
        {"TSP_TUNNEL_INTERFACE", tunnel.interfaceName},
        {"TSP_HOME_INTERFACE",
         tunnel.prefixInterface.empty() ? configuration.prefixInterface : tunnel.prefixInterface},
        {"TSP_CLIENT_ADDRESS_IPV4", (inV6 ? info.clientInner : info.clientOuter).text()},
        {"TSP_CLIENT_ADDRESS_IPV6", (inV6 ? info.clientOuter : info.clientInner).text()},
        {"TSP_CLIENT_DNS_NAME", info.clientName},
        {"TSP_SERVER_ADDRESS_IPV4", (inV6 ? info.serverInner : info.serverOuter).text()},
        {"TSP_SERVER_ADDRESS_IPV6", (inV6 ? info.serverOuter : info.serverInner).text()},
        {"TSP_TUNNEL_PREFIXLEN", inV6 ? "32" : "128"}};
    if (info.delegation) {
        variables.emplace_back("TSP_PREFIX", prefixText(info.delegation->prefix));
        variables.emplace_back("TSP_PREFIXLEN", std::to_string(info.delegation->prefix.length()));
    }
    const auto resolver
        = std::find_if(info.resolvers.begin(), info.resolvers.end(), std::mem_fn(&IpAddress::isV6));
    if (resolver != info.resolvers.end())
        variables.emplace_back("TSP_CLIENT_DNS_ADDRESS_IPV6", resolver->text());
    return variables;
}

Hooks::Hooks(const ClientConfiguration& configuration, std::chrono::seconds patience, QObject* parent)
    : QObject(parent), m_configuration(configuration) {
    m_patience.setSingleShot(true);
    m_patience.setInterval(patience);
    // finished() waits until the process is gone: the next script uses the same QProcess.
    connect(&m_patience, &QTimer::timeout, this, [this] {
        m_overtime = true;
        m_process.kill();
    });
    connect(&m_process, &QProcess::readyRead, this, &Hooks::passOutput);
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            end("cannot be started: " + m_process.errorString().toStdString());
    });
    connect(&m_process, &QProcess::finished, this, [this](int code, QProcess::ExitStatus status) {
        if (m_overtime)
            end("did not end within " + std::to_string(m_patience.interval() / 1000) + " s and was killed");
        else if (status == QProcess::CrashExit)
            end("was killed");
        else
            end(code == 0 ? "" : "ended with code " + std::to_string(code));
    });
    m_process.setProcessChannelMode(QProcess::MergedChannels);
}

Hooks::~Hooks() {
    m_process.disconnect(this); // a script that is still running is killed without further ado
}

QString Hooks::script() const {
    if (m_configuration.templateName.empty())
        return {};
#ifdef Q_OS_WIN
    const QString suffix = QStringLiteral(".cmd");
#else
    const QString suffix = QStringLiteral(".sh");
#endif
    const QString path = home(m_configuration) + QStringLiteral("/template/")
        + QString::fromStdString(m_configuration.templateName) + suffix;
    return QFileInfo(path).isFile() ? path : QString();
}

void Hooks::run(HookOperation operation, const event::Established& tunnel) {
    m_running = true;
    m_overtime = false;
    const QString path = script();
    if (path.isEmpty()) {
        QMetaObject::invokeMethod(
            this, [this] { end({}); }, Qt::QueuedConnection);
        return;
    }
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const auto& [name, value] : hookEnvironment(operation, m_configuration, tunnel))
        environment.insert(QString::fromStdString(name), QString::fromStdString(value));
    m_process.setProcessEnvironment(environment);
    m_process.setWorkingDirectory(home(m_configuration));
    m_patience.start();
#ifdef Q_OS_WIN
    m_process.start(QStringLiteral("cmd.exe"), {QStringLiteral("/c"), path});
#else
    m_process.start(QStringLiteral("/bin/sh"), {path});
#endif
    m_process.closeWriteChannel(); // nobody is there to answer a question
}

void Hooks::passOutput() {
    const QByteArray output = m_process.readAll();
    std::fwrite(output.constData(), 1, static_cast<std::size_t>(output.size()), stderr);
}

void Hooks::end(const std::string& trouble) {
    if (!m_running)
        return;
    m_running = false;
    m_patience.stop();
    Q_EMIT finished(trouble.empty() ? trouble : "The script " + script().toStdString() + " " + trouble + ".");
}

} // namespace viaduct::client
