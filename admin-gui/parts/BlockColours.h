// SPDX-License-Identifier: GPL-3.0-or-later
// The colours of the states of a block, on light and on dark: of the set of Okabe and Ito, which people with
// any colour vision tell apart; free and reserved differ by pattern, not by colour alone.
#pragma once

#include "shared/api/Addressing.h"

#include <QBrush>
#include <QPalette>

namespace viaduct::admin {

QColor blockColour(api::BlockState state, const QPalette& palette);
/// As it is drawn: reserved is hatched, quarantined dotted.
QBrush blockBrush(api::BlockState state, const QPalette& palette);

} // namespace viaduct::admin
