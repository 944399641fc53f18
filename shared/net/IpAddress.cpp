// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/IpAddress.h"

#include "shared/net/KeyedHash.h"

#include <algorithm>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#endif

namespace viaduct {

namespace {
constexpr std::array<std::uint8_t, 12> mappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t longestText = 45; // an IPv6 address with a dotted quad at its end
} // namespace

IpAddress IpAddress::v4(std::uint32_t value) {
    IpAddress address;
    std::copy(mappedPrefix.begin(), mappedPrefix.end(), address.m_bytes.begin());
    for (std::size_t i = 0; i < 4; ++i)
        address.m_bytes[12 + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
    return address;
}

IpAddress IpAddress::fromNumber(Uint128 number) {
    IpAddress address;
    for (std::size_t i = 16; i-- > 0; number >>= 8)
        address.m_bytes[i] = static_cast<std::uint8_t>(number);
    return address;
}

std::optional<IpAddress> IpAddress::fromText(std::string_view text) {
    if (text.empty() || text.size() > longestText || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    const std::string terminated(text);
    if (terminated.find(':') == std::string::npos) {
        std::array<std::uint8_t, 4> quad{};
        if (inet_pton(AF_INET, terminated.c_str(), quad.data()) != 1)
            return std::nullopt;
        return v4(
            std::uint32_t{quad[0]} << 24 | std::uint32_t{quad[1]} << 16 | std::uint32_t{quad[2]} << 8
            | std::uint32_t{quad[3]});
    }
    Bytes bytes{};
    if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) != 1)
        return std::nullopt;
    return v6(bytes);
}

bool IpAddress::isUnspecified() const {
    return isV4() ? v4Value() == 0 : number() == 0;
}

bool IpAddress::isMulticast() const {
    return isV4() ? (v4Value() >> 28) == 0xE : m_bytes[0] == 0xff;
}

bool IpAddress::isLoopback() const {
    return isV4() ? (v4Value() >> 24) == 127 : number() == 1;
}

bool IpAddress::isLinkLocal() const {
    return isV4() ? (v4Value() >> 16) == 0xA9FE : m_bytes[0] == 0xfe && (m_bytes[1] & 0xc0) == 0x80;
}

bool IpAddress::isUnicast() const {
    const bool broadcast = isV4() && v4Value() == 0xffffffff;
    return !broadcast && !isUnspecified() && !isMulticast() && !isLoopback() && !isLinkLocal();
}

std::uint32_t IpAddress::v4Value() const {
    return static_cast<std::uint32_t>(number());
}

std::string IpAddress::text() const {
    std::array<char, longestText + 1> buffer{};
    if (isV4())
        inet_ntop(AF_INET, m_bytes.data() + 12, buffer.data(), buffer.size());
    else
        inet_ntop(AF_INET6, m_bytes.data(), buffer.data(), buffer.size());
    return buffer.data();
}

std::string IpAddress::fullText() const {
    if (isV4())
        return text();
    static constexpr char digits[] = "0123456789abcdef";
    std::string result;
    result.reserve(39);
    for (std::size_t i = 0; i < m_bytes.size(); ++i) {
        if (i > 0 && i % 2 == 0)
            result += ':';
        result += digits[m_bytes[i] >> 4];
        result += digits[m_bytes[i] & 0xf];
    }
    return result;
}

} // namespace viaduct

std::size_t std::hash<viaduct::IpAddress>::operator()(const viaduct::IpAddress& address) const noexcept {
    return viaduct::keyedHash(address.words());
}
