// SPDX-License-Identifier: GPL-3.0-or-later
// The set-up scripts of old clients: HOME/template/NAME.sh (on Windows NAME.cmd), called with TSP_* variables
// in its environment when a tunnel comes and goes. The client needs no script: it sets addresses and routes
// itself.
#pragma once

#include "shared/client/ClientConfiguration.h"
#include "shared/client/ClientEvent.h"

#include <QProcess>
#include <QTimer>
#include <chrono>
#include <utility>

namespace viaduct::client {

enum class HookOperation { Creation, Teardown };

/// The variables of the deployed clients' template contract, in its order.
std::vector<std::pair<std::string, std::string>> hookEnvironment(
    HookOperation operation, const ClientConfiguration& configuration, const event::Established& tunnel);

/// How long a script may take: the stock template waits for routers and addresses, not for this long.
inline constexpr std::chrono::seconds usualPatience{60};

class Hooks : public QObject {
    Q_OBJECT

public:
    explicit Hooks(
        const ClientConfiguration& configuration, std::chrono::seconds patience = usualPatience,
        QObject* parent = nullptr);
    ~Hooks() override;

    /// The script of the configuration; empty when it names none, or none that is there.
    QString script() const;
    /// Runs the script; finished() follows, never before this returns, also when there is no script. One at a
    /// time.
    void run(HookOperation operation, const event::Established& tunnel);

Q_SIGNALS:
    /// `trouble` is empty, or says what went wrong with the script.
    void finished(const std::string& trouble);

private:
    void passOutput();
    void end(const std::string& trouble);

    ClientConfiguration m_configuration;
    QProcess m_process;
    QTimer m_patience;
    bool m_running = false;
    bool m_overtime = false; ///< the script that runs was killed for taking too long
};

} // namespace viaduct::client
