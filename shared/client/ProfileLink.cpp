// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/ProfileLink.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>

namespace viaduct::client {

namespace {
constexpr std::string_view scheme = "viaduct://";
constexpr std::string_view version = "1";
constexpr std::array<std::string_view, 6> fieldNames{"v", "login", "password", "mode", "hosttype", "prefix"};

using Fields = std::map<std::string_view, std::string>;

tl::unexpected<Error> invalid(std::string sentence) {
    return failure(Error::Code::Invalid, std::move(sentence));
}

/// RFC 3986, 2.3.
bool isUnreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'
        || c == '_' || c == '~';
}

std::string encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string all;
    for (const char c : text) {
        if (isUnreserved(c)) {
            all += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        all += '%';
        all += digits[byte >> 4U];
        all += digits[byte & 15U];
    }
    return all;
}

int digitOf(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Nothing for half an escape, and for characters that must be escaped.
std::optional<std::string> decoded(std::string_view text) {
    std::string all;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (isUnreserved(text[i])) {
            all += text[i];
            continue;
        }
        const int high = text[i] == '%' && i + 2 < text.size() ? digitOf(text[i + 1]) : -1;
        const int low = high >= 0 ? digitOf(text[i + 2]) : -1;
        if (low < 0)
            return std::nullopt;
        all += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return all;
}

/// The bytes that follow the first one of a character, and the least that it may stand for; RFC 3629.
struct Sequence {
    int more = 0;
    std::uint32_t bits = 0;
    std::uint32_t least = 0;
};
std::optional<Sequence> sequenceOf(unsigned char first) {
    if (first < 0x80)
        return Sequence{0, first, 0};
    if (first >> 5U == 0x6)
        return Sequence{1, first & 0x1FU, 0x80};
    if (first >> 4U == 0xE)
        return Sequence{2, first & 0x0FU, 0x800};
    if (first >> 3U == 0x1E)
        return Sequence{3, first & 0x07U, 0x10000};
    return std::nullopt;
}

/// UTF-8 without control characters: it will stand in files and logs.
bool isCleanText(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto sequence = sequenceOf(static_cast<unsigned char>(text[i]));
        if (!sequence)
            return false;
        std::uint32_t character = sequence->bits;
        for (int k = 0; k < sequence->more; ++k) {
            if (++i >= text.size() || static_cast<unsigned char>(text[i]) >> 6U != 0x2)
                return false;
            character = character << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
        }
        const bool isSurrogate = character >= 0xD800 && character <= 0xDFFF;
        const bool isControl = character < 0x20 || (character >= 0x7F && character <= 0x9F);
        if (character < sequence->least || character > 0x10FFFF || isSurrogate || isControl)
            return false;
    }
    return true;
}

/// What a line of the client's configuration can hold, see writeConfiguration().
bool isValue(std::string_view text) {
    return text.size() <= longestProfileValue && isCleanText(text)
        && text.find(" #") == std::string_view::npos && !text.starts_with(' ') && !text.ends_with(' ');
}

std::string_view hostTypeText(HostType type) {
    return type == HostType::Router ? "router" : "host";
}

/// What the fields say together, whoever wrote them.
Result<void> check(const ProfileLink& profile) {
    const auto server = ServerName::fromText(profile.broker.text());
    if (!server || *server != profile.broker)
        return invalid(
            "The link names no broker: it must begin with viaduct://, an address or a name, and /.");
    if (profile.login.empty() || !isValue(profile.login))
        return invalid("The link has no login that can be used: ask for a new link.");
    if (!isValue(profile.password))
        return invalid("The password of the link cannot be used: ask for a new link.");
    const bool isRouter = profile.hostType == HostType::Router;
    if (isRouter ? profile.prefixLength < 1 || profile.prefixLength > 128 : profile.prefixLength != 0)
        return invalid("A link for a router has a prefix of 1 to 128 bits, one for a host has none.");
    if (isRouter && profile.mode == TunnelMode::V4v6 && profile.prefixLength > 32)
        return invalid("An IPv4 prefix has at most 32 bits: the link asks for a longer one.");
    return {};
}

Result<Fields> readFields(std::string_view query) {
    Fields fields;
    if (query.ends_with('&'))
        return invalid("The link is cut off: something follows its last &.");
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto name = std::find(fieldNames.begin(), fieldNames.end(), pair.substr(0, equals));
        if (name == fieldNames.end() || equals == pair.size())
            return invalid(
                "The link has a field that version 1 does not have: it is mistyped, or for a newer client.");
        auto value = decoded(pair.substr(equals + 1));
        if (!value)
            return invalid(
                "A field of the link is not percent-encoded as it should be: copy the link whole.");
        if (!fields.emplace(*name, std::move(*value)).second)
            return invalid("A field stands twice in the link: only one of them can be meant.");
    }
    return fields;
}

