// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/VerifyAudit.h"

#include "server/store/AuditChain.h"
#include "server/store/AuditCheck.h"

#include <charconv>
#include <cstdio>
#include <optional>

namespace viaduct {

namespace {
/// As it is printed: NUMBER:HASH.
std::optional<store::AuditHead> headFrom(const std::string& text) {
    store::AuditHead head;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, head.seq);
    if (error != std::errc() || end == last || *end != ':')
        return std::nullopt;
    const auto hash = store::auditHashFromText(std::string_view(end + 1, last));
    if (!hash)
        return std::nullopt;
    head.hash = *hash;
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
                stderr,
                "viaductd: \"%s\" is no end of an audit: give NUMBER:HASH as an earlier --verify-audit "
                "printed it.\n",
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
            "%s: the audit was tampered with: %s. Up to line %lld it is sound.\n", file.c_str(),
            report->fault->sentence.c_str(), static_cast<long long>(report->head.seq));
        return 1;
    }
    if (report->forgotten > 0)
        std::printf(
            "%s: the lines up to number %lld are forgotten: their retention has ended.\n", file.c_str(),
            static_cast<long long>(report->forgotten));
    if (!report->remark.empty())
        std::printf("%s: %s.\n", file.c_str(), report->remark.c_str());
    std::printf(
        "%s: the audit holds, %lld lines. Its end, to be noted elsewhere and given to --audit-head the next "
        "time: "
        "%s\n",
        file.c_str(), static_cast<long long>(report->entries),
        (std::to_string(report->head.seq) + ':' + store::text(report->head.hash)).c_str());
    return 0;
}

} // namespace viaduct
