// SPDX-License-Identifier: GPL-3.0-or-later
// The forwarding path in user space: one thread, one TUN device, the UDP sockets of the TSP servers and raw
// sockets for protocols 41 and 4. It owns the UDP sockets because packets and signalling share their port;
// what is signalling it hands on through a bounded queue that it never waits for.
#pragma once

#include "server/dataplane/DataPlane.h"
#include "shared/net/Error.h"

#include <functional>
#include <mutex>
#include <thread>

namespace viaduct::dataplane {

/// A TSP datagram, in either direction.
struct SignallingDatagram {
    Endpoint local;
    Endpoint remote;
    std::string bytes;
};

struct EngineOptions {
    std::string interfaceName = "viaduct0"; ///< persistent TUN device
    int mtu = 1280; ///< of the TUN device: the largest of the tunnels'; at most 9,000
    std::vector<Endpoint>
        udpEndpoints; ///< one socket each, so that answers leave from the address that was addressed
    std::vector<IpAddress>
        tunnelAddresses; ///< outer addresses here: IPv4 for protocol 41, IPv6 for protocol 4
};

class EngineLoop;
class OuterSocket;

class Engine : public DataPlane {
public:
    /// Opens every socket and the device, but carries nothing before run(). Errors name what is missing and
    /// how to get it.
    static Result<std::unique_ptr<Engine>> open(const EngineOptions& options);
    ~Engine() override; ///< as stop(); the TUN device stays

    /// Starts the thread, in the network namespace of the caller. `signalling` is called in that thread when
    /// the first datagram comes into the empty queue (and by takeSignalling(), in its caller's thread, when
    /// more came meanwhile): it must only wake up whoever then calls takeSignalling().
    void run(std::function<void()> signalling);

    /// Ends the thread: `signalling` is not called any more. Nothing else can be done with it then.
    void stop();

    /// Opens what is new in `options` and closes what is gone; on an error nothing has changed. The device's
    /// name stays. The caller's thread waits until the old sockets are out of use.
    Result<void> reconfigure(const EngineOptions& options);

    /// Everything that waits, oldest first. Any thread, one at a time, after run().
    std::vector<SignallingDatagram> takeSignalling();
    /// Sends from exactly `local`. Batched system calls; what the kernel does not take at once is lost, as
    /// UDP may be. Any thread, one at a time; does not wait for the engine's thread.
    void sendSignalling(const std::vector<SignallingDatagram>& datagrams);

    void put(const TunnelEntry& entry) override;
    void remove(std::int64_t id) override;
    std::string name() const override { return "engine"; }
    const PathCounters& counters() const;

private:
    using Sockets = std::vector<std::shared_ptr<OuterSocket>>;

    Engine(EngineOptions options, Sockets sockets, std::unique_ptr<EngineLoop> loop);
    /// All that `options` asks for; those in `present` are used again.
    static Result<Sockets> openSockets(const EngineOptions& options, const Sockets& present);

    EngineOptions m_options;
    std::mutex m_socketsMutex; ///< between sendSignalling() and reconfigure(); the packet thread has its own
    Sockets m_sockets;
    std::unique_ptr<EngineLoop> m_loop;
    std::function<void()> m_signalling;
    std::thread m_thread;
};

} // namespace viaduct::dataplane
