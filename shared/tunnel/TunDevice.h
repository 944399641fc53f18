// SPDX-License-Identifier: GPL-3.0-or-later
// A Linux TUN device without packet information header: each read and write is one IP packet.
#pragma once

#include "shared/net/Error.h"

#include <string>

namespace viaduct::tunnel {

class TunDevice {
public:
    enum class Lifetime {
        Process, ///< the device goes with the descriptor
        Persistent ///< the device, its addresses and its routes outlive the program
    };

    /// Opens or creates `name` (a trailing %d is filled in by the kernel), non-blocking, and sets it up with
    /// `mtu`. Errors name what is missing: /dev/net/tun, CAP_NET_ADMIN, a device in use by another program.
    static Result<TunDevice> open(const std::string& name, int mtu, Lifetime lifetime);
    /// Removes a persistent device that nobody has open.
    static Result<void> remove(const std::string& name);

    TunDevice(TunDevice&& other) noexcept;
    TunDevice& operator=(TunDevice&& other) noexcept;
    TunDevice(const TunDevice&) = delete;
    TunDevice& operator=(const TunDevice&) = delete;
    ~TunDevice();

    int descriptor() const { return m_descriptor; }
    const std::string& name() const { return m_name; }
    unsigned index() const { return m_index; } ///< the interface index

private:
    TunDevice(int descriptor, std::string name, unsigned index);

    int m_descriptor = -1;
    std::string m_name;
    unsigned m_index = 0;
};

} // namespace viaduct::tunnel
