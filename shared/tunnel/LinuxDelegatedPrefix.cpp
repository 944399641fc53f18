// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/DelegatedPrefix.h"
#include "shared/tunnel/LinuxForwarding.h"
#include "shared/tunnel/LinuxNetwork.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace viaduct::tunnel {

namespace {

constexpr int subnetLength = 64; // of a link with stateless addresses (RFC 4862)
constexpr int restMetric = 2048; // behind every route to a subnet of the prefix

Result<std::string> realName(const std::string& interface) {
    unsigned index = 0;
    const auto [end, error] = std::from_chars(interface.data(), interface.data() + interface.size(), index);
    if (error != std::errc{} || end != interface.data() + interface.size())
        return interface;
    return interfaceName(index);
}

class LinuxDelegatedPrefix : public DelegatedPrefix {
public:
    LinuxDelegatedPrefix(const Prefix& prefix, std::string interface)
        : m_prefix(prefix), m_interface(std::move(interface)) { }

    ~LinuxDelegatedPrefix() override {
        m_forwarding.reset();
        if (m_unreachable)
            (void)removeRoute(restOfPrefix());
        if (m_addressed)
            (void)removeAddress(m_interface, firstAddress(), onLinkLength());
    }

    std::string interfaceName() const override { return m_interface; }

    Result<void> setUp() {
        auto done = setLinkUp(m_interface, 0);
        if (done)
            done = addAddress(m_interface, firstAddress(), onLinkLength());
        m_addressed = done.has_value();
        if (done && m_prefix.length() < onLinkLength()) {
            done = addRoute(restOfPrefix());
            m_unreachable = done.has_value();
        }
        if (!done)
            return done;
        auto forwarding = LinuxForwarding::enable();
        if (!forwarding)
            return tl::unexpected(forwarding.error());
        m_forwarding.emplace(std::move(*forwarding));
        return {};
    }

private:
    IpAddress firstAddress() const {
        const bool single = m_prefix.length() == m_prefix.width();
        return IpAddress::fromNumber(m_prefix.address().number() + (single ? 0 : 1));
    }
    int onLinkLength() const { return std::max(m_prefix.length(), subnetLength); }
    Route restOfPrefix() const {
        Route route;
        route.destination = m_prefix;
        route.metric = restMetric;
        return route;
    }

    Prefix m_prefix;
    std::string m_interface;
    bool m_addressed = false;
    bool m_unreachable = false;
    std::optional<LinuxForwarding> m_forwarding;
};

} // namespace

Result<std::unique_ptr<DelegatedPrefix>>
serveDelegatedPrefix(const Prefix& prefix, const std::string& interface) {
    auto name = realName(interface);
    if (!name)
        return tl::unexpected(name.error());
    auto served = std::make_unique<LinuxDelegatedPrefix>(prefix, *name);
    if (auto done = served->setUp(); !done)
        return tl::unexpected(done.error());
    return served;
}

} // namespace viaduct::tunnel
