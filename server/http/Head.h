// SPDX-License-Identifier: GPL-3.0-or-later
// From the lines that a client has sent to the head of a Request, or to the reason why not. Pure.
#pragma once

#include "server/http/Request.h"

#include <tl/expected.hpp>

namespace viaduct::http {

/// Why a request goes no further than the server.
struct Refusal {
    int status = 400;
    std::string sentence;
    friend bool operator==(const Refusal&, const Refusal&) = default;
};

/// The lines of a head, split but otherwise as written.
struct RawHead {
    std::string method;
    std::string target;
    std::string version;
    Pairs fields;
};

/// The request without body and remote. 400 for all that is no clean HTTP/1.1; 501 for transfer codings other
/// than chunked; 505 for other versions. What two parsers could understand differently (two lengths, a length
/// beside chunks, two hosts) is refused: it is how requests are smuggled past proxies.
tl::expected<Request, Refusal> readHead(RawHead raw);

/// The declared length of the body in bytes; absent when there is none, or the body is chunked.
std::optional<std::uint64_t> bodyLength(const Request& head);

} // namespace viaduct::http
