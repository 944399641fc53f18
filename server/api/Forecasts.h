// SPDX-License-Identifier: GPL-3.0-or-later
// When each pool will be full at its present pace: asked of the store every hour, kept in between.
#pragma once

#include "server/broker/Broker.h"
#include "shared/api/Addressing.h"

#include <QTimer>

namespace viaduct::face {

class Forecasts : public QObject {
    Q_OBJECT
public:
    /// Both outlive it. The first answers come soon after.
    Forecasts(broker::Broker& broker, store::Store& store, QObject* parent = nullptr);

    /// For a pool of which nothing is known yet it says so, and asks.
    api::Forecast of(const std::string& pool);
    void refresh();

Q_SIGNALS:
    void changed(); ///< one of them

private:
    void ask(const std::string& pool);

    broker::Broker& m_broker;
    store::Store& m_store;
    std::map<std::string, api::Forecast> m_known;
    std::set<std::string> m_asked; ///< and not yet answered
    QTimer m_timer;
};

/// Of a pool with room for `capacity` blocks; the trend ends today.
api::Forecast forecastFrom(const store::PoolTrend& trend, const store::DayRange& range, Uint128 capacity);

} // namespace viaduct::face
