// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Daemon.h"

#include "server/http/Exchange.h"
#include "server/http/Hub.h"

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace viaduct::http {

namespace {

/// TLS 1.2 and 1.3 with forward secrecy and authenticated encryption alone: what RFC 9325, 4.2 recommends and
/// every browser since 2016 knows.
constexpr const char* priorities
    = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:"
      "+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD";

/// Whose handshakes this thread does. GnuTLS's question for the certificate carries nothing of ours, but it
/// comes in the daemon's own thread, after a connection was let in there.
thread_local const Hub* hubOfThread = nullptr;

// The callbacks: `of` is the Hub, `*context` a std::shared_ptr<Exchange>* from the request line to the end.

void log(void* /*of*/, const char* format, va_list arguments) {
    std::array<char, 512> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    qCDebug(logHttp) << "libmicrohttpd:" << QByteArray(text.data()).trimmed();
}

MHD_Result letIn(void* of, const sockaddr* address, socklen_t /*size*/) {
    hubOfThread = static_cast<const Hub*>(of);
    return static_cast<Hub*>(of)->gate.admit(endpointOf(*address).address) ? MHD_YES : MHD_NO;
}

void noteConnection(
    void* of, MHD_Connection* connection, void** /*context*/, MHD_ConnectionNotificationCode what) {
    Gate& gate = static_cast<Hub*>(of)->gate;
    const int descriptor = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED)
        return gate.closed(descriptor);
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    gate.opened(descriptor, endpointOf(*info->client_addr).address, Gate::Clock::now());
}

int chooseCertificate(
    gnutls_session_t /*session*/, const gnutls_cert_retr_st* /*info*/, gnutls_pcert_st** chain,
    unsigned* length, gnutls_ocsp_data_st** ocsp, unsigned* ocspLength, gnutls_privkey_t* key,
    unsigned* flags) {
    const Identity* const identity = hubOfThread == nullptr ? nullptr : hubOfThread->identities.current();
    if (identity == nullptr)
        return -1;
    *chain = identity->chain();
    *length = identity->chainLength();
    *key = identity->key();
    *ocsp = nullptr;
    *ocspLength = 0;
    *flags = 0; // they stay ours
    return 0;
}

/// The target before libmicrohttpd has changed it.
void* beginRequest(void* of, const char* target, MHD_Connection* connection) {
    auto hub = static_cast<Hub*>(of)->shared_from_this();
    return new std::shared_ptr<Exchange>(
        std::make_shared<Exchange>(std::move(hub), connection, target == nullptr ? "" : target));
}

MHD_Result step(
    void* /*of*/, MHD_Connection* /*connection*/, const char* /*url*/, const char* method,
    const char* version, const char* data, std::size_t* size, void** context) {
    return (*static_cast<std::shared_ptr<Exchange>*>(*context))->step(method, version, data, *size);
}

void endRequest(
    void* /*of*/, MHD_Connection* /*connection*/, void** context, MHD_RequestTerminationCode /*why*/) {
    const std::unique_ptr<std::shared_ptr<Exchange>> exchange(
        static_cast<std::shared_ptr<Exchange>*>(std::exchange(*context, nullptr)));
    if (exchange)
        (*exchange)->over();
}

/// Decoding is Target's.
std::size_t leaveEscaped(void* /*of*/, MHD_Connection* /*connection*/, char* text) {
    return std::strlen(text);
}

/// The gate counts; this is only to be above it, by those that it has cut and that are not yet closed.
unsigned hardLimit(const Limits& limits) {
    return static_cast<unsigned>(limits.connections + limits.connections / 4 + 64);
}

} // namespace

Daemon::Daemon(std::shared_ptr<Hub> hub, const Endpoint& local) : m_hub(std::move(hub)), m_local(local) { }

Result<std::unique_ptr<Daemon>> Daemon::start(std::shared_ptr<Hub> hub, Listener listener) {
    std::unique_ptr<Daemon> daemon(new Daemon(std::move(hub), listener.local()));
    Hub* const of = daemon->m_hub.get();
    const unsigned v6 = daemon->m_local.address.isV6() ? MHD_USE_IPv6 : 0;
    daemon->m_daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_TLS
            | MHD_USE_ERROR_LOG | v6,
        0, &letIn, of, &step, of, // the logger first, so that it hears of the other options
        MHD_OPTION_EXTERNAL_LOGGER, &log, nullptr, //
        MHD_OPTION_LISTEN_SOCKET, listener.release(), //
        MHD_OPTION_HTTPS_PRIORITIES, priorities, //
        MHD_OPTION_HTTPS_CERT_CALLBACK2, &chooseCertificate, //
        MHD_OPTION_NOTIFY_CONNECTION, &noteConnection, of, //
        MHD_OPTION_URI_LOG_CALLBACK, &beginRequest, of, //
        MHD_OPTION_NOTIFY_COMPLETED, &endRequest, of, //
        MHD_OPTION_UNESCAPE_CALLBACK, &leaveEscaped, nullptr, //
        MHD_OPTION_STRICT_FOR_CLIENT, 1, //
        MHD_OPTION_CONNECTION_LIMIT, hardLimit(of->limits), //
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, of->limits.headBytes, //
        MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(of->limits.idleTime.count()), //
        MHD_OPTION_END);
    if (daemon->m_daemon == nullptr)
        return failure(
            Error::Code::System,
            "cannot start the HTTPS server on " + daemon->m_local.text() + ": "
                + std::generic_category().message(errno) + "; the journal of viaduct.http says more");
    return daemon;
}

Daemon::~Daemon() {
    if (m_daemon != nullptr)
        MHD_stop_daemon(m_daemon); // waits for its thread, and closes the socket
}

} // namespace viaduct::http
