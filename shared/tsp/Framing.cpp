// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tsp/Framing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace viaduct::tsp {

namespace {
constexpr unsigned sequenceNibble = 0xF;
constexpr unsigned ipv6Nibble = 6;
constexpr std::uint32_t sequenceMask = 0x0fffffff;

constexpr std::string_view lengthHeader = "Content-length:";
constexpr std::size_t longestLengthLine = 64; // generous for a header of 15 characters and a number
constexpr std::string_view versionWord = "VERSION=";
constexpr std::string_view capabilityWord = "CAPABILITY";
constexpr std::string_view authenticateWord = "AUTHENTICATE";
constexpr std::string_view padding("\0\r\n\b", 4);
constexpr std::string_view lineEnd = "\r\n";

constexpr std::array<std::pair<Mechanism, std::string_view>, 3> mechanismNames{{
    {Mechanism::Anonymous, "ANONYMOUS"},
    {Mechanism::Plain, "PLAIN"},
    {Mechanism::DigestMd5, "DIGEST-MD5"},
}};

// V6ANYV4 is what a client asks for with either of the first two; it has no word of its own.
constexpr std::array<std::pair<TunnelMode, std::string_view>, 3> modeNames{{
    {TunnelMode::V6v4, "V6V4"},
    {TunnelMode::V6udpv4, "V6UDPV4"},
    {TunnelMode::V4v6, "V4V6"},
}};

unsigned byteAt(std::string_view bytes, std::size_t index) {
    return static_cast<unsigned char>(bytes[index]);
}

char upperCase(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool equalIgnoringCase(std::string_view a, std::string_view b) {
    return std::equal(
        a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return upperCase(x) == upperCase(y); });
}

bool startsWith(std::string_view text, std::string_view word) {
    return equalIgnoringCase(text.substr(0, word.size()), word);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// Digits only, up to six of them.
std::optional<int> number(std::string_view text) {
    int value = 0;
    if (text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

tl::unexpected<Error> badFrame(const char* what) {
    return failure(Error::Code::Invalid, what);
}
} // namespace

std::uint32_t Datagram::sequence() const {
    const bool networkOrder = byteAt(header, 0) >> 4 == sequenceNibble;
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i)
        word = word << 8 | byteAt(header, networkOrder ? i : 3 - i);
    return word & sequenceMask;
}

std::optional<Datagram> readDatagram(std::string_view bytes) {
    if (bytes.size() < headerLength)
        return std::nullopt;
    const bool networkOrder = byteAt(bytes, 0) >> 4 == sequenceNibble;
    const bool hostOrder = byteAt(bytes, 3) >> 4 == sequenceNibble && byteAt(bytes, 0) >> 4 != ipv6Nibble;
    if (!networkOrder && !hostOrder)
        return std::nullopt;
    return Datagram{bytes.substr(0, headerLength), bytes.substr(headerLength)};
}

std::string writeHeader(std::uint32_t sequence, std::uint32_t milliseconds) {
    const std::uint32_t first = sequenceNibble << 28 | (sequence & sequenceMask);
    std::string header;
    for (const std::uint32_t word : {first, milliseconds}) {
        for (int shift = 24; shift >= 0; shift -= 8)
            header += static_cast<char>(word >> shift & 0xff);
    }
    return header;
}

std::string_view strippedFront(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(padding), text.size()));
    return text;
}

std::string_view stripped(std::string_view text) {
    return strippedFront(text.substr(0, text.find_last_not_of(padding) + 1));
}

std::optional<Piece> takeLine(std::string_view stream) {
    for (std::size_t i = 0; i < stream.size(); ++i) {
        const bool carriageReturn = i > 0 && stream[i - 1] == '\r';
        if (stream[i] == '\n' || (stream[i] == '\b' && carriageReturn))
            return Piece{stream.substr(0, carriageReturn ? i - 1 : i), i + 1};
    }
    return std::nullopt;
}

