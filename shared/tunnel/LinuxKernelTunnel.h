// SPDX-License-Identifier: GPL-3.0-or-later
// Protocol 41 by the kernel's own sit device: no packet passes through this program but the keepalive's.
#pragma once

#include "shared/tunnel/LinuxFile.h"
#include "shared/tunnel/LinuxNetlink.h"
#include "shared/tunnel/Tunnel.h"

#include <thread>

namespace viaduct::tunnel {

class LinuxKernelTunnel : public Tunnel {
public:
    /// A null pointer when this kernel has no sit device: then the same is done in user space. A device that
    /// a killed program left between the same two outer addresses is replaced.
    static Result<std::unique_ptr<Tunnel>> create(const TunnelParameters& parameters, Callbacks callbacks);

    LinuxKernelTunnel(const LinuxKernelTunnel&) = delete;
    LinuxKernelTunnel& operator=(const LinuxKernelTunnel&) = delete;
    ~LinuxKernelTunnel() override;

    void sendEcho(std::uint16_t sequence) override;
    TunnelCounters counters() const override;
    std::string interfaceName() const override { return m_name; }
    std::string path() const override { return "kernel"; }

private:
    LinuxKernelTunnel(
        const TunnelParameters& parameters, LinuxNetlink netlink, std::string name, Callbacks callbacks);

    Result<void> openEcho();
    void run();
    void receiveEcho();

    const TunnelParameters m_parameters;
    const Callbacks m_callbacks;
    const std::uint16_t m_echoIdentifier;
    LinuxNetlink m_netlink; ///< of the namespace where the device is
    std::string m_name;
    LinuxFile m_echo; ///< raw ICMPv6, connected to innerRemote, echo replies only
    LinuxFile m_stop; ///< an eventfd: readable when the thread shall end
    std::thread m_thread;
};

} // namespace viaduct::tunnel
