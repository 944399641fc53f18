// SPDX-License-Identifier: GPL-3.0-or-later
// The values of the language: the text of one word -> a value, or what is wrong with it and what to write.
#pragma once

#include "server/config/Configuration.h"

#include <tl/expected.hpp>

namespace viaduct::config {

/// Two sentences of a Diagnostic that does not know its place yet.
struct Fault {
    std::string cause;
    std::string cure;
};

template <typename T>
using Read = tl::expected<T, Fault>;

enum class Family { V4, V6 };

/// The address of one host; loopback is allowed, for a broker that is only tried out.
Read<IpAddress> readAddress(std::string_view text, Family family);
/// ADDRESS/LENGTH of unicast addresses, host bits zero.
Read<Prefix> readPrefix(std::string_view text, Family family);
/// As readPrefix(), or a single address, which is the prefix of its whole length.
Read<Prefix> readNetwork(std::string_view text, Family family);
/// A whole decimal number in `least`..`most`.
Read<std::uint64_t> readNumber(std::string_view text, std::uint64_t least, std::uint64_t most);

/// As a duration is written, in the largest unit that gives a whole number: 2 hours. From 0 on.
std::string text(Seconds time);

/// The name of a pool or a section: up to 64 letters, digits and some signs, so that it needs no quotes.
Read<std::string> readName(std::string_view text);
/// An account's name: any text of up to 64 characters without ':', which separates it from the realm in
/// H(user:realm:password).
Read<std::string> readUserName(std::string_view text);
/// RFC 2831 allows more, but the deployed clients take a realm apart with simple means.
Read<std::string> readRealm(std::string_view text);
/// A host name (RFC 1123), not an address.
Read<std::string> readHostName(std::string_view text);
/// A name that Linux takes for a network interface.
Read<std::string> readInterfaceName(std::string_view text);
/// 32 hex digits; given back in lower case.
Read<std::string> readDigest(std::string_view text);

/// The absolute path of a file, spelt in one way only. No fault repeats the word: it may be a secret that
/// stands where the file of a secret belongs.
Read<std::string> readFileName(std::string_view text);
/// LOCAL@DOMAIN as people have it (RFC 5321, 4.1.2, without quoted strings and address literals), at most 254
/// bytes of ASCII. Nothing in it means anything in a header of a mail.
Read<std::string> readMailAddress(std::string_view text);
/// A domain of mail addresses, or *.DOMAIN for all domains below it; given back in lower case.
Read<std::string> readMailDomain(std::string_view text);

/// Where a service is: an address or a name, and the port if it is told.
struct ServerAddress {
    std::string host; ///< an address in canonical form, or a name
    std::optional<std::uint16_t> port;
};
Read<ServerAddress> readServerAddress(std::string_view text);

/// Where a redirect leads: an address or a name, with :port if not 3653.
struct BrokerAddress {
    std::string host; ///< an address in canonical form, or a name
    std::uint16_t port = 3653;
};
Read<BrokerAddress> readBrokerAddress(std::string_view text);

} // namespace viaduct::config
