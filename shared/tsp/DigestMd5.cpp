// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/DigestMd5.h"

#include <QCryptographicHash>

#include <algorithm>
#include <initializer_list>

namespace viaduct::tsp {

namespace {
constexpr std::size_t responseDigits = 32;
constexpr std::size_t nonceCountDigits = 8;

struct Directive {
    std::string name;
    std::string value;
};

std::string_view bytesOf(const DigestKey& key) {
    return {reinterpret_cast<const char*>(key.data()), key.size()};
}

DigestKey md5(std::initializer_list<std::string_view> parts) {
    QCryptographicHash hash(QCryptographicHash::Md5);
    for (const std::string_view part : parts)
        hash.addData(QByteArrayView(part.data(), static_cast<qsizetype>(part.size())));
    const QByteArray result = hash.result();
    DigestKey key{};
    std::copy(result.begin(), result.end(), key.begin());
    return key;
}

std::string hex(const DigestKey& key) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * key.size());
    for (const std::uint8_t byte : key) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

/// What stands for A1 in a client that handles its hash as a C string: only the bytes before the first NUL.
std::optional<std::string_view> truncated(const DigestKey& key) {
    const std::size_t end = bytesOf(key).find('\0');
    if (end == 0 || end == std::string_view::npos)
        return std::nullopt;
    return bytesOf(key).substr(0, end);
}

DigestKey sessionHash(const DigestLogin& login, const DigestKey& key) {
    return md5({bytesOf(key), ":", login.nonce, ":", login.cnonce});
}

/// RFC 2831, 2.1.2.1. `verb` is AUTHENTICATE for the client's proof and empty for the server's (2.1.3).
std::string proof(const DigestLogin& login, const DigestKey& a1Hash, std::string_view verb) {
    const std::string a1 = hex(a1Hash);
    const std::string a2 = hex(md5({verb, ":", login.digestUri}));
    return hex(
        md5({a1, ":", login.nonce, ":", login.nonceCount, ":", login.cnonce, ":", login.qop, ":", a2}));
}

constexpr std::string_view clientVerb = "AUTHENTICATE";
constexpr std::string_view serverVerb;

bool equalInConstantTime(std::string_view a, std::string_view b) {
    if (a.size() != b.size())
        return false;
    int difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= a[i] ^ b[i];
    return difference == 0;
}

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += '\\';
        result += c;
    }
    return result += '"';
}

