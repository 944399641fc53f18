// SPDX-License-Identifier: GPL-3.0-or-later
// The real viaductd, started with many accounts in a network namespace of this process's own.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/net/Error.h"

#include <memory>
#include <sys/types.h>

namespace viaduct::bench {

class Broker {
public:
    /// Starts `program` with its state in `directory` and returns when it serves.
    static Result<std::unique_ptr<Broker>>
    start(const std::string& program, const std::string& directory, std::size_t accounts);
    ~Broker(); ///< stops it and waits

    static std::string userName(std::size_t number);
    static std::string password() { return "secret"; }
    static Endpoint endpoint();

    /// User and system time since its start, in seconds.
    double cpuSeconds() const;

private:
    explicit Broker(pid_t process);

    pid_t m_process;
};

/// A network namespace with the broker's address and `sources` for clients. Needs root.
Result<std::vector<IpAddress>> makeNetwork(std::size_t sources);

} // namespace viaduct::bench
