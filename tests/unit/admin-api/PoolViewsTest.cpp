// SPDX-License-Identifier: GPL-3.0-or-later
// The addressing plan: counts, the map at any zoom and at any time, who holds what, and what is set aside.
#include "ViewsFixture.h"

#include "server/api/PoolViews.h"

#include <QJsonArray>

namespace viaduct::face {

using namespace std::chrono_literals;

class PoolViewsTest : public ViewsFixture {
protected:
    static QJsonObject counts(const Answer& answer) {
        return answer.json().value(QLatin1String("counts")).toObject();
    }
    static QJsonArray cells(const Answer& answer) {
        return answer.json().value(QLatin1String("cells")).toArray();
    }
    Answer reserve(const char* pool, const char* prefix) {
        return post(
            "/reservations",
            QByteArray(R"({"pool":")") + pool + R"(","prefix":")" + prefix
                + R"(","note":"For a laboratory"})");
    }
};

TEST_F(PoolViewsTest, aPoolSaysHowFullItIs) {
    makeSite("jdupont");
    bringUp("jdupont", "203.0.113.5");
    const Answer pool = get("/pools/sites");
    ASSERT_EQ(pool.status, 200) << pool.body.toStdString();
    EXPECT_EQ(pool.json().value(QLatin1String("total")).toString(), QStringLiteral("4096"));
    EXPECT_EQ(counts(pool).value(QLatin1String("active")).toInt(), 1);
    EXPECT_EQ(counts(pool).value(QLatin1String("free")).toString(), QStringLiteral("4095"));
    EXPECT_EQ(pool.json().value(QLatin1String("usedBy")).toArray().at(0).toString(), QStringLiteral("S"));
    EXPECT_FALSE(pool.json()
                     .value(QLatin1String("forecast"))
                     .toObject()
                     .value(QLatin1String("sentence"))
                     .toString()
                     .isEmpty());
    EXPECT_EQ(texts(get("/pools"), "name"), (QStringList{QStringLiteral("ends"), QStringLiteral("sites")}));
    EXPECT_EQ(texts(get("/pools?q=site"), "name"), QStringList{QStringLiteral("sites")});
    EXPECT_EQ(get("/pools/nowhere").status, 404);
    const Answer ends = get("/pools/ends");
    EXPECT_EQ(ends.json().value(QLatin1String("total")).toString(), QStringLiteral("9223372036854775808"))
        << "2^63 pairs";
}

TEST_F(PoolViewsTest, theMapShowsTheSamePartAtAnyZoom) {
    makeSite("jdupont");
    const std::int64_t id = bringUp("jdupont", "203.0.113.5");
    const Answer wide = get("/pools/sites/map?depth=2");
    ASSERT_EQ(wide.status, 200) << wide.body.toStdString();
    ASSERT_EQ(cells(wide).size(), 1);
    EXPECT_EQ(
        cells(wide).at(0).toObject().value(QLatin1String("prefix")).toString(),
        QStringLiteral("2001:db8:1000::/38"));
    const Answer near = get("/pools/sites/map?prefix=2001:db8:1000::/44&depth=12");
    ASSERT_EQ(cells(near).size(), 1);
    const QJsonObject cell = cells(near).at(0).toObject();
    EXPECT_EQ(cell.value(QLatin1String("prefix")).toString(), QStringLiteral("2001:db8:1000::/48"))
        << "no smaller than a block";
    EXPECT_EQ(cell.value(QLatin1String("holder")).toString(), QStringLiteral("account:jdupont"));
    EXPECT_EQ(cell.value(QLatin1String("tunnel")).toInteger(), id);

    EXPECT_EQ(get("/pools/sites/map?prefix=2001:db9::/48").status, 400);
    EXPECT_EQ(get("/pools/sites/map?depth=13").status, 400);
    EXPECT_EQ(get("/pools/nowhere/map").status, 404);
}

TEST_F(PoolViewsTest, aMapOfThePastIsMadeOfTheHistory) {
    makeSite("alice");
    const auto before = timeOf(std::chrono::system_clock::now());
    std::this_thread::sleep_for(5ms);
    bringUp("alice", "203.0.113.5");
    std::this_thread::sleep_for(5ms);
    const auto with = timeOf(std::chrono::system_clock::now());
    std::this_thread::sleep_for(5ms);
    const Answer erased = [&] {
        const auto gone = ask<api::Account>([&](auto done) {
            m_registry->erase(QStringLiteral("alice"), 0, {"ann", {}, api::Role::Administrator}, done);
        });
        EXPECT_TRUE(gone) << gone.error().message;
        return get("/pools/sites/map");
    }();
    EXPECT_EQ(counts(erased).value(QLatin1String("quarantined")).toInt(), 1);
    const auto at = [&](api::Time time) { return get("/pools/sites/map?at=" + api::text(time).toLatin1()); };
    const Answer then = at(with);
    ASSERT_EQ(then.status, 200) << then.body.toStdString();
    EXPECT_TRUE(then.json().value(QLatin1String("past")).toBool());
    EXPECT_EQ(counts(then).value(QLatin1String("allocated")).toInt(), 1);
    EXPECT_EQ(counts(then).value(QLatin1String("quarantined")).toInt(), 0);
    const Answer first = at(before);
    EXPECT_EQ(cells(first).size(), 0) << "nobody had anything yet";
    EXPECT_EQ(counts(first).value(QLatin1String("free")).toString(), QStringLiteral("4096"));
}

