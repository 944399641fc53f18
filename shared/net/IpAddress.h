// SPDX-License-Identifier: GPL-3.0-or-later
// One type for an IPv4 or an IPv6 address. IPv4 is held in its IPv4-mapped form (RFC 4291, 2.5.5.2), so that
// one table, one comparison and one hash serve both families.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace viaduct {

/// 128 bits as a number, for arithmetic on addresses. Host order, as any integer.
__extension__ typedef unsigned __int128 Uint128;

class IpAddress {
public:
    using Bytes = std::array<std::uint8_t, 16>;

    /// The unspecified IPv6 address, `::`.
    constexpr IpAddress() = default;

    /// From 16 bytes in network order. Bytes in ::ffff:0:0/96 give an IPv4 address.
    static constexpr IpAddress v6(const Bytes& bytes) {
        IpAddress address;
        address.m_bytes = bytes;
        return address;
    }

    /// From a 32-bit number in host order: 0xC0000201 is 192.0.2.1.
    static IpAddress v4(std::uint32_t value);

    /// From the 128-bit number of the IPv6 (or IPv4-mapped) address.
    static IpAddress fromNumber(Uint128 number);

    /// Reads dotted-quad IPv4 or any RFC 4291 text of IPv6; no zone, no brackets, no white space.
    static std::optional<IpAddress> fromText(std::string_view text);

    bool isV4() const { return number() >> 32 == 0xffff; } // ::ffff:0:0/96
    bool isV6() const { return !isV4(); }

    /// All zero in its own family: `::` or `0.0.0.0`.
    bool isUnspecified() const;
    bool isMulticast() const;
    bool isLoopback() const;
    /// fe80::/10 or 169.254.0.0/16.
    bool isLinkLocal() const;
    /// Whether a host on the Internet may have it: neither unspecified, loopback, link-local, multicast nor
    /// broadcast.
    bool isUnicast() const;

    /// 16 bytes, network order; IPv4 in its mapped form.
    const Bytes& bytes() const { return m_bytes; }
    /// Host order; only meaningful when isV4().
    std::uint32_t v4Value() const;
    Uint128 number() const {
        // Compilers make two loads of each loop; a look-up of every packet begins here.
        std::uint64_t high = 0;
        std::uint64_t low = 0;
        for (std::size_t i = 0; i < 8; ++i) {
            high = high << 8 | m_bytes[i];
            low = low << 8 | m_bytes[8 + i];
        }
        return Uint128{high} << 64 | low;
    }

    /// number() as its upper and its lower half.
    std::array<std::uint64_t, 2> words() const {
        const Uint128 all = number();
        return {static_cast<std::uint64_t>(all >> 64), static_cast<std::uint64_t>(all)};
    }

    /// Dotted quad, or the canonical text of RFC 5952.
    std::string text() const;
    /// IPv6 as eight groups of four lower-case hex digits (old clients cut prefixes textually); IPv4 as
    /// text().
    std::string fullText() const;

    /// Numeric order; all IPv4 addresses stand together.
    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
    friend bool operator==(const IpAddress&, const IpAddress&) = default;

private:
    Bytes m_bytes{};
};

} // namespace viaduct

/// Keyed, another one in each process (see KeyedHash.h): strangers choose addresses.
template <>
struct std::hash<viaduct::IpAddress> {
    std::size_t operator()(const viaduct::IpAddress& address) const noexcept;
};
