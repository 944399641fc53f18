// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Columns.h"

#include "server/store/AuditChain.h"

#include <QVariant>
#include <algorithm>

namespace viaduct::store {

namespace {

using Milliseconds = std::chrono::milliseconds;

TimePoint timeOf(const QVariant& value) {
    return TimePoint(Milliseconds(value.toLongLong()));
}

constexpr std::string_view letters = "GRCD"; // in the order of HistoryEntry::What

} // namespace

Result<void> checkText(const std::string& name, std::string_view text, std::size_t most) {
    const auto size = static_cast<qsizetype>(text.size());
    if (text.size() > most)
        return failure(
            Error::Code::Invalid,
            name + " has " + std::to_string(text.size()) + " bytes, but at most " + std::to_string(most)
                + " can be stored");
    if (text.find('\0') != std::string_view::npos
        || QString::fromUtf8(text.data(), size).toUtf8() != QByteArray::fromRawData(text.data(), size))
        return failure(Error::Code::Invalid, name + " is not plain UTF-8 text");
    return {};
}

Parameters& Parameters::address(const IpAddress& address) {
    const auto& bytes = address.bytes();
    m_query.bindValue(
        m_next++,
        QByteArray::fromRawData(
            reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())));
    return *this;
}

Parameters& Parameters::number(std::int64_t number) {
    m_query.bindValue(m_next++, static_cast<qlonglong>(number));
    return *this;
}

Parameters& Parameters::text(std::string_view text) {
    // Never a null QString: that would become NULL instead of the empty text.
    m_query.bindValue(
        m_next++,
        text.empty() ? QStringLiteral("")
                     : QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())));
    return *this;
}

Parameters& Parameters::time(TimePoint time) {
    return number(std::chrono::floor<Milliseconds>(time.time_since_epoch()).count());
}

Parameters& Parameters::hash(const AuditHash& hash) {
    return text(viaduct::store::text(hash));
}

Parameters& Parameters::what(HistoryEntry::What what) {
    return text(letters.substr(static_cast<std::size_t>(what), 1));
}

Parameters& Parameters::null() {
    m_query.bindValue(m_next++, QVariant());
    return *this;
}

IpAddress Row::address() {
    const QByteArray value = take().toByteArray();
    IpAddress::Bytes bytes{};
    if (value.size() != static_cast<qsizetype>(bytes.size())) {
        m_damaged = true;
        return {};
    }
    std::copy(value.begin(), value.end(), bytes.begin());
    return IpAddress::v6(bytes);
}

std::int64_t Row::number() {
    return take().toLongLong();
}

std::string Row::text() {
    return take().toString().toStdString();
}

TimePoint Row::time() {
    return timeOf(take());
}

std::optional<TimePoint> Row::optionalTime() {
    const QVariant value = take();
    return value.isNull() ? std::nullopt : std::optional(timeOf(value));
}

Prefix Row::prefix() {
    const IpAddress base = address();
    const std::int64_t length = number();
    const Prefix prefix(base, static_cast<int>(std::clamp<std::int64_t>(length, 0, 128)));
    m_damaged |= prefix.address() != base || prefix.length() != length;
    return prefix;
}

std::optional<Prefix> Row::optionalPrefix() {
    if (!m_query.isNull(m_next))
        return prefix();
    m_next += 2;
    return std::nullopt;
}

Endpoint Row::endpoint() {
    const IpAddress host = address();
    const std::int64_t port = number();
    m_damaged |= port < 0 || port > 65535;
    return {host, static_cast<std::uint16_t>(port)};
}

TunnelMode Row::mode() {
    const auto mode = tunnelModeFromText(text());
    m_damaged |= !mode;
    return mode.value_or(TunnelMode::V6v4);
}

AuditHash Row::hash() {
    const auto hash = auditHashFromText(text());
    m_damaged |= !hash;
    return hash.value_or(AuditHash{});
}

HistoryEntry::What Row::what() {
    const std::string letter = text();
    const auto place = letter.size() == 1 ? letters.find(letter) : std::string_view::npos;
    m_damaged |= place == std::string_view::npos;
    return static_cast<HistoryEntry::What>(place == std::string_view::npos ? 0 : place);
}

Result<void> Row::check(const char* table) const {
    if (!m_damaged)
        return {};
    return failure(
        Error::Code::Invalid,
        "the table " + std::string(table) + " holds a row that Viaduct never writes (first column: "
            + m_query.value(0).toString().toStdString()
            + "): put the last backup in its place, or mend the row with sqlite3");
}

} // namespace viaduct::store
