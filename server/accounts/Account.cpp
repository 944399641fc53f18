// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/accounts/Account.h"

#include <algorithm>

namespace viaduct::accounts {

namespace {
constexpr std::size_t longestName = 64;

bool isPlain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
} // namespace

bool mayHavePrefix(Kind kind, int length) {
    switch (kind) {
    case Kind::Host:
        return false;
    case Kind::Soho:
        return length >= 64;
    case Kind::Site:
        return length >= 48;
    }
    return false;
}

std::optional<int> usualPrefixLength(Kind kind) {
    switch (kind) {
    case Kind::Host:
        return std::nullopt;
    case Kind::Soho:
        return 64;
    case Kind::Site:
        return 48;
    }
    return std::nullopt;
}

std::optional<std::string> refusal(const Account& account, TimePoint now) {
    if (account.suspended)
        return "The account is suspended.";
    if (account.validFrom && now < *account.validFrom)
        return "The account is not valid yet.";
    if (account.validUntil && now >= *account.validUntil)
        return "The account has expired.";
    return std::nullopt;
}

bool keepsBlocks(const Account& account, TimePoint now) {
    return !account.validUntil || now < *account.validUntil;
}

Result<void> checkName(std::string_view name) {
    const bool fits = !name.empty() && name.size() <= longestName && isPlain(name.front())
        && std::all_of(name.begin(), name.end(), [](char c) {
               return isPlain(c) || c == '.' || c == '_' || c == '-' || c == '@';
           });
    if (fits)
        return {};
    return failure(
        Error::Code::Invalid,
        "That is no login: take 1 to 64 letters and digits of ASCII, also . _ - and @ behind the first.");
}

} // namespace viaduct::accounts
