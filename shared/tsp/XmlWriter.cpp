// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/XmlWriter.h"

#include <algorithm>
#include <initializer_list>

namespace viaduct::tsp {

namespace {
constexpr std::size_t longestName = 253; // RFC 1035, 2.3.4, as text
constexpr std::size_t longestBrokerName = longestName + 8; // [ ] and :65535
constexpr std::size_t mostBrokers = 50; // the table of gw6c and gogoc
constexpr std::size_t longestBrokerList = 3500; // a whole answer has to stay below 4096 bytes
constexpr Version firstWithResolver{2, 0, 2};

bool isMadeOf(std::string_view text, std::string_view punctuation, std::size_t longest) {
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [&](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || punctuation.find(c) != std::string_view::npos;
    });
}

void line(std::string& out, std::size_t indent, std::initializer_list<std::string_view> parts) {
    out.append(indent, ' ');
    for (const std::string_view part : parts)
        out += part;
    out += "\r\n";
}

void address(std::string& out, std::size_t indent, std::string_view type, std::string_view value) {
    line(out, indent, {"<address type=\"", type, "\">", value, "</address>"});
}

void names(std::string& out, std::size_t indent, const std::vector<std::string>& list) {
    for (const std::string& name : list) {
        if (isHostName(name))
            address(out, indent, "dn", name);
    }
}

std::string_view family(const IpAddress& value) {
    return value.isV4() ? "ipv4" : "ipv6";
}

/// An interval without an address makes old clients reconnect in a storm.
void keepalive(std::string& out, std::int64_t seconds, std::string_view type, std::string_view target) {
    line(out, 2, {"<keepalive interval=\"", std::to_string(seconds), "\">"});
    address(out, 4, type, target);
    line(out, 2, {"</keepalive>"});
}

void router(std::string& out, const RouterRequest& request) {
    line(out, 2, {"<router>"});
    if (request.prefixLength)
        line(out, 3, {"<prefix length=\"", std::to_string(*request.prefixLength), "\"/>"});
    if (!request.dnsServers.empty()) {
        line(out, 3, {"<dns_server>"});
        names(out, 5, request.dnsServers);
        line(out, 3, {"</dns_server>"});
    }
    line(out, 2, {"</router>"});
}

/// The IPv4 and the IPv6 end of one side, in that order, whichever is the outer one.
void pair(std::string& out, const std::string& outer, const std::string& inner, TunnelMode mode) {
    const bool v4Outside = mode != TunnelMode::V4v6;
    address(out, 2, "ipv4", v4Outside ? outer : inner);
    address(out, 2, "ipv6", v4Outside ? inner : outer);
}

/// gogoc puts the IPv6 address of a resolver into its environment and crashes when there is none; an address
/// that answers no query is the smaller harm.
void resolvers(std::string& out, const TunnelInfo& info) {
    line(out, 2, {"<dns_server>"});
    for (const IpAddress& resolver : info.resolvers)
        address(out, 3, family(resolver), resolver.text());
    if (std::none_of(info.resolvers.begin(), info.resolvers.end(), [](const auto& a) { return a.isV6(); })) {
        const IpAddress& server = info.mode == TunnelMode::V4v6 ? info.serverOuter : info.serverInner;
        address(out, 3, "ipv6", server.text());
    }
    line(out, 2, {"</dns_server>"});
}

/// Clients cut the prefix textually, four characters a group: never compressed. jipv6 wants it on its own
/// line.
void delegation(std::string& out, const Delegation& given) {
    line(out, 2, {"<router>"});
    const std::string length = std::to_string(given.prefix.length());
    line(out, 3, {"<prefix length=\"", length, "\">", given.prefix.address().fullText(), "</prefix>"});
    if (!given.dnsServers.empty()) {
        line(out, 3, {"<dns_server>"});
        names(out, 4, given.dnsServers);
        line(out, 3, {"</dns_server>"});
    }
    line(out, 2, {"</router>"});
}

std::string_view brokerType(std::string_view text) {
    const auto whole = IpAddress::fromText(text);
    if (text.front() == '[' || (whole && whole->isV6()))
        return "ipv6";
    return IpAddress::fromText(text.substr(0, text.find(':'))) ? "ipv4" : "dn";
}
} // namespace

bool isHostName(std::string_view text) {
    return isMadeOf(text, ".-_:", longestName);
}

bool isBrokerName(std::string_view text) {
    return isMadeOf(text, ".-_:[]", longestBrokerName);
}

std::string writeRequest(const TunnelRequest& request) {
    std::string out;
    const std::string_view proxy = request.proxy ? "yes" : "no";
    line(out, 0, {"<tunnel action=\"create\" type=\"", text(request.mode), "\" proxy=\"", proxy, "\">"});
    line(out, 1, {"<client>"});
    address(out, 2, family(request.clientOuter), request.clientOuter.text());
    if (request.keepaliveInterval) {
        const bool v4Inside = request.mode == TunnelMode::V4v6;
        keepalive(out, *request.keepaliveInterval, v4Inside ? "ipv4" : "ipv6", v4Inside ? "127.0.0.1" : "::");
    }
    if (request.router)
        router(out, *request.router);
    line(out, 1, {"</client>"});
    line(out, 0, {"</tunnel>"});
    return out;
}

std::string writeAccept() {
    return "<tunnel action=\"accept\"></tunnel>\r\n";
}

std::string writeInfo(const TunnelInfo& info, const Version& version) {
    std::string out;
    const std::string lifetime = std::to_string(info.lifetime.count());
    line(out, 0, {"<tunnel action=\"info\" type=\"", text(info.mode), "\" lifetime=\"", lifetime, "\">"});
    line(out, 1, {"<server>"});
    pair(out, info.serverOuter.fullText(), info.serverInner.fullText(), info.mode);
    line(out, 1, {"</server>"});
    line(out, 1, {"<client>"});
    pair(out, info.clientOuter.text(), info.clientInner.fullText(), info.mode);
    if (version >= firstWithResolver)
        resolvers(out, info);
    if (isHostName(info.clientName))
        address(out, 2, "dn", info.clientName);
    if (info.delegation)
        delegation(out, *info.delegation);
    if (info.keepaliveInterval.count() > 0)
        keepalive(out, info.keepaliveInterval.count(), family(info.serverInner), info.serverInner.fullText());
    line(out, 1, {"</client>"});
    line(out, 0, {"</tunnel>"});
    return out;
}

std::string writeBrokerList(const std::vector<std::string>& brokers) {
    std::string out;
    line(out, 0, {"<tunnel action=\"list\" type=\"broker\">"});
    line(out, 1, {"<broker>"});
    std::size_t count = 0;
    for (const std::string& broker : brokers) {
        if (!isBrokerName(broker))
            continue;
        if (++count > mostBrokers || out.size() + broker.size() > longestBrokerList)
            break;
        address(out, 2, brokerType(broker), broker);
    }
    line(out, 1, {"</broker>"});
    line(out, 0, {"</tunnel>"});
    return out;
}

} // namespace viaduct::tsp
