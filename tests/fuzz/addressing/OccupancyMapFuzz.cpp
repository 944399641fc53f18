// SPDX-License-Identifier: GPL-3.0-or-later
// Any run of operations does the same to the occupancy map as to the naive model. The first byte chooses the
// pool; each four bytes after it are one operation.
#include "tests/unit/addressing/OccupancyModel.h"

#include <cstdio>
#include <cstdlib>

using namespace viaduct;
using namespace viaduct::addressing;

namespace {

OccupancyRun runFor(std::uint8_t choice) {
    switch (choice % 6) {
    case 0:
        return {*Prefix::fromText("2001:db8:f001:1::/64"), 127};
    case 1:
        return {*Prefix::fromText("3fff::/20"), 48};
    case 2:
        return {*Prefix::fromText("192.0.2.0/28"), 32};
    case 3:
        return {*Prefix::fromText("::/0"), 128};
    case 4:
        return {*Prefix::fromText("2001:db8::/48"), 48};
    default:
        return {*Prefix::fromText("0.0.0.0/0"), 32};
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t longest = 1200; // the naive model is slow by nature
    if (size == 0 || size > longest)
        return 0;
    const std::string difference = runFor(data[0]).run(data + 1, size - 1);
    if (!difference.empty()) {
        std::fprintf(stderr, "the map differs from the model at %s\n", difference.c_str());
        std::abort();
    }
    return 0;
}
