// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Language.h"

#include "server/config/Lexer.h"
#include "server/config/Output.h"
#include "server/config/Values.h"
#include "shared/tsp/DigestMd5.h"

namespace viaduct::config {

namespace {

std::string_view stageText(Redirect::Stage stage) {
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

/// Writes what differs from the default, and the ports always, for they are what people look for.
class Writer {
public:
    std::string write(const Configuration& configuration) {
        writeGlobal(configuration);
        for (const Pool& pool : configuration.pools)
            writePool(pool);
        m_output.separate();
        for (const TspServer& server : configuration.tspServers)
            writeTspServer(server);
        for (const TunnelServer& server : configuration.tunnelServers)
            writeTunnelServer(server);
        for (const TunnelBroker& broker : configuration.tunnelBrokers)
            writeTunnelBroker(broker);
        for (const StaticTunnel& tunnel : configuration.staticTunnels)
            writeStaticTunnel(tunnel);
        writeServices(m_output, configuration);
        for (const User& user : configuration.users)
            writeUser(user, configuration.realm);
        m_output.separate();
        m_output.line("end");
        return m_output.take();
    }

private:
    void writeGlobal(const Configuration& configuration) {
        const Configuration usual;
        if (!configuration.hostname.empty())
            m_output.line("hostname", configuration.hostname);
        if (configuration.realm != usual.realm)
            m_output.line("authentication realm", configuration.realm);
        if (!configuration.oldClients)
            m_output.line("no authentication old-clients");
        if (configuration.interfaceName != usual.interfaceName)
            m_output.line("tunnel device", configuration.interfaceName);
        writeRetention(configuration.retention);
        m_output.separate();
    }

    void writeRetention(const Retention& retention) {
        const Retention usual;
        if (retention.history != usual.history)
            m_output.line("retention history", text(retention.history));
        if (retention.audit != usual.audit)
            m_output.line("retention audit", text(retention.audit));
        if (retention.requests != usual.requests)
            m_output.line("retention requests", text(retention.requests));
    }

    void writePool(const Pool& pool) {
        m_output.line(
            pool.prefix.address().isV4() ? "ip local pool" : "ipv6 local pool",
            wordText(pool.name) + ' ' + pool.prefix.text() + ' ' + std::to_string(pool.blockLength));
    }

    void writeTransport(const char* name, std::optional<std::uint16_t> port) {
        if (port)
            m_output.line(std::string(" transport ") + name, std::to_string(*port));
        else
            m_output.line(" no transport", name);
    }

    void writeTspServer(const TspServer& server) {
        const TspServer usual;
        m_output.line("tsp", wordText(server.name));
        for (const IpAddress& outer : server.addresses)
            m_output.address(outer);
        writeTransport("udp", server.udpPort);
        writeTransport("tcp", server.tcpPort);
        if (!server.plain)
            m_output.line(" no authentication plain");
        if (!server.digestMd5)
            m_output.line(" no authentication digest-md5");
        else if (server.truncatedDigest)
            m_output.line(" authentication digest-md5 truncated");
        if (server.radius)
            m_output.line(" authentication radius");
        if (server.sessionsPerAddress != usual.sessionsPerAddress)
            m_output.line(" limit sessions-per-address", std::to_string(server.sessionsPerAddress));
        if (server.redirect)
            writeRedirect(*server.redirect);
        m_output.separate();
    }

    void writeRedirect(const Redirect& redirect) {
        for (const std::string& broker : redirect.brokers)
            m_output.line(" redirect broker", broker);
        if (redirect.aboveTunnels != 0)
            m_output.line(" redirect above", std::to_string(redirect.aboveTunnels));
        if (redirect.stage != Redirect::Stage::Capability)
            m_output.line(" redirect stage", stageText(redirect.stage));
    }

    void writeTunnelServer(const TunnelServer& server) {
        m_output.line("tunnel server", wordText(server.name));
        for (const IpAddress& outer : server.addresses)
            m_output.address(outer);
        for (const std::string& pool : server.prefixPools)
            m_output.line(" ipv6 pool prefix", wordText(pool));
        if (!server.endpointPool.empty())
            m_output.line(" ipv6 pool endpoints", wordText(server.endpointPool));
        if (!server.anonymousPool.empty())
            m_output.line(" ipv6 pool anonymous", wordText(server.anonymousPool));
        if (!server.ipv4EndpointPool.empty())
            m_output.line(" ip pool endpoints", wordText(server.ipv4EndpointPool));
        writeTimes(server);
        if (server.mtu != TunnelServer().mtu)
            m_output.line(" mtu", std::to_string(server.mtu));
        for (const IpAddress& resolver : server.resolvers)
            m_output.line(" ipv6 resolver", resolver.text());
        if (server.preferUdp)
            m_output.line(" prefer udp");
        if (server.trustSource)
            m_output.line(" trust source");
        m_output.separate();
    }

    void writeTimes(const TunnelServer& server) {
        const TunnelServer usual;
        if (server.lifetime != usual.lifetime)
            m_output.line(" lifetime", text(server.lifetime));
        if (server.keepaliveMinimum != usual.keepaliveMinimum
            || server.keepaliveMaximum != usual.keepaliveMaximum
            || server.keepaliveDefault != usual.keepaliveDefault)
            m_output.line(
                " keepalive",
                std::to_string(server.keepaliveMinimum.count()) + ' '
                    + std::to_string(server.keepaliveMaximum.count()) + ' '
                    + std::to_string(server.keepaliveDefault.count()));
        if (server.anonymousPerAddress != usual.anonymousPerAddress)
            m_output.line(" limit anonymous-per-address", std::to_string(server.anonymousPerAddress));
        if (server.idleTimeout != usual.idleTimeout)
            m_output.line(" idle-timeout", text(server.idleTimeout));
        if (server.quarantine != usual.quarantine)
            m_output.line(" quarantine", text(server.quarantine));
    }

    void writeTunnelBroker(const TunnelBroker& broker) {
        m_output.line("tunnel broker", wordText(broker.name));
        for (const std::string& server : broker.tspServers)
            m_output.line(" set tsp", wordText(server));
        m_output.line(" set tunnel server", wordText(broker.tunnelServer));
        m_output.separate();
    }

    void writeBlock(
        const std::variant<std::monostate, Prefix, std::string>& block, const char* given, const char* pool) {
        if (const auto* const prefix = std::get_if<Prefix>(&block))
            m_output.line(given, prefix->text());
        else if (const auto* const name = std::get_if<std::string>(&block))
            m_output.line(pool, wordText(*name));
    }

    void writeStaticTunnel(const StaticTunnel& tunnel) {
        m_output.line("interface tunnel", wordText(tunnel.name));
        if (!tunnel.description.empty())
            m_output.line(" description", restText(tunnel.description));
        m_output.line(" tunnel source", tunnel.source.text());
        m_output.line(" tunnel destination", tunnel.destination.text());
        writeBlock(tunnel.endpoints, " ipv6 address", " ipv6 pool endpoints");
        writeBlock(tunnel.prefix, " ipv6 prefix", " ipv6 pool prefix");
        if (tunnel.shutdown)
            m_output.line(" shutdown");
        m_output.separate();
    }

    void writeUser(const User& user, const std::string& realm) {
        const auto* const digest = std::get_if<User::Digest>(&user.secret);
        const std::string kept
            = digest ? digest->hex : digestText(user.name, realm, std::get<User::Password>(user.secret).text);
        std::string words = wordText(user.name) + " digest " + kept + ' ' + std::string(text(user.kind));
        for (const Prefix& network : user.proxyFor)
            words += " proxy " + network.text();
        m_output.line("username", words);
    }

    Output m_output;
};

} // namespace

std::string digestText(const std::string& user, const std::string& realm, const std::string& password) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string result;
    for (const std::uint8_t byte : tsp::digestKey(user, realm, password)) {
        result += digits[byte >> 4U];
        result += digits[byte & 0xFU];
    }
    return result;
}

std::string runningConfig(const Configuration& configuration) {
    return Writer().write(configuration);
}

} // namespace viaduct::config
