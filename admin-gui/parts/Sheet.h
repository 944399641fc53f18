// SPDX-License-Identifier: GPL-3.0-or-later
// The printable sheet of a voucher, which the broker serves, in the browser: only ever by HTTPS, for it holds
// passwords, and so that no answer of a broker starts another program.
#pragma once

#include <QDesktopServices>
#include <QUrl>

namespace viaduct::admin {

inline bool openSheet(const QString& address) {
    const QUrl url(address, QUrl::StrictMode);
    return url.isValid() && url.scheme() == QLatin1String("https") && QDesktopServices::openUrl(url);
}

} // namespace viaduct::admin
