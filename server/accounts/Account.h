// SPDX-License-Identifier: GPL-3.0-or-later
// One account as far as logging in is concerned: what its kind may have, what is kept of its password, and
// when it may be used. Who stands behind it is nobody's business here.
#pragma once

#include "server/config/Configuration.h"
#include "server/credentials/ScramKeys.h"
#include "shared/tsp/DigestMd5.h"

namespace viaduct::accounts {

using Kind = config::AccountKind;
using TimePoint = std::chrono::system_clock::time_point;

/// Who knows its password: the configuration, the store, or a RADIUS server that is asked each time.
enum class Origin { Configuration, Stored, Radius };

/// What its tunnel may carry.
struct Limits {
    std::int64_t rateIn = 0; ///< bit/s from the client; 0: no limit
    std::int64_t rateOut = 0; ///< to the client
    bool quotaUsedUp = false; ///< the tunnel stays, and carries nothing
    friend bool operator==(const Limits&, const Limits&) = default;
};

struct Account {
    std::string name;
    Kind kind = Kind::Host;
    std::vector<Prefix> proxyFor{}; ///< where the boxes are for which it may set tunnels up
    std::optional<tsp::DigestKey> key{}; ///< H(name:realm:password), only where old clients are allowed
    std::optional<credentials::ScramKeys> scram{}; ///< of a stored account
    Origin origin = Origin::Configuration;
    bool suspended = false;
    std::optional<TimePoint> validFrom{}; ///< it may log in from then on
    std::optional<TimePoint> validUntil{}; ///< and before then
    std::string pool{}; ///< it gets its block from this one; empty: from any that its kind has
    Limits limits{};
};

/// Whether a user of this kind may have a delegated prefix of `length` bits (IPv6): a site a /48 or longer,
/// SOHO a /64 or longer, a single host none.
bool mayHavePrefix(Kind kind, int length);

/// What a router is given that names no length: the most that its kind may have. Nothing for a single host.
std::optional<int> usualPrefixLength(Kind kind);

/// Why the account may not be used now, whoever knows its password: a sentence for the log. The client is
/// told nothing but that it failed.
std::optional<std::string> refusal(const Account& account, TimePoint now);
/// What it holds is kept for it: it may come back. An expired one does not, unless it is prolonged.
bool keepsBlocks(const Account& account, TimePoint now);

/// Invalid, with cause and cure, unless a new account may bear this name: 1 to 64 of the letters and digits
/// of ASCII, `.`, `_`, `-` and `@`, the first a letter or digit. Nothing else, because it is part of lines of
/// text and of URLs.
Result<void> checkName(std::string_view name);

} // namespace viaduct::accounts
