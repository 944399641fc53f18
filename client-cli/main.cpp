// SPDX-License-Identifier: GPL-3.0-or-later
// viaduct-cli: the client without a desktop. Sentences on standard error, and with --json the same as one
// JSON object a line on standard output.
#include "client-cli/StopSignals.h"
#include "shared/client/ClientEngine.h"
#include "shared/client/ProfileLink.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>
#include <cstdio>

using namespace viaduct::client;

namespace {

struct Options {
    QString file;
    QString profile; ///< instead of `file`; "-" is standard input
    QString prefixInterface; ///< with `profile`
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
    // Never the link itself: every user of the machine sees what stands on a command line.
    const QCommandLineOption profile(
        QStringLiteral("profile"),
        QStringLiteral(
            "Instead of --config: a file with the viaduct:// link of the broker's page; - reads it "
            "from standard input."),
        QStringLiteral("FILE"));
    const QCommandLineOption interface(
        QStringLiteral("interface"),
        QStringLiteral("With a --profile for routers: the interface that gets the delegated prefix."),
        QStringLiteral("NAME"));
    const QCommandLineOption json(
        QStringLiteral("json"),
        QStringLiteral("Also print each event as a line of JSON on standard output."));
    parser.addOptions({config, profile, interface, json});
    const bool parsed = parser.parse(application.arguments());
    if (parsed && parser.isSet(QStringLiteral("help")))
        parser.showHelp(0);
    if (parsed && parser.isSet(QStringLiteral("version")))
        parser.showVersion();
    const bool hasOne = parser.isSet(config) != parser.isSet(profile);
    const bool isWhole = hasOne && (parser.isSet(profile) || !parser.isSet(interface));
    if (!parsed || !isWhole || !parser.positionalArguments().isEmpty()) {
        say(parsed ? "Name the configuration with --config FILE or --profile FILE, and nothing else; --help "
                     "explains."
                   : parser.errorText().toStdString() + " --help explains.");
        std::exit(static_cast<int>(ExitCode::Usage));
    }
    return {parser.value(config), parser.value(profile), parser.value(interface), parser.isSet(json)};
}

/// Up to `most` bytes.
std::optional<std::string> readFile(const QString& path, qint64 most) {
    QFile file(path);
    const bool isOpen = path == QStringLiteral("-") ? file.open(stdin, QIODevice::ReadOnly)
                                                    : file.open(QIODevice::ReadOnly);
    if (!isOpen) {
        say(path.toStdString() + ": cannot be read: " + file.errorString().toStdString() + ".");
        return {};
    }
    return file.read(most).toStdString();
}

std::optional<ClientConfiguration> understand(const std::string& name, const std::string& text) {
    const ConfigurationReading reading = readConfiguration(text);
    for (const ConfigurationProblem& problem : reading.problems)
        say(name + ":" + (problem.line > 0 ? std::to_string(problem.line) + ":" : "") + " "
            + (problem.severity == ConfigurationProblem::Severity::Warning ? "warning: " : "error: ")
            + problem.message);
    if (!reading.usable())
        return {};
    return reading.configuration;
}

std::optional<ClientConfiguration> load(const QString& path) {
    constexpr qint64 moreThanAnyConfiguration = 1 << 20;
    const auto text = readFile(path, moreThanAnyConfiguration);
    return text ? understand(path.toStdString(), *text) : std::nullopt;
}

std::optional<ClientConfiguration> loadProfile(const Options& options) {
    const std::string name = options.profile.toStdString();
    const auto text = readFile(options.profile, qint64{2} * longestProfileLink);
    if (!text)
        return {};
    const auto profile = readProfileLink(QString::fromStdString(*text).trimmed().toStdString());
    const auto refuse = [&](const std::string& sentence) -> std::optional<ClientConfiguration> {
        say(name + ": error: " + sentence);
        return {};
    };
    if (!profile)
        return refuse(profile.error().message);
    if (profile->password.empty())
        return refuse("The link has no password: take the one that was shown with it, or write a tspc.conf.");
    if (profile->hostType == HostType::Router && options.prefixInterface.isEmpty())
        return refuse(
            "The link is for a router: name the interface of your own network by --interface NAME.");
    const auto file = writeConfiguration(configurationOf(*profile, options.prefixInterface.toStdString()));
    return file ? understand(name, *file) : refuse(file.error().message);
}

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("viaduct-cli"));
    QCoreApplication::setApplicationVersion(QStringLiteral(VIADUCT_VERSION));
    const Options options = readOptions(application);
    const auto configuration = options.profile.isEmpty() ? load(options.file) : loadProfile(options);
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
