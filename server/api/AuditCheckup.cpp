// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/AuditCheckup.h"

#include "server/store/AuditCheck.h"

namespace viaduct::face {

namespace {
constexpr std::size_t mostWaiting = 16;

Result<api::AuditVerification> check(const std::string& file) {
    const auto report = store::verifyAudit(file);
    if (!report)
        return tl::unexpected(report.error());
    api::AuditVerification view;
    view.whole = !report->fault;
    view.entries = report->entries;
    view.checked = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto& hash = report->head.hash;
    if (report->entries > 0)
        view.lastHash = QString::fromLatin1(
            QByteArray(reinterpret_cast<const char*>(hash.data()), static_cast<qsizetype>(hash.size()))
                .toHex());
    if (report->fault) {
        view.brokenAt = report->fault->seq;
        view.sentence = QString::fromStdString(report->fault->sentence);
    } else {
        view.sentence = report->entries == 1
            ? QStringLiteral("The one entry is as it was written.")
            : QStringLiteral("All %1 entries are as they were written.").arg(report->entries);
    }
    return view;
}
} // namespace

AuditCheckup::AuditCheckup(std::string file, QObject* parent) : QObject(parent), m_file(std::move(file)) { }

AuditCheckup::~AuditCheckup() {
    if (m_thread.joinable())
        m_thread.join();
}

void AuditCheckup::ask(broker::Answered<api::AuditVerification> answered) {
    if (m_next.size() >= mostWaiting)
        return answered(
            failure(Error::Code::Busy, "The audit is being checked for others: try again in a minute."));
    m_next.push_back(std::move(answered));
    if (m_served.empty())
        begin();
}

void AuditCheckup::begin() {
    m_served = std::exchange(m_next, {});
    if (m_thread.joinable())
        m_thread.join();
    m_thread = std::thread([this, file = m_file] {
        // This object waits for the thread before it goes.
        const auto result = check(file);
        QMetaObject::invokeMethod(
            this, [this, result] { finished(result); }, Qt::QueuedConnection);
    });
}

void AuditCheckup::finished(const Result<api::AuditVerification>& result) {
    const Waiting served = std::exchange(m_served, {});
    for (const auto& answered : served)
        answered(result);
    if (!m_next.empty() && m_served.empty())
        begin();
}

} // namespace viaduct::face
