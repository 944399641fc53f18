// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration language: text <-> Configuration. The file, `conf t` and the API all use it.
// docs/configuration.md is its manual.
#pragma once

#include "server/config/Configuration.h"

#include <tl/expected.hpp>

namespace viaduct::config {

/// One mistake in a configuration text.
struct Diagnostic {
    std::size_t line = 0; ///< from 1
    std::size_t column = 0; ///< from 1, in characters
    std::string cause; ///< a sentence: what is wrong
    std::string cure; ///< a sentence: what to write instead
    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// FILE:LINE:COLUMN: cause cure, as compilers do.
std::string text(const Diagnostic& diagnostic, std::string_view file);

/// Either the whole configuration or every mistake in it, in the order of the text. Takes time in proportion
/// to the text. Bounds: a text of 16 MiB, a line of 2048 bytes, 10,000 mistakes, behind which a last one says
/// that reading stopped. No diagnostic repeats a word of a `username` line behind its name.
tl::expected<Configuration, std::vector<Diagnostic>> parse(std::string_view text);

/// The running-config form. Passwords are written as the digest that is kept of them, never as text, so what
/// is shown to people holds no password; parse() reads it back to an equal configuration (with digests in the
/// place of passwords).
std::string runningConfig(const Configuration& configuration);

/// `text` as it is, comments too, but with `digest` and the digest in the place of each `secret` and password
/// of a `username` line, and "(hidden)" for one in such a line that is commented out. parse() reads it to an
/// equal configuration (with digests in the place of passwords). Of a text with mistakes it is the best that
/// can be done.
std::string withoutPasswords(std::string_view text);

} // namespace viaduct::config
