// SPDX-License-Identifier: GPL-3.0-or-later
// The right to answer one request, now or later. Copies are the same right.
#pragma once

#include "server/http/Response.h"
#include "server/http/Stream.h"

#include <memory>

namespace viaduct::http {

/// Main thread only. When all copies are gone and nobody has answered, the client gets a 500. Only the first
/// answer counts; when the client has gone, answering does nothing.
class Responder {
public:
    explicit Responder(std::shared_ptr<Exchange> exchange);

    void respond(Response response) const;
    /// Answers with status and headers of `head` and leaves the body open; `head.body` is what it begins
    /// with. Never null; when it was answered before or the client is gone, the stream is closed from the
    /// start.
    std::shared_ptr<Stream> stream(Response head) const;

    /// Whether an answer would still reach somebody, as far as is known.
    bool isOpen() const;

private:
    struct Ticket;
    std::shared_ptr<Ticket> m_ticket;
};

} // namespace viaduct::http
