// SPDX-License-Identifier: GPL-3.0-or-later
// A store in a directory of its own, and short words for what goes into it.
#pragma once

#include "server/store/Store.h"

#include <QObject>
#include <QString>
#include <QTemporaryDir>
#include <QVariant>
#include <gtest/gtest.h>

namespace viaduct::store {

TimePoint second(int number); ///< so many seconds after the first day of 2026
Prefix prefix(const char* text);
IpAddress address(const char* text);

Allocation held(const char* block, const char* holder, int since);
Allocation quarantined(const char* block, const char* holder, int since, int until);
Tunnel tunnelNumbered(std::int64_t id);
change::AppendHistory line(int at, HistoryEntry::What what, const char* block, const char* holder);

/// Runs the event loop until the store has called back.
Result<void> commit(Store& store, std::vector<Change> changes);
Result<std::vector<Tenure>> holdersAt(Store& store, const char* address, int at);

/// What a person would do with sqlite3: the first column of the first row, or the error's text.
struct SqlAnswer {
    QVariant value;
    QString error;
};
SqlAnswer sql(const std::string& file, const QString& statement);

class StoreFixture : public testing::Test {
protected:
    void SetUp() override { open(); }
    void open();
    void reopen();

    std::string directory() const { return m_directory.path().toStdString() + "/state"; }
    std::string file() const { return directory() + "/viaduct.db"; }

    QTemporaryDir m_directory;
    std::unique_ptr<Store> m_store;
};

} // namespace viaduct::store
