// SPDX-License-Identifier: GPL-3.0-or-later
// The words of TSP (RFC 5572) as values: what both sides say to each other once framing, XML and SASL are
// peeled off.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/net/Prefix.h"
#include "shared/net/TunnelMode.h"

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace viaduct::tsp {

/// RFC 5572, section 5, and the codes that deployed servers added.
enum class Status {
    Success = 200,
    AuthenticationFailed = 300,
    NoMoreTunnels = 301,
    UnsupportedVersion = 302,
    UnsupportedTunnelType = 303,
    ServerError = 310,
    BadRequest = 500,
    BadIpv4Address = 501,
    BadIpv6Address = 502,
    AddressInUse = 506,
    PrefixUnavailable = 507,
    DnsDelegation = 509, ///< not in the RFC
    UnsupportedPrefixLength = 518, ///< not in the RFC
    MissingPrefixLength = 520, ///< not in the RFC
    RequestInProgress = 521,
    AnonymousPrefix = 522, ///< not in the RFC
    ServerBusy = 530,
    Redirection = 1200 ///< any code above 1000 is a redirect to the brokers that follow it
};

/// The text sent behind the code, for example "Authentication failed". Clients read the number only.
std::string_view reason(Status status);

/// VERSION=major.minor.patch
struct Version {
    int major = 2;
    int minor = 0;
    int patch = 1;
    // clang-tidy 14 takes the 0 that a rewritten comparison holds for a pointer.
    friend auto operator<=>(const Version&, const Version&) = default; // NOLINT(modernize-use-nullptr)
};

/// What a client asks of its router role: a delegated prefix and, for its reverse zone, its name servers.
struct RouterRequest {
    std::optional<int> prefixLength;
    std::vector<std::string> dnsServers; ///< names or addresses, as sent
    friend bool operator==(const RouterRequest&, const RouterRequest&) = default;
};

/// <tunnel action="create">
struct TunnelRequest {
    TunnelMode mode = TunnelMode::V6anyv4;
    bool proxy = false; ///< set up for another box, whose outer address is `clientOuter`
    IpAddress clientOuter; ///< what the client believes its own address to be; stale or private behind a NAT
    std::optional<int> keepaliveInterval; ///< seconds; absent when the client wants none
    std::optional<RouterRequest> router;
    friend bool operator==(const TunnelRequest&, const TunnelRequest&) = default;
};

struct Delegation {
    Prefix prefix;
    std::vector<std::string> dnsServers; ///< those accepted, repeated to the client
    friend bool operator==(const Delegation&, const Delegation&) = default;
};

/// <tunnel action="info">: what the broker gives.
struct TunnelInfo {
    TunnelMode mode = TunnelMode::V6v4; ///< never V6anyv4
    std::chrono::seconds lifetime{604800};
    IpAddress serverOuter;
    IpAddress serverInner;
    IpAddress clientOuter; ///< as the client sent it, even behind a NAT
    IpAddress clientInner;
    std::string clientName; ///< domain name of the client's inner address; may be empty
    std::vector<IpAddress> resolvers; ///< sent to clients of VERSION 2.0.2 and later, which need at least one
    std::optional<Delegation> delegation;
    std::chrono::seconds keepaliveInterval{0}; ///< 0: none; otherwise the client pings `serverInner`
    friend bool operator==(const TunnelInfo&, const TunnelInfo&) = default;
};

/// Anything but success. `brokers` is used when the status is a redirect: addresses or names, with :port if
/// not 3653.
struct Refusal {
    Status status = Status::ServerError;
    std::vector<std::string> brokers;
    friend bool operator==(const Refusal&, const Refusal&) = default;
};

/// What a client proves itself with (SASL). PASSDSS-3DES-1, which some clients know too, is old crypto and
/// not offered.
enum class Mechanism { Anonymous, Plain, DigestMd5 };
struct AnonymousLogin {
    friend bool operator==(const AnonymousLogin&, const AnonymousLogin&) = default;
};
struct PlainLogin {
    std::string user;
    std::string password;
    friend bool operator==(const PlainLogin&, const PlainLogin&) = default;
};
/// The fields of an RFC 2831 digest-response, unquoted.
struct DigestLogin {
    std::string user;
    std::string realm;
    std::string nonce;
    std::string cnonce;
    std::string nonceCount;
    std::string digestUri;
    std::string qop;
    std::string response; ///< 32 lower-case hex digits
    bool truncatedHash
        = false; ///< VERSION <= 2.0.0: the client may have cut its hash at a NUL byte (see DigestMd5.h)
    friend bool operator==(const DigestLogin&, const DigestLogin&) = default;
};
using Credentials = std::variant<AnonymousLogin, PlainLogin, DigestLogin>;

/// What the broker found of the credentials.
struct Granted {
    std::string responseAuth; ///< DIGEST-MD5 only: the rspauth value, 32 hex digits
    friend bool operator==(const Granted&, const Granted&) = default;
};
using LoginAnswer = std::variant<Granted, Refusal>;
using TunnelAnswer = std::variant<TunnelInfo, Refusal>;

} // namespace viaduct::tsp
