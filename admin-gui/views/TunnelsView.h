// SPDX-License-Identifier: GPL-3.0-or-later
// All tunnels that are up, live, and one of them in detail.
#pragma once

#include "admin-gui/parts/Graph.h"
#include "admin-gui/views/View.h"

#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>

namespace viaduct::admin {

class TunnelsView : public View {
    Q_OBJECT
public:
    explicit TunnelsView(const Desk& desk, QWidget* parent = nullptr);

    QString name() const override { return QStringLiteral("tunnels"); }
    QString title() const override { return tr("Tunnels"); }
    void arrive(const QString& what) override;
    void startSearch() override;

private:
    QWidget* detail();
    void choose(qint64 id);
    void refresh();
    void askTimeline();
    void showTotals();
    void disconnectChosen();
    void suspendChosen();

    QLineEdit* m_search;
    QLabel* m_totals;
    QTableView* m_table;
    QLabel* m_facts;
    QPlainTextEdit* m_timeline;
    Graph* m_graph;
    QPushButton* m_disconnect;
    QPushButton* m_suspend;
    QPushButton* m_account;
    QPushButton* m_onPlan;
    QLineEdit* m_reason;
    QLabel* m_notice;
    qint64 m_chosen = 0;
    QString m_wanted; ///< looked for before its tunnel was here
    QVector<QPointF> m_in;
    QVector<QPointF> m_out;
};

} // namespace viaduct::admin
