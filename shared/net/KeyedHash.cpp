// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/KeyedHash.h"

#include <random>

namespace viaduct {

const HashKey& HashKey::ofProcess() {
    static const HashKey key = [] {
        std::random_device system; // 32 bits a call
        const auto draw = [&] { return std::uint64_t{system()} << 32 | system(); };
        return HashKey{draw(), draw()};
    }();
    return key;
}

} // namespace viaduct
