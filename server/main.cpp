// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/Application.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <csignal>
#include <cstdio>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace {

/// Takes the signals that steer a service as readable events. To be called before any thread starts.
int openSignals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t steering;
    sigemptyset(&steering);
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&steering, number);
    pthread_sigmask(SIG_BLOCK, &steering, nullptr);
    return signalfd(-1, &steering, SFD_NONBLOCK | SFD_CLOEXEC);
}

/// Ten thousand clients are ten thousand descriptors.
void raiseDescriptorLimit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void setLogFormat() {
    // journald reads the priority from the front of the line and knows the time better.
    const bool journal = qEnvironmentVariableIsSet("JOURNAL_STREAM");
    qSetMessagePattern(
        journal ? QStringLiteral("%{if-debug}<7>%{endif}%{if-info}<6>%{endif}%{if-warning}<4>%{endif}"
                                 "%{if-critical}<3>%{endif}%{category} %{message}")
                : QStringLiteral("%{time yyyy-MM-ddTHH:mm:ss.zzzt} %{type} %{category} %{message}"));
}

int serve(QCoreApplication& application, viaduct::Application& viaduct, int signals) {
    QSocketNotifier notifier(signals, QSocketNotifier::Read);
    QObject::connect(&notifier, &QSocketNotifier::activated, &application, [&] {
        signalfd_siginfo received{};
        while (read(signals, &received, sizeof received) == sizeof received) {
            if (received.ssi_signo == SIGHUP)
                viaduct.reload();
            else
                application.quit();
        }
    });
    return QCoreApplication::exec();
}

} // namespace

int main(int argc, char** argv) {
    const int signals = openSignals();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("viaductd"));
    QCoreApplication::setApplicationVersion(QStringLiteral(VIADUCT_VERSION));
    setLogFormat();

    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Viaduct, the IPv6 migration broker (TSP, RFC 5572)."));
    const QCommandLineOption config(
        QStringLiteral("config"), QStringLiteral("The configuration."), QStringLiteral("FILE"),
        QStringLiteral("/etc/viaduct/viaduct.conf"));
    const QCommandLineOption state(
        QStringLiteral("state"), QStringLiteral("Where the database is kept."), QStringLiteral("DIR"),
        qEnvironmentVariable("STATE_DIRECTORY", QStringLiteral("/var/lib/viaduct")));
    const QCommandLineOption check(
        QStringLiteral("check-config"), QStringLiteral("Only tell whether the configuration can be used."));
    parser.addOptions({config, state, check});
    parser.addHelpOption();
    parser.addVersionOption();
    if (!parser.parse(QCoreApplication::arguments()) || !parser.positionalArguments().isEmpty()) {
        const QString cause
            = parser.errorText().isEmpty() ? QStringLiteral("Unexpected argument.") : parser.errorText();
        std::fprintf(stderr, "viaductd: %s Try viaductd --help.\n", qPrintable(cause));
        return viaduct::ExitUsage;
    }
    if (parser.isSet(QStringLiteral("help")))
        parser.showHelp();
    if (parser.isSet(QStringLiteral("version")))
        parser.showVersion();

    if (parser.isSet(check)) {
        const std::string file = parser.value(config).toStdString();
        const auto loaded = viaduct::loadConfiguration(file);
        if (loaded)
            std::printf("%s: no mistake found.\n", file.c_str());
        else
            std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
        return loaded ? viaduct::ExitSuccess : viaduct::ExitConfiguration;
    }

    raiseDescriptorLimit();
    viaduct::Application viaduct(parser.value(config).toStdString(), parser.value(state).toStdString());
    if (const auto started = viaduct.start(); !started)
        return started.error();
    return serve(application, viaduct, signals);
}
