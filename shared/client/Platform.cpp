// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/Platform.h"

namespace viaduct::client {

Platform systemPlatform() {
    return {&tunnel::createTunnel, &tunnel::serveDelegatedPrefix};
}

} // namespace viaduct::client
