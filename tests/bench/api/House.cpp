// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/api/House.h"

#include <QCoreApplication>
#include <QFile>
#include <QNetworkProxy>
#include <QSslConfiguration>

#include <cstdio>
#include <cstdlib>

namespace viaduct::bench {

using namespace std::chrono_literals;

namespace {
constexpr const char* configurationText = R"(ipv6 local pool ends 2001:db8:0:1::/64 128
ipv6 local pool sites 3fff::/20 48
tsp T
 ip address 192.0.2.1
tunnel server S
 ip address 192.0.2.1
 ipv6 pool endpoints ends
 ipv6 pool prefix sites
tunnel broker B
 set tsp T
 set tunnel server S
)";

template <typename T>
T must(Result<T> result, const char* what) {
    if (!result) {
        std::fprintf(stderr, "%s: %s\n", what, result.error().message.c_str());
        std::exit(1);
    }
    return std::move(*result);
}
void must(const Result<void>& result, const char* what) {
    if (!result) {
        std::fprintf(stderr, "%s: %s\n", what, result.error().message.c_str());
        std::exit(1);
    }
}

store::Change accountOf(int number) {
    broker::record::Account account;
    account.account.name = QStringLiteral("user%1").arg(number);
    account.account.settings.kind = api::AccountKind::Site;
    account.account.settings.person = QStringLiteral("Person Number %1").arg(number);
    account.account.settings.email = QStringLiteral("user%1@example.net").arg(number);
    account.account.settings.organisation = QStringLiteral("Organisation %1").arg(number % 500);
    account.account.created = api::Time{std::chrono::seconds{1'700'000'000 + number * 37 % 20'000'000}};
    return broker::Documents<broker::record::Account>().put('a' + std::to_string(number), account);
}

store::Change requestOf(int number) {
    broker::record::Request request;
    request.request.id = QStringLiteral("r%1").arg(number);
    request.request.received = api::Time{std::chrono::seconds{1'700'000'000 + number}};
    request.request.name = QStringLiteral("Person Number %1").arg(number);
    request.request.email = QStringLiteral("new%1@example.net").arg(number);
    request.request.organisation = QStringLiteral("Organisation %1").arg(number % 500);
    request.link = QStringLiteral("l%1").arg(number);
    return broker::Documents<broker::record::Request>().put(request.request.id.toStdString(), request);
}

/// The tunnel of that account, with its pair of end points and its prefix.
void addTunnel(int number, std::vector<store::Change>& changes) {
    const auto two = static_cast<unsigned>(number + 1) * 2U;
    const auto hex = [](unsigned value) { return QString::number(value, 16).toStdString(); };
    const std::string pair = "2001:db8:0:1::" + hex(two >> 16U) + ':' + hex(two & 0xffffU);
    const auto prefix = *Prefix::fromText(
        "3fff:" + hex(static_cast<unsigned>(number) >> 16U) + ':'
        + hex(static_cast<unsigned>(number) & 0xffffU) + "::/48");
    const store::Holder holder = "account:user" + std::to_string(number);
    const store::TimePoint since{1'750'000'000s + std::chrono::seconds{number}};
    store::Tunnel tunnel;
    tunnel.id = number + 1;
    tunnel.holder = holder;
    tunnel.tunnelServer = "S";
    tunnel.mode = TunnelMode::V6udpv4;
    tunnel.outerLocal = {*IpAddress::fromText("192.0.2.1"), 3653};
    tunnel.outerRemote
        = {*IpAddress::fromText(
               "198.51." + std::to_string(100 + number / 50'000 % 100) + '.' + std::to_string(number % 250)),
           static_cast<std::uint16_t>(1024 + number / 250 % 60'000)};
    tunnel.innerServer = *IpAddress::fromText(pair);
    tunnel.innerClient
        = *IpAddress::fromText("2001:db8:0:1::" + hex(two >> 16U) + ':' + hex((two & 0xffffU) + 1));
    tunnel.delegated = prefix;
    tunnel.since = since;
    changes.emplace_back(
        store::change::PutAllocation{{"ends", Prefix(tunnel.innerServer, 127), holder, since, {}}});
    changes.emplace_back(store::change::PutAllocation{{"sites", prefix, holder, since, {}}});
    for (const Prefix& block : {Prefix(tunnel.innerServer, 127), prefix})
        changes.emplace_back(store::change::AppendHistory{
            {since, store::HistoryEntry::What::Granted, block, holder, block == prefix ? "sites" : "ends"}});
    changes.emplace_back(store::change::PutTunnel{std::move(tunnel)});
}
} // namespace

House::House(int accounts, int tunnels) {
    m_network.setProxy(QNetworkProxy::NoProxy);
    m_store = must(store::Store::open(m_directory.path().toStdString()), "the store");
    fill(accounts, tunnels);
    serve();
}

void House::until(const std::function<bool()>& condition) {
    while (!condition())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
}

void House::fill(int accounts, int tunnels) {
    std::size_t waiting = 0;
    std::vector<store::Change> changes;
    const auto write = [&] {
        ++waiting;
        m_store->commit(std::exchange(changes, {}), &m_network, [&waiting](const Result<void>& done) {
            must(done, "filling the database");
            --waiting;
        });
        until([&] { return waiting < 4; });
    };
    for (int i = 0; i < accounts; ++i) {
        changes.push_back(accountOf(i));
        changes.push_back(requestOf(i));
        if (i < tunnels)
            addTunnel(i, changes);
        changes.emplace_back(store::change::AppendAudit{
            {store::TimePoint{1'750'000'000s}, "admin", "192.0.2.250", "createAccount",
             "account:a" + std::to_string(i), "", "{}"}});
        if (changes.size() > 5000)
            write();
    }
    write();
    until([&] { return waiting == 0; });
}

void House::serve() {
    const std::string file = m_directory.filePath(QStringLiteral("viaduct.conf")).toStdString();
    QFile text(QString::fromStdString(file));
    if (!text.open(QIODevice::WriteOnly) || text.write(configurationText) < 0)
        std::exit(1);
    text.close();
    m_keeper = std::make_unique<revisions::Keeper>(file, m_directory.path().toStdString());
    const auto configuration = must(m_keeper->load(), "the configuration");
    const auto snapshot = must(m_store->load(), "the snapshot");
    m_broker = std::make_unique<broker::Broker>(*m_store, m_table);
    m_registry = std::make_unique<broker::Registry>(*m_broker, *m_store);
    m_reservations = std::make_unique<broker::Reservations>(*m_broker, *m_store);
    m_staff = std::make_unique<broker::Staff>(*m_store);
    must(m_registry->load(snapshot), "the registry");
    must(m_reservations->load(snapshot), "the reservations");
    must(m_staff->load(snapshot), "the staff");
    must(m_broker->restore(configuration, snapshot), "the broker");
    m_keeper->begin(*m_store, {[](const config::Configuration&) { return Result<void>(); }, {}});
    m_face = std::make_unique<face::ApiFace>(face::ApiFace::Rooms{
        *m_broker, *m_registry, *m_reservations, *m_staff, *m_store, *m_keeper,
        m_directory.filePath(QStringLiteral("viaduct.db")).toStdString()});

    bool isDone = false;
    const broker::Actor admin{"admin", *IpAddress::fromText("192.0.2.250"), api::Role::Administrator};
    m_staff->welcome([&](const Result<std::optional<api::Credentials>>&) {
        const api::Time soon
            = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 24h;
        m_staff->createToken(
            {QStringLiteral("bench"), api::Role::Administrator, soon}, admin,
            [&](const Result<api::TokenCreated>& made) {
                m_token = must(made, "a token").secret.toLatin1();
                isDone = true;
            });
    });
    until([&] { return isDone; });

    http::Options options;
    options.endpoints = {{*IpAddress::fromText("127.0.0.1"), 0}};
    options.certificate = must(
        http::makeCertificate({{}, {*IpAddress::fromText("127.0.0.1")}}, std::chrono::system_clock::now()),
        "a certificate");
    options.bodyLimit = &face::ApiFace::bodyLimit;
    m_server = must(
        http::Server::open(
            std::move(options),
            [this](const http::Request& request, const http::Responder& responder) {
                m_face->handle(request, responder);
            }),
        "HTTPS");
}

QNetworkRequest House::request(const QByteArray& path) const {
    QUrl url(QStringLiteral("https://127.0.0.1/"));
    url.setPort(m_server->endpoints().front().port);
    const QByteArray whole = url.toEncoded(QUrl::RemovePath) + api::basePath + path;
    QNetworkRequest request(QUrl(QString::fromLatin1(whole), QUrl::StrictMode));
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setPeerVerifyMode(QSslSocket::VerifyNone);
    request.setSslConfiguration(tls);
    request.setRawHeader("Authorization", "Bearer " + m_token);
    return request;
}

} // namespace viaduct::bench
