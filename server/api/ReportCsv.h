// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a report as CSV (RFC 4180), by the same tables as their JSON: the columns are the members of a row.
#pragma once

#include "server/accounts/Csv.h"
#include "shared/api/Json.h"

namespace viaduct::face {

namespace csv {

inline std::string cell(const QString& value) {
    return value.toStdString();
}
inline std::string cell(std::int64_t value) {
    return std::to_string(value);
}
inline std::string cell(double value) {
    return QString::number(value, 'f', 4).toStdString();
}
template <typename T>
std::string cell(const T& value) {
    return api::encode(value).toString().toStdString();
}
template <typename T>
std::string cell(const std::optional<T>& value) {
    return value ? cell(*value) : std::string();
}

/// A table's work when the heading is written.
template <typename Row>
struct Heading {
    std::vector<std::string> names;
    template <typename M>
    void needed(const char* name, M Row::*, const char*, const api::Rule& = {}) {
        names.emplace_back(name);
    }
    template <typename M>
    void maybe(const char* name, M Row::*, const char*, const api::Rule& = {}) {
        names.emplace_back(name);
    }
};

/// A table's work when a row is written.
template <typename Row>
struct Cells {
    const Row& row;
    std::vector<std::string> texts{};
    template <typename M>
    void needed(const char*, M Row::*member, const char*, const api::Rule& = {}) {
        texts.push_back(cell(row.*member));
    }
    template <typename M>
    void maybe(const char*, M Row::*member, const char*, const api::Rule& = {}) {
        texts.push_back(cell(row.*member));
    }
};

} // namespace csv

/// With the heading. What a spreadsheet would take for a formula is written behind an apostrophe: names come
/// from strangers.
template <typename Row>
std::string csvOf(const std::vector<Row>& rows) {
    csv::Heading<Row> heading;
    Row::members(heading);
    std::string text = accounts::csvLine(heading.names, false);
    for (const Row& row : rows) {
        csv::Cells<Row> cells{row};
        Row::members(cells);
        text += accounts::csvLine(cells.texts, false);
    }
    return text;
}

} // namespace viaduct::face
