// SPDX-License-Identifier: GPL-3.0-or-later
// Tunnels as an administrator sees them: what they carry, whose they are, and taking them down.
#include "ViewsFixture.h"

#include <QJsonArray>

namespace viaduct::face {

class TunnelViewsTest : public ViewsFixture {
protected:
    TunnelViewsTest() {
        m_configuration += "interface tunnel Rennes\n"
                           " description The router in Rennes\n"
                           " tunnel source 192.0.2.1\n"
                           " tunnel destination 198.51.100.7\n"
                           " ipv6 pool prefix sites\n";
    }
    static QJsonObject traffic(const Answer& answer) {
        return answer.json().value(QLatin1String("traffic")).toObject();
    }
};

TEST_F(TunnelViewsTest, aTunnelSaysWhoseItIsAndWhatItCarries) {
    makeSite("jdupont");
    const std::int64_t id = bringUp("jdupont", "203.0.113.5");
    const QByteArray path = "/tunnels/" + QByteArray::number(static_cast<qlonglong>(id));
    const Answer fresh = get(path);
    ASSERT_EQ(fresh.status, 200) << fresh.body.toStdString();
    EXPECT_EQ(fresh.json().value(QLatin1String("account")).toString(), QStringLiteral("jdupont"));
    EXPECT_EQ(
        fresh.json().value(QLatin1String("organisation")).toString(), QStringLiteral("Example University"));
    EXPECT_EQ(fresh.json().value(QLatin1String("prefix")).toString(), QStringLiteral("2001:db8:1001::/48"));
    EXPECT_FALSE(fresh.json().contains(QLatin1String("lastSeen"))) << "nothing has come from it";

    counters(id).packetsIn = 3;
    counters(id).bytesIn = 1'000'000;
    counters(id).droppedTooBig = 2;
    counters(id).droppedRate = 5;
    counters(id).droppedQuota = 7;
    const auto rate = [&] {
        return get(path)
            .json()
            .value(QLatin1String("rates"))
            .toObject()
            .value(QLatin1String("in"))
            .toInteger();
    };
    EXPECT_TRUE(waitFor([&] { return rate() > 1'000'000; }, 5000)) << "8 Mbit within about a second";
    const Answer moved = get(path);
    EXPECT_EQ(traffic(moved).value(QLatin1String("bytesIn")).toInteger(), 1'000'000);
    const QJsonObject drops = moved.json().value(QLatin1String("drops")).toObject();
    EXPECT_EQ(drops.value(QLatin1String("tooBig")).toInt(), 2);
    EXPECT_EQ(drops.value(QLatin1String("rate")).toInt(), 5);
    EXPECT_EQ(drops.value(QLatin1String("quota")).toInt(), 7);
    EXPECT_TRUE(moved.json().contains(QLatin1String("lastSeen")));
    EXPECT_TRUE(waitFor([&] { return rate() == 0; }, 5000)) << "and then nothing any more";
    EXPECT_EQ(
        get("/statistics")
            .json()
            .value(QLatin1String("traffic"))
            .toObject()
            .value(QLatin1String("bytesIn"))
            .toInteger(),
        1'000'000);
}

TEST_F(TunnelViewsTest, theListIsFilteredAndSorted) {
    makeSite("alice", "Example University");
    makeSite("bob", "Another");
    const auto alice = QString::number(bringUp("alice", "203.0.113.5"));
    const auto bob = QString::number(bringUp("bob", "203.0.113.6", false));
    const auto rennes = QString::number(m_broker->tunnelOf("static:Rennes")->id);
    using List = QStringList;
    EXPECT_EQ(texts(get("/tunnels"), "id"), (List{rennes, alice, bob}));
    EXPECT_EQ(texts(get("/tunnels?sort=-outerRemote"), "id"), (List{bob, alice, rennes}));
    EXPECT_EQ(texts(get("/tunnels?sort=-id&limit=1"), "id"), List{bob});
    EXPECT_EQ(texts(get("/tunnels?sort=outerRemote"), "id"), (List{rennes, alice, bob}));
    EXPECT_EQ(texts(get("/tunnels?organisation=another"), "id"), List{bob});
    EXPECT_EQ(texts(get("/tunnels?account=alice"), "id"), List{alice});
    EXPECT_EQ(texts(get("/tunnels?outer=203.0.113.6"), "id"), List{bob});
    EXPECT_EQ(texts(get("/tunnels?mode=v6udpv4"), "id"), List{}) << "nobody is behind a NAT";
    EXPECT_EQ(texts(get("/tunnels?within=2001:db8:1001:77::1"), "id"), List{alice})
        << "an address of its prefix";
    EXPECT_EQ(texts(get("/tunnels?within=2001:db8:0:1::/64"), "id"), (List{rennes, alice, bob}));
    EXPECT_EQ(texts(get("/tunnels?q=203.0.113.5"), "id"), List{alice});
    EXPECT_EQ(texts(get("/tunnels?q=RENNES"), "id"), List{rennes});
    EXPECT_EQ(get("/tunnels?within=everywhere").status, 400);
    const Answer first = get("/tunnels?limit=2&total=true");
    EXPECT_EQ(first.json().value(QLatin1String("total")).toInt(), 3);
    const QByteArray next = first.json().value(QLatin1String("next")).toString().toLatin1();
    EXPECT_EQ(texts(get("/tunnels?limit=2&cursor=" + next), "id"), List{bob});
}

TEST_F(TunnelViewsTest, aTunnelIsTakenDownAndItsClientMayComeBack) {
    makeSite("jdupont");
    const std::int64_t id = bringUp("jdupont", "203.0.113.5");
    const QByteArray path = "/tunnels/" + QByteArray::number(static_cast<qlonglong>(id)) + "/disconnect";
    EXPECT_EQ(post(path, "{}").status, 400) << "a reason is wanted";
    const Answer viewer = ask({"POST", path, R"({"reason":"x"})", token(api::Role::Viewer), {}});
    EXPECT_EQ(viewer.status, 403);
    EXPECT_EQ(post(path, R"({"reason":"It floods the network."})").status, 204);
    EXPECT_FALSE(m_table.entries.contains(id)) << "no packet passes any more";
    EXPECT_EQ(post(path, R"({"reason":"Again"})").status, 404);
    const Answer audit = get("/audit?action=disconnectTunnel");
    const QJsonObject entry = audit.json().value(QLatin1String("items")).toArray().at(0).toObject();
    EXPECT_EQ(entry.value(QLatin1String("object")).toString(), QStringLiteral("tunnel:%1").arg(id));
    EXPECT_FALSE(audit.body.contains("It floods")) << "the audit does not forget, so it has no free text";
    EXPECT_GT(bringUp("jdupont", "203.0.113.5"), id);
}

TEST_F(TunnelViewsTest, aStaticTunnelIsShownWithWhatItsRouterNeeds) {
    const Answer list = get("/static-tunnels");
    EXPECT_EQ(texts(list, "name"), QStringList{QStringLiteral("Rennes")});
    const Answer shown = get("/static-tunnels/Rennes");
    EXPECT_EQ(shown.json().value(QLatin1String("prefix")).toString(), QStringLiteral("2001:db8:1000::/48"));
    EXPECT_GT(shown.json().value(QLatin1String("tunnel")).toInt(), 0) << "it is up";
    EXPECT_EQ(get("/static-tunnels/Brest").status, 404);
    const QByteArray id = QByteArray::number(shown.json().value(QLatin1String("tunnel")).toInt());
    EXPECT_EQ(post("/tunnels/" + id + "/disconnect", R"({"reason":"x"})").status, 400)
        << "it would come back";

    for (const char* system : {"cisco-ios", "juniper-junos", "mikrotik", "linux", "freebsd"}) {
        const Answer snippet = get(QByteArray("/static-tunnels/Rennes/snippets/") + system);
        ASSERT_EQ(snippet.status, 200) << system;
        const QString text = snippet.json().value(QLatin1String("text")).toString();
        for (const char* part : {"198.51.100.7", "192.0.2.1", "2001:db8:1000::/48"})
            EXPECT_TRUE(text.contains(QLatin1String(part))) << system << " lacks " << part;
        const QString inner = shown.json().value(QLatin1String("innerClient")).toString();
        EXPECT_TRUE(text.contains(inner)) << system;
    }
    const QString cisco
        = get("/static-tunnels/Rennes/snippets/cisco-ios").json().value(QLatin1String("text")).toString();
    EXPECT_TRUE(cisco.contains(QLatin1String(" tunnel source 198.51.100.7\n tunnel destination 192.0.2.1\n")))
        << "seen from the other end";
    EXPECT_EQ(get("/static-tunnels/Rennes/snippets/abacus").status, 404);
}

} // namespace viaduct::face
