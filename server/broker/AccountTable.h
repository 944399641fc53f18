// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts as rows of a spreadsheet: text to values and back. Pure; what each row does to the accounts that
// are here is the registry's affair.
#pragma once

#include "shared/api/Accounts.h"

#include <QByteArray>
#include <QJsonObject>

namespace viaduct::broker {

struct AccountRow {
    int line = 1;
    QString name;
    QString password; ///< empty: the broker makes one for a new account
    QJsonObject settings; ///< of api::AccountSettings, those that the table has a column for
};

struct AccountTable {
    std::vector<AccountRow> rows;
    /// 100 at most; the rows with them are missing, or as good as can be.
    std::vector<api::ImportError> errors;
};

/// The first row names the columns, in any order: `name` is needed, all others may be left out. An empty
/// field is the default. Tags stand between semicolons.
AccountTable readAccountTable(const QByteArray& csv);
/// What the settings of `before` become by this row, or each mistake.
Result<api::AccountSettings>
settingsOf(const AccountRow& row, const api::AccountSettings& before, std::vector<api::ImportError>& errors);

/// With the heading; readAccountTable() reads it. No passwords: nobody knows them.
QByteArray accountTable(const std::vector<api::Account>& accounts);

} // namespace viaduct::broker
