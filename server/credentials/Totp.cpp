// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/Totp.h"
#include "server/credentials/Crypto.h"

#include <QMessageAuthenticationCode>

namespace viaduct::credentials {

namespace {
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; // RFC 4648, section 6
constexpr std::size_t digits = 6;
constexpr std::uint32_t modulus = 1'000'000;
constexpr std::size_t longestCode = 16; // white space included

/// RFC 3986: everything but the unreserved characters.
std::string percentEncoded(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool unreserved = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
            || c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved)
            result += c;
        else
            (((result += '%') += hex[byte >> 4U]) += hex[byte & 15U]);
    }
    return result;
}

std::string withoutSpace(std::string_view text) {
    std::string result(text.substr(0, longestCode));
    std::erase_if(result, [](char c) { return c == ' ' || c == '\t'; });
    return result;
}
} // namespace

TotpSecret TotpSecret::make(const RandomSource& random) {
    TotpSecret secret;
    random(secret.m_bytes);
    return secret;
}

std::optional<TotpSecret> TotpSecret::fromBase32(std::string_view text) {
    static_assert(size % 5 == 0); // no padding, no bits left over
    if (text.size() != size / 5 * 8)
        return std::nullopt;
    TotpSecret secret;
    std::uint32_t bits = 0;
    unsigned held = 0;
    std::size_t filled = 0;
    for (const char c : text) {
        const std::size_t value = alphabet.find(c);
        if (value == std::string_view::npos)
            return std::nullopt;
        bits = bits << 5U | static_cast<std::uint32_t>(value);
        held += 5;
        if (held >= 8) {
            held -= 8;
            secret.m_bytes[filled++] = static_cast<std::uint8_t>(bits >> held);
        }
    }
    return secret;
}

std::string TotpSecret::base32() const {
    std::string text;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const std::uint8_t byte : m_bytes) {
        bits = bits << 8U | byte;
        held += 8;
        while (held >= 5) {
            held -= 5;
            text += alphabet[bits >> held & 31U];
        }
    }
    return text;
}

std::string TotpSecret::uri(std::string_view issuer, std::string_view login) const {
    const std::string name = percentEncoded(issuer);
    return "otpauth://totp/" + name + ":" + percentEncoded(login) + "?secret=" + base32() + "&issuer=" + name
        + "&algorithm=SHA1&digits=6&period=30";
}

std::string TotpSecret::code(std::int64_t step) const {
    QByteArray counter(8, '\0');
    for (int i = 0; i < 8; ++i)
        counter[7 - i] = static_cast<char>(step >> (8 * i));
    const QByteArray hash = QMessageAuthenticationCode::hash(
        counter, QByteArray::fromRawData(reinterpret_cast<const char*>(m_bytes.data()), qsizetype{size}),
        QCryptographicHash::Sha1);
    // RFC 4226, 5.3: dynamic truncation.
    const qsizetype offset = hash.back() & 15;
    std::uint32_t value = 0;
    for (qsizetype i = 0; i < 4; ++i)
        value = value << 8U | static_cast<std::uint8_t>(hash[offset + i]);
    const std::string number = std::to_string((value & 0x7fffffffU) % modulus);
    return std::string(digits - number.size(), '0') + number;
}

std::optional<std::int64_t> TotpSecret::verify(
    std::string_view code, std::chrono::system_clock::time_point now,
    std::optional<std::int64_t> lastStep) const {
    const std::string typed = withoutSpace(code);
    using Steps = std::chrono::duration<std::int64_t, std::ratio<totpStep.count()>>;
    const std::int64_t present = std::chrono::floor<Steps>(now.time_since_epoch()).count();
    std::optional<std::int64_t> used;
    // All of the window, always: the duration does not tell which step it was.
    for (std::int64_t step = present - totpWindow; step <= present + totpWindow; ++step) {
        const bool right = equal(this->code(step), typed);
        if (right && !used && (!lastStep || step > *lastStep))
            used = step;
    }
    return used;
}

} // namespace viaduct::credentials
