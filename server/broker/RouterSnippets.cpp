// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/RouterSnippets.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
constexpr std::size_t longestName = 40; ///< of a description; some routers take no more

/// A tunnel's name comes from people: no character that ends a word, a line or a quotation gets through.
std::string plainName(const std::string& name) {
    std::string plain = name.substr(0, longestName);
    std::replace_if(
        plain.begin(), plain.end(),
        [](char c) {
            const bool isGood = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                || c == '.' || c == '_' || c == '-';
            return !isGood;
        },
        '-');
    return plain.empty() ? "tunnel" : plain;
}

/// The values as text.
struct Words {
    explicit Words(const RouterTunnel& tunnel)
        : name(plainName(tunnel.name)), local(tunnel.routerOuter.text()), remote(tunnel.brokerOuter.text()),
          inner(tunnel.routerInner.text()), gateway(tunnel.brokerInner.text()),
          length(Prefix(tunnel.routerInner, 127).contains(tunnel.brokerInner) ? "127" : "128"),
          prefix(tunnel.prefix ? tunnel.prefix->text() : ""), mtu(std::to_string(tunnel.mtu)) { }

    std::string name;
    std::string local;
    std::string remote;
    std::string inner;
    std::string gateway;
    std::string length; ///< of the link between the two: 127 for a pair (RFC 6164)
    std::string prefix; ///< empty: none
    std::string mtu;
};

std::string ciscoIos(const Words& w) {
    std::string text = "ipv6 unicast-routing\n"
                       "!\n"
                       "interface Tunnel0\n"
                       " description Viaduct "
        + w.name
        + "\n no ip address\n"
          " ipv6 enable\n"
          " ipv6 address "
        + w.inner + "/" + w.length + "\n ipv6 mtu " + w.mtu + "\n tunnel source " + w.local
        + "\n tunnel destination " + w.remote
        + "\n tunnel mode ipv6ip\n"
          "!\n"
          "ipv6 route ::/0 Tunnel0\n";
    if (!w.prefix.empty())
        text += "ipv6 route " + w.prefix + " Null0\n";
    return text;
}

std::string juniperJunos(const Words& w) {
    const std::string unit = "set interfaces ip-0/0/0 unit 0 ";
    std::string text = "# The interface needs tunnel services. On an SRX also: set security\n"
                       "# forwarding-options family inet6 mode flow-based, and put ip-0/0/0.0 into a zone.\n"
        + unit + "description \"Viaduct " + w.name + "\"\n" + unit + "tunnel source " + w.local + "\n" + unit
        + "tunnel destination " + w.remote + "\n" + unit + "family inet6 mtu " + w.mtu + "\n" + unit
        + "family inet6 address " + w.inner + "/" + w.length
        + "\nset routing-options rib inet6.0 static route ::/0 next-hop ip-0/0/0.0\n";
    if (!w.prefix.empty())
        text += "set routing-options rib inet6.0 static route " + w.prefix + " discard\n";
    return text;
}

std::string mikroTik(const Words& w) {
    std::string text = "# RouterOS 7\n"
                       "/interface 6to4 add name=viaduct comment=\"Viaduct "
        + w.name + "\" local-address=" + w.local + " remote-address=" + w.remote + " mtu=" + w.mtu
        + "\n/ipv6 address add interface=viaduct advertise=no address=" + w.inner + "/" + w.length
        + "\n/ipv6 route add dst-address=::/0 gateway=viaduct\n";
    if (!w.prefix.empty())
        text += "/ipv6 route add blackhole dst-address=" + w.prefix + "\n";
    return text;
}

std::string linuxSystem(const Words& w) {
    std::string text = "# Viaduct " + w.name + ". Until the next restart of the machine.\n"
        + "ip tunnel add viaduct mode sit local " + w.local + " remote " + w.remote
        + " ttl 64\n"
          "ip link set dev viaduct mtu "
        + w.mtu + " up\nip -6 address add " + w.inner + "/" + w.length
        + " dev viaduct\n"
          "ip -6 route add default dev viaduct\n";
    if (!w.prefix.empty())
        text += "ip -6 route add unreachable " + w.prefix
            + " metric 100000\n"
              "sysctl -w net.ipv6.conf.all.forwarding=1\n";
    return text;
}

std::string freeBsd(const Words& w) {
    std::string text = "# Viaduct " + w.name + ". Until the next restart of the machine.\n"
        + "ifconfig gif0 create\n"
          "ifconfig gif0 tunnel "
        + w.local + " " + w.remote + "\nifconfig gif0 inet6 " + w.inner + " " + w.gateway
        + " prefixlen 128\n"
          "ifconfig gif0 mtu "
        + w.mtu
        + " up\n"
          "route -6 add default "
        + w.gateway + "\n";
    if (!w.prefix.empty())
        text += "route -6 add -net " + w.prefix
            + " ::1 -reject\n"
              "sysctl net.inet6.ip6.forwarding=1\n";
    return text;
}
} // namespace

Result<std::string> routerSnippet(api::RouterSystem system, const RouterTunnel& tunnel) {
    if (!tunnel.routerOuter.isV4() || !tunnel.brokerOuter.isV4() || !tunnel.routerInner.isV6()
        || !tunnel.brokerInner.isV6())
        return failure(
            Error::Code::Invalid,
            "Only a tunnel of IPv6 in IPv4 can be set up in a router without a client.");
    const Words words(tunnel);
    switch (system) {
    case api::RouterSystem::CiscoIos:
        return ciscoIos(words);
    case api::RouterSystem::JuniperJunos:
        return juniperJunos(words);
    case api::RouterSystem::MikroTik:
        return mikroTik(words);
    case api::RouterSystem::Linux:
        return linuxSystem(words);
    case api::RouterSystem::FreeBsd:
        return freeBsd(words);
    }
    return failure(Error::Code::Invalid, "Nothing is known of this system: choose another.");
}

std::string_view routerSystemName(api::RouterSystem system) {
    switch (system) {
    case api::RouterSystem::CiscoIos:
        return "Cisco IOS";
    case api::RouterSystem::JuniperJunos:
        return "Juniper Junos";
    case api::RouterSystem::MikroTik:
        return "MikroTik RouterOS";
    case api::RouterSystem::Linux:
        return "Linux";
    case api::RouterSystem::FreeBsd:
        return "FreeBSD";
    }
    return "router";
}

} // namespace viaduct::broker
