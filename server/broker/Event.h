// SPDX-License-Identifier: GPL-3.0-or-later
// What happened, told to everybody who wants to know after the database has committed it.
#pragma once

#include "server/store/Records.h"
#include "shared/api/Accounts.h"
#include "shared/api/Addressing.h"
#include "shared/api/Requests.h"

namespace viaduct::broker {

namespace event {
struct TunnelUp {
    store::Tunnel tunnel;
    bool restored = false; ///< it was up before this program started
};
/// What went through a tunnel while it was up. Bytes are inner bytes; in: from the client.
struct Traffic {
    std::uint64_t packetsIn = 0;
    std::uint64_t bytesIn = 0;
    std::uint64_t packetsOut = 0;
    std::uint64_t bytesOut = 0;
    std::uint64_t dropped = 0; ///< for whatever reason
    friend bool operator==(const Traffic&, const Traffic&) = default;
};
struct TunnelDown {
    store::Tunnel tunnel;
    std::string reason; ///< a sentence
    Traffic traffic; ///< since this program carries it
};
/// Nothing came from the client for the idle timeout: nothing more is sent to it until it is heard again.
struct TunnelSilent {
    store::Tunnel tunnel;
};
struct TunnelHeard {
    store::Tunnel tunnel;
};
/// A static tunnel of the configuration cannot be set up now.
struct StaticTunnelFailed {
    std::string reason;
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
struct RequestChanged {
    api::RegistrationRequest request;
};
struct AccountChanged {
    api::Account account;
    bool gone = false; ///< erased
};
struct VoucherChanged {
    api::Voucher voucher;
};
struct ReservationChanged {
    api::Reservation reservation;
    bool gone = false; ///< given back to the pool
};
} // namespace event

using Event = std::variant<
    event::TunnelUp, event::TunnelDown, event::TunnelSilent, event::TunnelHeard, event::StaticTunnelFailed,
    event::Allocated, event::Released, event::LoginRefused, event::StoreFailed, event::RequestChanged,
    event::AccountChanged, event::VoucherChanged, event::ReservationChanged>;

/// key=value text for the journal. What a stranger sent is quoted and has no control characters.
std::string text(const Event& event);

} // namespace viaduct::broker
