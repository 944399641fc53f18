// SPDX-License-Identifier: GPL-3.0-or-later
// The broker's configuration as a plain value. Text becomes this by parse() (Language.h), and this becomes
// text again. A Configuration that parse() gave is consistent: every name it uses is defined, every number is
// in its range.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/net/Prefix.h"
#include "shared/net/TunnelMode.h"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace viaduct::config {

using Seconds = std::chrono::seconds;

/// `ipv6 local pool NAME PREFIX LENGTH`: blocks of LENGTH bits out of PREFIX. (`ip local pool` for the IPv4
/// of v4v6.)
struct Pool {
    std::string name;
    Prefix prefix;
    int blockLength = 48;
    friend bool operator==(const Pool&, const Pool&) = default;
};

/// What a kind of user may have: a single address, a /64, a /48.
enum class AccountKind { Host, Soho, Site };
/// As the language spells it: host, soho, site.
std::string_view text(AccountKind kind);
/// The inverse of text().
std::optional<AccountKind> accountKind(std::string_view text);

/// `username NAME secret PASSWORD [host|soho|site]`.
struct User {
    std::string name;
    /// The password as written, or (running-config form) the H(user:realm:password) that is kept of it, 32
    /// hex digits.
    struct Password {
        std::string text;
        friend bool operator==(const Password&, const Password&) = default;
    };
    struct Digest {
        std::string hex;
        friend bool operator==(const Digest&, const Digest&) = default;
    };
    std::variant<Password, Digest> secret;
    AccountKind kind = AccountKind::Host;
    /// Where the boxes are for which it may set tunnels up (proxy="yes"); IPv4.
    std::vector<Prefix> proxyFor;
    friend bool operator==(const User&, const User&) = default;
};

/// `redirect` lines of a tsp section.
struct Redirect {
    enum class Stage { Capability, Authentication, Create };
    std::vector<std::string> brokers; ///< addresses or names, with :port if not 3653
    std::size_t aboveTunnels = 0; ///< only when so many tunnels are up; 0: always
    Stage stage = Stage::Capability;
    friend bool operator==(const Redirect&, const Redirect&) = default;
};

/// `tsp NAME`: where and how clients talk to the broker.
struct TspServer {
    std::string name;
    std::vector<IpAddress> addresses;
    std::optional<std::uint16_t> udpPort = 3653;
    std::optional<std::uint16_t> tcpPort = 3653;
    bool plain = true;
    bool digestMd5 = true;
    bool truncatedDigest = false; ///< accept the hash bug of clients of VERSION <= 2.0.0
    bool radius = false; ///< a PLAIN login that no account here has is asked of the RADIUS servers
    std::size_t sessionsPerAddress = 64; ///< dialogues at a time from one IPv4 address or IPv6 /64
    std::optional<Redirect> redirect;
    friend bool operator==(const TspServer&, const TspServer&) = default;
};

/// `tunnel server NAME`: where tunnels end and what is given out.
struct TunnelServer {
    std::string name;
    std::vector<IpAddress> addresses; ///< outer; an IPv6 one is for v4v6
    std::vector<std::string> prefixPools; ///< delegated prefixes; no two with the same block length
    std::string endpointPool; ///< pairs of inner addresses
    std::string anonymousPool; ///< pairs for ANONYMOUS; empty: no anonymous login
    std::string ipv4EndpointPool; ///< pairs for v4v6; empty: mode not offered
    Seconds lifetime{604800}; ///< told to the client
    Seconds keepaliveMinimum{5};
    Seconds keepaliveMaximum{300};
    Seconds keepaliveDefault{30}; ///< for a client that names none; 0: no keepalive then
    Seconds idleTimeout{7200}; ///< silence after which sending stops; the reservation stays
    Seconds quarantine{86400}; ///< before a released block may go to somebody else
    /// What the data plane's buffers take: jumbo frames.
    static constexpr int largestMtu = 9000;
    int mtu = 1280; ///< of the inner packets, up to largestMtu
    std::size_t anonymousPerAddress = 8; ///< anonymous tunnels at a time of one IPv4 address or IPv6 /64
    std::vector<IpAddress> resolvers; ///< told to the client
    bool preferUdp = false; ///< v6anyv4 becomes v6udpv4 also without NAT
    bool trustSource = false; ///< v6v4: take the address seen instead of refusing a stale claimed one
    friend bool operator==(const TunnelServer&, const TunnelServer&) = default;
};

/// `tunnel broker NAME`: which TSP servers speak for which tunnel server.
struct TunnelBroker {
    std::string name;
    std::vector<std::string> tspServers;
    std::string tunnelServer;
    friend bool operator==(const TunnelBroker&, const TunnelBroker&) = default;
};

/// `interface tunnel NAME`: a v6v4 tunnel to a router that speaks no TSP.
struct StaticTunnel {
    std::string name;
    std::string description;
    IpAddress source; ///< outer address here; must be that of a tunnel server
    IpAddress destination; ///< outer address there
    /// The inner pair and the delegated prefix: given, or by the name of a pool to take it from, or none.
    /// A given pair is a /127 (even address: here); none means one from the endpoint pool of the tunnel
    /// server at `source`.
    std::variant<std::monostate, Prefix, std::string> endpoints;
    std::variant<std::monostate, Prefix, std::string> prefix;
    bool shutdown = false;
    friend bool operator==(const StaticTunnel&, const StaticTunnel&) = default;
};

