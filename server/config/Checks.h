// SPDX-License-Identifier: GPL-3.0-or-later
// What can only be seen when the whole text is read: names that lead nowhere, addresses that collide,
// sections that lack something. Every check takes time in proportion to the text, but for sorting. Each adds
// to draft.diagnostics.
#pragma once

#include "server/config/Draft.h"

namespace viaduct::config {

/// "This WHAT is not complete.", where the section begins.
void complainLacking(Draft& draft, const Outline& outline, std::string_view what, std::string cure);

/// What follows from lines that stand elsewhere, before the checks look at it.
void applyImplied(Draft& draft);
/// Ranges that overlap; pools that are used for what they cannot give.
void checkPools(Draft& draft);
/// TSP servers, tunnel servers, and the brokers that join them.
void checkServers(Draft& draft);
void checkStaticTunnels(Draft& draft);
/// TSP servers and web servers that want the same port.
void checkListeners(Draft& draft);
/// What DIGEST-MD5 and RADIUS need.
void checkAuthentication(Draft& draft);
void checkMailServer(Draft& draft);
void checkWebServers(Draft& draft);
void checkRegistration(Draft& draft);

} // namespace viaduct::config
