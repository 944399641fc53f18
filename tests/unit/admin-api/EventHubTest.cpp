// SPDX-License-Identifier: GPL-3.0-or-later
// What consoles hear: a snapshot, then every change, and nothing twice or never after a break.
#include "ViewsFixture.h"

#include <QJsonArray>
#include <QNetworkReply>

#include <set>

namespace viaduct::face {

using namespace std::chrono_literals;
using api::Topic;

namespace {

/// A console: it keeps what it is told, and knows which tunnels are up by that alone.
class Console {
public:
    struct Message {
        std::string id;
        std::string name;
        QJsonObject data;
    };

    /// It may go before the stream is closed.
    EventHub::Outlet outlet() {
        const std::weak_ptr<bool> alive = m_alive;
        return {
            [this, alive](const EventRing::Bytes& bytes) { return !alive.expired() && take(*bytes); },
            [this, alive] { return alive.expired() ? 0 : unread; },
            [this, alive] {
                if (!alive.expired())
                    isClosed = true;
            }};
    }
    std::vector<std::string> names() const {
        std::vector<std::string> list;
        for (const Message& message : messages)
            list.push_back(message.name);
        return list;
    }
    int count(const std::string& name) const {
        return static_cast<int>(std::count_if(
            messages.begin(), messages.end(), [&](const Message& each) { return each.name == name; }));
    }
    bool isLive() const { return count("snapshot.end") > 0; }

    std::vector<Message> messages;
    std::vector<const void*> pieces; ///< where the bytes of each message were
    std::set<std::int64_t> tunnels;
    std::string lastId;
    std::size_t unread = 0;
    bool takesNothing = false;
    bool isClosed = false;
    int beats = 0;

private:
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);

    bool take(const std::string& bytes) {
        if (takesNothing || isClosed)
            return false;
        if (bytes == ": \n\n")
            return ++beats > 0;
        Message message;
        for (const QByteArray& line : QByteArray::fromStdString(bytes).split('\n')) {
            if (line.startsWith("id: "))
                message.id = line.mid(4).toStdString();
            else if (line.startsWith("event: "))
                message.name = line.mid(7).toStdString();
            else if (line.startsWith("data: "))
                message.data = QJsonDocument::fromJson(line.mid(6)).object();
        }
        const auto event = api::eventFromJson(QString::fromStdString(message.name), message.data);
        EXPECT_TRUE(event) << message.name << ": " << event.error().message;
        if (!message.id.empty())
            lastId = message.id;
        if (const auto* begin = std::get_if<api::event::SnapshotBegin>(&*event); begin)
            tunnels.clear();
        if (const auto* batch = std::get_if<api::event::TunnelsSnapshot>(&*event)) {
            for (const api::Tunnel& tunnel : batch->items)
                tunnels.insert(tunnel.id);
        }
        if (const auto* up = std::get_if<api::event::TunnelUp>(&*event))
            tunnels.insert(up->value.id);
        if (const auto* down = std::get_if<api::event::TunnelDown>(&*event))
            tunnels.erase(down->id);
        messages.push_back(std::move(message));
        pieces.push_back(bytes.data());
        return true;
    }
};

} // namespace

/// A broker that has taken up many tunnels of anonymous clients.
class EventHubTest : public testing::Test {
protected:
    void SetUp() override {
        auto opened = store::Store::open(m_directory.path().toStdString());
        ASSERT_TRUE(opened) << opened.error().message;
        m_store = std::move(*opened);
        ASSERT_TRUE(m_store->load());
        m_broker = std::make_unique<broker::Broker>(*m_store, m_table);
        m_registry = std::make_unique<broker::Registry>(*m_broker, *m_store);
    }
    void TearDown() override {
        m_hub.reset();
        m_health.reset();
        m_forecasts.reset();
        m_meter.reset();
        m_registry.reset();
        m_broker.reset();
        m_store.reset();
    }

    static std::string guest(int number) { return "anonymous:" + outer(number).text() + "/10.0.0.1"; }
    static IpAddress outer(int number) {
        return IpAddress::v4(0xCB007100U + static_cast<std::uint32_t>(number));
    }

