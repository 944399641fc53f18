// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/models/TunnelsModel.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QTableView>

#include <gtest/gtest.h>

#include <ctime>

using namespace viaduct;
using namespace viaduct::admin;

namespace {

api::Tunnel tunnelOf(int number) {
    api::Tunnel tunnel;
    tunnel.id = number;
    tunnel.account = QStringLiteral("user%1").arg(number, 6, 10, QLatin1Char('0'));
    tunnel.holder = QStringLiteral("account:") + tunnel.account;
    tunnel.organisation = QStringLiteral("Organisation %1").arg(number % 97);
    tunnel.mode = number % 2 == 0 ? TunnelMode::V6v4 : TunnelMode::V6udpv4;
    tunnel.outerRemote
        = {*IpAddress::fromText(
               "198.51." + std::to_string(number / 250 % 250) + '.' + std::to_string(number % 250)),
           0};
    tunnel.innerClient = IpAddress::fromText("2001:db8::" + std::to_string(number % 9999));
    tunnel.since = api::Time{std::chrono::seconds{1'700'000'000 + number}};
    return tunnel;
}

api::event::TunnelDown downOf(int number) {
    api::event::TunnelDown down;
    down.id = number;
    return down;
}

void load(TunnelsModel& model, int count) {
    model.take(api::event::SnapshotBegin{{}, {api::Topic::Tunnels}});
    for (int first = 0; first < count; first += 500) {
        api::event::TunnelsSnapshot batch;
        for (int i = first; i < std::min(first + 500, count); ++i)
            batch.items.push_back(tunnelOf(i + 1));
        model.take(batch);
    }
    model.take(api::event::SnapshotEnd{});
}

QString login(const TunnelsModel& model, int row) {
    return model.index(row, TunnelsModel::Login).data().toString();
}

/// Of this thread alone: what other programs of the machine do is not counted.
double cpuMilliseconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

} // namespace

TEST(TunnelsModel, whatComesIsShownInItsOrderAndWhatGoesIsNot) {
    TunnelsModel model;
    load(model, 3);
    EXPECT_EQ(model.rowCount(), 3);
    EXPECT_EQ(login(model, 0), QStringLiteral("user000003")) << "the newest first";
    model.sort(TunnelsModel::Login, Qt::AscendingOrder);
    EXPECT_EQ(login(model, 0), QStringLiteral("user000001"));
    model.take(api::event::TunnelUp{tunnelOf(4)});
    model.take(downOf(1));
    model.sort(TunnelsModel::Login, Qt::DescendingOrder);
    EXPECT_EQ(model.rowCount(), 3);
    EXPECT_EQ(login(model, 0), QStringLiteral("user000004"));
    EXPECT_EQ(login(model, 2), QStringLiteral("user000002"));
    EXPECT_FALSE(model.tunnel(1));
}

TEST(TunnelsModel, theChosenRowStaysChosenWhenTheOrderChanges) {
    TunnelsModel model;
    load(model, 100);
    const QPersistentModelIndex chosen = model.indexOf(42);
    model.sort(TunnelsModel::Login, Qt::AscendingOrder);
    EXPECT_EQ(model.at(chosen)->id, 42);
    model.setFilter(QStringLiteral("USER000042"));
    EXPECT_EQ(model.rowCount(), 1);
    EXPECT_EQ(model.at(chosen)->id, 42);
    model.setFilter(QStringLiteral("v6v4 organisation 43"));
    EXPECT_FALSE(chosen.isValid());
}

TEST(TunnelsModel, countersChangeRatesAndTheOrderByThem) {
    TunnelsModel model;
    load(model, 3);
    api::event::Counters counters;
    counters.rates = {5000, 7000};
    api::TunnelCounters one;
    one.id = 1;
    one.rates = {5000, 7000};
    counters.changed = {one};
    model.take(counters);
    EXPECT_EQ(model.bitsOut(), 7000);
    model.sort(TunnelsModel::RateIn, Qt::DescendingOrder);
    EXPECT_EQ(login(model, 0), QStringLiteral("user000001"));
    const auto samples
        = model.index(0, TunnelsModel::Spark).data(TunnelsModel::SamplesRole).value<QVector<qint64>>();
    ASSERT_EQ(samples.size(), TunnelsModel::samples);
    EXPECT_EQ(samples.last(), 12'000);
}

TEST(TunnelsModel, aHundredThousandTunnelsDoNotHoldTheWindowUp) {
    TunnelsModel model;
    QTableView view;
    view.setModel(&model);
    view.verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    view.resize(1200, 800);
    view.show();
    load(model, 100'000);
    QCoreApplication::processEvents();
    model.sort(TunnelsModel::RateIn, Qt::DescendingOrder);
    QCoreApplication::processEvents();
    double worst = 0;
    std::string where;
    const auto turn = [&](const char* what, const auto& action) {
        const double begin = cpuMilliseconds();
        action();
        const double took = cpuMilliseconds() - begin;
        if (took > worst) {
            worst = took;
            where = what;
        }
    };
    for (int second = 0; second < 5; ++second) {
        api::event::Counters counters;
        for (int i = 0; i < 2000; ++i) {
            api::TunnelCounters each;
            each.id = 1 + (second * 7919 + i * 31) % 100'000;
            each.rates = {i * 1000, i};
            counters.changed.push_back(each);
        }
        turn("counters", [&] { model.take(counters); });
        QElapsedTimer time;
        time.start();
        while (time.elapsed() < 1100)
            turn("events", [] { QCoreApplication::processEvents(QEventLoop::AllEvents); });
        turn("up", [&] { model.take(api::event::TunnelUp{tunnelOf(200'000 + second)}); });
        turn("down", [&] { model.take(downOf(1 + second)); });
    }
    turn("by login", [&] { model.sort(TunnelsModel::Login, Qt::AscendingOrder); });
    turn("filter", [&] { model.setFilter(QStringLiteral("organisation 42")); });
    std::printf("longest turn: %.1f ms (%s)\n", worst, where.c_str());
    EXPECT_LT(worst, 50) << where;
}
