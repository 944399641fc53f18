// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Responder.h"

#include "server/http/Exchange.h"

#include <utility>

namespace viaduct::http {

struct Responder::Ticket {
    explicit Ticket(std::shared_ptr<Exchange> of) : exchange(std::move(of)) { }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() { exchange->respond(Response::text(500, "The server has no answer to this request.\n")); }

    std::shared_ptr<Exchange> exchange;
};

Responder::Responder(std::shared_ptr<Exchange> exchange)
    : m_ticket(std::make_shared<Ticket>(std::move(exchange))) { }

void Responder::respond(Response response) const {
    m_ticket->exchange->respond(std::move(response));
}

std::shared_ptr<Stream> Responder::stream(Response head) const {
    if (!isOpen())
        return std::make_shared<Stream>(nullptr);
    m_ticket->exchange->startStream(std::move(head));
    return std::make_shared<Stream>(m_ticket->exchange);
}

bool Responder::isOpen() const {
    return m_ticket->exchange->awaitsAnswer();
}

} // namespace viaduct::http
