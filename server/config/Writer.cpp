// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Language.h"

#include "server/config/Lexer.h"
#include "shared/tsp/DigestMd5.h"

namespace viaduct::config {

namespace {

std::string_view text(AccountKind kind) {
    switch (kind) {
    case AccountKind::Host:
        return "host";
    case AccountKind::Soho:
        return "soho";
    case AccountKind::Site:
        return "site";
    }
    return {};
}

std::string_view text(Redirect::Stage stage) {
    switch (stage) {
    case Redirect::Stage::Capability:
        return "capability";
    case Redirect::Stage::Authentication:
        return "authentication";
    case Redirect::Stage::Create:
        return "create";
    }
    return {};
}

/// In the largest unit that gives a whole number.
std::string text(Seconds time) {
    constexpr std::pair<std::int64_t, const char*> units[]
        = {{86400, " day"}, {3600, " hour"}, {60, " minute"}};
    for (const auto& [seconds, name] : units) {
        const std::int64_t count = time.count() / seconds;
        if (count > 0 && time.count() % seconds == 0)
            return std::to_string(count) + name + (count == 1 ? "" : "s");
    }
    return std::to_string(time.count()) + " seconds";
}

std::string hex(const tsp::DigestKey& key) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string result;
    for (const std::uint8_t byte : key) {
        result += digits[byte >> 4U];
        result += digits[byte & 0xFU];
    }
    return result;
}

/// Writes what differs from the default, and the ports always, for they are what people look for.
class Writer {
public:
    std::string write(const Configuration& configuration) {
        writeGlobal(configuration);
        for (const Pool& pool : configuration.pools)
            writePool(pool);
        separate();
        for (const TspServer& server : configuration.tspServers)
            writeTspServer(server);
        for (const TunnelServer& server : configuration.tunnelServers)
            writeTunnelServer(server);
        for (const TunnelBroker& broker : configuration.tunnelBrokers)
            writeTunnelBroker(broker);
        for (const StaticTunnel& tunnel : configuration.staticTunnels)
            writeStaticTunnel(tunnel);
        for (const User& user : configuration.users)
            writeUser(user, configuration.realm);
        separate();
        line("end");
        return std::move(m_text);
    }

private:
    void line(std::string_view content) {
        m_text += content;
        m_text += '\n';
    }

    void line(std::string_view keywords, std::string_view value) {
        m_text += keywords;
        m_text += ' ';
        line(value);
    }

    /// A `!` between two groups of lines, unless there is nothing to divide.
    void separate() {
        if (!m_text.empty() && m_text.substr(m_text.size() - 2) != "!\n")
            line("!");
    }

    void address(const IpAddress& address) {
        line(address.isV4() ? " ip address" : " ipv6 address", address.text());
    }

    void writeGlobal(const Configuration& configuration) {
        const Configuration usual;
        if (!configuration.hostname.empty())
            line("hostname", configuration.hostname);
        if (configuration.realm != usual.realm)
            line("authentication realm", configuration.realm);
        if (configuration.interfaceName != usual.interfaceName)
            line("tunnel device", configuration.interfaceName);
        separate();
    }

    void writePool(const Pool& pool) {
        line(
            pool.prefix.address().isV4() ? "ip local pool" : "ipv6 local pool",
            wordText(pool.name) + ' ' + pool.prefix.text() + ' ' + std::to_string(pool.blockLength));
    }

    void writeTransport(const char* name, std::optional<std::uint16_t> port) {
        if (port)
            line(std::string(" transport ") + name, std::to_string(*port));
        else
            line(" no transport", name);
    }

    void writeTspServer(const TspServer& server) {
        const TspServer usual;
        line("tsp", wordText(server.name));
        for (const IpAddress& outer : server.addresses)
            address(outer);
        writeTransport("udp", server.udpPort);
        writeTransport("tcp", server.tcpPort);
        if (!server.plain)
            line(" no authentication plain");
        if (!server.digestMd5)
            line(" no authentication digest-md5");
        else if (server.truncatedDigest)
            line(" authentication digest-md5 truncated");
        if (server.sessionsPerAddress != usual.sessionsPerAddress)
            line(" limit sessions-per-address", std::to_string(server.sessionsPerAddress));
        if (server.redirect)
            writeRedirect(*server.redirect);
        separate();
    }