    void start(int tunnels, const EventHub::Limits& limits = {}) {
        config::Configuration configuration;
        configuration.pools = {{"guests", *Prefix::fromText("2001:db8:0:2::/64"), 128}};
        config::TspServer tspServer;
        tspServer.name = "T";
        tspServer.addresses = {*IpAddress::fromText("192.0.2.1")};
        configuration.tspServers = {tspServer};
        config::TunnelServer server;
        server.name = "S";
        server.addresses = tspServer.addresses;
        server.endpointPool = "guests";
        server.anonymousPool = "guests";
        configuration.tunnelServers = {server};
        configuration.tunnelBrokers = {{"B", {"T"}, "S"}};
        store::Snapshot snapshot;
        for (int i = 1; i <= tunnels; ++i) {
            const Prefix pair(
                IpAddress::fromNumber(configuration.pools[0].prefix.address().number() + 2 * Uint128(i)),
                127);
            const auto time = std::chrono::system_clock::now();
            snapshot.allocations.push_back({"guests", pair, guest(i), time, {}});
            store::Tunnel tunnel;
            tunnel.id = i;
            tunnel.holder = guest(i);
            tunnel.tunnelServer = "S";
            tunnel.outerLocal = {server.addresses[0], 0};
            tunnel.outerRemote = {outer(i), 0};
            tunnel.innerServer = broker::pairOf(pair).server;
            tunnel.innerClient = broker::pairOf(pair).client;
            tunnel.since = time;
            snapshot.tunnels.push_back(tunnel);
        }
        snapshot.nextTunnelId = tunnels + 1;
        const auto restored = m_broker->restore(configuration, snapshot);
        ASSERT_TRUE(restored) << restored.error().message;
        m_meter = std::make_unique<RateMeter>(*m_broker);
        m_forecasts = std::make_unique<Forecasts>(*m_broker, *m_store);
        m_health = std::make_unique<HealthMonitor>(*m_broker, *m_registry, *m_store, *m_meter, *m_forecasts);
        m_hub = std::make_unique<EventHub>(*m_broker, *m_registry, *m_meter, *m_health, limits);
    }
    int listen(
        Console& console, const std::string& lastId = {}, std::vector<Topic> topics = {Topic::Tunnels},
        const std::string& seat = "seat") {
        return m_hub->open({"ann", seat, std::move(topics), lastId}, console.outlet());
    }
    template <typename Condition>
    bool waitFor(Condition condition, int milliseconds = 20'000) {
        const QDeadlineTimer deadline(milliseconds);
        while (!condition() && !deadline.hasExpired())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
        return condition();
    }
    void run(std::chrono::milliseconds time) {
        waitFor([] { return false; }, static_cast<int>(time.count()));
    }
    std::set<std::int64_t> truth() const {
        std::set<std::int64_t> ids;
        for (const auto& [id, active] : m_broker->tunnels())
            ids.insert(id);
        return ids;
    }
    /// An anonymous client sets its tunnel up, or anew.
    void bringUp(int number) {
        const broker::Caller caller{
            "T", Transport::Tcp, {*IpAddress::fromText("192.0.2.1"), 3653}, {outer(number), 4000}, {2, 0, 1}};
        tsp::TunnelRequest request;
        request.mode = TunnelMode::V6v4;
        request.clientOuter = *IpAddress::fromText("10.0.0.1");
        request.clientOuter = outer(number);
        m_broker->requestTunnel(caller, {std::nullopt, true}, request, [](const auto&) {});
    }
    void takeDown(std::int64_t id) {
        m_broker->disconnect(id, "test", {"ann", {}, api::Role::Operator}, [](const Result<void>&) {});
    }

    QTemporaryDir m_directory;
    Table m_table;
    std::unique_ptr<store::Store> m_store;
    std::unique_ptr<broker::Broker> m_broker;
    std::unique_ptr<broker::Registry> m_registry;
    std::unique_ptr<RateMeter> m_meter;
    std::unique_ptr<Forecasts> m_forecasts;
    std::unique_ptr<HealthMonitor> m_health;
    std::unique_ptr<EventHub> m_hub;
};

