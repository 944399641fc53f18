// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/XmlReader.h"

#include "shared/tsp/XmlTree.h"
#include "shared/tsp/XmlWriter.h"

#include <algorithm>
#include <charconv>

namespace viaduct::tsp {

namespace {
constexpr std::size_t mostDnsServers = 16; // bounds what has to be stored for a tunnel
constexpr std::size_t mostBrokers = 50; // the table of gw6c and gogoc
constexpr int longestInterval = 86400; // seconds; a keepalive a day is as good as none
constexpr int longestLifetime = 0x7fffffff; // seconds; what the clients' signed number holds

bool equalIgnoringCase(std::string_view a, std::string_view lower) {
    return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) {
        return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
    });
}

bool hasAction(const XmlElement& tunnel, std::string_view action) {
    return tunnel.name == "tunnel" && equalIgnoringCase(tunnel.attribute("action"), action);
}

/// A decimal number, cut to `most`. Nothing when it is none or negative.
std::optional<int> number(std::string_view text, int most) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    int value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    return fault == std::errc{} ? std::min(value, most) : most;
}

/// The text of the first <address> of that type inside `parent`, or nullptr.
const std::string* addressText(const XmlElement& parent, std::string_view type) {
    for (const XmlElement& element : parent.children) {
        if (element.name == "address" && equalIgnoringCase(element.attribute("type"), type))
            return &element.text;
    }
    return nullptr;
}

std::optional<IpAddress> address(const XmlElement& parent, std::string_view type) {
    const std::string* text = addressText(parent, type);
    const auto value = text == nullptr ? std::nullopt : IpAddress::fromText(*text);
    return value && value->isV4() == (type == "ipv4") ? value : std::nullopt;
}

/// The host names in the <address> elements inside `element`; nothing when one is no host name or they are
/// too many.
std::optional<std::vector<std::string>> hostNames(const XmlElement* element) {
    std::vector<std::string> result;
    if (element == nullptr)
        return result;
    for (const XmlElement& child : element->children) {
        if (child.name != "address")
            continue;
        if (!isHostName(child.text) || result.size() == mostDnsServers)
            return std::nullopt;
        result.push_back(child.text);
    }
    return result;
}

tl::expected<RouterRequest, Status> readRouter(const XmlElement& router, TunnelMode mode) {
    RouterRequest request;
    if (const XmlElement* prefix = router.child("prefix")) {
        const std::string_view length = prefix->attribute("length");
        if (length.empty())
            return tl::unexpected(Status::MissingPrefixLength);
        const int width = mode == TunnelMode::V4v6 ? 32 : 128;
        request.prefixLength = number(length, width + 1);
        if (!request.prefixLength || *request.prefixLength > width)
            return tl::unexpected(Status::UnsupportedPrefixLength);
    }
    auto names = hostNames(router.child("dns_server"));
    if (!names)
        return tl::unexpected(Status::BadRequest);
    request.dnsServers = std::move(*names);
    return request;
}

/// Clients disagree on where <keepalive> stands.
const XmlElement* findKeepalive(const XmlElement& tunnel, const XmlElement& client) {
    if (const XmlElement* inClient = client.child("keepalive"))
        return inClient;
    if (const XmlElement* router = client.child("router")) {
        if (const XmlElement* inRouter = router->child("keepalive"))
            return inRouter;
    }
    return tunnel.child("keepalive");
}

tl::expected<TunnelRequest, Status> readRequest(const XmlElement& tunnel) {
    const std::string_view type = tunnel.attribute("type");
    const auto mode = tunnelModeFromText(type);
    if (!mode)
        return tl::unexpected(type.empty() ? Status::BadRequest : Status::UnsupportedTunnelType);
    const XmlElement* client = tunnel.child("client");
    if (client == nullptr)
        return tl::unexpected(Status::BadRequest);
    TunnelRequest request;
    request.mode = *mode;
    request.proxy = equalIgnoringCase(tunnel.attribute("proxy"), "yes");
    const bool v4 = *mode != TunnelMode::V4v6;
    const auto outer = address(*client, v4 ? "ipv4" : "ipv6");
    if (!outer)
        return tl::unexpected(v4 ? Status::BadIpv4Address : Status::BadIpv6Address);
    request.clientOuter = *outer;
    if (const XmlElement* keepalive = findKeepalive(tunnel, *client)) {
        request.keepaliveInterval = number(keepalive->attribute("interval"), longestInterval);
        if (!request.keepaliveInterval)
            return tl::unexpected(Status::BadRequest);
        if (request.keepaliveInterval == 0)
            request.keepaliveInterval.reset();
    }
    if (const XmlElement* router = client->child("router")) {
        auto asked = readRouter(*router, *mode);
        if (!asked)
            return tl::unexpected(asked.error());
        request.router = std::move(*asked);
    }
    return request;
}

// ---- what a client reads ----

