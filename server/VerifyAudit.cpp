// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/VerifyAudit.h"

#include "server/store/AuditCheck.h"

#include <QByteArray>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

namespace viaduct {

namespace {
std::string text(const store::AuditHead& head) {
    const QByteArray hash(reinterpret_cast<const char*>(head.hash.data()), static_cast<qsizetype>(head.hash.size()));
    return std::to_string(head.seq) + ':' + hash.toHex().toStdString();
}

std::optional<store::AuditHead> headFrom(const std::string& text) {
    store::AuditHead head;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), head.seq);
    if (error != std::errc() || end == text.data() + text.size() || *end != ':')
        return std::nullopt;
    const std::string digits(end + 1, text.data() + text.size());
    const QByteArray hash = QByteArray::fromHex(QByteArray::fromStdString(digits));
    if (digits.size() != head.hash.size() * 2 || static_cast<std::size_t>(hash.size()) != head.hash.size())
        return std::nullopt;
    std::copy(hash.begin(), hash.end(), head.hash.begin());
    return head;
}
} // namespace

int verifyAudit(const std::string& stateDirectory, const std::string& head) {
    const std::string file = stateDirectory + "/viaduct.db";
    std::optional<store::AuditHead> kept;
    if (!head.empty()) {
        kept = headFrom(head);
        if (!kept) {
            std::fprintf(
                stderr, "viaductd: \"%s\" is no end of an audit: give NUMBER:HASH as an earlier --verify-audit printed it.\n",
                head.c_str());
            return 2;
        }
    }
    const auto report = store::verifyAudit(file, kept);
    if (!report) {
        std::fprintf(stderr, "viaductd: %s\n", report.error().message.c_str());
        return 1;
    }
    if (report->fault) {
        std::printf(
            "%s: the audit was tampered with. Line %lld: %s The %lld lines before it are sound.\n", file.c_str(),
            static_cast<long long>(report->fault->seq), report->fault->sentence.c_str(),
            static_cast<long long>(report->entries));
        return 1;
    }
    std::printf(
        "%s: the audit holds, %lld lines. Its end, to be noted elsewhere and given to --audit-head the next time: "
        "%s\n",
        file.c_str(), static_cast<long long>(report->entries), text(report->head).c_str());
    return 0;
}

} // namespace viaduct
