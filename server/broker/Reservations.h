// SPDX-License-Identifier: GPL-3.0-or-later
// Parts of pools that an operator has set aside: the one writer of them. What it answers is durable and in
// the audit; what it changed it tells by the Broker's happened().
#pragma once

#include "server/broker/Broker.h"
#include "server/broker/Documents.h"

#include <QTimer>

namespace viaduct::broker {

namespace record {
struct Reservation {
    static constexpr const char* kind = "reservation";
    static constexpr const char* typeName = "StoredReservation";
    api::Reservation reservation;
    template <typename Table>
    static void members(Table& table) {
        table.needed("reservation", &Reservation::reservation, "");
    }
};
} // namespace record

class Reservations : public QObject {
    Q_OBJECT
public:
    /// Each costs a step wherever a pool is asked for its lowest free block.
    static constexpr std::size_t most = 1000;

    /// Both outlive it.
    Reservations(Broker& broker, store::Store& store, QObject* parent = nullptr);

    /// At start, before Broker::restore(). Invalid when a record cannot be read.
    Result<void> load(const store::Snapshot& snapshot);

    /// NotFound: no such pool. Invalid: the part is none of it, or overlaps another reservation, or `until`
    /// is over. Exhausted: some of it is held, or there are too many reservations.
    void create(const api::ReservationDraft& draft, const Actor& actor, Answered<api::Reservation> answered);
    /// From then on its blocks are given out again. NotFound: there is none of that id.
    void remove(const QString& id, const Actor& actor, Answered<void> answered);

    std::optional<api::Reservation> find(const QString& id) const;
    void forEach(const std::function<void(const api::Reservation&)>& visit) const;

private:
    using All = Documents<record::Reservation>;

    Result<void> check(const api::ReservationDraft& draft) const;
    static store::Change
    audit(const Actor& actor, const char* action, const api::Reservation& reservation, bool gone);
    void stored(const api::Reservation& reservation);
    void setAlarm();
    void ring();

    Broker& m_broker;
    store::Store& m_store;
    All m_all;
    std::unordered_map<QString, api::Reservation> m_leaving; ///< on their way out of the database
    std::size_t m_coming = 0; ///< on their way into it
    QTimer m_alarm;
};

} // namespace viaduct::broker