bool isHex(std::string_view text, std::size_t digits) {
    return text.size() == digits
        && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string lowerCase(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

void skipSpace(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// Takes the rest of a quoted string whose opening quote is gone.
std::optional<std::string> takeQuoted(std::string_view& text) {
    std::string value;
    while (!text.empty()) {
        char c = text.front();
        text.remove_prefix(1);
        if (c == '"')
            return value;
        if (c == '\\') {
            if (text.empty())
                return std::nullopt;
            c = text.front();
            text.remove_prefix(1);
        }
        value += c;
    }
    return std::nullopt;
}

std::optional<Directive> takeDirective(std::string_view& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0)
        return std::nullopt;
    Directive directive{lowerCase(text.substr(0, equals)), {}};
    text.remove_prefix(equals + 1);
    if (!text.empty() && text.front() == '"') {
        text.remove_prefix(1);
        auto value = takeQuoted(text);
        if (!value)
            return std::nullopt;
        directive.value = std::move(*value);
    } else {
        const std::size_t end = std::min(text.find_first_of(", \t\r\n"), text.size());
        directive.value = text.substr(0, end);
        text.remove_prefix(end);
    }
    return directive;
}

/// NAME=VALUE, comma, and so on; white space only around the commas. Empty when it is something else.
std::vector<Directive> directives(std::string_view text) {
    std::vector<Directive> result;
    skipSpace(text);
    while (!text.empty()) {
        auto directive = takeDirective(text);
        if (!directive)
            return {};
        result.push_back(std::move(*directive));
        skipSpace(text);
        if (!text.empty() && text.front() != ',')
            return {};
        while (!text.empty() && text.front() == ',') {
            text.remove_prefix(1);
            skipSpace(text);
        }
    }
    return result;
}

/// Control characters have no place in a name and would travel on into logs.
bool isPlainText(std::string_view text) {
    return std::all_of(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

/// The first directive of that name; RFC 2831 allows only `realm` more than once.
std::optional<std::string> find(const std::vector<Directive>& list, std::string_view name) {
    for (const Directive& directive : list) {
        if (directive.name == name && isPlainText(directive.value))
            return directive.value;
    }
    return std::nullopt;
}
} // namespace

DigestKey digestKey(std::string_view user, std::string_view realm, std::string_view password) {
    return md5({user, ":", realm, ":", password});
}

std::string digestChallenge(std::string_view realm, std::string_view nonce) {
    return "realm=" + quoted(realm) + ",nonce=" + quoted(nonce)
        + ",qop=\"auth\",algorithm=md5-sess,charset=utf8";
}

std::optional<DigestChallenge> parseDigestChallenge(std::string_view text) {
    const auto list = directives(text);
    auto realm = find(list, "realm");
    auto nonce = find(list, "nonce");
    // RFC 2831, 2.1.1: a qop that is not given is "auth"; the algorithm has to be given.
    std::string offered = "," + find(list, "qop").value_or("auth") + ",";
    std::erase(offered, ' ');
    if (!realm || !nonce || nonce->empty() || find(list, "algorithm") != "md5-sess"
        || offered.find(",auth,") == std::string::npos)
        return std::nullopt;
    return DigestChallenge{std::move(*realm), std::move(*nonce)};
}

std::optional<DigestLogin> parseDigestResponse(std::string_view text) {
    const auto list = directives(text);
    auto user = find(list, "username");
    auto nonce = find(list, "nonce");
    auto cnonce = find(list, "cnonce");
    auto nonceCount = find(list, "nc");
    auto digestUri = find(list, "digest-uri");
    const auto response = find(list, "response");
    if (!user || user->empty() || !nonce || !cnonce || !nonceCount || !digestUri || !response)
        return std::nullopt;
    if (!isHex(*response, responseDigits) || !isHex(*nonceCount, nonceCountDigits))
        return std::nullopt;
    DigestLogin login;
    login.user = std::move(*user);
    login.realm = find(list, "realm").value_or("");
    login.nonce = std::move(*nonce);
    login.cnonce = std::move(*cnonce);
    login.nonceCount = std::move(*nonceCount);
    login.digestUri = std::move(*digestUri);
    login.qop = find(list, "qop").value_or("auth");
    login.response = lowerCase(*response);
    return login;
}

std::string digestResponse(const DigestLogin& login) {
    return "charset=utf8,username=" + quoted(login.user) + ",realm=" + quoted(login.realm)
        + ",nonce=" + quoted(login.nonce) + ",nc=" + login.nonceCount + ",cnonce=" + quoted(login.cnonce)
        + ",digest-uri=" + quoted(login.digestUri) + ",response=" + login.response + ",qop=" + login.qop;
}

std::string expectedResponse(const DigestLogin& login, const DigestKey& key) {
    return proof(login, sessionHash(login, key), clientVerb);
}

std::string expectedResponseAuth(const DigestLogin& login, const DigestKey& key) {
    return proof(login, sessionHash(login, key), serverVerb);
}

std::optional<std::string>
verifyDigest(const DigestLogin& login, const DigestKey& key, bool acceptTruncated) {
    if (equalInConstantTime(expectedResponse(login, key), login.response))
        return expectedResponseAuth(login, key);
    const auto cut = acceptTruncated && login.truncatedHash ? truncated(key) : std::nullopt;
    if (!cut || !equalInConstantTime(proof(login, md5({*cut}), clientVerb), login.response))
        return std::nullopt;
    return proof(login, md5({*cut}), serverVerb);
}

} // namespace viaduct::tsp
