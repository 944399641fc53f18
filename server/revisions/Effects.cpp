// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/revisions/Effects.h"

#include <map>
#include <unordered_map>

namespace viaduct::revisions {

namespace {

using config::Configuration;

/// "1 tunnel goes down.", "3 tunnels go down."
std::string counted(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

class Report {
public:
    Report(const Configuration& before, const Configuration& after) : m_before(before), m_after(after) { }

    std::vector<std::string> write(const Losses& losses) {
        if (losses.tunnels > 0)
            add(counted(losses.tunnels, "tunnel goes down.", "tunnels go down."));
        if (losses.blocks > 0)
            add(counted(
                losses.blocks, "block is taken from its holder and rests in quarantine.",
                "blocks are taken from their holders and rest in quarantine."));
        compareGlobal();
        comparePools();
        comparePorts();
        compareSections();
        compareUsers();
        if (m_sentences.empty())
            add(m_before == m_after ? "Nothing changes but how the text is written."
                                    : "Only the order changes in which things are written.");
        if (m_left > 0)
            m_sentences.back() = "And " + std::to_string(m_left + 1) + " more effects of this kind.";
        return std::move(m_sentences);
    }

private:
    void add(std::string sentence) {
        if (m_sentences.size() < mostEffects)
            m_sentences.push_back(std::move(sentence));
        else
            ++m_left;
    }

    void compareGlobal() {
        if (m_before.interfaceName != m_after.interfaceName)
            add("The TUN device " + m_before.interfaceName + " becomes " + m_after.interfaceName
                + ": that needs a restart of viaductd.");
        if (m_before.realm != m_after.realm)
            add("The realm changes from " + m_before.realm + " to " + m_after.realm
                + ": passwords that are kept as digests are of no use until they are set again.");
        if (m_before.oldClients != m_after.oldClients)
            add(m_after.oldClients ? "The hashes for old clients are kept from the next password on."
                                   : "Old clients cannot log in by DIGEST-MD5 any more.");
        if (m_before.hostname != m_after.hostname)
            add("The hostname changes to "
                + (m_after.hostname.empty() ? std::string("that of the machine.") : m_after.hostname + '.'));
    }

    static std::string cut(const config::Pool& pool) {
        return pool.prefix.text() + " in blocks of /" + std::to_string(pool.blockLength);
    }
    void comparePools() {
        for (const config::Pool& pool : m_before.pools) {
            const config::Pool* now = m_after.pool(pool.name);
            if (!now)
                add("The pool " + pool.name + " is gone: " + cut(pool) + '.');
            else if (*now != pool)
                add("The pool " + pool.name + " changes from " + cut(pool) + " to " + cut(*now) + '.');
        }
        for (const config::Pool& pool : m_after.pools) {
            if (!m_before.pool(pool.name))
                add("The pool " + pool.name + " is new: " + cut(pool) + '.');
        }
    }

    /// What listens, each with what it is for.
    static std::map<std::string, std::string> portsOf(const Configuration& configuration) {
        std::map<std::string, std::string> ports;
        const auto note = [&](const char* protocol, const IpAddress& address, std::uint16_t port,
                              const std::string& use) {
            ports[std::string(protocol) + ' ' + Endpoint{address, port}.text()] = use;
        };
        for (const config::TspServer& server : configuration.tspServers) {
            for (const IpAddress& address : server.addresses) {
                if (server.udpPort)
                    note("UDP", address, *server.udpPort, "tsp " + server.name);
                if (server.tcpPort)
                    note("TCP", address, *server.tcpPort, "tsp " + server.name);
            }
        }
        for (const config::WebServer& server : configuration.webServers) {
            for (const IpAddress& address : server.addresses)
                note("TCP", address, server.port, "web server " + server.name);
        }
        return ports;
    }
    void comparePorts() {
        const auto before = portsOf(m_before);
        const auto after = portsOf(m_after);
        for (const auto& [port, use] : before) {
            if (!after.contains(port))
                add(std::string(port).append(" is closed (").append(use).append(")."));
        }
        for (const auto& [port, use] : after) {
            if (!before.contains(port))
                add(std::string(port).append(" is opened (").append(use).append(")."));
        }
    }

    /// Sections that have a name, of one sort.
    template <typename Section, typename Name>
    void compareNamed(
        const char* sort, const std::vector<Section>& before, const std::vector<Section>& after, Name name) {
        std::map<std::string, const Section*> was;
        for (const Section& section : before)
            was.emplace(name(section), &section);
        for (const Section& section : after) {
            const auto found = was.find(name(section));
            const std::string what = std::string(sort) + ' ' + name(section);
            if (found == was.end()) {
                add(what + " is new.");
                continue;
            }
            if (!(*found->second == section))
                add(what + " changes.");
            was.erase(found);
        }
        for (const auto& [gone, section] : was)
            add(std::string(sort) + ' ' + gone + " is gone.");
    }
    template <typename Section>
    void
    compareNamed(const char* sort, const std::vector<Section>& before, const std::vector<Section>& after) {
        compareNamed(sort, before, after, [](const Section& section) { return section.name; });
    }
    template <typename Section>
    void compareSingle(
        const char* sort, const std::optional<Section>& before, const std::optional<Section>& after) {
        if (before != after)
            add(std::string(sort) + (!before ? " is new." : !after ? " is gone." : " changes."));
    }
    void compareSections() {
        compareNamed("tsp", m_before.tspServers, m_after.tspServers);
        compareNamed("tunnel server", m_before.tunnelServers, m_after.tunnelServers);
        compareNamed("tunnel broker", m_before.tunnelBrokers, m_after.tunnelBrokers);
        compareNamed("interface tunnel", m_before.staticTunnels, m_after.staticTunnels);
        compareNamed("web server", m_before.webServers, m_after.webServers);
        compareSingle("registration", m_before.registration, m_after.registration);
        compareSingle("mail server", m_before.mailServer, m_after.mailServer);
        if (m_before.radiusServers != m_after.radiusServers || m_before.radiusKind != m_after.radiusKind)
            add("The RADIUS servers, or what their users may have, change.");
        if (m_before.retention != m_after.retention)
            add("How long the history, the audit and requests are kept changes.");
    }

    /// Counted, for there may be hundreds of thousands.
    void compareUsers() {
        std::unordered_map<std::string, const config::User*> was;
        for (const config::User& user : m_before.users)
            was.emplace(user.name, &user);
        std::size_t fresh = 0;
        std::size_t changed = 0;
        for (const config::User& user : m_after.users) {
            const auto found = was.find(user.name);
            fresh += found == was.end() ? 1U : 0U;
            changed += found != was.end() && *found->second != user ? 1U : 0U;
            was.erase(user.name);
        }
        if (fresh > 0)
            add(counted(
                fresh, "account of the configuration is new.", "accounts of the configuration are new."));
        if (!was.empty())
            add(counted(
                was.size(), "account of the configuration is gone.",
                "accounts of the configuration are gone."));
        if (changed > 0)
            add(counted(
                changed, "account of the configuration changes.", "accounts of the configuration change."));
    }

    const Configuration& m_before;
    const Configuration& m_after;
    std::vector<std::string> m_sentences;
    std::size_t m_left = 0;
};

} // namespace

std::vector<std::string>
effects(const Configuration& before, const Configuration& after, const Losses& losses) {
    return Report(before, after).write(losses);
}

} // namespace viaduct::revisions
