// SPDX-License-Identifier: GPL-3.0-or-later
// HTTPS for the open Internet, around libmicrohttpd. Strangers are met in its threads: TLS, parsing, limits,
// time-outs. Whole requests come to the main thread, which answers when it can.
#pragma once

#include "server/http/Certificate.h"
#include "server/http/Head.h"
#include "server/http/Limits.h"
#include "server/http/Responder.h"

#include <memory>

class QTimer;

namespace viaduct::http {

class Daemon;
struct Hub;

/// Called in the thread that owns the server, from its event loop, once for each request, whatever its
/// method. HEAD is answered as GET would be; the body is not sent.
using Handler = std::function<void(const Request&, Responder)>;

/// How many bytes of body this request may have, told by its head (its body is still empty); 0 means none.
/// Called in the server's own threads: it must be pure.
using BodyLimit = std::function<std::size_t(const Request& head)>;

/// How the server's own refusal of a request looks (413, 400 ...). Called in the server's own threads: it
/// must be pure.
using RefusalPage = std::function<Response(const Refusal& refusal, std::string_view target)>;

struct Options {
    std::vector<Endpoint> endpoints; ///< at least one; IPv6 ones take no IPv4; port 0 lets the system choose
    Certificate certificate;
    Limits limits;
    BodyLimit bodyLimit; ///< none: Limits::bodyBytes for all
    RefusalPage refusalPage; ///< none: its sentence as plain text
};

class Server {
public:
    /// Listens on all of them, or on none: the error says what is in use or missing, and the cure.
    static Result<std::unique_ptr<Server>> open(Options options, Handler handler);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    /// Ends all connections, answered or not. Responders and Streams that are left do nothing any more. Not
    /// from within the handler.
    ~Server();

    /// For the handshakes from now on; connections go on. Invalid, and nothing has changed, when certificate
    /// and key are not usable.
    Result<void> setCertificate(const Certificate& certificate);

    /// With the ports that the system chose, in the order of the options.
    std::vector<Endpoint> endpoints() const;
    std::size_t connections() const;

private:
    explicit Server(std::shared_ptr<Hub> hub);
    Result<void> listen(const std::vector<Endpoint>& endpoints);
    void tick();

    std::shared_ptr<Hub> m_hub;
    std::vector<std::unique_ptr<Daemon>> m_daemons;
    std::unique_ptr<QTimer> m_timer;
};

} // namespace viaduct::http
