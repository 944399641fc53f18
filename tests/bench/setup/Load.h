// SPDX-License-Identifier: GPL-3.0-or-later
// Many clients at a time in one thread, each a ClientSession on a UDP socket of its own.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/tsp/ClientSession.h"

#include <memory>
#include <unordered_set>

namespace viaduct::bench {

struct LoadResult {
    std::size_t established = 0;
    std::size_t failed = 0;
    std::size_t repeatedAddresses = 0; ///< given to two clients: must be 0
    double seconds = 0;
};

class Load {
public:
    Load(Endpoint broker, std::vector<IpAddress> sources, std::size_t inFlight);
    ~Load();

    /// Sets up a tunnel with a /48 for each of `clients` accounts, by DIGEST-MD5.
    LoadResult run(std::size_t clients);

private:
    struct Client {
        int socket = -1;
        tsp::ClientSession session;
    };

    void begin(std::size_t number);
    void readable(std::size_t slot);
    void perform(std::size_t slot, const tsp::ClientActions& actions);
    void finish(std::size_t slot);
    void tick();

    Endpoint m_broker;
    std::vector<IpAddress> m_sources;
    int m_poll;
    std::vector<std::unique_ptr<Client>> m_slots;
    std::vector<std::size_t> m_free;
    LoadResult m_result;
    std::unordered_set<IpAddress> m_given;
};

} // namespace viaduct::bench
