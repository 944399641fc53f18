// SPDX-License-Identifier: GPL-3.0-or-later
// A tunnel in user space: one thread between a TUN device and a socket, for every encapsulation.
//
// System calls per packet: into the tunnel one read(2) of the device and 1/n sendmmsg(2), out of it one
// write(2) to the device and 1/n recvmmsg(2), with n packets in a batch, 64 at most, and 1/n epoll_wait(2).
// TUN has no call for many packets. Nothing is allocated per packet.
#pragma once

#include "shared/tunnel/LinuxEncapsulation.h"
#include "shared/tunnel/LinuxPacketBatch.h"
#include "shared/tunnel/Packet.h"
#include "shared/tunnel/TunDevice.h"
#include "shared/tunnel/Tunnel.h"

#include <atomic>
#include <thread>

namespace viaduct::tunnel {

class LinuxUserTunnel : public Tunnel {
public:
    static Result<std::unique_ptr<Tunnel>> create(const TunnelParameters& parameters, Callbacks callbacks);

    LinuxUserTunnel(const LinuxUserTunnel&) = delete;
    LinuxUserTunnel& operator=(const LinuxUserTunnel&) = delete;
    ~LinuxUserTunnel() override;

    void sendEcho(std::uint16_t sequence) override;
    TunnelCounters counters() const override;
    std::string interfaceName() const override { return m_device.name(); }
    std::string path() const override { return "user space"; }

private:
    struct Flow {
        std::atomic<std::uint64_t> packets{0};
        std::atomic<std::uint64_t> bytes{0};
        void count(std::size_t size);
    };
    using Step = Result<void>; ///< an error ends the tunnel

    LinuxUserTunnel(
        const TunnelParameters& parameters, TunDevice device, LinuxEncapsulation encapsulation,
        Callbacks callbacks);

    Result<void> start();
    void run();
    Step serve(int descriptor, std::uint32_t events);

    // Into the tunnel.
    Step readDevice();
    bool mayEnter(PacketView packet) const;
    Step sendWaiting();
    Step pauseDevice(bool pause);
    Step afterError(int error) const;

    // Out of the tunnel.
    Step receive();
    Step leave(PacketView datagram);
    Step writeDevice(PacketView packet);

    const TunnelParameters m_parameters;
    const Callbacks m_callbacks;
    const std::uint16_t m_echoIdentifier;

    TunDevice m_device;
    LinuxEncapsulation m_encapsulation;
    LinuxFile m_poll;
    LinuxFile m_stop; ///< an eventfd: readable when the thread shall end

    LinuxPacketBatch m_outgoing;
    unsigned m_sent = 0; ///< of m_outgoing
    unsigned m_filled = 0; ///< of m_outgoing
    bool m_paused = false; ///< the socket takes no more: the device waits
    LinuxPacketBatch m_incoming;

    Flow m_in;
    Flow m_out;
    std::thread m_thread;
};

} // namespace viaduct::tunnel