TEST_F(EventHubTest, aSnapshotAndThenEveryChange) {
    start(3);
    Console console;
    listen(console);
    ASSERT_TRUE(waitFor([&] { return console.isLive(); }));
    EXPECT_EQ(
        console.names(), (std::vector<std::string>{"snapshot.begin", "tunnels.snapshot", "snapshot.end"}));
    EXPECT_EQ(console.tunnels, truth());
    bringUp(100);
    ASSERT_TRUE(waitFor([&] { return console.count("tunnel.up") == 1; }));
    takeDown(2);
    ASSERT_TRUE(waitFor([&] { return console.count("tunnel.down") == 1; }));
    EXPECT_EQ(console.tunnels, truth());
    EXPECT_EQ(console.tunnels.size(), 3U);
    bringUp(100); // its client set up another in the place of the first
    ASSERT_TRUE(waitFor([&] { return console.count("tunnel.up") == 2; }));
    EXPECT_EQ(console.tunnels, truth()) << "the one before is gone";
}

TEST_F(EventHubTest, aLargeSnapshotIsTrueThoughTunnelsComeAndGoMeanwhile) {
    EventHub::Limits limits;
    limits.tunnelsPerTurn = 20;
    start(3000, limits);
    Console console;
    listen(console);
    QElapsedTimer longest;
    int turns = 0;
    std::int64_t down = 1;
    for (; !console.isLive() && turns < 2000; ++turns) {
        if (turns % 3 == 0)
            takeDown(down += 37);
        if (turns % 4 == 0)
            bringUp(5000 + turns);
        longest.start();
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
        EXPECT_LT(longest.elapsed(), 500) << "somebody would have waited";
    }
    EXPECT_GT(turns, 100) << "in many turns of the event loop";
    EXPECT_EQ(console.count("tunnel.up") + console.count("tunnel.down"), 0)
        << "changes come after the end of the snapshot";
    EXPECT_TRUE(waitFor([&] { return console.count("tunnel.down") > 20 && console.tunnels == truth(); }))
        << console.tunnels.size() << " are not " << truth().size();
}

TEST_F(EventHubTest, whoComesBackInTimeGoesOnWhereItWas) {
    start(10);
    Console first;
    const int number = listen(first);
    ASSERT_TRUE(waitFor([&] { return first.isLive(); }));
    takeDown(1);
    ASSERT_TRUE(waitFor([&] { return first.count("tunnel.down") == 1; }));
    m_hub->closed(number);
    EXPECT_TRUE(first.isClosed);
    takeDown(2);
    takeDown(3);
    ASSERT_TRUE(waitFor([&] { return truth().size() == 7; }));
    run(50ms);

    Console again;
    listen(again, first.lastId);
    ASSERT_TRUE(waitFor([&] { return again.count("tunnel.down") == 2; }));
    EXPECT_EQ(again.names(), (std::vector<std::string>{"tunnel.down", "tunnel.down"}))
        << "no snapshot, nothing twice";
    takeDown(4);
    ASSERT_TRUE(waitFor([&] { return again.count("tunnel.down") == 3; }));

    for (const char* strange : {"1-1", "", "x", "99999999999999999999"}) {
        Console other;
        listen(other, strange, {Topic::Alarms});
        EXPECT_EQ(other.count("snapshot.begin"), 1) << strange << ": an id of another broker";
        m_hub->endSeat("seat");
    }
}

TEST_F(EventHubTest, whatIsNoLongerKeptIsToldByASnapshot) {
    EventHub::Limits limits;
    limits.ringEvents = 5;
    start(20, limits);
    Console first;
    const int number = listen(first);
    ASSERT_TRUE(waitFor([&] { return first.isLive(); }));
    m_hub->closed(number);
    for (int id = 1; id <= 8; ++id)
        takeDown(id);
    ASSERT_TRUE(waitFor([&] { return truth().size() == 12; }));
    run(50ms);
    Console again;
    listen(again, first.lastId);
    ASSERT_TRUE(waitFor([&] { return again.isLive(); }));
    EXPECT_EQ(again.tunnels, truth());
    // Nobody listens to allocations: they are not kept, so there is nothing to go on from.
    const std::string before = again.lastId;
    takeDown(9);
    ASSERT_TRUE(waitFor([&] { return again.count("tunnel.down") == 1; }));
    Console other;
    listen(other, before, {Topic::Allocations});
    EXPECT_EQ(other.count("snapshot.begin"), 1);
}

