// SPDX-License-Identifier: GPL-3.0-or-later
// Under which conditions somebody gets an account, as pure functions: the ticks and crosses beside a request,
// what an approval would give, and whether nobody need be asked.
#pragma once

#include "server/config/Configuration.h"
#include "shared/api/Requests.h"

namespace viaduct::broker {

/// A pool and how full it is.
struct PoolState {
    std::string name;
    int blockLength = 48; ///< of what it gives out; 128: pairs of single addresses
    Uint128 total = 0; ///< blocks
    Uint128 used = 0;
    int percentUsed() const;
};

/// What is known about a request besides what it says.
struct PolicyFacts {
    config::Registration registration;
    std::vector<config::AccountKind> offered;
    std::optional<PoolState> pool; ///< out of which it would be given
    std::size_t accountsOfPerson = 0; ///< of the same mail address
    api::Time now{};
};

config::AccountKind fromApi(api::AccountKind kind);
api::AccountKind toApi(config::AccountKind kind);

/// In this order: mail-domain, mail-verified, kind, pool, end-date, one-account. Those that the configuration
/// does not ask for are left out.
std::vector<api::PolicyTick> policyTicks(const api::RegistrationRequest& request, const PolicyFacts& facts);
/// All are ticked, and the proved mail address lies in a domain for which nobody need approve.
bool approvesItself(const api::RegistrationRequest& request, const PolicyFacts& facts);
/// The end of the wished day, if that is earlier than the usual lifetime; else that.
std::optional<api::Time> proposedEnd(const api::RegistrationRequest& request, const PolicyFacts& facts);
api::Proposal proposalFrom(const PoolState& pool);

/// What an account of a person is called: "Jean Dupont" -> "jdupont"; letters and digits of ASCII.
QString loginOf(const QString& name);
/// One address that a letter can be sent to, by the rules of the room mail: what is taken here and cannot be
/// written to would wait for ever. The proof is that mail arrives.
bool looksLikeMail(const QString& text);

} // namespace viaduct::broker
