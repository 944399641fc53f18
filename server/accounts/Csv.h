// SPDX-License-Identifier: GPL-3.0-or-later
// Comma-separated values, RFC 4180: the text of a spreadsheet to rows of fields, and back.
#pragma once

#include "shared/net/Error.h"

#include <string>
#include <string_view>
#include <vector>

namespace viaduct::accounts {

struct CsvRow {
    std::size_t line = 1; ///< where it begins in the text, from 1
    std::vector<std::string> fields;
    friend bool operator==(const CsvRow&, const CsvRow&) = default;
};

struct CsvBounds {
    std::size_t bytes = std::size_t{32} << 20;
    std::size_t rows = 100'001; ///< with the heading
    std::size_t fields = 64; ///< of one row
    std::size_t field = 16'384; ///< bytes of one
};

/// Lines end with CR LF or LF; a byte order mark in front and empty lines are skipped. Invalid, naming the
/// line: beyond a bound, a quote that is never closed or stands within an unquoted field, text behind a
/// closing quote, a NUL, or what is no UTF-8.
Result<std::vector<CsvRow>> parseCsv(std::string_view text, const CsvBounds& bounds);
inline Result<std::vector<CsvRow>> parseCsv(std::string_view text) {
    return parseCsv(text, CsvBounds());
}

/// One row with its CR LF. What a spreadsheet would take for a formula (= + - @ in front) is written as it
/// is when `exact`, else behind an apostrophe: people open such files.
std::string csvLine(const std::vector<std::string>& fields, bool exact = true);

} // namespace viaduct::accounts
