// SPDX-License-Identifier: GPL-3.0-or-later
// viaduct://BROKER/?v=1&...: all that a client needs to connect, as one link that a page can offer and a QR
// code can hold. docs/profile-link.md is its definition. Pure.
#pragma once

#include "shared/client/ClientConfiguration.h"

namespace viaduct::client {

struct ProfileLink {
    ServerName broker;
    std::string login; ///< UTF-8, not empty
    std::string password; ///< empty: the client asks for it
    TunnelMode mode = TunnelMode::V6anyv4;
    HostType hostType = HostType::Host;
    int prefixLength = 0; ///< bits of the prefix wanted, 1 to 128; 0, and only then, for HostType::Host

    friend bool operator==(const ProfileLink&, const ProfileLink&) = default;
};

/// Bytes of a link; nothing that is longer is looked at.
inline constexpr std::size_t longestProfileLink = 2048;
/// Bytes of a login or a password: what fits into a line of the client's configuration.
inline constexpr std::size_t longestProfileValue = 255;

/// Invalid when a value cannot stand in a link: the sentence says which.
Result<std::string> writeProfileLink(const ProfileLink& profile);
/// Takes what writeProfileLink() gives, with the fields in any order, and nothing else: a link comes from a
/// stranger's page. Invalid, with a sentence for the person who has opened it; no sentence repeats a value.
Result<ProfileLink> readProfileLink(std::string_view text);

/// The configuration that connects as the profile says; `prefixInterface`: see ClientConfiguration.
ClientConfiguration configurationOf(const ProfileLink& profile, const std::string& prefixInterface = {});

} // namespace viaduct::client
