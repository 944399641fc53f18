// SPDX-License-Identifier: GPL-3.0-or-later
// Walks the chain of the audit in a thread of its own, for whoever asks: it takes seconds for a million
// lines.
#pragma once

#include "server/broker/Actor.h"
#include "shared/api/History.h"

#include <QObject>

#include <thread>

namespace viaduct::face {

class AuditCheckup : public QObject {
    Q_OBJECT
public:
    /// The database's file.
    explicit AuditCheckup(std::string file, QObject* parent = nullptr);
    ~AuditCheckup() override; ///< waits for a check that is under way

    /// All who ask while one is under way get the answer of one that begins after they asked. Busy: too many
    /// of them.
    void ask(broker::Answered<api::AuditVerification> answered);

private:
    using Waiting = std::vector<broker::Answered<api::AuditVerification>>;
    void begin();
    void finished(const Result<api::AuditVerification>& result);

    std::string m_file;
    Waiting m_served; ///< by the check that is under way
    Waiting m_next;
    std::thread m_thread;
};

} // namespace viaduct::face