TEST_F(EventHubTest, aSlowReaderIsCutOffAndNobodyElse) {
    start(5);
    Console slow;
    Console quick;
    listen(slow);
    listen(quick);
    ASSERT_TRUE(waitFor([&] { return slow.isLive() && quick.isLive(); }));
    slow.takesNothing = true;
    takeDown(1);
    ASSERT_TRUE(waitFor([&] { return quick.count("tunnel.down") == 1; }));
    EXPECT_TRUE(slow.isClosed);
    EXPECT_FALSE(quick.isClosed);
    EXPECT_EQ(m_hub->streams(), 1U);
}

TEST_F(EventHubTest, aSnapshotWaitsForItsReaderButNotForEver) {
    EventHub::Limits limits;
    limits.tunnelsPerTurn = 10;
    limits.patience = 200ms;
    start(100, limits);
    Console console;
    console.unread = limits.unreadBytes + 1;
    listen(console);
    run(100ms);
    EXPECT_EQ(console.count("tunnels.snapshot"), 0) << "nothing is piled up for who does not read";
    console.unread = 0;
    ASSERT_TRUE(waitFor([&] { return console.isLive(); }));
    EXPECT_EQ(console.count("tunnels.snapshot"), 10);
    Console stuck;
    stuck.unread = limits.unreadBytes + 1;
    listen(stuck);
    EXPECT_TRUE(waitFor([&] { return stuck.isClosed; }, 2000));
}

TEST_F(EventHubTest, anEventIsMadeOnceForAll) {
    start(3);
    std::array<Console, 20> consoles;
    for (std::size_t i = 0; i < consoles.size(); ++i)
        m_hub->open({"person" + std::to_string(i), "seat", {Topic::Tunnels}, {}}, consoles[i].outlet());
    ASSERT_TRUE(waitFor([&] {
        return std::all_of(consoles.begin(), consoles.end(), [](const auto& each) { return each.isLive(); });
    }));
    takeDown(1);
    ASSERT_TRUE(waitFor([&] { return consoles.back().count("tunnel.down") == 1; }));
    std::set<const void*> pieces;
    for (const Console& console : consoles)
        pieces.insert(console.pieces.back());
    EXPECT_EQ(pieces.size(), 1U);
}

TEST_F(EventHubTest, streamsAreBoundedAndEndWithTheirSeat) {
    start(1);
    std::vector<std::unique_ptr<Console>> consoles;
    for (int i = 0; i < 8; ++i) {
        ASSERT_TRUE(m_hub->mayOpen("ann"));
        listen(
            *consoles.emplace_back(std::make_unique<Console>()), {}, {Topic::Alarms},
            "seat" + std::to_string(i % 2));
    }
    EXPECT_EQ(m_hub->mayOpen("ann").error().code, Error::Code::Busy);
    EXPECT_TRUE(m_hub->mayOpen("bob"));
    m_hub->endSeat("seat0");
    EXPECT_EQ(m_hub->streams(), 4U);
    for (std::size_t i = 0; i < consoles.size(); ++i)
        EXPECT_EQ(consoles[i]->isClosed, i % 2 == 0);
    EXPECT_TRUE(m_hub->mayOpen("ann"));
    for (int i = 0; i < 60; ++i)
        m_hub->open({"other" + std::to_string(i), "s", {Topic::Alarms}, {}}, consoles[1]->outlet());
    EXPECT_EQ(m_hub->mayOpen("bob").error().code, Error::Code::Busy) << "64 in all";
}

TEST_F(EventHubTest, countersComeAtMostEverySecondAndOnlyOfWhatMoved) {
    start(4);
    Console console;
    listen(console, {}, {Topic::Counters});
    ASSERT_TRUE(waitFor([&] { return console.isLive(); }));
    run(1500ms);
    const int before = console.count("counters");
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 200 && console.count("counters") < before + 3; ++i) {
        m_table.entries.at(2).counters->bytesIn += 1000;
        run(100ms);
    }
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const int told = console.count("counters") - before;
    EXPECT_EQ(told, 3);
    EXPECT_LE(told, seconds + 1);
    const QJsonArray changed = console.messages.back().data.value(QLatin1String("changed")).toArray();
    ASSERT_EQ(changed.size(), 1);
    EXPECT_EQ(changed.at(0).toObject().value(QLatin1String("id")).toInt(), 2);
    EXPECT_TRUE(console.messages.back().id.empty()) << "counters are not kept";
}