Result<void> takeHostType(const Fields& fields, ProfileLink& profile) {
    if (const auto type = fields.find("hosttype"); type != fields.end()) {
        if (type->second != "host" && type->second != "router")
            return invalid("The hosttype of the link is neither host nor router.");
        profile.hostType = type->second == "router" ? HostType::Router : HostType::Host;
    }
    if (const auto prefix = fields.find("prefix"); prefix != fields.end()) {
        const std::string& digits = prefix->second;
        const auto [end, error]
            = std::from_chars(digits.data(), digits.data() + digits.size(), profile.prefixLength);
        const bool isWhole = error == std::errc{} && end == digits.data() + digits.size();
        if (!isWhole || profile.prefixLength < 1 || digits != std::to_string(profile.prefixLength))
            return invalid("The prefix of the link is no number of bits.");
    }
    return {};
}
} // namespace

Result<std::string> writeProfileLink(const ProfileLink& profile) {
    if (auto checked = check(profile); !checked)
        return tl::unexpected(checked.error());
    // RFC 3986 wants an IPv6 address in brackets, also where no port follows.
    const bool isBare = profile.broker.port == tspPort && profile.broker.host.find(':') != std::string::npos;
    std::string link(scheme);
    link += isBare ? "[" + profile.broker.host + "]" : profile.broker.text();
    link += "/?v=" + std::string(version) + "&login=" + encoded(profile.login);
    if (!profile.password.empty())
        link += "&password=" + encoded(profile.password);
    link += "&mode=" + std::string(text(profile.mode));
    link += "&hosttype=" + std::string(hostTypeText(profile.hostType));
    if (profile.hostType == HostType::Router)
        link += "&prefix=" + std::to_string(profile.prefixLength);
    return link;
}

Result<ProfileLink> readProfileLink(std::string_view link) {
    if (link.size() > longestProfileLink)
        return invalid("The link has more than 2048 characters: it is none of a broker.");
    if (!link.starts_with(scheme))
        return invalid("This is no link of a broker: those begin with viaduct://.");
    const std::string_view rest = link.substr(scheme.size());
    const std::size_t slash = rest.find("/?");
    if (slash == std::string_view::npos)
        return invalid("The link is cut off: behind the broker's name comes /? and then the login.");
    ProfileLink profile;
    const std::string_view place = rest.substr(0, slash);
    const auto broker = ServerName::fromText(place);
    const bool hasBareV6 = broker && broker->host.find(':') != std::string::npos && !place.starts_with('[');
    if (!broker || hasBareV6)
        return invalid(
            "The link names no broker: it must begin with viaduct://, an address or a name, and /.");
    profile.broker = *broker;
    const auto fields = readFields(rest.substr(slash + 2));
    if (!fields)
        return tl::unexpected(fields.error());
    if (const auto v = fields->find("v"); v == fields->end() || v->second != version)
        return invalid("The link is not of version 1: a newer client may read it.");
    const auto valueOf = [&](std::string_view name) {
        const auto found = fields->find(name);
        return found == fields->end() ? std::string() : found->second;
    };
    profile.login = valueOf("login");
    profile.password = valueOf("password");
    if (fields->contains("mode")) {
        const std::string word = valueOf("mode");
        const auto mode = tunnelModeFromText(word);
        if (!mode || text(*mode) != word)
            return invalid("The mode of the link is none of v6anyv4, v6v4, v6udpv4 and v4v6.");
        profile.mode = *mode;
    }
    if (auto taken = takeHostType(*fields, profile); !taken)
        return tl::unexpected(taken.error());
    if (auto checked = check(profile); !checked)
        return tl::unexpected(checked.error());
    return profile;
}

ClientConfiguration configurationOf(const ProfileLink& profile, const std::string& prefixInterface) {
    ClientConfiguration configuration;
    configuration.server = profile.broker;
    configuration.user = profile.login;
    configuration.password = profile.password;
    configuration.mode = profile.mode;
    configuration.hostType = profile.hostType;
    if (profile.hostType == HostType::Router) {
        configuration.prefixLength = profile.prefixLength;
        configuration.prefixInterface = prefixInterface;
    }
    return configuration;
}

} // namespace viaduct::client
