// SPDX-License-Identifier: GPL-3.0-or-later
// Two people change one account at a time: what the one has typed and what the other has saved become one,
// field by field. Pure.
#pragma once

#include "shared/api/Accounts.h"

#include <QStringList>

namespace viaduct::admin {

struct MergedSettings {
    api::AccountSettings settings;
    QStringList both; ///< names of the fields that both have changed, differently: there `mine` stands
};

/// `base` is what `mine` was made of. What was not changed in `mine` is as in `theirs`.
MergedSettings mergeSettings(
    const api::AccountSettings& base, const api::AccountSettings& mine, const api::AccountSettings& theirs);

} // namespace viaduct::admin
