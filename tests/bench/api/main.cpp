// SPDX-License-Identifier: GPL-3.0-or-later
// What the admin API costs with 100,000 accounts and tunnels: the first page of each list, and what listening
// consoles cost those who ask for tunnels.
//
//     bench-api [ACCOUNTS [PATH...]]
// With paths, such as "/accounts?sort=-created", those lists alone.
#include "tests/bench/api/House.h"

#include <QCoreApplication>
#include <QNetworkProxy>
#include <QNetworkReply>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

using namespace viaduct;
using namespace viaduct::bench;

namespace {

using Clock = std::chrono::steady_clock;
constexpr int rounds = 200;
constexpr int consoles = 20;
constexpr int loginsMeasured = 2000;

double milliseconds(Clock::duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// Of sorted numbers.
double percentile(const std::vector<double>& sorted, double part) {
    return sorted[std::min(
        sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

void print(const char* what, std::vector<double> times, qsizetype bytes) {
    std::sort(times.begin(), times.end());
    std::printf(
        "  %-44s %8.2f %8.2f %8.2f   %7lld\n", what, percentile(times, 0.5), percentile(times, 0.99),
        times.back(), static_cast<long long>(bytes));
}

/// From the question to the last byte of the answer, TLS and this client's own work included.
void measureList(House& house, const char* path) {
    std::vector<double> times;
    qsizetype bytes = 0;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = Clock::now();
        const std::unique_ptr<QNetworkReply> reply(house.network().get(house.request(path)));
        house.until([&] { return reply->isFinished(); });
        times.push_back(milliseconds(Clock::now() - begin));
        const QByteArray body = reply->readAll();
        bytes = body.size();
        if (reply->error() != QNetworkReply::NoError) {
            std::fprintf(stderr, "%s: %s\n", path, body.constData());
            std::exit(1);
        }
    }
    print(path, std::move(times), bytes);
}

/// Tunnels of accounts that have one already: each comes from another address, so that consoles hear of it.
std::vector<double> measureSetUps(House& house, int round) {
    std::vector<double> times;
    for (int i = 0; i < loginsMeasured; ++i) {
        const std::string name = "user" + std::to_string(i);
        broker::Caller caller;
        caller.tspServer = "T";
        caller.local = {*IpAddress::fromText("192.0.2.1"), 3653};
        caller.remote
            = {*IpAddress::fromText("203.0.113." + std::to_string(1 + i % 250)),
               static_cast<std::uint16_t>(1024 + round * 10'000 + i)};
        broker::Identity identity;
        identity.account = *house.broker().account(name);
        identity.provedAddress = true;
        tsp::TunnelRequest request;
        request.mode = TunnelMode::V6udpv4;
        request.clientOuter = caller.remote.address;
        bool isDone = false;
        const auto begin = Clock::now();
        house.broker().requestTunnel(
            caller, identity, request, [&](const std::optional<tsp::TunnelAnswer>&) { isDone = true; });
        house.until([&] { return isDone; });
        times.push_back(milliseconds(Clock::now() - begin));
    }
    return times;
}

void measureFanOut(House& house) {
    std::printf("\nA tunnel set up, in milliseconds           median      99 %%      most\n");
    print("nobody listens", measureSetUps(house, 0), 0);
    // Each console is its own: one manager opens six connections to a host at most.
    std::vector<std::unique_ptr<QNetworkAccessManager>> managers;
    std::vector<std::unique_ptr<QNetworkReply>> streams;
    std::vector<QByteArray> heard(consoles);
    for (std::size_t i = 0; i < consoles; ++i) {
        QNetworkRequest request = house.request("/events?topics=tunnels,counters");
        request.setRawHeader("Accept", "text/event-stream");
        managers.push_back(std::make_unique<QNetworkAccessManager>());
        managers.back()->setProxy(QNetworkProxy::NoProxy);
        streams.emplace_back(managers.back()->get(request));
        QObject::connect(streams.back().get(), &QNetworkReply::readyRead, [&heard, &streams, i] {
            heard[i] = (heard[i] + streams[i]->readAll()).right(4096);
        });
    }
    const auto begin = Clock::now();
    house.until([&] {
        return std::all_of(
            heard.begin(), heard.end(), [](const QByteArray& text) { return text.contains("snapshot.end"); });
    });
    std::printf(
        "  %d consoles have the snapshot after %.1f s\n", consoles,
        milliseconds(Clock::now() - begin) / 1000);
    print("20 consoles listen", measureSetUps(house, 1), 0);
}

} // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const QCoreApplication application(argc, argv);
    const int accounts = argc > 1 ? std::atoi(argv[1]) : 100'000;
    House house(accounts, accounts);
    std::printf(
        "%d accounts, requests and tunnels; first pages, in milliseconds\n"
        "  %-44s %8s %8s %8s   %7s\n",
        accounts, "", "median", "99 %", "most", "bytes");
    if (argc > 2) {
        for (int i = 2; i < argc; ++i)
            measureList(house, argv[i]);
        return 0;
    }
    for (const char* path :
         {"/accounts",
          "/accounts?sort=-created",
          "/accounts?sort=organisation",
          "/accounts?sort=-lastLogin",
          "/accounts?q=person%20number%204711",
          "/accounts?organisation=Organisation%2017&total=true",
          "/requests",
          "/requests?state=pending",
          "/requests?q=4711",
          "/tunnels",
          "/tunnels?sort=-since",
          "/tunnels?sort=-rate",
          "/tunnels?account=user4711",
          "/tunnels?organisation=Organisation%2017",
          "/tunnels?within=3fff:0:1267::/48",
          "/allocations",
          "/allocations?sort=-since",
          "/allocations?organisation=Organisation%2017",
          "/pools",
          "/pools/sites/map?depth=8",
          "/history",
          "/audit",
          "/vouchers",
          "/people",
          "/tokens",
          "/reservations"})
        measureList(house, path);
    measureFanOut(house);
    return 0;
}
