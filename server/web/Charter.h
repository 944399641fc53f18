// SPDX-License-Identifier: GPL-3.0-or-later
// The charter: a file of simple Markdown, shown for consent. Pure but for the reading of the file.
#pragma once

#include "server/web/Markup.h"
#include "shared/net/Error.h"

namespace viaduct::web {

/// Paragraphs, headings (one level lower than written: the page has its own), lists, **bold**, *emphasis* and
/// links to https; all else is text, tags too.
Markup charterMarkup(std::string_view markdown);

/// UTF-8; bytes that are none are replaced. System when it cannot be read, or is larger than a charter is.
Result<std::string> readCharter(const std::string& file);

} // namespace viaduct::web
