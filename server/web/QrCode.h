// SPDX-License-Identifier: GPL-3.0-or-later
// A text as a QR code, as SVG within a page: no file, no style, no third party. Pure.
#pragma once

#include "server/web/Markup.h"
#include "shared/net/Error.h"

namespace viaduct::web {

/// `label` is what it is for people who do not see it. Invalid when the text is empty or longer than a code
/// can hold (2331 bytes at the level of correction used).
Result<Markup> qrCode(const std::string& text, std::string_view label);

} // namespace viaduct::web
