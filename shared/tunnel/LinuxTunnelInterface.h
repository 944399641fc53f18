// SPDX-License-Identifier: GPL-3.0-or-later
// The inner side of a tunnel as this machine sees it, the same for every kind of device.
#pragma once

#include "shared/tunnel/Tunnel.h"

namespace viaduct::tunnel {

/// Gives the interface its address and its routes. They go when the interface goes, so there is nothing to
/// undo.
Result<void> configureInterface(const std::string& interface, const TunnelParameters& parameters);

} // namespace viaduct::tunnel
