// SPDX-License-Identifier: GPL-3.0-or-later
// The orders in which a list can be had: by each of its fields, either way.
#pragma once

#include <QStringList>

namespace viaduct::api {

/// Of OperationInfo::sort. The usual one comes first; a hyphen in front turns an order round.
QStringList sortsOf(const char* sort);

} // namespace viaduct::api
