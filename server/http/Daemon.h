// SPDX-License-Identifier: GPL-3.0-or-later
// One daemon of libmicrohttpd with its thread, for one listening socket.
#pragma once

#include "server/http/Listener.h"

#include <memory>

struct MHD_Daemon;

namespace viaduct::http {

struct Hub;

class Daemon {
public:
    static Result<std::unique_ptr<Daemon>> start(std::shared_ptr<Hub> hub, Listener listener);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    /// The hub's parking must be closed.
    ~Daemon();

    const Endpoint& local() const { return m_local; }

private:
    Daemon(std::shared_ptr<Hub> hub, const Endpoint& local);

    std::shared_ptr<Hub> m_hub;
    Endpoint m_local;
    MHD_Daemon* m_daemon = nullptr;
};

} // namespace viaduct::http
