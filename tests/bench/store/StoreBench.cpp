// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the store makes tunnel set-ups durable, beside bare QtSql inserts of the same rows; what a line of
// the audit adds to each; how long 100,000 documents take to load. Usage: bench-store [SET-UPS [IN-FLIGHT]]
#include "server/store/Database.h"
#include "server/store/Schema.h"
#include "server/store/SqliteDialect.h"
#include "server/store/Store.h"

#include <QCoreApplication>
#include <QTemporaryDir>
#include <QVariant>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sys/resource.h>

using namespace viaduct;
using namespace viaduct::store;

namespace {

constexpr int rowsPerSetUp = 7;
constexpr int bareGroup = 1000; ///< set-ups in one transaction: the wait for the disk is spread thin
const TimePoint start{std::chrono::milliseconds(1'767'268'800'000)};

double processorSeconds(int who) {
    rusage usage{};
    getrusage(who, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Wall clock and processor time since it was made.
class Watch {
public:
    double wall() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - m_wall).count();
    }
    double process() const { return processorSeconds(RUSAGE_SELF) - m_process; }
    double thread() const { return processorSeconds(RUSAGE_THREAD) - m_thread; }

private:
    std::chrono::steady_clock::time_point m_wall = std::chrono::steady_clock::now();
    double m_process = processorSeconds(RUSAGE_SELF);
    double m_thread = processorSeconds(RUSAGE_THREAD);
};

[[noreturn]] void giveUp(const std::string& message) {
    std::fprintf(stderr, "bench-store: %s\n", message.c_str());
    std::exit(1);
}

Prefix numbered(std::uint32_t base, int number, int length) {
    return {
        IpAddress::fromNumber((Uint128{base} << 96) + (static_cast<Uint128>(number) << (128 - length))),
        length};
}

/// What a site's login leaves behind: a pair of addresses, a /48 and the tunnel, and three lines of history.
std::vector<Change> setUp(int number) {
    const std::string holder = "account:user" + std::to_string(number);
    const Prefix pair = numbered(0x20010db8, number + 1, 127);
    const Prefix site = numbered(0x3fff0000, number, 48);
    const TimePoint at = start + std::chrono::milliseconds(number);
    Tunnel tunnel;
    tunnel.id = number + 1;
    tunnel.holder = holder;
    tunnel.tunnelServer = "TS_RenaterSites48";
    tunnel.mode = TunnelMode::V6udpv4;
    tunnel.outerLocal = *Endpoint::fromText("192.0.2.1:3653");
    tunnel.outerRemote = {IpAddress::v4(0xC6336400U + static_cast<std::uint32_t>(number % 256)), 40000};
    tunnel.innerServer = pair.address();
    tunnel.innerClient = IpAddress::fromNumber(pair.address().number() + 1);
    tunnel.delegated = site;
    tunnel.dnsServers = {"ns1.example.net", "ns2.example.net"};
    tunnel.keepalive = std::chrono::seconds(30);
    tunnel.since = at;
    using What = HistoryEntry::What;
    return {
        change::PutAllocation{{"P_IntercoSites", pair, holder, at, {}}},
        change::AppendHistory{{at, What::Granted, pair, holder, "P_IntercoSites"}},
        change::PutAllocation{{"P_Sites48", site, holder, at, {}}},
        change::AppendHistory{{at, What::Granted, site, holder, "P_Sites48"}},
        change::PutTunnel{tunnel},
        change::AppendHistory{
            {at, What::Connected, Prefix(tunnel.innerClient, 128), holder, "v6udpv4 198.51.100.1:40000"}},
    };
}

/// The same rows by nothing but QtSql: plain inserts, values ready before the clock starts.
class BareInserts {
public:
    explicit BareInserts(const QString& file) : m_dialect(file) {
        m_database = QSqlDatabase::addDatabase(m_dialect.driver(), QStringLiteral("bare"));
        if (const auto opened = m_dialect.open(m_database); !opened)
            giveUp(opened.error().message);
        if (const auto made = migrate(m_database, m_dialect, migrations(m_dialect)); !made)
            giveUp(made.error().message);
        m_allocation = prepared("INSERT INTO allocation VALUES (?, ?, ?, ?, ?, ?)");
        m_tunnel = prepared("INSERT INTO tunnel VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        m_holder = prepared("INSERT INTO holder(id, name) VALUES (?, ?)");
        m_history = prepared("INSERT INTO history(at, what, address, length, holder_id, detail) "
                             "VALUES (?, ?, ?, ?, ?, ?)");
    }
    ~BareInserts() {
        for (QSqlQuery* query : {&m_allocation, &m_tunnel, &m_holder, &m_history})
            *query = QSqlQuery();
        m_database = QSqlDatabase();
        QSqlDatabase::removeDatabase(QStringLiteral("bare"));
    }

    void insert(const std::vector<QVariantList>& rows) {
        std::size_t row = 0;
        const std::size_t transaction = std::size_t{bareGroup} * rowsPerSetUp;
        while (row < rows.size()) {
            control("BEGIN IMMEDIATE");
            for (const std::size_t end = std::min(rows.size(), row + transaction); row < end; ++row)
                insert(rows[row], row % rowsPerSetUp);
            control("COMMIT");
        }
    }

private:
    QSqlQuery prepared(const char* statement) {
        QSqlQuery query(m_database);
        if (!query.prepare(QString::fromLatin1(statement)))
            giveUp(query.lastError().text().toStdString());
        return query;
    }
    void control(const char* statement) {
        QSqlQuery query(m_database);
        if (!query.exec(QString::fromLatin1(statement)))
            giveUp(query.lastError().text().toStdString());
    }
    void insert(const QVariantList& values, std::size_t kind) {
        QSqlQuery& query = kind < 2 ? m_allocation : kind == 2 ? m_tunnel : kind == 3 ? m_holder : m_history;
        for (int i = 0; i < static_cast<int>(values.size()); ++i)
            query.bindValue(i, values[i]);
        if (!query.exec())
            giveUp(query.lastError().text().toStdString());
    }

    SqliteDialect m_dialect;
    QSqlDatabase m_database;
    QSqlQuery m_allocation;
    QSqlQuery m_tunnel;
    QSqlQuery m_holder;
    QSqlQuery m_history;
};

QByteArray bytes(const IpAddress& address) {
    return {reinterpret_cast<const char*>(address.bytes().data()), 16};
}

qlonglong milliseconds(TimePoint time) {
    return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

QVariantList rowOf(const Allocation& row) {
    return {bytes(row.block.address()),         row.block.length(),      QString::fromStdString(row.pool),
            QString::fromStdString(row.holder), milliseconds(row.since), QVariant()};
}

QVariantList rowOf(const Tunnel& row) {
    return {
        qlonglong{row.id},
        QString::fromStdString(row.holder),
        QString::fromStdString(row.tunnelServer),
        QStringLiteral("v6udpv4"),
        bytes(row.outerLocal.address),
        row.outerLocal.port,
        bytes(row.outerRemote.address),
        row.outerRemote.port,
        bytes(row.innerServer),
        bytes(row.innerClient),
        bytes(row.delegated->address()),
        row.delegated->length(),
        QStringLiteral("ns1.example.net\nns2.example.net"),
        row.mtu,
        qlonglong{row.keepalive.count()},
        milliseconds(row.since)};
}

QVariantList rowOf(const HistoryEntry& row, int holder) {
    return {
        milliseconds(row.at),
        row.what == HistoryEntry::What::Granted ? QStringLiteral("G") : QStringLiteral("C"),
        bytes(row.prefix.address()),
        row.prefix.length(),
        holder,
        QString::fromStdString(row.detail)};
}

/// Two allocations, the tunnel, the holder, three lines: the order that BareInserts counts on.
std::vector<QVariantList> bareRows(int setUps) {
    std::vector<QVariantList> rows;
    for (int i = 0; i < setUps; ++i) {
        const auto changes = setUp(i);
        for (const std::size_t at : {0U, 2U})
            rows.push_back(rowOf(std::get<change::PutAllocation>(changes[at]).allocation));
        rows.push_back(rowOf(std::get<change::PutTunnel>(changes[4]).tunnel));
        rows.push_back(
            {i + 1, QString::fromStdString(std::get<change::PutTunnel>(changes[4]).tunnel.holder)});
        for (const std::size_t at : {1U, 3U, 5U})
            rows.push_back(rowOf(std::get<change::AppendHistory>(changes[at]).entry, i + 1));
    }
    return rows;
}

double bare(const QString& directory, int setUps) {
    BareInserts inserts(directory + QStringLiteral("/bare.db"));
    const auto rows = bareRows(setUps);
    const Watch watch;
    inserts.insert(rows);
    const double rate = setUps / watch.wall();
    std::printf(
        "bare QtSql, %d set-ups a transaction: %8.0f set-ups/s, %8.0f rows/s, %5.1f us of processor each\n",
        bareGroup, rate, rate * rowsPerSetUp, watch.process() / setUps * 1e6);
    return rate;
}

change::AppendAudit auditLine(int number) {
    return {
        {start + std::chrono::milliseconds(number), "person:4711", "2001:db8::1", "tunnel.create",
         "tunnel:" + std::to_string(number), "", R"({"mode":"v6udpv4","prefix":"2001:db8:1::/48"})"}};
}

double throughStore(const std::string& directory, int setUps, int inFlight, bool audited) {
    auto store = Store::open(directory + (audited ? "/audited" : "/store"));
    if (!store)
        giveUp(store.error().message);
    QObject context;
    int begun = 0;
    int done = 0;
    const std::function<void()> begin = [&] {
        if (begun == setUps)
            return;
        std::vector<Change> changes = setUp(begun);
        if (audited)
            changes.emplace_back(auditLine(begun));
        ++begun;
        (*store)->commit(std::move(changes), &context, [&](const Result<void>& result) {
            if (!result)
                giveUp(result.error().message);
            if (++done == setUps)
                QCoreApplication::quit();
            begin();
        });
    };
    const Watch watch;
    for (int i = 0; i < inFlight; ++i)
        begin();
    QCoreApplication::exec();
    const double rate = setUps / watch.wall();
    std::printf(
        "store, %d in flight%s: %8.0f set-ups/s, %8.0f rows/s, %5.1f us of processor each in "
        "the store's thread, %4.1f us in the caller's\n",
        inFlight, audited ? ", each with a line of audit" : "                           ", rate,
        rate * (audited ? rowsPerSetUp + 1 : rowsPerSetUp), (watch.process() - watch.thread()) / setUps * 1e6,
        watch.thread() / setUps * 1e6);
    return rate;
}

void loadOfRecords(const std::string& directory) {
    constexpr int documents = 100'000;
    auto store = Store::open(directory + "/records");
    if (!store)
        giveUp(store.error().message);
    QObject context;
    std::vector<Change> changes;
    for (int i = 0; i < documents; ++i)
        changes.emplace_back(change::PutRecord{
            {"account", std::to_string(i), 1,
             R"({"name":"user)" + std::to_string(i) + R"(","kind":"site",)" + std::string(450, ' ') + '}'}});
    (*store)->commit(std::move(changes), &context, [](const Result<void>& result) {
        if (!result)
            giveUp(result.error().message);
        QCoreApplication::quit();
    });
    QCoreApplication::exec();
    const Watch watch;
    const auto loaded = (*store)->load();
    if (!loaded)
        giveUp(loaded.error().message);
    std::printf(
        "load of %zu documents of 500 bytes: %.0f ms, %.0f ms of processor\n", loaded->records.size(),
        watch.wall() * 1e3, watch.process() * 1e3);
}

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    const auto argument = [&](int index, int otherwise) {
        return argc > index ? std::max(1, QByteArray(argv[index]).toInt()) : otherwise;
    };
    const int setUps = argument(1, 30'000);
    // Beside the program, where bench-setup's broker writes too, and not in /tmp, which is often no disk:
    // what is measured is the wait for one.
    const QTemporaryDir directory(
        QCoreApplication::applicationDirPath() + QStringLiteral("/bench-store-XXXXXX"));
    const double bareRate = bare(directory.path(), setUps);
    const std::string path = directory.path().toStdString();
    const double storeRate = throughStore(path, setUps, argument(2, 256), false);
    const double auditedRate = throughStore(path, setUps, argument(2, 256), true);
    std::printf("ratio: %.2f, audited %.2f\n", storeRate / bareRate, auditedRate / bareRate);
    loadOfRecords(path);
    return 0;
}