TEST_F(PoolViewsTest, allocationsAreListedByWhatTheyAre) {
    makeSite("alice", "Example University");
    makeSite("bob", "Another");
    bringUp("alice", "203.0.113.5");
    bringUp("bob", "203.0.113.6");
    EXPECT_EQ(
        texts(get("/allocations?pool=sites"), "block"),
        (QStringList{QStringLiteral("2001:db8:1000::/48"), QStringLiteral("2001:db8:1001::/48")}));
    EXPECT_EQ(
        texts(get("/allocations?account=bob&pool=sites"), "holder"),
        QStringList{QStringLiteral("account:bob")});
    EXPECT_EQ(texts(get("/allocations?organisation=another"), "account").size(), 2);
    EXPECT_EQ(
        texts(get("/allocations?within=2001:db8:1001::5"), "account"), QStringList{QStringLiteral("bob")});
    EXPECT_EQ(texts(get("/allocations?state=active"), "block").size(), 4);
    EXPECT_EQ(texts(get("/allocations?state=quarantined"), "block").size(), 0);
    EXPECT_EQ(get("/allocations?pool=nowhere").status, 404);
    EXPECT_EQ(texts(get("/allocations?account=bob&holder=account:alice"), "block").size(), 0);
    const Answer page = get("/allocations?limit=3&sort=-since");
    EXPECT_EQ(texts(page, "block").size(), 3);
    const QByteArray next = page.json().value(QLatin1String("next")).toString().toLatin1();
    EXPECT_EQ(
        texts(get("/allocations?limit=3&sort=-since&cursor=" + next), "account"),
        QStringList{QStringLiteral("alice")});
    for (const QString& since : texts(page, "since"))
        EXPECT_TRUE(since.startsWith(QLatin1String("20"))) << "it is known since when";
}

TEST_F(PoolViewsTest, whatIsSetAsideIsGivenToNobody) {
    const Answer made = reserve("sites", "2001:db8:1000::/38");
    ASSERT_EQ(made.status, 201) << made.body.toStdString();
    makeSite("jdupont");
    bringUp("jdupont", "203.0.113.5");
    EXPECT_EQ(
        texts(get("/allocations?pool=sites"), "block"), QStringList{QStringLiteral("2001:db8:1400::/48")});
    const Answer pool = get("/pools/sites");
    EXPECT_EQ(counts(pool).value(QLatin1String("reserved")).toString(), QStringLiteral("1024"));
    EXPECT_EQ(counts(pool).value(QLatin1String("free")).toString(), QStringLiteral("3071"));

    const Answer map = get("/pools/sites/map?depth=3");
    ASSERT_EQ(cells(map).size(), 3) << "two of the reservation, one of the tunnel";
    EXPECT_EQ(
        cells(map)
            .at(1)
            .toObject()
            .value(QLatin1String("counts"))
            .toObject()
            .value(QLatin1String("reserved"))
            .toString(),
        QStringLiteral("512"));
    const Answer within = get("/pools/sites/map?prefix=2001:db8:1000::/40&depth=4");
    EXPECT_EQ(cells(within).size(), 16);
    EXPECT_EQ(counts(within).value(QLatin1String("free")).toString(), QStringLiteral("0"));

    EXPECT_EQ(reserve("sites", "2001:db8:1000::/40").status, 400) << "it is set aside already";
    const Answer held = reserve("sites", "2001:db8:1400::/40");
    EXPECT_EQ(held.problem(), QStringLiteral("exhausted"));
    EXPECT_TRUE(held.body.contains("1 block of 2001:db8:1400::/40 is held")) << held.body.toStdString();
    EXPECT_EQ(reserve("sites", "2001:db9::/40").status, 400);
    EXPECT_EQ(reserve("nowhere", "2001:db8:1400::/40").status, 404);

    const Answer list = get("/reservations?pool=sites");
    ASSERT_EQ(texts(list, "id").size(), 1);
    const QByteArray id = texts(list, "id").front().toLatin1();
    EXPECT_EQ(ask({"DELETE", "/reservations/" + id, {}, token(api::Role::Viewer), {}}).status, 403);
    EXPECT_EQ(remove("/reservations/" + id).status, 204);
    EXPECT_EQ(remove("/reservations/" + id).status, 404);
    makeSite("bob");
    bringUp("bob", "203.0.113.6");
    EXPECT_EQ(
        texts(get("/allocations?account=bob&pool=sites"), "block"),
        QStringList{QStringLiteral("2001:db8:1000::/48")});
}

TEST(ReservedCounts, everyBlockIsCountedOnce) {
    addressing::OccupancyMap map(*Prefix::fromText("2001:db8::/32"), 48);
    map.set(*Prefix::fromText("2001:db8:1::/48"), addressing::OccupancyMap::State::Quarantined);
    const std::set<Prefix> reserved{
        *Prefix::fromText("2001:db8::/46"), *Prefix::fromText("2001:db8:8000::/33"),
        *Prefix::fromText("2001:db8:10::/48")};
    const auto whole = blockCounts(map, map.pool(), reserved);
    EXPECT_TRUE(whole.reserved == 3 + 32768 + 1);
    EXPECT_EQ(whole.quarantined, 1);
    EXPECT_TRUE(whole.free + whole.reserved + 1 == 65536);
    const auto inside = blockCounts(map, *Prefix::fromText("2001:db8:9000::/36"), reserved);
    EXPECT_TRUE(inside.reserved == 4096 && inside.free == 0);
    for (int depth = 0; depth <= 12; ++depth) {
        const auto view = poolMap(map, map.pool(), depth, reserved);
        ASSERT_TRUE(view);
        Uint128 sum = 0;
        for (const api::MapCell& cell : view->cells)
            sum += cell.counts.reserved;
        EXPECT_TRUE(sum == whole.reserved) << "depth " << depth;
        EXPECT_TRUE(std::is_sorted(view->cells.begin(), view->cells.end(), [](const auto& a, const auto& b) {
            return a.prefix < b.prefix;
        }));
    }
}

} // namespace viaduct::face
