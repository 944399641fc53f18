// SPDX-License-Identifier: GPL-3.0-or-later
// Where randomness comes from. It is passed in, so that what is made of it can be tested by table; the
// service passes systemRandom().
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace viaduct::credentials {

/// Fills every byte, uniformly and beyond anybody's guess. It cannot fail: the kernel's source does not.
using RandomSource = std::function<void(std::span<std::uint8_t>)>;

/// The kernel's source, through libsodium. From any thread.
RandomSource systemRandom();

} // namespace viaduct::credentials
