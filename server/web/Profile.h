// SPDX-License-Identifier: GPL-3.0-or-later
// How an account connects: which broker, and the ready profiles for our client and for older ones. Pure.
#pragma once

#include "shared/client/ProfileLink.h"

namespace viaduct::config {
struct Configuration;
enum class AccountKind;
} // namespace viaduct::config

namespace viaduct::web {

/// The TSP server of the first tunnel broker that serves accounts of this kind, out of this pool when one is
/// named: its address, which is right whatever the DNS says. None when there is none.
std::optional<client::ServerName>
brokerFor(const config::Configuration& configuration, config::AccountKind kind, std::string_view pool = {});

/// What the kind wants: a host no prefix, soho a /64, site a /48.
client::ProfileLink profileFor(
    const client::ServerName& broker, config::AccountKind kind, const std::string& login,
    const std::string& password);

/// The file that TSP clients read, older ones too, so all that they need is there and nothing is left to
/// their defaults. `system`: see systemNames; the names of interfaces depend on it. Without a password it
/// says where to write it.
std::string clientFile(const client::ProfileLink& profile, std::string_view system);

} // namespace viaduct::web
