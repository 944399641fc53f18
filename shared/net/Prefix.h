// SPDX-License-Identifier: GPL-3.0-or-later
// An IPv4 or IPv6 prefix: an address whose host bits are zero, and a length in bits of its own family.
#pragma once

#include "shared/net/IpAddress.h"

namespace viaduct {

class Prefix {
public:
    /// `::/0`.
    constexpr Prefix() = default;

    /// The host bits of `address` are cleared. `length` is 0..128 for IPv6 and 0..32 for IPv4; more is cut to
    /// that.
    Prefix(const IpAddress& address, int length);

    /// Reads ADDRESS/LENGTH. Host bits that are set make it no prefix: nothing is returned.
    static std::optional<Prefix> fromText(std::string_view text);

    const IpAddress& address() const { return m_address; }
    int length() const { return m_length; }
    /// 32 or 128.
    int width() const { return m_address.isV4() ? 32 : 128; }

    bool contains(const IpAddress& address) const;
    bool contains(const Prefix& other) const;
    bool overlaps(const Prefix& other) const { return contains(other) || other.contains(*this); }

    /// ADDRESS/LENGTH, the address in canonical form.
    std::string text() const;

    friend auto operator<=>(const Prefix&, const Prefix&) = default;
    friend bool operator==(const Prefix&, const Prefix&) = default;

private:
    IpAddress m_address;
    int m_length = 0;
};

/// What counts as one place on the Internet, for limits: an IPv4 address, or the IPv6 /64 around an address.
IpAddress siteOf(const IpAddress& address);

} // namespace viaduct

template <>
struct std::hash<viaduct::Prefix> {
    std::size_t operator()(const viaduct::Prefix& prefix) const noexcept;
};
