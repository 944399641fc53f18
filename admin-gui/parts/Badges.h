// SPDX-License-Identifier: GPL-3.0-or-later
// Logins and passwords on paper and in a file: badges for the people of an event, eight a page, and CSV.
#pragma once

#include "shared/api/Accounts.h"

#include <QPagedPaintDevice>

namespace viaduct::admin {

struct BadgeSheet {
    QString title; ///< the event
    QString broker; ///< what the client is to be told
    std::optional<api::Time> validFrom;
    std::optional<api::Time> validUntil;
    std::vector<api::Credentials> credentials;
};

inline constexpr int badgesPerPage = 8;

/// A printer, or a PDF. False: it cannot be written to.
bool paintBadges(QPagedPaintDevice& device, const BadgeSheet& sheet);

/// RFC 4180, UTF-8, with a heading.
QByteArray credentialsCsv(const std::vector<api::Credentials>& credentials);

} // namespace viaduct::admin
