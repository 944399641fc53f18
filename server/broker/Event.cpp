// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/Event.h"

namespace viaduct::broker {

namespace {
constexpr std::size_t longestQuoted = 128;

std::string inQuotes(std::string_view value) {
    std::string result = "\"";
    for (const char c : value.substr(0, longestQuoted)) {
        const bool plain = static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '"' && c != '\\';
        result += plain ? c : '?';
    }
    return result + '"';
}

std::string text(const store::Tunnel& tunnel) {
    std::string result = "tunnel=" + std::to_string(tunnel.id) + " holder=" + inQuotes(tunnel.holder)
        + " mode=" + std::string(viaduct::text(tunnel.mode)) + " outer="
        + (tunnel.outerRemote.port == 0 ? tunnel.outerRemote.address.text() : tunnel.outerRemote.text())
        + " inner=" + tunnel.innerClient.text();
    if (tunnel.delegated)
        result += " prefix=" + tunnel.delegated->text();
    return result;
}

std::string text(const store::Allocation& allocation) {
    return "block=" + allocation.block.text() + " pool=" + allocation.pool
        + " holder=" + inQuotes(allocation.holder);
}

struct Writer {
    std::string operator()(const event::TunnelUp& up) const {
        return (up.restored ? "event=tunnel-restored " : "event=tunnel-up ") + text(up.tunnel);
    }
    std::string operator()(const event::TunnelDown& down) const {
        const event::Traffic& traffic = down.traffic;
        return "event=tunnel-down " + text(down.tunnel) + " reason=" + inQuotes(down.reason) + " packets-in="
            + std::to_string(traffic.packetsIn) + " bytes-in=" + std::to_string(traffic.bytesIn)
            + " packets-out=" + std::to_string(traffic.packetsOut) + " bytes-out="
            + std::to_string(traffic.bytesOut) + " dropped=" + std::to_string(traffic.dropped);
    }
    std::string operator()(const event::TunnelSilent& silent) const {
        return "event=tunnel-silent " + text(silent.tunnel);
    }
    std::string operator()(const event::TunnelHeard& heard) const {
        return "event=tunnel-heard " + text(heard.tunnel);
    }
    std::string operator()(const event::StaticTunnelFailed& failed) const {
        return "event=static-tunnel-failed reason=" + inQuotes(failed.reason);
    }
    std::string operator()(const event::Allocated& allocated) const {
        return "event=allocated " + text(allocated.allocation);
    }
    std::string operator()(const event::Released& released) const {
        return "event=released " + text(released.allocation);
    }
    std::string operator()(const event::LoginRefused& refused) const {
        return "event=login-refused who=" + inQuotes(refused.who) + " from=" + refused.from.text()
            + " reason=" + inQuotes(refused.reason);
    }
    std::string operator()(const event::StoreFailed& failed) const {
        return "event=store-failed reason=" + inQuotes(failed.reason);
    }
    // Names and addresses of people stay out of the journal: they could not be erased there.
    std::string operator()(const event::RequestChanged& changed) const {
        return "event=request-changed request=" + inQuotes(changed.request.id.toStdString())
            + " state=" + api::word(changed.request.state);
    }
    std::string operator()(const event::AccountChanged& changed) const {
        return std::string(changed.gone ? "event=account-erased" : "event=account-changed") + " account="
            + inQuotes(changed.account.name.toStdString()) + " state=" + api::word(changed.account.state);
    }
    std::string operator()(const event::VoucherChanged& changed) const {
        return "event=voucher-changed voucher=" + inQuotes(changed.voucher.id.toStdString())
            + " state=" + api::word(changed.voucher.state);
    }
    std::string operator()(const event::ReservationChanged& changed) const {
        const api::Reservation& reservation = changed.reservation;
        return std::string(changed.gone ? "event=reservation-removed" : "event=reservation-created")
            + " reservation=" + inQuotes(reservation.id.toStdString()) + " pool="
            + inQuotes(reservation.draft.pool.toStdString()) + " prefix=" + reservation.draft.prefix.text();
    }
};
} // namespace

std::string text(const Event& event) {
    return std::visit(Writer{}, event);
}

} // namespace viaduct::broker
