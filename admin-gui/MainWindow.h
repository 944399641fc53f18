// SPDX-License-Identifier: GPL-3.0-or-later
// A window on one broker: the views at the left, a banner where what is shown may be old, and the log-in
// where nobody is logged in.
#pragma once

#include "admin-gui/views/ConnectPane.h"
#include "admin-gui/views/View.h"

#include <QListWidget>
#include <QMainWindow>
#include <QStackedWidget>

namespace viaduct::admin {

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(QWidget* parent = nullptr);

    /// Of the last broker.
    void begin() { m_connect->begin(); }
    BrokerLink& link() { return m_link; }
    TunnelsModel& tunnels() { return m_tunnels; }
    View* view(const QString& name) const;
    /// "requests", "tunnels?login": see Desk.
    void showPlace(const QString& place);

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    void buildViews();
    void buildMenus();
    void follow(LinkState state);
    void showBanner(const QString& sentence);
    void showOffered();
    void showStatus();

    BrokerLink m_link;
    TunnelsModel m_tunnels;
    ConnectPane* m_connect;
    QStackedWidget* m_whole; ///< log-in, or the views
    QListWidget* m_list;
    QStackedWidget* m_stack;
    QLabel* m_banner;
    QLabel* m_who;
    QLabel* m_state;
    std::vector<View*> m_views;
};

} // namespace viaduct::admin
