// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever the text: a refusal names a line of it, and what is read is written so that it reads back the
// same.
#include "server/accounts/Csv.h"

#include <cstdint>
#include <cstdlib>
#include <iostream>

using namespace viaduct::accounts;

namespace {
void require(bool holds, const char* what) {
    if (holds)
        return;
    std::cerr << "broken: " << what << '\n';
    std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto rows = parseCsv(text);
    if (!rows) {
        require(rows.error().message.starts_with("line "), "a refusal names a line");
        return 0;
    }
    std::string written;
    std::size_t line = 0;
    for (const CsvRow& row : *rows) {
        require(!row.fields.empty() && row.line > line, "rows have fields and stand in order");
        line = row.line;
        written += csvLine(row.fields);
    }
    const auto again = parseCsv(written);
    require(again.has_value() && again->size() == rows->size(), "what is written reads back");
    for (std::size_t i = 0; i < rows->size(); ++i)
        require((*again)[i].fields == (*rows)[i].fields, "and is the same");
    return 0;
}