    void writeRedirect(const Redirect& redirect) {
        for (const std::string& broker : redirect.brokers)
            line(" redirect broker", broker);
        if (redirect.aboveTunnels != 0)
            line(" redirect above", std::to_string(redirect.aboveTunnels));
        if (redirect.stage != Redirect::Stage::Capability)
            line(" redirect stage", text(redirect.stage));
    }

    void writeTunnelServer(const TunnelServer& server) {
        line("tunnel server", wordText(server.name));
        for (const IpAddress& outer : server.addresses)
            address(outer);
        for (const std::string& pool : server.prefixPools)
            line(" ipv6 pool prefix", wordText(pool));
        if (!server.endpointPool.empty())
            line(" ipv6 pool endpoints", wordText(server.endpointPool));
        if (!server.anonymousPool.empty())
            line(" ipv6 pool anonymous", wordText(server.anonymousPool));
        if (!server.ipv4EndpointPool.empty())
            line(" ip pool endpoints", wordText(server.ipv4EndpointPool));
        writeTimes(server);
        if (server.mtu != TunnelServer().mtu)
            line(" mtu", std::to_string(server.mtu));
        for (const IpAddress& resolver : server.resolvers)
            line(" ipv6 resolver", resolver.text());
        if (server.preferUdp)
            line(" prefer udp");
        if (server.trustSource)
            line(" trust source");
        separate();
    }

    void writeTimes(const TunnelServer& server) {
        const TunnelServer usual;
        if (server.lifetime != usual.lifetime)
            line(" lifetime", text(server.lifetime));
        if (server.keepaliveMinimum != usual.keepaliveMinimum
            || server.keepaliveMaximum != usual.keepaliveMaximum
            || server.keepaliveDefault != usual.keepaliveDefault)
            line(
                " keepalive",
                std::to_string(server.keepaliveMinimum.count()) + ' '
                    + std::to_string(server.keepaliveMaximum.count()) + ' '
                    + std::to_string(server.keepaliveDefault.count()));
        if (server.anonymousPerAddress != usual.anonymousPerAddress)
            line(" limit anonymous-per-address", std::to_string(server.anonymousPerAddress));
        if (server.idleTimeout != usual.idleTimeout)
            line(" idle-timeout", text(server.idleTimeout));
        if (server.quarantine != usual.quarantine)
            line(" quarantine", text(server.quarantine));
    }

    void writeTunnelBroker(const TunnelBroker& broker) {
        line("tunnel broker", wordText(broker.name));
        for (const std::string& server : broker.tspServers)
            line(" set tsp", wordText(server));
        line(" set tunnel server", wordText(broker.tunnelServer));
        separate();
    }

    void writeBlock(
        const std::variant<std::monostate, Prefix, std::string>& block, const char* given, const char* pool) {
        if (const auto* const prefix = std::get_if<Prefix>(&block))
            line(given, prefix->text());
        else if (const auto* const name = std::get_if<std::string>(&block))
            line(pool, wordText(*name));
    }

    void writeStaticTunnel(const StaticTunnel& tunnel) {
        line("interface tunnel", wordText(tunnel.name));
        if (!tunnel.description.empty())
            line(" description", restText(tunnel.description));
        line(" tunnel source", tunnel.source.text());
        line(" tunnel destination", tunnel.destination.text());
        writeBlock(tunnel.endpoints, " ipv6 address", " ipv6 pool endpoints");
        writeBlock(tunnel.prefix, " ipv6 prefix", " ipv6 pool prefix");
        if (tunnel.shutdown)
            line(" shutdown");
        separate();
    }

    void writeUser(const User& user, const std::string& realm) {
        const auto* const digest = std::get_if<User::Digest>(&user.secret);
        const std::string kept = digest
            ? digest->hex
            : hex(tsp::digestKey(user.name, realm, std::get<User::Password>(user.secret).text));
        m_text += "username " + wordText(user.name) + " digest " + kept + ' ';
        m_text += text(user.kind);
        for (const Prefix& network : user.proxyFor)
            m_text += " proxy " + network.text();
        line("");
    }

    std::string m_text;
};

} // namespace

std::string runningConfig(const Configuration& configuration) {
    return Writer().write(configuration);
}

} // namespace viaduct::config