Result<std::optional<Piece>> takeFramed(std::string_view stream) {
    const auto header = takeLine(stream);
    const std::string_view known = header ? header->content : stream;
    if (known.size() > longestLengthLine
        || !equalIgnoringCase(known.substr(0, lengthHeader.size()), lengthHeader.substr(0, known.size())))
        return badFrame("the message does not begin with Content-length");
    if (!header)
        return std::optional<Piece>();
    if (known.size() < lengthHeader.size())
        return badFrame("the message does not begin with Content-length");
    const auto length = number(trimmed(known.substr(lengthHeader.size())));
    if (!length || static_cast<std::size_t>(*length) + header->used > longestMessage)
        return badFrame("the Content-length is no number or too large");
    const std::size_t end = header->used + static_cast<std::size_t>(*length);
    if (stream.size() < end)
        return std::optional<Piece>();
    return Piece{stream.substr(header->used, static_cast<std::size_t>(*length)), end};
}

std::string framed(std::string_view content) {
    std::string message(lengthHeader);
    message.append(" ").append(std::to_string(content.size())).append(lineEnd).append(content);
    return message;
}

std::string versionLine(const Version& version) {
    return std::string(versionWord) + std::to_string(version.major) + '.' + std::to_string(version.minor)
        + '.' + std::to_string(version.patch) + "\r\n";
}

std::optional<Version> readVersionLine(std::string_view line) {
    if (!line.starts_with(versionWord))
        return std::nullopt;
    line = trimmed(line.substr(versionWord.size()));
    std::array<int, 3> parts{};
    for (int& part : parts) {
        const std::size_t dot = line.find('.');
        const auto value = number(line.substr(0, dot));
        if (!value)
            return std::nullopt;
        part = *value;
        if (dot == std::string_view::npos)
            return Version{parts[0], parts[1], parts[2]};
        line.remove_prefix(dot + 1);
    }
    return std::nullopt;
}

std::string capabilityLine(const Capabilities& capabilities) {
    std::string line(capabilityWord);
    for (const auto& [mode, name] : modeNames) {
        if (std::count(capabilities.modes.begin(), capabilities.modes.end(), mode) > 0)
            line.append(" TUNNEL=").append(name);
    }
    for (const Mechanism mechanism : capabilities.mechanisms)
        line.append(" AUTH=").append(text(mechanism));
    return line.append(lineEnd);
}

std::optional<Capabilities> readCapabilityLine(std::string_view line) {
    if (!startsWith(line, capabilityWord))
        return std::nullopt;
    line.remove_prefix(capabilityWord.size());
    Capabilities result;
    while (!(line = trimmed(line)).empty()) {
        const std::string_view word = line.substr(0, line.find(' '));
        line.remove_prefix(word.size());
        const std::string_view value = word.substr(std::min(word.find('=') + 1, word.size()));
        const auto mode = tunnelModeFromText(value);
        const auto mechanism = mechanismFromText(value);
        if (startsWith(word, "TUNNEL=") && mode && mode != TunnelMode::V6anyv4)
            result.modes.push_back(*mode);
        else if (startsWith(word, "AUTH=") && mechanism)
            result.mechanisms.push_back(*mechanism);
    }
    return result;
}

std::string_view text(Mechanism mechanism) {
    return std::find_if(
               mechanismNames.begin(), mechanismNames.end(),
               [mechanism](const auto& name) { return name.first == mechanism; })
        ->second;
}

std::optional<Mechanism> mechanismFromText(std::string_view text) {
    for (const auto& [mechanism, name] : mechanismNames) {
        if (equalIgnoringCase(name, text))
            return mechanism;
    }
    return std::nullopt;
}

std::string authenticateLine(Mechanism mechanism) {
    std::string line(authenticateWord);
    return line.append(" ").append(text(mechanism)).append(lineEnd);
}

std::optional<std::string_view> readAuthenticateLine(std::string_view line) {
    if (!startsWith(line, authenticateWord))
        return std::nullopt;
    return trimmed(line.substr(authenticateWord.size()));
}

std::string statusLine(Status status) {
    std::string line = std::to_string(static_cast<int>(status));
    return line.append(" ").append(reason(status)).append(lineEnd);
}

std::optional<StatusLine> readStatusLine(std::string_view line) {
    const std::size_t digits = std::min(line.find(' '), line.size());
    const auto code = number(line.substr(0, digits));
    if (!code || digits < 3 || digits > 4)
        return std::nullopt;
    StatusLine status{*code, {}};
    for (const char c : trimmed(line.substr(digits))) {
        if (c >= ' ' && c <= '~')
            status.text += c;
    }
    return status;
}

} // namespace viaduct::tsp
