// SPDX-License-Identifier: GPL-3.0-or-later
// How TSP messages are cut out of datagrams and streams, and the messages that are plain lines: the header of
// reliable UDP, `Content-length: N`, VERSION, CAPABILITY, AUTHENTICATE and status lines.
#pragma once

#include "shared/net/Error.h"
#include "shared/tsp/Message.h"

namespace viaduct::tsp {

/// The deployed clients read into 4096 bytes: nothing that either side sends is longer, header and all.
constexpr std::size_t longestMessage = 4096;

// ---- reliable UDP (RFC 5572, 4.3.1.2): 0xF and 28 bits of sequence, 32 bits of time, then the message ----

constexpr std::size_t headerLength = 8;

struct Datagram {
    std::string_view header; ///< 8 bytes, to be given back unchanged
    std::string_view payload; ///< may be empty

    /// 28 bits. Clients that count in host order (their header starts NN 00 00 f0) are understood.
    std::uint32_t sequence() const;
};

/// Nothing when it is no TSP: see isSignalling() in ServerSession.h.
std::optional<Datagram> readDatagram(std::string_view bytes);
/// A header as clients write it. `sequence` is cut to 28 bits; `milliseconds` count from any moment.
std::string writeHeader(std::uint32_t sequence, std::uint32_t milliseconds);

// ---- streams ----

/// Without the NULs and line ends (also jipv6's 0x08) that clients leave around their messages; at the
/// beginning only, or at both ends.
std::string_view strippedFront(std::string_view text);
std::string_view stripped(std::string_view text);

/// A message at the beginning of a stream.
struct Piece {
    std::string_view content;
    std::size_t used = 0; ///< bytes of the stream it took
};
/// The first line, without its end: LF, CR LF, or CR 0x08 (jipv6). Nothing while it is not complete.
std::optional<Piece> takeLine(std::string_view stream);
/// What `Content-length: N` announces. Nothing while it is not complete. The error says that the stream does
/// not begin with such a header or that N cannot be.
Result<std::optional<Piece>> takeFramed(std::string_view stream);
/// `content` behind its Content-length, to be sent in one piece.
std::string framed(std::string_view content);

// ---- lines; the writers end them with CR LF, the readers want them without ----

std::string versionLine(const Version& version);
/// VERSION=2.0.1, with one to three numbers.
std::optional<Version> readVersionLine(std::string_view line);

struct Capabilities {
    std::vector<TunnelMode> modes; ///< never V6anyv4, which has no word here
    std::vector<Mechanism> mechanisms;
    friend bool operator==(const Capabilities&, const Capabilities&) = default;
};
std::string capabilityLine(const Capabilities& capabilities);
/// Unknown words are skipped. Nothing when the line does not begin with CAPABILITY.
std::optional<Capabilities> readCapabilityLine(std::string_view line);

/// "ANONYMOUS", "PLAIN", "DIGEST-MD5".
std::string_view text(Mechanism mechanism);
std::optional<Mechanism> mechanismFromText(std::string_view text);
std::string authenticateLine(Mechanism mechanism);
/// The word behind AUTHENTICATE, whatever it is. Nothing when the line does not begin so.
std::optional<std::string_view> readAuthenticateLine(std::string_view line);

std::string statusLine(Status status);
struct StatusLine {
    int code = 0;
    std::string text; ///< printable ASCII only
};
/// Three or four digits, alone or with a text behind.
std::optional<StatusLine> readStatusLine(std::string_view line);

} // namespace viaduct::tsp
