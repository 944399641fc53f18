// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/StoreFixture.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>

namespace viaduct::store {

TimePoint second(int number) {
    return TimePoint(std::chrono::seconds(1'767'225'600 + number));
}

Prefix prefix(const char* text) {
    return Prefix::fromText(text).value();
}

IpAddress address(const char* text) {
    return IpAddress::fromText(text).value();
}

Allocation held(const char* block, const char* holder, int since) {
    return {"P_Sites48", prefix(block), holder, second(since), {}};
}

Allocation quarantined(const char* block, const char* holder, int since, int until) {
    return {"P_Sites48", prefix(block), holder, second(since), second(until)};
}

Tunnel tunnelNumbered(std::int64_t id) {
    Tunnel tunnel;
    tunnel.id = id;
    tunnel.holder = "account:user" + std::to_string(id);
    tunnel.tunnelServer = "TS_RenaterSites48";
    tunnel.mode = TunnelMode::V6udpv4;
    tunnel.outerLocal = *Endpoint::fromText("192.0.2.1:3653");
    tunnel.outerRemote = *Endpoint::fromText("198.51.100.7:40000");
    tunnel.innerServer = address("2001:db8:f001:1::2");
    tunnel.innerClient = address("2001:db8:f001:1::3");
    tunnel.keepalive = std::chrono::seconds(30);
    tunnel.since = second(1);
    return tunnel;
}

change::AppendHistory line(int at, HistoryEntry::What what, const char* block, const char* holder) {
    return {{second(at), what, prefix(block), holder, "P_Sites48"}};
}

Result<void> commit(Store& store, std::vector<Change> changes) {
    QObject context;
    return waitFor<Result<void>>([&](auto answer) { store.commit(std::move(changes), &context, answer); });
}

Result<std::vector<Tenure>> holdersAt(Store& store, const char* where, int at) {
    QObject context;
    return waitFor<Result<std::vector<Tenure>>>(
        [&](auto answer) { store.holdersAt(address(where), second(at), &context, answer); });
}

SqlAnswer sql(const std::string& file, const QString& statement) {
    SqlAnswer answer;
    const QString name = QStringLiteral("by-hand");
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(QString::fromStdString(file));
        database.open();
        QSqlQuery query(database);
        if (query.exec(statement))
            answer.value = query.next() ? query.value(0) : QVariant();
        answer.error = query.lastError().databaseText();
    }
    QSqlDatabase::removeDatabase(name);
    return answer;
}

void StoreFixture::open() {
    auto store = Store::open(directory());
    ASSERT_TRUE(store) << store.error().message;
    m_store = std::move(*store);
}

void StoreFixture::reopen() {
    m_store.reset();
    open();
}

} // namespace viaduct::store
