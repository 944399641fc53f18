// SPDX-License-Identifier: GPL-3.0-or-later
// The sheet of a voucher: a card for each account, to be printed, cut and given out. Pure.
#pragma once

#include "server/web/Language.h"
#include "shared/client/ServerName.h"

#include <optional>

namespace viaduct::api {
struct VoucherCreated;
}

namespace viaduct::web {

struct SheetFacts {
    Language language = Language::English;
    std::string organisation; ///< empty: none is configured
    std::optional<client::ServerName> broker; ///< see brokerFor(); none: no codes
};

/// A whole HTML document, for document() of Page.h; it needs /style.css. It holds passwords: it is never to
/// be kept.
std::string voucherSheet(const api::VoucherCreated& created, const SheetFacts& facts);

} // namespace viaduct::web