TEST_F(EventHubTest, countersThatNobodyHearsAreNotGathered) {
    start(4);
    m_table.entries.at(2).counters->bytesIn += 1000;
    m_meter->read(4, std::chrono::steady_clock::now() + 1s);
    EXPECT_EQ(m_meter->takeChanged(10), std::vector<std::int64_t>{2}) << "it was noticed";
    m_table.entries.at(2).counters->bytesIn += 1000;
    m_meter->read(4, std::chrono::steady_clock::now() + 2s);
    run(1200ms);
    EXPECT_TRUE(m_meter->takeChanged(10).empty());
}

TEST_F(EventHubTest, manyRefusedLoginsAreOneEvent) {
    start(1);
    Console console;
    listen(console);
    ASSERT_TRUE(waitFor([&] { return console.isLive(); }));
    for (int i = 0; i < 300; ++i)
        Q_EMIT m_broker->happened(broker::event::LoginRefused{"root", {outer(7), 4000}, "Wrong password."});
    for (int i = 0; i < 300; ++i)
        Q_EMIT m_broker->happened(broker::event::LoginRefused{"root", {outer(i), 4000}, "Wrong password."});
    ASSERT_TRUE(waitFor([&] { return console.count("login.refused") > 0; }, 3000));
    run(100ms);
    EXPECT_LE(console.count("login.refused"), 32);
    int count = 0;
    for (const Console::Message& message : console.messages)
        count += message.data.value(QLatin1String("count")).toInt();
    EXPECT_EQ(count, 600) << "none is lost";
}

TEST_F(EventHubTest, theOtherTopics) {
    start(1);
    Console console;
    listen(
        console, {},
        {Topic::Requests, Topic::Accounts, Topic::Allocations, Topic::Alarms, Topic::Configuration});
    ASSERT_TRUE(waitFor([&] { return console.isLive(); }));
    EXPECT_EQ(console.count("alarms.snapshot"), 1);
    EXPECT_EQ(console.count("tunnels.snapshot"), 0) << "it was not asked for";
    bringUp(50);
    ASSERT_TRUE(waitFor([&] { return console.count("allocation.changed") == 1; }));
    EXPECT_EQ(console.count("tunnel.up"), 0);
    takeDown(m_broker->tunnelOf("anonymous:" + outer(50).text() + '/' + outer(50).text())->id);
    ASSERT_TRUE(waitFor([&] { return console.count("allocation.freed") == 1; }))
        << "never used: no quarantine";

    api::AccountDraft draft;
    draft.name = QStringLiteral("jdupont");
    m_registry->create(draft, {"ann", {}, api::Role::Operator}, [](const auto&) {});
    ASSERT_TRUE(waitFor([&] { return console.count("account.created") == 1; }));
    m_registry->suspend(
        QStringLiteral("jdupont"), QStringLiteral("x"), {"ann", {}, api::Role::Operator}, [](const auto&) {});
    ASSERT_TRUE(waitFor([&] { return console.count("account.changed") == 1; }));
    m_registry->erase(
        QStringLiteral("jdupont"), 0, {"ann", {}, api::Role::Administrator}, [](const auto&) {});
    ASSERT_TRUE(waitFor([&] { return console.count("account.erased") == 1; }));
    Q_EMIT m_broker->happened(broker::event::StoreFailed{"The disk is full."});
    EXPECT_EQ(console.count("alarm.raised"), 1);
    m_hub->tell(api::event::ConfigurationChanged{});
    EXPECT_EQ(console.count("configuration.changed"), 1);
}

