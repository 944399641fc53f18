// SPDX-License-Identifier: GPL-3.0-or-later
// The pages behind a person's link: how the request goes on, the account, its tunnel. Pure.
#pragma once

#include "server/broker/Event.h"
#include "server/broker/Registry.h"
#include "server/web/Page.h"
#include "shared/client/ProfileLink.h"

namespace viaduct::web {

struct TunnelView {
    store::Tunnel tunnel;
    broker::event::Traffic traffic;
    bool isSilent = false;
};

struct StatusView {
    std::string path; ///< of the page: /r/LINK
    broker::StatusPage page;
    std::optional<TunnelView> tunnel;
    std::optional<client::ProfileLink> profile; ///< without a password; none: no broker serves the account
    Mistakes mistakes;
    std::string done; ///< a sentence about what was just done; empty: nothing was
    std::string answer; ///< typed, and to be corrected
};

/// Fields of its forms, as ids and names.
namespace statusField {
inline constexpr const char* answer = "answer";
inline constexpr const char* oldPassword = "old";
inline constexpr const char* newPassword = "new";
inline constexpr const char* newPasswordAgain = "again";
} // namespace statusField

std::string statusTitle(const Reader& reader, const StatusView& view);
Markup statusPage(const Reader& reader, const StatusView& view);
/// The only page that ever shows the password; `profile` has it.
Markup credentialsPage(const Reader& reader, const StatusView& view, const api::Credentials& credentials);
/// Asks once more before the account is given back.
Markup giveBackPage(const Reader& reader, const std::string& path, const std::string& login);

} // namespace viaduct::web
