// SPDX-License-Identifier: GPL-3.0-or-later
// A site's delegated prefix on the site's own network, whatever the operating system: a seam with one
// implementation for each. Destroying it takes address and routes away and gives forwarding its old state.
#pragma once

#include "shared/net/Error.h"
#include "shared/net/Prefix.h"

#include <memory>
#include <string>

namespace viaduct::tunnel {

class DelegatedPrefix {
public:
    virtual ~DelegatedPrefix() = default;

    /// The real name of the interface, also when it was given by its index.
    virtual std::string interfaceName() const = 0;
};

/// `prefix` is IPv6. Gives `interface` (a name or an index) the first address of `prefix`, with the first /64
/// on-link (all of it if it is smaller); makes the rest unreachable, so that it does not loop between broker
/// and site; turns forwarding on. Everything is undone if one step fails.
Result<std::unique_ptr<DelegatedPrefix>>
serveDelegatedPrefix(const Prefix& prefix, const std::string& interface);

} // namespace viaduct::tunnel
