// SPDX-License-Identifier: GPL-3.0-or-later
// What needs a decision now, and how the broker is; each line leads to its place.
#pragma once

#include "admin-gui/parts/Graph.h"
#include "admin-gui/views/View.h"

#include <QTextBrowser>
#include <QTimer>

#include <map>

namespace viaduct::admin {

class OverviewView : public View {
    Q_OBJECT
public:
    explicit OverviewView(const Desk& desk, QWidget* parent = nullptr);

    QString name() const override { return QStringLiteral("overview"); }
    QString title() const override { return tr("Overview"); }

private:
    void take(const api::Event& event);
    void askStatistics();
    void askHealth();
    void askPools();
    void addSample(const api::event::Counters& counters);
    void showWork();
    void showHealth();
    void showGraphs();

    QTextBrowser* m_work;
    QTextBrowser* m_healthText;
    Graph* m_rates;
    Graph* m_tunnelsGraph;
    QLabel* m_notice;
    std::map<QString, api::RegistrationRequest> m_waiting; ///< by id
    std::map<QString, api::Alarm> m_alarms;
    std::vector<api::Pool> m_pools;
    std::map<QString, int> m_flaps; ///< logins whose tunnel went down lately, how often
    std::optional<api::Health> m_health;
    QVector<QPointF> m_in;
    QVector<QPointF> m_out;
    QVector<QPointF> m_count;
    QTimer m_poolsSoon;
    QTimer m_healthSoon;
};

} // namespace viaduct::admin