tl::unexpected<Error> unusable(std::string what) {
    return failure(
        Error::Code::Invalid,
        "the broker's answer cannot be used: " + std::move(what) + "; report it to who runs the broker");
}

/// Fills in the ends of the tunnel; false when one is missing.
bool readEnds(const XmlElement& server, const XmlElement& client, TunnelInfo& info) {
    const bool v4Outside = info.mode != TunnelMode::V4v6;
    const std::string_view outer = v4Outside ? "ipv4" : "ipv6";
    const std::string_view inner = v4Outside ? "ipv6" : "ipv4";
    const auto serverOuter = address(server, outer);
    const auto serverInner = address(server, inner);
    const auto clientOuter = address(client, outer);
    const auto clientInner = address(client, inner);
    if (!serverOuter || !serverInner || !clientOuter || !clientInner)
        return false;
    info.serverOuter = *serverOuter;
    info.serverInner = *serverInner;
    info.clientOuter = *clientOuter;
    info.clientInner = *clientInner;
    return true;
}

void readResolvers(const XmlElement& client, TunnelInfo& info) {
    const XmlElement* list = client.child("dns_server");
    if (list == nullptr)
        return;
    for (const XmlElement& child : list->children) {
        const auto resolver = child.name == "address" ? IpAddress::fromText(child.text) : std::nullopt;
        if (resolver && info.resolvers.size() < mostDnsServers)
            info.resolvers.push_back(*resolver);
    }
}

/// Nothing when the prefix cannot be used: its family is that of the inside of the tunnel.
std::optional<Delegation> readDelegation(const XmlElement& router, const XmlElement& prefix, bool v4) {
    const auto base = IpAddress::fromText(prefix.text);
    const int width = v4 ? 32 : 128;
    const auto length = number(prefix.attribute("length"), width + 1);
    auto names = hostNames(router.child("dns_server"));
    if (!base || base->isV4() != v4 || !length || *length > width || !names)
        return std::nullopt;
    Delegation given{Prefix(*base, *length), std::move(*names)};
    return given.prefix.address() == *base ? std::optional(std::move(given)) : std::nullopt;
}

bool readRouter(const XmlElement& client, TunnelInfo& info) {
    const XmlElement* router = client.child("router");
    const XmlElement* prefix = router == nullptr ? nullptr : router->child("prefix");
    if (prefix == nullptr)
        return true;
    info.delegation = readDelegation(*router, *prefix, info.mode == TunnelMode::V4v6);
    return info.delegation.has_value();
}
} // namespace

tl::expected<ClientMessage, Status> readClientMessage(std::string_view xml) {
    const auto tunnel = parseXml(xml);
    if (tunnel && hasAction(*tunnel, "accept"))
        return TunnelAccept{};
    if (!tunnel || !hasAction(*tunnel, "create"))
        return tl::unexpected(Status::BadRequest);
    return readRequest(*tunnel);
}

Result<TunnelInfo> readInfo(std::string_view xml) {
    const auto tunnel = parseXml(xml);
    if (!tunnel || !hasAction(*tunnel, "info"))
        return unusable("it holds no tunnel information");
    TunnelInfo info;
    const auto mode = tunnelModeFromText(tunnel->attribute("type"));
    if (!mode || *mode == TunnelMode::V6anyv4)
        return unusable("it names no type of tunnel");
    info.mode = *mode;
    const auto lifetime = number(tunnel->attribute("lifetime"), longestLifetime);
    if (lifetime)
        info.lifetime = std::chrono::seconds(*lifetime);
    const XmlElement* server = tunnel->child("server");
    const XmlElement* client = tunnel->child("client");
    if (server == nullptr || client == nullptr || !readEnds(*server, *client, info))
        return unusable("an address of the tunnel is missing or malformed");
    if (const std::string* name = addressText(*client, "dn"); name != nullptr && isHostName(*name))
        info.clientName = *name;
    readResolvers(*client, info);
    if (!readRouter(*client, info))
        return unusable("the delegated prefix is malformed");
    if (const XmlElement* keepalive = findKeepalive(*tunnel, *client))
        info.keepaliveInterval
            = std::chrono::seconds(number(keepalive->attribute("interval"), longestInterval).value_or(0));
    return info;
}

Result<std::vector<std::string>> readBrokerList(std::string_view xml) {
    const auto tunnel = parseXml(xml);
    if (!tunnel || !hasAction(*tunnel, "list"))
        return unusable("it holds no list of brokers");
    std::vector<std::string> brokers;
    for (const XmlElement& broker : tunnel->children) {
        if (broker.name != "broker")
            continue;
        for (const XmlElement& entry : broker.children) {
            if (entry.name == "address" && isBrokerName(entry.text) && brokers.size() < mostBrokers)
                brokers.push_back(entry.text);
        }
    }
    if (brokers.empty())
        return unusable("its list of brokers is empty");
    return brokers;
}

} // namespace viaduct::tsp
