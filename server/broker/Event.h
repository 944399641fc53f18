// SPDX-License-Identifier: GPL-3.0-or-later
// What happened, told to everybody who wants to know after the database has committed it.
#pragma once

#include "server/store/Records.h"

namespace viaduct::broker {

namespace event {
struct TunnelUp {
    store::Tunnel tunnel;
    bool restored = false; ///< it was up before this program started
};
struct TunnelDown {
    store::Tunnel tunnel;
    std::string reason; ///< a sentence
};
struct Allocated {
    store::Allocation allocation;
};
struct Released {
    store::Allocation allocation;
};
struct LoginRefused {
    std::string who; ///< as the client called itself
    Endpoint from;
    std::string reason;
};
struct StoreFailed {
    std::string reason;
};
} // namespace event

using Event = std::variant<
    event::TunnelUp, event::TunnelDown, event::Allocated, event::Released, event::LoginRefused,
    event::StoreFailed>;

/// key=value text for the journal. What a stranger sent is quoted and has no control characters.
std::string text(const Event& event);

} // namespace viaduct::broker
