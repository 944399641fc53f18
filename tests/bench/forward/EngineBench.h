// SPDX-License-Identifier: GPL-3.0-or-later
// The whole engine between two ends of a virtual cable, beside a loop that only copies datagrams.
#pragma once

namespace viaduct::bench {

void measureEngine();

} // namespace viaduct::bench
