// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/Administration.h"
#include "server/Application.h"
#include "server/VerifyAudit.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <array>
#include <chrono>
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

/// As syslog and journald count them (sd-daemon(3)).
int priority(QtMsgType type) {
    switch (type) {
    case QtDebugMsg:
        return 7;
    case QtInfoMsg:
        return 6;
    case QtWarningMsg:
        return 4;
    case QtCriticalMsg:
    case QtFatalMsg:
        break;
    }
    return 3;
}

const char* name(QtMsgType type) {
    return type == QtDebugMsg  ? "debug"
        : type == QtInfoMsg    ? "info"
        : type == QtWarningMsg ? "warning"
                               : "critical";
}

/// 2026-01-31T08:05:00.123Z
std::string timeText() {
    using namespace std::chrono;
    const auto now = floor<milliseconds>(system_clock::now());
    const auto day = floor<days>(now);
    const year_month_day date(day);
    const hh_mm_ss clock(now - day);
    std::array<char, 40> text{};
    std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return text.data();
}

/// One write for each line. Qt's own pattern looks the time zone's file up for each line, which a busy broker
/// feels; UTC is what logs of several machines are compared in anyway.
void writeLog(QtMsgType type, const QMessageLogContext& context, const QString& message) {
    // journald reads the priority from the front of the line and knows the time better.
    static const bool journal = qEnvironmentVariableIsSet("JOURNAL_STREAM");
    std::string line
        = journal ? '<' + std::to_string(priority(type)) + '>' : timeText() + ' ' + name(type) + ' ';
    if (context.category)
        line += context.category;
    line += ' ' + message.toStdString() + '\n';
    (void)!write(STDERR_FILENO, line.data(), line.size()); // there is nobody to tell that it failed
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
    qInstallMessageHandler(writeLog);

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
    const QCommandLineOption audit(
        QStringLiteral("verify-audit"),
        QStringLiteral("Only tell whether the audit's chain of hashes holds."));
    const QCommandLineOption head(
        QStringLiteral("audit-head"),
        QStringLiteral("With --verify-audit: the end of the audit that was printed earlier."),
        QStringLiteral("NUMBER:HASH"));
    const QCommandLineOption reset(
        QStringLiteral("reset-password"),
        QStringLiteral("Only give a person of the console a new password. The broker must be stopped."),
        QStringLiteral("LOGIN"));
    parser.addOptions({config, state, check, audit, head, reset});
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
        const auto loaded = viaduct::revisions::loadConfiguration(file);
        if (loaded)
            std::printf("%s: no mistake found.\n", file.c_str());
        else
            std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
        return loaded ? viaduct::ExitSuccess : viaduct::ExitConfiguration;
    }

    if (parser.isSet(audit))
        return viaduct::verifyAudit(parser.value(state).toStdString(), parser.value(head).toStdString());

    if (parser.isSet(reset))
        return viaduct::resetPassword(parser.value(state).toStdString(), parser.value(reset).toStdString());

    raiseDescriptorLimit();
    viaduct::Application viaduct(parser.value(config).toStdString(), parser.value(state).toStdString());
    if (const auto started = viaduct.start(); !started)
        return started.error();
    return serve(application, viaduct, signals);
}
