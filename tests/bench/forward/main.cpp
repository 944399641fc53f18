// SPDX-License-Identifier: GPL-3.0-or-later
// How fast packets are forwarded: the decision alone with few and many tunnels, and the whole engine beside a
// bare copy loop. docs/performance.md has the figures and says how to read them.
#include "tests/bench/forward/EngineBench.h"
#include "tests/bench/forward/ForwarderBench.h"
#include "tests/unit/tunnel/TestNamespace.h"

#include <cstdio>

int main() {
    viaduct::bench::measureForwarder();
    if (viaduct::tunnel::TestNamespace::isPossible())
        viaduct::bench::measureEngine();
    else
        std::printf("engine: skipped, %s\n", viaduct::tunnel::TestNamespace::skipReason);
    return 0;
}
