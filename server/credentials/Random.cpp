// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/Random.h"
#include "server/credentials/Crypto.h"

#include <sodium.h>

namespace viaduct::credentials {

RandomSource systemRandom() {
    startSodium();
    return [](std::span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); };
}

} // namespace viaduct::credentials
