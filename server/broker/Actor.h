// SPDX-License-Identifier: GPL-3.0-or-later
// Who asks for a change: for the audit, and for what the role may do.
#pragma once

#include "shared/api/Common.h"
#include "shared/net/Error.h"

#include <functional>

namespace viaduct::broker {

struct Actor {
    /// The login of a person of the console, "token:ID", "request:ID" or "account:ID" for the pages, "policy"
    /// or "system" for the broker itself. Goes into the audit, which nobody can erase: never a name or an
    /// address of e-mail.
    std::string id;
    IpAddress from;
    api::Role role = api::Role::Requester;
};

/// Called once, in the main thread: later, or, for an error that is found at once, before the call returns.
template <typename T>
using Answered = std::function<void(Result<T>)>;

} // namespace viaduct::broker
