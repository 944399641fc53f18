// SPDX-License-Identifier: GPL-3.0-or-later
// How much strangers may make the server hold, and for how long.
#pragma once

#include <chrono>
#include <cstddef>

namespace viaduct::http {

struct Limits {
    /// About 50 KiB each with TLS and the memory for a head, so 100 MiB. When all are taken, the oldest of
    /// those that have not yet asked anything give way, then the oldest that have nothing to ask.
    std::size_t connections = 2000;
    /// For one IPv4 address or one IPv6 /64. A browser opens six, so a hall of fifteen people behind one
    /// address of a NAT has them at the same moment; and it takes twenty addresses to fill the server.
    std::size_t connectionsPerSite = 100;
    /// Bytes for the head of a request and, beside it, for the buffer of its body; more gets 431 or 414.
    std::size_t headBytes = 32UL * 1024;
    /// Bytes of one body, where Options::bodyLimit says nothing else; more gets 413.
    std::size_t bodyBytes = 1024UL * 1024;
    /// The first bytes of each body count nowhere, so that log-ins and forms pass whatever else is sent; the
    /// number of connections bounds them, to 128 MiB.
    std::size_t freeBodyBytes = 64UL * 1024;
    /// Other bytes of all bodies that are being received or answered; more gets 503.
    std::size_t bodyBytesInAll = 64UL * 1024 * 1024;
    /// Those of one site, which the largest body of all fits into.
    std::size_t bodyBytesPerSite = 32UL * 1024 * 1024;
    /// Bytes that wait in one stream for a reader; more, and it is cut off.
    std::size_t queuedBytesPerStream = 1024UL * 1024;
    /// From the first byte of a connection to the last of its first request, TLS handshake and body included;
    /// later requests have this time from when the idle time is up.
    std::chrono::milliseconds requestTime{30'000};
    /// Without a byte in either direction, answers that are waited for apart.
    std::chrono::seconds idleTime{30};
    /// Bytes in a second, on average, that a client must take of an answer (not of a stream).
    std::size_t slowestReader = 8UL * 1024;
};

} // namespace viaduct::http