/// `web server NAME`: where the registration pages or the API are, by HTTPS.
struct WebServer {
    std::string name;
    std::vector<IpAddress> addresses;
    std::uint16_t port = 443;
    struct Certificate {
        std::string file; ///< absolute path: PEM, the certificate first, then those that sign it
        std::string keyFile; ///< absolute path: PEM
        friend bool operator==(const Certificate&, const Certificate&) = default;
    };
    std::optional<Certificate> certificate; ///< none: one that signs itself, made at the first start
    std::string serverName; ///< the host of links to here; empty: the broker's hostname or the address
    bool servesRegistration = false;
    bool servesApi = false;
    std::size_t connections = 1024; ///< at a time, all together
    std::size_t connectionsPerAddress = 64; ///< at a time, from one IPv4 address or IPv6 /64
    friend bool operator==(const WebServer&, const WebServer&) = default;
};

/// `registration`: who may ask for an account on the web pages, and what then happens.
struct Registration {
    std::string organisation; ///< who gives the accounts
    std::string contact; ///< mail address for questions
    std::string charterFile; ///< absolute path: Markdown, shown for consent; empty: no consent is asked
    std::vector<AccountKind> offers; ///< in the order of AccountKind; empty: every kind that pools serve
    /// Where a requester's mail address must be, see MailDomain.h; empty: anywhere.
    std::vector<std::string> mailDomains;
    /// For which of them nobody need approve; then requireMailVerification is set, and each lies within
    /// mailDomains.
    std::vector<std::string> automaticDomains;
    bool requireMailVerification = false; ///< then there is a mail server
    int poolUsePercent = 80; ///< 0..100; nothing is approved automatically out of a pool fuller than that
    /// How long an account is proposed to be valid; none: without end.
    std::optional<Seconds> accountLifetime = Seconds{365 * 86400};
    std::size_t requestsPerAddress = 10; ///< a day, from one IPv4 address or IPv6 /64
    int proofOfWorkBits = 16; ///< leading zero bits of the hash that a browser must find; 0: none, ..24
    friend bool operator==(const Registration&, const Registration&) = default;
};

/// `mail server HOST`: by which the broker sends mail.
struct MailServer {
    enum class Encryption { StartTls, Tls, None };
    std::string host; ///< an address or a name
    std::uint16_t port = 587;
    Encryption encryption = Encryption::StartTls;
    std::string from; ///< mail address
    struct Login {
        std::string user;
        std::string passwordFile; ///< absolute path; the password is its first line
        friend bool operator==(const Login&, const Login&) = default;
    };
    std::optional<Login> login;
    friend bool operator==(const MailServer&, const MailServer&) = default;
};

/// That at which mail servers listen for this encryption: 587, 465, 25.
std::uint16_t usualPort(MailServer::Encryption encryption);

/// `radius server HOST`: asked in the order of the text until one answers.
struct RadiusServer {
    std::string host; ///< an address or a name
    std::uint16_t port = 1812;
    std::string secretFile; ///< absolute path; the shared secret is its first line
    Seconds timeout{3}; ///< for each try
    int retries = 2; ///< after the first try
    friend bool operator==(const RadiusServer&, const RadiusServer&) = default;
};

/// `retention`: how long is kept what tells of people.
struct Retention {
    /// Who held which block, after it was given back; of an erased account, its pseudonym.
    Seconds history{365 * 86400};
    Seconds audit{3 * 365 * 86400}; ///< who changed what
    Seconds requests{90 * 86400}; ///< what was written in requests that were refused or given up
    friend bool operator==(const Retention&, const Retention&) = default;
};

struct Configuration {
    std::string hostname; ///< empty: the machine's
    std::string realm = "viaduct"; ///< `authentication realm`; changing it makes the stored hashes useless
    /// Keep H(user:realm:password) of each account, which DIGEST-MD5 needs; without it no TSP server has
    /// digestMd5.
    bool oldClients = true;
    std::string interfaceName = "viaduct0"; ///< the TUN device
    std::vector<Pool> pools;
    std::vector<TspServer> tspServers;
    std::vector<TunnelServer> tunnelServers;
    std::vector<TunnelBroker> tunnelBrokers;
    std::vector<StaticTunnel> staticTunnels;
    std::vector<User> users;
    std::vector<WebServer> webServers;
    std::optional<Registration> registration; ///< then a web server serves it
    std::optional<MailServer> mailServer;
    std::vector<RadiusServer> radiusServers;
    AccountKind radiusKind = AccountKind::Host; ///< of who is known to the RADIUS servers alone
    Retention retention;
    friend bool operator==(const Configuration&, const Configuration&) = default;

    /// By name; null when there is none.
    const Pool* pool(std::string_view name) const;
    const TspServer* tspServer(std::string_view name) const;
    const TunnelServer* tunnelServer(std::string_view name) const;
    /// The one that has this outer address, the first if several share it; null when none has.
    const TunnelServer* tunnelServerAt(const IpAddress& outer) const;
    /// What static tunnels are given by hand outside of every pool.
    std::vector<Prefix> rangesOutsidePools() const;
    /// From which an account of this kind gets what it may have: pairs of end points, /64s or /48s, of the
    /// tunnel servers that a tunnel broker names.
    std::vector<const Pool*> poolsFor(AccountKind kind) const;
    /// What the registration offers, whether said or implied; none without a registration.
    std::vector<AccountKind> offeredKinds() const;
};

} // namespace viaduct::config
