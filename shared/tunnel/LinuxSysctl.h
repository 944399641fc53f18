// SPDX-License-Identifier: GPL-3.0-or-later
// Kernel switches of this network namespace, as files under /proc/sys. Private to the Linux files of this
// room.
#pragma once

#include "shared/net/Error.h"

#include <optional>
#include <string>

namespace viaduct::tunnel {

/// The value without its line end; nothing when there is no such switch. `path` is e.g.
/// "net/ipv6/conf/all/forwarding".
std::optional<std::string> readSysctl(const std::string& path);
Result<void> writeSysctl(const std::string& path, const std::string& value);

} // namespace viaduct::tunnel
