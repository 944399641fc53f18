// SPDX-License-Identifier: GPL-3.0-or-later
// The sheets of new vouchers, each for as long as it takes to print it. In memory alone, for they hold
// passwords. Pure: the time is passed in.
#pragma once

#include "server/credentials/SecretToken.h"
#include "shared/api/Accounts.h"

#include <deque>

namespace viaduct::web {

class SheetShelf {
public:
    static constexpr std::chrono::hours lifetime{1};
    static constexpr std::size_t most = 32; ///< the oldest goes

    /// The secret of its address.
    std::string keep(api::VoucherCreated created, api::Time now, const credentials::RandomSource& random);
    /// Null: there is none with that secret, or not any more.
    const api::VoucherCreated* find(std::string_view secret, api::Time now) const;
    void expire(api::Time now);

private:
    struct Sheet {
        credentials::Hash secret;
        api::Time until{};
        api::VoucherCreated created;
    };
    std::deque<Sheet> m_sheets; ///< oldest first
};

} // namespace viaduct::web
