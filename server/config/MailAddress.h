// SPDX-License-Identifier: GPL-3.0-or-later
// What a letter can be sent to: the form that asks for an address and the room that writes to it go by the
// same rules, so that nothing is taken that would wait for ever.
#pragma once

#include <QString>

#include <optional>
#include <string>

namespace viaduct::config {

/// NAME@DOMAIN with the domain in ASCII (RFC 5890). Names are a dot-atom (RFC 5322, 3.2.3) of 64 bytes at
/// most: quoted ones are legal, and nobody has one. Nothing for any other text.
std::optional<std::string> mailAddressFrom(const QString& text);

} // namespace viaduct::config
