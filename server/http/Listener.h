// SPDX-License-Identifier: GPL-3.0-or-later
// A listening TCP socket, with the options that all of its connections inherit.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/net/Error.h"

struct sockaddr;

namespace viaduct::http {

/// IPv4 or IPv6; anything else is the unspecified address.
Endpoint endpointOf(const sockaddr& address);

class Listener {
public:
    /// `local` may have port 0: the system then chooses one. Errors name what is in use or missing, and the
    /// cure.
    static Result<Listener> open(const Endpoint& local);
    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&&) = delete;
    ~Listener();

    /// With the port that the system chose.
    const Endpoint& local() const { return m_local; }
    int descriptor() const { return m_descriptor; }
    /// From now on the socket is the caller's to close.
    int release();

private:
    explicit Listener(int descriptor) : m_descriptor(descriptor) { }

    int m_descriptor;
    Endpoint m_local;
};

} // namespace viaduct::http
