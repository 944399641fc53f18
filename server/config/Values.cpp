// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Values.h"

#include "server/config/Keywords.h"
#include "server/config/Lexer.h"

#include <algorithm>
#include <charconv>

namespace viaduct::config {

namespace {

constexpr std::size_t longestName = 64; // characters
constexpr std::size_t longestInterfaceName = 15; // IFNAMSIZ - 1 of <net/if.h>
constexpr std::size_t longestHostName = 253; // RFC 1035, 2.3.4, as text
constexpr std::size_t longestLabel = 63; // RFC 1035, 2.3.4
constexpr std::size_t longestFileName = 400; // bytes; a line holds two of them in quotes
constexpr std::size_t longestMailAddress = 254; // bytes; RFC 5321, 4.5.3.1.3 without the brackets
constexpr std::size_t longestLocalPart = 64; // bytes; RFC 5321, 4.5.3.1.1

tl::unexpected<Fault> fault(std::string cause, std::string cure) {
    return tl::unexpected(Fault{std::move(cause), std::move(cure)});
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isAlphanumeric(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isOneOf(char c, std::string_view signs) {
    return signs.find(c) != std::string_view::npos;
}

bool isAlphanumericOr(std::string_view text, std::string_view signs) {
    return std::all_of(
        text.begin(), text.end(), [signs](char c) { return isAlphanumeric(c) || isOneOf(c, signs); });
}

std::string familyText(Family family) {
    return family == Family::V4 ? "IPv4" : "IPv6";
}

std::string addressExample(Family family) {
    return family == Family::V4 ? "192.0.2.1" : "2001:db8::1";
}

bool isOfFamily(const IpAddress& address, Family family) {
    return address.isV4() == (family == Family::V4);
}

std::optional<std::uint64_t> decimal(std::string_view text) {
    std::uint64_t value = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (error != std::errc{} || end != last)
        return std::nullopt;
    return value;
}

/// Why the text is no Prefix, asked when Prefix::fromText() has refused it.
Fault prefixFault(std::string_view text, Family family) {
    const int width = family == Family::V4 ? 32 : 128;
    const std::string example = family == Family::V4 ? "198.51.100.0/24" : "2001:db8::/41";
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos)
        return {quote(text) + " has no length.", "Write a prefix such as " + example + '.'};
    const auto address = IpAddress::fromText(text.substr(0, slash));
    if (!address || !isOfFamily(*address, family))
        return {
            quote(text) + " does not begin with an " + familyText(family) + " address.",
            "Write a prefix such as " + example + '.'};
    const auto length = decimal(text.substr(slash + 1));
    if (!length || *length > static_cast<std::uint64_t>(width))
        return {
            quote(text.substr(slash + 1)) + " is no length of an " + familyText(family) + " prefix.",
            "Write a number from 0 to " + std::to_string(width) + " behind the slash."};
    return {
        quote(text) + " has bits set behind its length.",
        "Write " + Prefix(*address, static_cast<int>(*length)).text() + '.'};
}

bool isLabel(std::string_view label) {
    return !label.empty() && label.size() <= longestLabel && label.front() != '-' && label.back() != '-'
        && isAlphanumericOr(label, "-");
}

bool isHostName(std::string_view text) {
    if (text.empty() || text.size() > longestHostName)
        return false;
    std::string_view rest = text;
    while (true) {
        const std::size_t dot = rest.find('.');
        if (!isLabel(rest.substr(0, dot)))
            return false;
        if (dot == std::string_view::npos)
            // A name that ends in a number is meant as an address (RFC 3696, 2).
            return !std::all_of(rest.begin(), rest.end(), isDigit);
        rest.remove_prefix(dot + 1);
    }
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// What stands before the @: a dot-string of RFC 5321, 4.1.2.
bool isLocalPart(std::string_view text) {
    return !text.empty() && text.size() <= longestLocalPart && text.front() != '.' && text.back() != '.'
        && text.find("..") == std::string_view::npos && isAlphanumericOr(text, "!#$%&'*+-/=?^_`{|}~.");
}

/// Absolute, and no part of it is empty or a dot or two: a file has one such name in its folder.
bool isPlainPath(std::string_view path) {
    if (path.empty())
        return false;
    while (!path.empty()) {
        if (path.front() != '/')
            return false;
        path.remove_prefix(1);
        const std::string_view part = path.substr(0, path.find('/'));
        if (part.empty() || part == "." || part == "..")
            return false;
        path.remove_prefix(part.size());
    }
    return true;
}

std::optional<ServerAddress> serverAddress(std::string_view text) {
    if (const auto endpoint = Endpoint::fromText(text))
        return ServerAddress{endpoint->address.text(), endpoint->port};
    if (const auto address = IpAddress::fromText(text))
        return ServerAddress{address->text(), std::nullopt};
    const std::size_t colon = text.find(':');
    if (!isHostName(text.substr(0, colon)))
        return std::nullopt;
    ServerAddress found{std::string(text.substr(0, colon)), std::nullopt};
    if (colon == std::string_view::npos)
        return found;
    const auto port = decimal(text.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535)
        return std::nullopt;
    found.port = static_cast<std::uint16_t>(*port);
    return found;
}

} // namespace

Read<IpAddress> readAddress(std::string_view text, Family family) {
    const auto address = IpAddress::fromText(text);
    if (!address || !isOfFamily(*address, family))
        return fault(
            quote(text) + " is no " + familyText(family) + " address.",
            "Write an address such as " + addressExample(family) + '.');
    if (!address->isUnicast() && !address->isLoopback())
        return fault(
            quote(text) + " is not the address of one host.",
            "Write an address that an interface has, such as " + addressExample(family) + '.');
    return *address;
}

Read<Prefix> readPrefix(std::string_view text, Family family) {
    const auto prefix = Prefix::fromText(text);
    if (!prefix || !isOfFamily(prefix->address(), family))
        return tl::unexpected(prefixFault(text, family));
    if (!prefix->address().isUnicast())
        return fault(
            prefix->text() + " holds no addresses that hosts may have.",
            "Write a prefix of global or private unicast addresses.");
    return *prefix;
}

Read<Prefix> readNetwork(std::string_view text, Family family) {
    if (text.find('/') != std::string_view::npos)
        return readPrefix(text, family);
    const auto address = readAddress(text, family);
    if (!address)
        return tl::unexpected(address.error());
    return Prefix(*address, family == Family::V4 ? 32 : 128);
}

Read<std::uint64_t> readNumber(std::string_view text, std::uint64_t least, std::uint64_t most) {
    const auto value = decimal(text);
    const std::string range = std::to_string(least) + " to " + std::to_string(most) + '.';
    if (!value && !(!text.empty() && std::all_of(text.begin(), text.end(), isDigit)))
        return fault(quote(text) + " is no number.", "Write a whole number from " + range);
    if (!value || *value < least || *value > most)
        return fault(quote(text) + " is out of range.", "Write a number from " + range);
    return *value;
}

std::string text(Seconds time) {
    constexpr std::pair<std::int64_t, const char*> units[]
        = {{86400, " day"}, {3600, " hour"}, {60, " minute"}, {1, " second"}};
    for (const auto& [seconds, name] : units) {
        const std::int64_t count = time.count() / seconds;
        if (count > 0 && time.count() % seconds == 0)
            return std::to_string(count) + name + (count == 1 ? "" : "s");
    }
    return "0 seconds";
}

Read<std::string> readName(std::string_view text) {
    const bool good = std::all_of(text.begin(), text.end(), [](char c) {
        return isAlphanumeric(c) || isOneOf(c, "_-.:/@+") || (static_cast<unsigned char>(c) & 0x80U) != 0;
    });
    if (text.empty() || !good || characters(text) > longestName)
        return fault(
            quote(text) + " cannot be a name.",
            "Write up to 64 letters, digits and signs out of _ - . : / @ + without blanks.");
    return std::string(text);
}

Read<std::string> readUserName(std::string_view text) {
    if (text.empty() || isOneOf(':', text) || characters(text) > longestName)
        return fault(
            quote(text) + " cannot be the name of an account.",
            "Write 1 to 64 characters, none of them a colon.");
    return std::string(text);
}

Read<std::string> readRealm(std::string_view text) {
    if (text.empty() || text.size() > longestName || !isAlphanumericOr(text, "_-.@"))
        return fault(
            quote(text) + " cannot be a realm.",
            "Write up to 64 ASCII letters, digits and signs out of _ - . @.");
    return std::string(text);
}

Read<std::string> readHostName(std::string_view text) {
    if (!isHostName(text))
        return fault(
            quote(text) + " is no host name.",
            "Write letters, digits and hyphens with dots between them, such as broker.example.net.");
    return std::string(text);
}

Read<std::string> readInterfaceName(std::string_view text) {
    const bool dots = text == "." || text == "..";
    if (text.empty() || dots || text.size() > longestInterfaceName || !isAlphanumericOr(text, "_-."))
        return fault(
            quote(text) + " cannot be the name of a network interface.",
            "Write up to 15 ASCII letters, digits and signs out of _ - . such as viaduct0.");
    return std::string(text);
}

Read<std::string> readDigest(std::string_view text) {
    std::string digest(text);
    std::transform(digest.begin(), digest.end(), digest.begin(), lower);
    if (digest.size() != 32 || digest.find_first_not_of("0123456789abcdef") != std::string::npos)
        return fault(
            "This is not the digest of a password.",
            "Write 32 hexadecimal digits, or the password itself behind 'secret'.");
    return digest;
}

Read<std::string> readFileName(std::string_view text) {
    if (text.size() > longestFileName || !isPlainPath(text))
        return fault(
            "This is not the path of a file.",
            "Write a path that begins with '/', without '//', '.' and '..', such as /etc/viaduct/FILE.");
    return std::string(text);
}

Read<std::string> readMailAddress(std::string_view text) {
    const std::size_t at = text.find('@');
    const bool good = text.size() <= longestMailAddress && at != std::string_view::npos
        && isLocalPart(text.substr(0, at)) && isHostName(text.substr(at + 1));
    if (!good)
        return fault(quote(text) + " is no mail address.", "Write an address such as broker@example.net.");
    return std::string(text);
}

Read<std::string> readMailDomain(std::string_view text) {
    const std::string_view name = text.substr(text.substr(0, 2) == "*." ? 2 : 0);
    if (!isHostName(name))
        return fault(
            quote(text) + " is no domain of mail addresses.",
            "Write what stands behind the @, such as example.net, or *.example.net for all domains below "
            "it.");
    std::string domain(text);
    std::transform(domain.begin(), domain.end(), domain.begin(), lower);
    return domain;
}

Read<ServerAddress> readServerAddress(std::string_view text) {
    const auto address = serverAddress(text);
    if (!address)
        return fault(
            quote(text) + " is no address of a server.",
            "Write an address or a name, and a port if need be: 192.0.2.25, [2001:db8::25]:2525 or "
            "mail.example.net.");
    return *address;
}

Read<BrokerAddress> readBrokerAddress(std::string_view text) {
    const auto address = serverAddress(text);
    if (!address)
        return fault(
            quote(text) + " is no address of a broker.",
            "Write an address or a name, with a port if it is not 3653: 192.0.2.1, [2001:db8::1]:3653 or "
            "broker.example.net.");
    return BrokerAddress{address->host, address->port.value_or(3653)};
}

} // namespace viaduct::config
