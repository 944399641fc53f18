// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/EventHub.h"

#include "server/api/HealthMonitor.h"
#include "server/api/PoolViews.h"
#include "server/api/TunnelViews.h"
#include "server/broker/Registry.h"

#include <QJsonDocument>
#include <QLoggingCategory>

#include <algorithm>
#include <charconv>

namespace viaduct::face {

namespace {
Q_LOGGING_CATEGORY(logApi, "viaduct.api")

using api::Topic;
using Clock = std::chrono::steady_clock;

/// Between two steps of snapshots the event loop has time for everything else.
constexpr std::chrono::milliseconds stepInterval{5};
constexpr std::size_t requestsPerTurn = 50;
constexpr std::size_t countersPerBatch = 250;
constexpr std::chrono::milliseconds batchInterval{20};
/// Nobody who listened to a topic comes back later than that and expects to go on.
constexpr std::chrono::seconds keptFor{60};
/// Addresses whose refused log-ins are told each by itself in a second; the others share one event.
constexpr std::size_t mostRefusedTold = 32;
constexpr std::size_t mostResting = 100'000;
constexpr std::size_t mostFreedAtOnce = 500;

api::Time now() {
    return timeOf(std::chrono::system_clock::now());
}

EventRing::Bytes shared(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}
} // namespace

EventHub::EventHub(
    broker::Broker& broker, const broker::Registry& registry, RateMeter& meter, HealthMonitor& health,
    QObject* parent)
    : EventHub(broker, registry, meter, health, Limits(), parent) { }

EventHub::EventHub(
    broker::Broker& broker, const broker::Registry& registry, RateMeter& meter, HealthMonitor& health,
    const Limits& limits, QObject* parent)
    : QObject(parent), m_broker(broker), m_registry(registry), m_meter(meter), m_health(health),
      m_limits(limits), m_epoch(std::to_string(now().time_since_epoch().count())),
      m_ring(limits.ringEvents, limits.ringBytes) {
    connect(&m_broker, &broker::Broker::happened, this, &EventHub::noteHappened);
    connect(&m_meter, &RateMeter::replaced, this, [this](std::int64_t tunnel, const std::string& holder) {
        tell(api::event::TunnelDown{
            tunnel, textOf(holder), now(), QStringLiteral("Its client has set up a new one.")});
    });
    connect(&m_health, &HealthMonitor::raised, this, [this](const api::Alarm& alarm) {
        tell(api::event::AlarmRaised{alarm});
    });
    connect(&m_health, &HealthMonitor::cleared, this, [this](const QString& id, api::Time at) {
        tell(api::event::AlarmCleared{id, at});
    });
    connect(&m_steps, &QTimer::timeout, this, qOverload<>(&EventHub::step));
    connect(&m_second, &QTimer::timeout, this, &EventHub::everySecond);
    connect(&m_batches, &QTimer::timeout, this, &EventHub::tellCounterBatch);
    connect(&m_heartbeat, &QTimer::timeout, this, &EventHub::beat);
    m_steps.setInterval(stepInterval);
    m_batches.setInterval(batchInterval);
    m_second.start(std::chrono::milliseconds(1000));
    m_heartbeat.start(m_limits.heartbeat);
    const store::TimePoint time = std::chrono::system_clock::now();
    m_broker.ledger().forEach([&](const store::Allocation& each) {
        if (each.quarantinedUntil && *each.quarantinedUntil > time)
            noteResting(each);
    });
}

EventHub::~EventHub() {
    for (const auto& [number, reader] : m_readers)
        reader.outlet.close();
}

std::vector<Topic> EventHub::usualTopics() {
    return {Topic::Requests, Topic::Tunnels, Topic::Counters, Topic::Configuration, Topic::Alarms};
}

bool EventHub::Reader::wants(Topic topic) const {
    const auto& topics = listener.topics;
    return std::find(topics.begin(), topics.end(), topic) != topics.end();
}

// --- streams come and go

Result<void> EventHub::mayOpen(const std::string& actor) const {
    const auto own = std::count_if(m_readers.begin(), m_readers.end(), [&](const auto& reader) {
        return reader.second.listener.actor == actor;
    });
    if (static_cast<std::size_t>(own) >= m_limits.streamsPerActor)
        return failure(
            Error::Code::Busy,
            "You have " + std::to_string(own) + " event streams open already: close one of them first.");
    if (m_readers.size() >= m_limits.streams)
        return failure(
            Error::Code::Busy,
            "All " + std::to_string(m_limits.streams)
                + " event streams are taken: wait until somebody closes a console.");
    return {};
}

int EventHub::open(Listener listener, Outlet outlet) {
    const int number = ++m_lastNumber;
    const bool firstOfCounters = std::none_of(m_readers.begin(), m_readers.end(), [](const auto& reader) {
        return reader.second.wants(Topic::Counters);
    });
    Reader& reader = m_readers.emplace(number, Reader{std::move(listener), std::move(outlet)}).first->second;
    reader.movedAt = Clock::now();
    for (const Topic topic : reader.listener.topics)
        m_wantedAt.at(static_cast<std::size_t>(topic)) = Clock::now();
    if (firstOfCounters && reader.wants(Topic::Counters)) // its snapshot knows all that has changed so far
        m_meter.takeChanged(std::numeric_limits<std::size_t>::max());
    const auto known = numberFrom(reader.listener.lastEventId);
    if (known && m_ring.reaches(*known, reader.listener.topics)) {
        reader.seen = *known;
        reader.stage = Stage::CatchingUp;
    } else {
        begin(reader);
    }
    m_steps.start();
    return number;
}

void EventHub::begin(Reader& reader) {
    reader.stage = Stage::Snapshot;
    reader.seen = m_ring.tellLast();
    if (reader.wants(Topic::Tunnels)) {
        reader.tunnels.reserve(m_broker.tunnels().size());
        for (const auto& [id, active] : m_broker.tunnels())
            reader.tunnels.push_back(id);
    }
    if (reader.wants(Topic::Requests)) {
        m_registry.forEachRequest([&](const api::RegistrationRequest& request) {
            if (request.state == api::RequestState::Pending)
                reader.requests.push_back(request.id);
        });
    }
    sendNow(reader, api::event::SnapshotBegin{now(), reader.listener.topics});
}

void EventHub::closed(int number) {
    if (const auto reader = m_readers.find(number); reader != m_readers.end())
        cut(reader);
}

void EventHub::endSeat(const std::string& key) {
    std::vector<int> ended;
    for (const auto& [number, reader] : m_readers) {
        if (reader.listener.seat == key)
            ended.push_back(number);
    }
    cutAll(ended);
}

void EventHub::cut(Readers::iterator reader) {
    for (const Topic topic : reader->second.listener.topics)
        m_wantedAt.at(static_cast<std::size_t>(topic)) = Clock::now();
    const auto close = std::move(reader->second.outlet.close);
    m_readers.erase(reader);
    close();
}

void EventHub::cutAll(const std::vector<int>& numbers) {
    for (const int number : numbers)
        closed(number);
}

// --- events

std::string EventHub::idOf(std::int64_t number) const {
    return m_epoch + '-' + std::to_string(number);
}

std::optional<std::int64_t> EventHub::numberFrom(const std::string& id) const {
    const std::string before = m_epoch + '-';
    if (!id.starts_with(before))
        return std::nullopt;
    std::int64_t number = 0;
    const char* end = id.data() + id.size();
    const auto read = std::from_chars(id.data() + before.size(), end, number);
    return read.ec == std::errc() && read.ptr == end ? std::optional(number) : std::nullopt;
}

EventRing::Bytes EventHub::bytesOf(const api::Event& event, std::optional<std::int64_t> number) const {
    const QByteArray data = QJsonDocument(api::toJson(event)).toJson(QJsonDocument::Compact);
    std::string text = number ? "id: " + idOf(*number) + '\n' : std::string();
    text.append("event: ").append(api::nameOf(event)).append("\ndata: ");
    text.append(data.constData(), static_cast<std::size_t>(data.size())).append("\n\n");
    return shared(std::move(text));
}

bool EventHub::isWanted(Topic topic) const {
    const auto at = m_wantedAt.at(static_cast<std::size_t>(topic));
    return (at && Clock::now() - *at < keptFor)
        || std::any_of(m_readers.begin(), m_readers.end(), [topic](const auto& reader) {
               return reader.second.wants(topic);
           });
}

void EventHub::tell(const api::Event& event) {
    const auto topic = api::topicOf(event);
    if (!topic)
        return;
    if (!isWanted(*topic))
        return m_ring.skip(*topic);
    const std::int64_t number = m_ring.next();
    const EventRing::Bytes bytes = bytesOf(event, number);
    m_ring.push(*topic, bytes);
    std::vector<int> slow;
    for (auto& [reader, each] : m_readers) {
        if (each.stage != Stage::Live)
            continue; // it finds it in the ring
        each.seen = number;
        if (each.wants(*topic) && !each.outlet.send(bytes))
            slow.push_back(reader);
    }
    cutAll(slow);
}

void EventHub::noteHappened(const broker::Event& event) {
    using namespace broker::event;
    if (const auto* request = std::get_if<RequestChanged>(&event)) {
        if (request->request.revision == 1)
            tell(api::event::RequestCreated{request->request});
        else
            tell(api::event::RequestChanged{request->request});
    } else if (const auto* account = std::get_if<AccountChanged>(&event)) {
        if (account->gone)
            tell(api::event::AccountErased{account->account.name});
        else if (account->account.revision == 1 && !account->account.lastLogin)
            tell(api::event::AccountCreated{account->account});
        else
            tell(api::event::AccountChanged{account->account});
    } else if (const auto* reservation = std::get_if<ReservationChanged>(&event)) {
        if (reservation->gone)
            tell(api::event::ReservationRemoved{
                reservation->reservation.id, reservation->reservation.draft.pool});
        else
            tell(api::event::ReservationCreated{reservation->reservation});
    } else if (const auto* allocated = std::get_if<Allocated>(&event)) {
        noteAllocation(allocated->allocation);
    } else if (const auto* released = std::get_if<Released>(&event)) {
        noteAllocation(released->allocation);
    } else if (const auto* refused = std::get_if<LoginRefused>(&event)) {
        noteRefused(*refused);
    } else {
        noteTunnel(event);
    }
}

void EventHub::noteTunnel(const broker::Event& event) {
    using namespace broker::event;
    const auto view = [this](const store::Tunnel& tunnel) {
        return tunnelView(m_broker, m_registry, m_meter, tunnel.id);
    };
    if (const auto* down = std::get_if<TunnelDown>(&event)) {
        tell(api::event::TunnelDown{
            down->tunnel.id, textOf(down->tunnel.holder), now(), textOf(down->reason)});
        return;
    }
    if (!isWanted(Topic::Tunnels))
        return m_ring.skip(Topic::Tunnels); // a view of it costs more than this
    if (const auto* up = std::get_if<TunnelUp>(&event)) {
        if (auto tunnel = view(up->tunnel))
            tell(api::event::TunnelUp{std::move(*tunnel)});
    } else if (const auto* silent = std::get_if<TunnelSilent>(&event)) {
        if (auto tunnel = view(silent->tunnel))
            tell(api::event::TunnelChanged{std::move(*tunnel)});
    } else if (const auto* heard = std::get_if<TunnelHeard>(&event)) {
        if (auto tunnel = view(heard->tunnel))
            tell(api::event::TunnelChanged{std::move(*tunnel)});
    }
}

/// To tell of the end of its quarantine, which makes no event of the broker's.
void EventHub::noteResting(const store::Allocation& allocation) {
    if (m_resting.size() < mostResting) {
        m_resting.emplace(*allocation.quarantinedUntil, std::pair(allocation.pool, allocation.block));
        m_leavesOut = false;
    } else if (!std::exchange(m_leavesOut, true)) {
        qCWarning(
            logApi,
            "event=freed-not-told resting=%zu More blocks are in quarantine than are watched: consoles see "
            "that the others are free when they read the list again.",
            m_resting.size());
    }
}

void EventHub::noteAllocation(const store::Allocation& allocation) {
    const bool rests = allocation.quarantinedUntil
        && *allocation.quarantinedUntil > store::TimePoint(std::chrono::system_clock::now());
    if (rests)
        noteResting(allocation);
    if (!isWanted(Topic::Allocations))
        return m_ring.skip(Topic::Allocations);
    if (allocation.quarantinedUntil && !rests)
        tell(api::event::AllocationFreed{textOf(allocation.pool), allocation.block});
    else
        tell(api::event::AllocationChanged{allocationView(m_broker, m_registry, allocation)});
}

/// Told together at the end of the second: a machine that guesses makes hundreds of them.
void EventHub::noteRefused(const broker::event::LoginRefused& refused) {
    const auto known = m_refused.find(refused.from.address);
    const bool isNew = known == m_refused.end();
    const IpAddress key
        = isNew && m_refused.size() >= mostRefusedTold ? m_refused.rbegin()->first : refused.from.address;
    api::event::LoginRefused& told = m_refused[key];
    const int count = isNew && key == refused.from.address ? 1 : told.count + 1;
    told = {textOf(refused.who).left(api::limit::line), refused.from, now(), textOf(refused.reason), count};
}

// --- snapshots, step by step

void EventHub::step() {
    const Clock::time_point time = Clock::now();
    std::vector<int> late;
    Readers::iterator chosen = m_readers.end();
    bool isBusy = false;
    for (auto each = m_readers.begin(); each != m_readers.end(); ++each) {
        Reader& reader = each->second;
        if (reader.stage == Stage::Live)
            continue;
        isBusy = true;
        if (reader.outlet.unread() > m_limits.unreadBytes) {
            if (time - reader.movedAt > m_limits.patience)
                late.push_back(each->first);
            continue;
        }
        const bool isNext = chosen == m_readers.end() || (chosen->first <= m_turn && each->first > m_turn);
        if (isNext)
            chosen = each;
    }
    if (chosen != m_readers.end()) {
        m_turn = chosen->first;
        chosen->second.movedAt = time;
        if (!step(chosen->second))
            late.push_back(m_turn);
    }
    cutAll(late);
    if (!isBusy)
        m_steps.stop();
}

bool EventHub::step(Reader& reader) {
    return reader.stage == Stage::Snapshot ? stepSnapshot(reader) : catchUp(reader);
}

bool EventHub::sendNow(const Reader& reader, const api::Event& event) const {
    return reader.outlet.send(bytesOf(event, std::nullopt));
}

bool EventHub::stepSnapshot(Reader& reader) {
    if (!reader.requests.empty())
        return sendRequests(reader);
    if (!reader.tunnels.empty())
        return sendTunnels(reader);
    if (reader.wants(Topic::Alarms) && !sendNow(reader, api::event::AlarmsSnapshot{m_health.alarms()}))
        return false;
    reader.stage = Stage::CatchingUp;
    // With the number from which it goes on, should it break off here.
    return reader.outlet.send(bytesOf(api::event::SnapshotEnd{now()}, reader.seen));
}

bool EventHub::sendRequests(Reader& reader) {
    api::event::RequestsSnapshot batch;
    while (!reader.requests.empty() && batch.items.size() < requestsPerTurn) {
        auto request = m_registry.request(reader.requests.back());
        reader.requests.pop_back();
        if (request && request->state == api::RequestState::Pending)
            batch.items.push_back(std::move(*request));
    }
    return batch.items.empty() || sendNow(reader, std::move(batch));
}

bool EventHub::sendTunnels(Reader& reader) {
    api::event::TunnelsSnapshot batch;
    for (std::size_t i = 0; i < m_limits.tunnelsPerTurn && !reader.tunnels.empty(); ++i) {
        auto tunnel = tunnelView(m_broker, m_registry, m_meter, reader.tunnels.back());
        reader.tunnels.pop_back();
        if (tunnel) // else it has gone meanwhile
            batch.items.push_back(std::move(*tunnel));
    }
    return batch.items.empty() || sendNow(reader, std::move(batch));
}

bool EventHub::catchUp(Reader& reader) {
    // Of so many events since it began that they are not kept: it comes again and gets another snapshot.
    if (!m_ring.reaches(reader.seen, {}))
        return false;
    for (std::size_t i = 0; i < m_limits.eventsPerTurn; ++i) {
        const EventRing::Entry* entry = m_ring.after(reader.seen);
        if (!entry) {
            reader.stage = Stage::Live;
            return true;
        }
        ++reader.seen;
        if (!entry->bytes || !reader.wants(entry->topic))
            continue;
        if (!reader.outlet.send(entry->bytes))
            return false;
        if (reader.outlet.unread() > m_limits.unreadBytes)
            return true;
    }
    return true;
}

// --- every second

void EventHub::everySecond() {
    tellRefused();
    tellFreed();
    tellCounters();
}

void EventHub::tellRefused() {
    const auto refused = std::exchange(m_refused, {});
    for (const auto& [from, event] : refused)
        tell(event);
}

/// A quarantine ends without anybody doing anything.
void EventHub::tellFreed() {
    const store::TimePoint time = std::chrono::system_clock::now();
    for (std::size_t i = 0; i < mostFreedAtOnce && !m_resting.empty(); ++i) {
        if (m_resting.begin()->first > time)
            return;
        const auto [until, block] = *m_resting.begin();
        m_resting.erase(m_resting.begin());
        const auto known = m_broker.ledger().at(block.first, block.second.address());
        if (!known || known->quarantinedUntil == until)
            tell(api::event::AllocationFreed{textOf(block.first), block.second});
    }
}

/// These are not kept: after a break only the newest are of use, and they come within the second.
void EventHub::tellCounters() {
    const bool isAskedFor = std::any_of(m_readers.begin(), m_readers.end(), [](const auto& reader) {
        return reader.second.wants(Topic::Counters);
    });
    if (!isAskedFor) { // else what has changed would be gathered for as long as no console is open
        m_meter.takeChanged(std::numeric_limits<std::size_t>::max());
        return;
    }
    const bool isHeard = std::any_of(m_readers.begin(), m_readers.end(), [](const auto& reader) {
        return reader.second.stage == Stage::Live && reader.second.wants(Topic::Counters);
    });
    if (!isHeard)
        return;
    m_counters = m_meter.takeChanged(m_limits.countersPerSecond);
    const auto tunnels = static_cast<std::int64_t>(m_meter.tunnels());
    if (m_counters.empty() && tunnels == m_toldTunnels && m_meter.rates() == m_toldRates)
        return;
    m_toldTunnels = tunnels;
    m_toldRates = m_meter.rates();
    tellCounterBatch();
}

void EventHub::tellCounterBatch() {
    api::event::Counters batch;
    batch.at = now();
    batch.tunnels = static_cast<std::int64_t>(m_meter.tunnels());
    batch.rates = m_meter.rates();
    for (std::size_t i = 0; i < countersPerBatch && !m_counters.empty(); ++i) {
        const std::int64_t id = m_counters.back();
        m_counters.pop_back();
        const auto found = m_broker.tunnels().find(id);
        if (found == m_broker.tunnels().end())
            continue;
        const dataplane::TunnelCounters& counters = *found->second.counters;
        batch.changed.push_back(
            {id, trafficView(counters), m_meter.rates(id), dropsView(counters), lastSeen(counters)});
    }
    if (m_counters.empty())
        m_batches.stop();
    else
        m_batches.start();
    const EventRing::Bytes bytes = bytesOf(std::move(batch), std::nullopt);
    std::vector<int> slow;
    for (const auto& [number, reader] : m_readers) {
        if (reader.stage == Stage::Live && reader.wants(Topic::Counters) && !reader.outlet.send(bytes))
            slow.push_back(number);
    }
    cutAll(slow);
}

void EventHub::beat() {
    const EventRing::Bytes bytes = shared(": \n\n");
    std::vector<int> gone;
    for (const auto& [number, reader] : m_readers) {
        if (!reader.outlet.send(bytes))
            gone.push_back(number);
        else if (m_keepSeat)
            m_keepSeat(reader.listener.seat);
    }
    cutAll(gone);
}

} // namespace viaduct::face