TEST(EventRing, itIsBoundedAndKnowsItsGaps) {
    EventRing ring(3, 1000);
    const auto bytes = [](std::size_t size) { return std::make_shared<const std::string>(size, 'x'); };
    const std::int64_t start = ring.tellLast();
    ring.push(Topic::Tunnels, bytes(10));
    EXPECT_TRUE(ring.reaches(start, {Topic::Tunnels}));
    ring.skip(Topic::Accounts);
    EXPECT_FALSE(ring.reaches(start, {Topic::Accounts})) << "something of accounts was not kept";
    EXPECT_TRUE(ring.reaches(start, {Topic::Tunnels}));
    const std::int64_t told = ring.tellLast();
    ring.skip(Topic::Accounts);
    EXPECT_FALSE(ring.reaches(told, {Topic::Accounts})) << "nor what happened after that was told";
    for (int i = 0; i < 1000; ++i)
        ring.skip(Topic::Accounts);
    EXPECT_LE(ring.size(), 3U);
    EXPECT_TRUE(ring.reaches(start, {Topic::Tunnels})) << "a thousand gaps in a row are one";
    ring.push(Topic::Tunnels, bytes(10));
    EXPECT_FALSE(ring.reaches(start, {Topic::Tunnels})) << "the first has gone";
    ring.push(Topic::Tunnels, bytes(995));
    EXPECT_LE(ring.bytes(), 1000U);
    EXPECT_FALSE(ring.reaches(ring.tellLast() + 1, {Topic::Tunnels})) << "what has not happened yet";
}

// --- by HTTP

class EventStreamTest : public ViewsFixture { };

TEST_F(EventStreamTest, aStreamByHttpEndsWithItsSeat) {
    makeSite("jdupont");
    const std::unique_ptr<QNetworkReply> reply(send({"GET", "/events", {}, token(api::Role::Viewer), {}}));
    QByteArray text;
    const auto has = [&](const char* part) {
        text += reply->readAll();
        return text.contains(part);
    };
    ASSERT_TRUE(waitFor([&] { return has("event: snapshot.end\n"); })) << text.toStdString();
    EXPECT_EQ(reply->header(QNetworkRequest::ContentTypeHeader).toByteArray(), "text/event-stream");
    bringUp("jdupont", "203.0.113.5");
    ASSERT_TRUE(waitFor([&] { return has("event: tunnel.up\n"); }));
    EXPECT_TRUE(text.contains("Example University"));
    EXPECT_EQ(m_face->events().streams(), 1U);

    std::optional<broker::Seat> seat
        = m_staff->seatOf(token(api::Role::Viewer).toStdString(), timeOf(std::chrono::system_clock::now()));
    ASSERT_TRUE(seat);
    Q_EMIT m_staff->ended(seat->key); // the token is revoked
    EXPECT_TRUE(waitFor([&] { return reply->isFinished(); }, 5000));
    EXPECT_EQ(m_face->events().streams(), 0U);
}

TEST_F(EventStreamTest, whoMayNotListenAndWhatCannotBeAskedFor) {
    EXPECT_EQ(ask({"GET", "/events", {}, {}, {}}).status, 401);
    EXPECT_EQ(ask({"GET", "/events", {}, token(api::Role::Requester), {}}).status, 403);
    EXPECT_EQ(get("/events?topics=gossip").status, 400);
    std::vector<std::unique_ptr<QNetworkReply>> replies;
    for (std::size_t i = 1; i <= 2; ++i) {
        replies.emplace_back(send({"GET", "/events?topics=alarms", {}, token(api::Role::Administrator), {}}));
        ASSERT_TRUE(waitFor([&] { return m_face->events().streams() == i; }));
    }
    replies.clear(); // consoles are closed
    EXPECT_TRUE(waitFor([&] { return m_face->events().streams() == 0; }))
        << "a connection that ends is noticed";

    const auto seat = m_staff->seatOf(
        token(api::Role::Administrator).toStdString(), timeOf(std::chrono::system_clock::now()));
    ASSERT_TRUE(seat);
    std::array<Console, 8> consoles;
    for (Console& console : consoles)
        m_face->events().open(EventHub::Listener{seat->id, seat->key, {Topic::Alarms}, {}}, console.outlet());
    const Answer ninth = get("/events?topics=alarms");
    EXPECT_EQ(ninth.status, 429);
    EXPECT_TRUE(ninth.headers.contains("retry-after"));
    m_face->events().endSeat(seat->key);
}

} // namespace viaduct::face
