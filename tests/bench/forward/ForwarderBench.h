// SPDX-License-Identifier: GPL-3.0-or-later
// The Forwarder alone, in one thread: how the number of tunnels tells on the rate.
#pragma once

namespace viaduct::bench {

void measureForwarder();

} // namespace viaduct::bench
