// SPDX-License-Identifier: GPL-3.0-or-later
// A broker of many accounts and tunnels with its admin API, in one process, for measuring.
#pragma once

#include "server/api/ApiFace.h"
#include "server/broker/Registry.h"
#include "server/broker/Reservations.h"
#include "server/http/Server.h"
#include "server/revisions/Keeper.h"

#include <QNetworkAccessManager>
#include <QTemporaryDir>

namespace viaduct::bench {

struct Table : dataplane::DataPlane {
    void put(const dataplane::TunnelEntry&) override { }
    void remove(std::int64_t) override { }
    std::string name() const override { return "table"; }
};

class House {
public:
    /// Everything of them is in the database before the broker starts.
    House(int accounts, int tunnels);

    broker::Broker& broker() { return *m_broker; }
    broker::Registry& registry() { return *m_registry; }
    const QByteArray& token() const { return m_token; }
    QNetworkRequest request(const QByteArray& path) const;
    QNetworkAccessManager& network() { return m_network; }
    /// Runs the event loop until it is so.
    void until(const std::function<bool()>& condition);

private:
    void fill(int accounts, int tunnels);
    void serve();

    QTemporaryDir m_directory;
    Table m_table;
    std::unique_ptr<store::Store> m_store;
    std::unique_ptr<revisions::Keeper> m_keeper;
    std::unique_ptr<broker::Broker> m_broker;
    std::unique_ptr<broker::Registry> m_registry;
    std::unique_ptr<broker::Reservations> m_reservations;
    std::unique_ptr<broker::Staff> m_staff;
    std::unique_ptr<face::ApiFace> m_face;
    std::unique_ptr<http::Server> m_server;
    QNetworkAccessManager m_network;
    QByteArray m_token;
};

} // namespace viaduct::bench
