// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/Prefix.h"

#include "shared/net/KeyedHash.h"

#include <algorithm>
#include <charconv>

namespace viaduct {

namespace {
/// The network mask of `bits` leading ones, 0..128.
Uint128 mask(int bits) {
    return bits == 0 ? Uint128{0} : ~Uint128{0} << (128 - bits);
}
} // namespace

Prefix::Prefix(const IpAddress& address, int length) {
    const int width = address.isV4() ? 32 : 128;
    m_length = std::clamp(length, 0, width);
    m_address = IpAddress::fromNumber(address.number() & mask(128 - width + m_length));
}

std::optional<Prefix> Prefix::fromText(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    const auto address = IpAddress::fromText(text.substr(0, slash));
    const std::string_view digits = text.substr(slash + 1);
    int length = -1;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (!address || fault != std::errc{} || end != digits.data() + digits.size())
        return std::nullopt;
    if (length < 0 || length > (address->isV4() ? 32 : 128))
        return std::nullopt;
    const Prefix prefix(*address, length);
    if (prefix.address() != *address)
        return std::nullopt;
    return prefix;
}

bool Prefix::contains(const IpAddress& address) const {
    // ::/0 is IPv6 only: an IPv4 address is never inside an IPv6 prefix, nor the reverse.
    if (address.isV4() != m_address.isV4())
        return false;
    return ((address.number() ^ m_address.number()) & mask(128 - width() + m_length)) == 0;
}

bool Prefix::contains(const Prefix& other) const {
    return other.m_length >= m_length && contains(other.m_address);
}

std::string Prefix::text() const {
    return m_address.text() + '/' + std::to_string(m_length);
}

IpAddress siteOf(const IpAddress& address) {
    return address.isV4() ? address : Prefix(address, 64).address();
}

} // namespace viaduct

std::size_t std::hash<viaduct::Prefix>::operator()(const viaduct::Prefix& prefix) const noexcept {
    const auto [high, low] = prefix.address().words();
    return viaduct::keyedHash(
        std::array<std::uint64_t, 3>{high, low, static_cast<std::uint64_t>(prefix.length())});
}
