// SPDX-License-Identifier: GPL-3.0-or-later
// An answer as a value, and what the server adds to every one of them.
#pragma once

#include "server/http/Request.h"

#include <memory>

namespace viaduct::http {

struct Response {
    int status = 200; ///< 200..599
    Pairs headers; ///< a name may stand twice (Set-Cookie)
    std::string body;
    /// Instead of `body`: a large text that many get is there once, however many read it slowly.
    std::shared_ptr<const std::string> shared{};

    static Response text(int status, std::string text);
    static Response html(int status, std::string page);
    static Response json(int status, std::string body);
    static Response json(int status, std::shared_ptr<const std::string> body);
    /// 303 See Other: the browser gets `location`, whatever the method was.
    static Response redirect(std::string location);
    static Response empty(int status = 204);

    /// Adds a header beside those that are there; its name in any case.
    Response& with(std::string name, std::string value) &;
    Response with(std::string name, std::string value) &&;

    friend bool operator==(const Response&, const Response&) = default;
};

/// What goes out: with the headers that protect browsers, each only where the response has none of its name.
/// Whose headers could not be sent (control characters in a value, no token for a name) becomes a 500, lest a
/// stranger's text become a header; the framing (Content-Length, Transfer-Encoding, Connection) is the
/// server's and is dropped; 204 and 304 lose their body.
Response complete(Response response);

} // namespace viaduct::http
