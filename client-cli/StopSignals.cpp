// SPDX-License-Identifier: GPL-3.0-or-later
#include "client-cli/StopSignals.h"

#include <csignal>

#ifdef Q_OS_UNIX
#include <QSocketNotifier>
#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace {
constexpr std::array stopSignals{SIGTERM, SIGINT, SIGHUP};
std::array<int, 2> pipeEnds{-1, -1};

// All that a signal handler may do (signal-safety(7)): the event loop reads the pipe.
extern "C" void tellEventLoop(int signal) {
    const char byte = 0;
    if (::write(pipeEnds[1], &byte, 1) < 0)
        ::_exit(128 + signal);
}
} // namespace

StopSignals::StopSignals(QObject* parent) : QObject(parent) {
    if (::pipe2(pipeEnds.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return; // then the signals keep their default: the program ends at once
    auto* notifier = new QSocketNotifier(pipeEnds[0], QSocketNotifier::Read, this);
    connect(notifier, &QSocketNotifier::activated, this, [this, notifier] {
        notifier->setEnabled(false);
        for (const int signal : stopSignals) // whichever comes second ends the program on the spot
            ::signal(signal, SIG_DFL);
        Q_EMIT stopWanted();
    });
    struct sigaction action { };
    action.sa_handler = tellEventLoop;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int signal : stopSignals)
        ::sigaction(signal, &action, nullptr);
}
#else
StopSignals::StopSignals(QObject* parent) : QObject(parent) { }
#endif
