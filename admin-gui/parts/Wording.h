// SPDX-License-Identifier: GPL-3.0-or-later
// Values as a person reads them, in the language and the customs of the desktop.
#pragma once

#include "shared/api/Accounts.h"
#include "shared/api/Addressing.h"
#include "shared/api/Health.h"
#include "shared/api/Requests.h"

#include <QCoreApplication>
#include <QString>

namespace viaduct::admin::wording {

QString time(api::Time time); ///< of the desktop's time zone
QString day(api::Date date);
/// "12 s ago", "3 min ago"; a day ago or more as time().
QString ago(api::Time time);
QString duration(std::chrono::seconds time);
/// 1.5 Mbit/s; powers of ten, as of lines.
QString rate(qint64 bitsPerSecond);
/// 1.5 MB; powers of ten.
QString bytes(qint64 bytes);
/// Grouped digits, or 2^64 where those say nothing.
QString number(Uint128 number);
/// A line for each cause that has any; empty: none.
QString drops(const api::Drops& drops);

QString kind(api::AccountKind kind); ///< "Site (/48)"
QString state(api::RequestState state);
QString state(api::AccountState state);
QString state(api::BlockState state);
QString role(api::Role role);
QString origin(api::AccountOrigin origin);

} // namespace viaduct::admin::wording
