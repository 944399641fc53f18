// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/SheetShelf.h"

#include <algorithm>

namespace viaduct::web {

std::string
SheetShelf::keep(api::VoucherCreated created, api::Time now, const credentials::RandomSource& random) {
    expire(now);
    if (m_sheets.size() >= most)
        m_sheets.pop_front();
    std::string secret = credentials::makeToken(credentials::TokenKind::Link, random);
    m_sheets.push_back(
        {*credentials::tokenHash(credentials::TokenKind::Link, secret), now + lifetime, std::move(created)});
    return secret;
}

const api::VoucherCreated* SheetShelf::find(std::string_view secret, api::Time now) const {
    const auto found = std::find_if(m_sheets.begin(), m_sheets.end(), [&](const Sheet& sheet) {
        return sheet.until > now
            && credentials::tokenFits(credentials::TokenKind::Link, secret, sheet.secret);
    });
    return found == m_sheets.end() ? nullptr : &found->created;
}

void SheetShelf::expire(api::Time now) {
    while (!m_sheets.empty() && m_sheets.front().until <= now)
        m_sheets.pop_front();
}

} // namespace viaduct::web
