// SPDX-License-Identifier: GPL-3.0-or-later
// SIGTERM, SIGINT and SIGHUP as a Qt signal. The second one ends the program on the spot, for whoever does
// not want to wait for a script.
#pragma once

#include <QObject>

class StopSignals : public QObject {
    Q_OBJECT

public:
    /// From here on the signals no longer kill the program. One instance a program.
    explicit StopSignals(QObject* parent = nullptr);

Q_SIGNALS:
    void stopWanted();
};
