// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/AuditChain.h"

#include <QCryptographicHash>
#include <algorithm>

namespace viaduct::store {

namespace {

void add(QCryptographicHash& hash, std::string_view bytes) {
    hash.addData(QByteArrayView(bytes.data(), static_cast<qsizetype>(bytes.size())));
}

void addNumber(QCryptographicHash& hash, std::int64_t number) {
    std::array<char, 8> bytes{};
    auto left = static_cast<std::uint64_t>(number);
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, left >>= 8)
        *byte = static_cast<char>(left & 0xff);
    add(hash, {bytes.data(), bytes.size()});
}

} // namespace

AuditHash chained(const AuditHash& previous, std::int64_t seq, const AuditEntry& entry) {
    QCryptographicHash hash(QCryptographicHash::Sha256);
    add(hash, {reinterpret_cast<const char*>(previous.data()), previous.size()});
    addNumber(hash, seq);
    addNumber(hash, std::chrono::floor<std::chrono::milliseconds>(entry.at.time_since_epoch()).count());
    for (const std::string* field :
         {&entry.actor, &entry.from, &entry.action, &entry.target, &entry.before, &entry.after}) {
        addNumber(hash, static_cast<std::int64_t>(field->size()));
        add(hash, *field);
    }
    const QByteArray digest = hash.result();
    AuditHash result{};
    std::copy_n(digest.begin(), std::min<qsizetype>(digest.size(), 32), result.begin());
    return result;
}

AuditHead appended(const AuditHead& head, const AuditEntry& entry) {
    return {head.seq + 1, chained(head.hash, head.seq + 1, entry)};
}

std::string text(const AuditHash& hash) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (const std::uint8_t byte : hash) {
        result += digits[byte >> 4U];
        result += digits[byte & 0xfU];
    }
    return result;
}

std::optional<AuditHash> auditHashFromText(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    AuditHash hash{};
    if (text.size() != 2 * hash.size())
        return std::nullopt;
    for (std::size_t i = 0; i < hash.size(); ++i) {
        const auto high = digits.find(text[2 * i]);
        const auto low = digits.find(text[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos)
            return std::nullopt;
        hash[i] = static_cast<std::uint8_t>(high << 4U | low);
    }
    return hash;
}

} // namespace viaduct::store
