// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/Reservations.h"

#include "server/broker/RandomId.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
/// A timer counts 32 bits of milliseconds; and clocks are set.
constexpr std::chrono::milliseconds longestSleep{std::chrono::hours(1)};
/// After a database that could not write.
constexpr std::chrono::milliseconds againAfter{5000};

api::Time now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

bool isOver(const api::Reservation& reservation, api::Time time) {
    return reservation.draft.until && *reservation.draft.until <= time;
}
} // namespace

Reservations::Reservations(Broker& broker, store::Store& store, QObject* parent)
    : QObject(parent), m_broker(broker), m_store(store) {
    m_alarm.setSingleShot(true);
    connect(&m_alarm, &QTimer::timeout, this, &Reservations::ring);
}

Result<void> Reservations::load(const store::Snapshot& snapshot) {
    for (const store::Record& each : snapshot.records) {
        if (each.kind != record::Reservation::kind)
            continue;
        if (auto loaded = m_all.load(each); !loaded)
            return loaded;
    }
    std::vector<Prefix> parts;
    for (const auto& [id, entry] : m_all.all())
        parts.push_back(entry.value.reservation.draft.prefix);
    m_broker.adoptReservations(parts);
    setAlarm();
    return {};
}

Result<void> Reservations::check(const api::ReservationDraft& draft) const {
    const std::string name = draft.pool.toStdString();
    const config::Pool* pool = m_broker.configuration().pool(name);
    if (!pool)
        return failure(Error::Code::NotFound, "There is no pool " + name + ": /pools lists them.");
    if (!pool->prefix.contains(draft.prefix))
        return failure(
            Error::Code::Invalid,
            draft.prefix.text() + " lies outside the pool " + name + ", " + pool->prefix.text()
                + ": name a part of it.");
    if (draft.note.trimmed().isEmpty())
        return failure(Error::Code::Invalid, "A note is wanted: for what is it set aside?");
    if (draft.until && *draft.until <= now())
        return failure(Error::Code::Invalid, "The end is over already: choose a later one, or none.");
    if (m_all.all().size() + m_coming >= most)
        return failure(
            Error::Code::Exhausted,
            "There are " + std::to_string(most)
                + " reservations already: delete one, or set a larger part aside at once.");
    return {};
}

store::Change
Reservations::audit(const Actor& actor, const char* action, const api::Reservation& reservation, bool gone) {
    QJsonObject object{
        {QStringLiteral("pool"), reservation.draft.pool},
        {QStringLiteral("prefix"), QString::fromStdString(reservation.draft.prefix.text())}};
    if (reservation.draft.until)
        object.insert(QStringLiteral("until"), api::text(*reservation.draft.until));
    const std::string text = QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
    return store::change::AppendAudit{
        {now(), actor.id, actor.from.text(), action, "reservation:" + reservation.id.toStdString(),
         gone ? text : std::string(), gone ? std::string() : text}};
}

void Reservations::create(
    const api::ReservationDraft& draft, const Actor& actor, Answered<api::Reservation> answered) {
    if (const auto checked = check(draft); !checked)
        return answered(tl::unexpected(checked.error()));
    // From now on, not from when it is durable: nobody is to get a block of it meanwhile.
    if (const auto reserved = m_broker.reserve(draft.prefix); !reserved)
        return answered(tl::unexpected(reserved.error()));
    api::Reservation made;
    made.id = QString::fromStdString(randomId('b'));
    made.draft = draft;
    made.by = QString::fromStdString(actor.id);
    made.created = now();
    ++m_coming;
    m_store.commit(
        {m_all.put(made.id.toStdString(), {made}), audit(actor, "createReservation", made, false)}, this,
        [this, made, answered = std::move(answered)](const Result<void>& committed) {
            --m_coming;
            if (!committed) {
                m_broker.unreserve(made.draft.prefix);
                Q_EMIT m_broker.happened(event::StoreFailed{committed.error().message});
                return answered(tl::unexpected(committed.error()));
            }
            stored(made);
            answered(made);
        });
}

void Reservations::stored(const api::Reservation& reservation) {
    m_all.stored(reservation.id.toStdString(), {reservation});
    setAlarm();
    Q_EMIT m_broker.happened(event::ReservationChanged{reservation, false});
}

void Reservations::remove(const QString& id, const Actor& actor, Answered<void> answered) {
    const auto found = find(id);
    if (!found || m_leaving.contains(id))
        return answered(failure(
            Error::Code::NotFound,
            "There is no reservation " + id.toStdString() + ": it is deleted already."));
    m_leaving.emplace(id, *found);
    m_store.commit(
        {All::drop(id.toStdString()), audit(actor, "deleteReservation", *found, true)}, this,
        [this, gone = *found, answered = std::move(answered)](const Result<void>& committed) {
            m_leaving.erase(gone.id);
            if (!committed) {
                Q_EMIT m_broker.happened(event::StoreFailed{committed.error().message});
                return answered(committed);
            }
            m_all.dropped(gone.id.toStdString());
            m_broker.unreserve(gone.draft.prefix);
            answered({});
            Q_EMIT m_broker.happened(event::ReservationChanged{gone, true});
        });
}

std::optional<api::Reservation> Reservations::find(const QString& id) const {
    const All::Entry* entry = m_all.find(id.toStdString());
    return entry ? std::optional(entry->value.reservation) : std::nullopt;
}

void Reservations::forEach(const std::function<void(const api::Reservation&)>& visit) const {
    for (const auto& [id, entry] : m_all.all())
        visit(entry.value.reservation);
}

// --- those that end by themselves

void Reservations::setAlarm() {
    std::optional<api::Time> next;
    for (const auto& [id, entry] : m_all.all()) {
        const auto& until = entry.value.reservation.draft.until;
        if (until && (!next || *until < *next))
            next = until;
    }
    if (!next)
        return m_alarm.stop();
    m_alarm.start(std::clamp(
        std::chrono::duration_cast<std::chrono::milliseconds>(*next - now()), std::chrono::milliseconds{1},
        longestSleep));
}

void Reservations::ring() {
    std::vector<QString> over;
    const api::Time time = now();
    forEach([&](const api::Reservation& each) {
        if (isOver(each, time) && !m_leaving.contains(each.id))
            over.push_back(each.id);
    });
    const Actor system{"system", {}, api::Role::Administrator};
    for (const QString& id : over)
        remove(id, system, [this](const Result<void>& removed) {
            if (removed)
                setAlarm();
            else
                m_alarm.start(againAfter);
        });
    if (over.empty())
        setAlarm();
}

} // namespace viaduct::broker
