// SPDX-License-Identifier: GPL-3.0-or-later
// What a call says besides its body: pure, so that a test sees the URL before the network does.
#pragma once

#include "shared/api/Operations.h"

#include <QStringList>
#include <QUrl>
#include <QUrlQuery>

namespace viaduct::api {

struct Question {
    QStringList path{}; ///< for the {names} of the operation's path, in order
    std::vector<std::pair<QString, QString>> query{}; ///< names as in the document; empty values are left out
    std::optional<std::int64_t> revision{}; ///< sent as If-Match
    QString idempotencyKey{}; ///< empty: each POST gets a new one. Set it to try the same again
};

/// The whole URL. Invalid when a value is missing or can be no segment of a path.
Result<QUrl> urlOf(const QUrl& broker, const OperationInfo& operation, const Question& question);

/// HTTPS://HOST[:PORT] as people type it, also without the scheme; the path goes. Invalid for anything else:
/// nothing is ever sent without TLS.
Result<QUrl> brokerFromText(const QString& text);

} // namespace viaduct::api
