// SPDX-License-Identifier: GPL-3.0-or-later
// viaduct-cli: the client without a desktop. Sentences on standard error, and with --json the same as one
// JSON object a line on standard output.
#include "client-cli/StopSignals.h"
#include "shared/client/ClientEngine.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>
#include <cstdio>

using namespace viaduct::client;

namespace {

struct Options {
    QString file;
    bool json = false;
};

void say(const std::string& text) {
    std::fprintf(stderr, "%s\n", text.c_str());
}

/// Exits by itself for --help, --version and what it does not understand.
Options readOptions(const QCoreApplication& application) {
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Gets IPv6 from a tunnel broker (TSP, RFC 5572) and keeps it until it is told to stop by SIGTERM or "
        "SIGINT.\nNeeds the right to configure the network: run it as root or with CAP_NET_ADMIN."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption config(
        QStringLiteral("config"),
        QStringLiteral("The configuration, in the format of tspc.conf and gw6c.conf."),
        QStringLiteral("FILE"));
    const QCommandLineOption json(
        QStringLiteral("json"),
        QStringLiteral("Also print each event as a line of JSON on standard output."));
    parser.addOptions({config, json});
    const bool parsed = parser.parse(application.arguments());
    if (parsed && parser.isSet(QStringLiteral("help")))
        parser.showHelp(0);
    if (parsed && parser.isSet(QStringLiteral("version")))
        parser.showVersion();
    if (!parsed || !parser.isSet(config) || !parser.positionalArguments().isEmpty()) {
        say(parsed ? "Name the configuration with --config FILE, and nothing else; --help explains."
                   : parser.errorText().toStdString() + " --help explains.");
        std::exit(static_cast<int>(ExitCode::Usage));
    }
    return {parser.value(config), parser.isSet(json)};
}

std::optional<ClientConfiguration> load(const QString& path) {
    QFile file(path);
    const std::string name = path.toStdString();
    if (!file.open(QIODevice::ReadOnly)) {
        say(name + ": cannot be read: " + file.errorString().toStdString() + ".");
        return {};
    }
    constexpr qint64 moreThanAnyConfiguration = 1 << 20;
    const ConfigurationReading reading = readConfiguration(file.read(moreThanAnyConfiguration).toStdString());
    for (const ConfigurationProblem& problem : reading.problems)
        say(name + ":" + (problem.line > 0 ? std::to_string(problem.line) + ":" : "") + " "
            + (problem.severity == ConfigurationProblem::Severity::Warning ? "warning: " : "error: ")
            + problem.message);
    if (!reading.usable())
        return {};
    return reading.configuration;
}

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("viaduct-cli"));
    QCoreApplication::setApplicationVersion(QStringLiteral(VIADUCT_VERSION));
    const Options options = readOptions(application);
    const auto configuration = load(options.file);
    if (!configuration)
        return static_cast<int>(ExitCode::Usage);

    const StopSignals signals;
    ClientEngine engine(*configuration, systemPlatform());
    QObject::connect(&signals, &StopSignals::stopWanted, &engine, &ClientEngine::stop);
    QObject::connect(&engine, &ClientEngine::happened, &engine, [&options](const ClientEvent& event) {
        say(sentence(event));
        if (options.json) {
            std::printf("%s\n", json(event).c_str());
            std::fflush(stdout); // a line is of use when it happens
        }
    });
    QObject::connect(&engine, &ClientEngine::finished, &application, [](ExitCode code) {
        QCoreApplication::exit(static_cast<int>(code));
    });
    // From the event loop, so that an end on the spot finds one to leave.
    QMetaObject::invokeMethod(&engine, &ClientEngine::start, Qt::QueuedConnection);
    return QCoreApplication::exec();
}
