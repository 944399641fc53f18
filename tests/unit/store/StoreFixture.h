// SPDX-License-Identifier: GPL-3.0-or-later
// A store in a directory of its own, and short words for what goes into it.
#pragma once

#include "server/store/Store.h"

#include <QEventLoop>
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

/// Runs the event loop until `start`, which is given a function to call with the answer, has been answered.
template <typename T, typename Start>
T waitFor(const Start& start) {
    std::optional<T> answer;
    start([&](const T& result) { answer = result; });
    QEventLoop loop; // its own: the calling thread may be none of Qt's
    while (!answer)
        loop.processEvents(QEventLoop::WaitForMoreEvents);
    return *answer;
}

/// What the store answers to a question: asked<Rows<AuditLine>>(store, &Store::audit, filter, page).
template <typename T, typename Method, typename... Arguments>
Result<T> asked(Store& store, Method method, const Arguments&... arguments) {
    QObject context;
    return waitFor<Result<T>>([&](auto answer) { (store.*method)(arguments..., &context, answer); });
}

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
