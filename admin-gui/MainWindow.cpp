// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/MainWindow.h"

#include "admin-gui/parts/Wording.h"
#include "admin-gui/views/AccountsView.h"
#include "admin-gui/views/AuditView.h"
#include "admin-gui/views/ConfigurationView.h"
#include "admin-gui/views/HistoryView.h"
#include "admin-gui/views/OverviewView.h"
#include "admin-gui/views/PlanView.h"
#include "admin-gui/views/ReportsView.h"
#include "admin-gui/views/RequestsView.h"
#include "admin-gui/views/StaticTunnelsView.h"
#include "admin-gui/views/TunnelsView.h"
#include "admin-gui/views/VouchersView.h"

#include <QApplication>
#include <QCloseEvent>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QMessageBox>
#include <QSettings>
#include <QShortcut>
#include <QStatusBar>

namespace viaduct::admin {

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent), m_connect(new ConnectPane(m_link, this)), m_whole(new QStackedWidget(this)),
      m_list(new QListWidget(this)), m_stack(new QStackedWidget(this)), m_banner(new QLabel(this)),
      m_who(new QLabel(this)), m_state(new QLabel(this)) {
    setWindowTitle(QStringLiteral("Viaduct"));
    m_banner->setWordWrap(true);
    m_banner->setMargin(6);
    m_banner->setAutoFillBackground(true);
    QPalette warning = m_banner->palette();
    warning.setColor(QPalette::Window, QColor(0xff, 0xe0, 0x82));
    warning.setColor(QPalette::WindowText, Qt::black);
    m_banner->setPalette(warning);
    m_banner->hide();
    buildViews();
    auto* content = new QWidget(this);
    auto* row = new QHBoxLayout;
    row->addWidget(m_list);
    row->addWidget(m_stack, 1);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_banner);
    column->addLayout(row, 1);
    m_whole->addWidget(m_connect);
    m_whole->addWidget(content);
    setCentralWidget(m_whole);
    statusBar()->addWidget(m_state, 1);
    statusBar()->addPermanentWidget(m_who);
    buildMenus();

    connect(&m_link, &BrokerLink::happened, &m_tunnels, &TunnelsModel::take);
    connect(&m_link, &BrokerLink::stateChanged, this, &MainWindow::follow);
    connect(
        &m_link, &BrokerLink::lost, this, [this](const QString& sentence, std::chrono::milliseconds again) {
            showBanner(
                tr("The connection to the broker is lost: what is shown may be old. %1 Trying again in %2 s.")
                    .arg(sentence)
                    .arg(std::max<qint64>(1, again.count() / 1000)));
        });
    const QSettings settings;
    if (!restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray()))
        resize(1280, 800);
    showStatus();
}

void MainWindow::buildViews() {
    const Desk desk{m_link, m_tunnels, [this](const QString& place) { showPlace(place); }};
    m_views
        = {new OverviewView(desk, this),      new RequestsView(desk, this),      new PlanView(desk, this),
           new TunnelsView(desk, this),       new AccountsView(desk, this),      new VouchersView(desk, this),
           new StaticTunnelsView(desk, this), new ConfigurationView(desk, this), new HistoryView(desk, this),
           new AuditView(desk, this),         new ReportsView(desk, this)};
    m_list->setAccessibleName(tr("Views"));
    for (View* view : m_views) {
        m_stack->addWidget(view);
        auto* item = new QListWidgetItem(view->title(), m_list);
        item->setData(Qt::UserRole, view->name());
    }
    m_list->setFixedWidth(m_list->sizeHintForColumn(0) + 2 * m_list->fontMetrics().averageCharWidth() + 8);
    connect(m_list, &QListWidget::currentRowChanged, this, [this](int index) {
        if (index < 0)
            return;
        m_stack->setCurrentIndex(index);
        m_views[static_cast<std::size_t>(index)]->arrive({});
    });
    m_list->setCurrentRow(0);
}

void MainWindow::buildMenus() {
    QMenu* broker = menuBar()->addMenu(tr("&Broker"));
    broker->addAction(tr("&New window"), QKeySequence::New, this, [] {
        auto* other = new MainWindow;
        other->setAttribute(Qt::WA_DeleteOnClose);
        other->show();
    });
    broker->addAction(tr("&Log out"), this, [this] { m_link.close(); });
    broker->addSeparator();
    broker->addAction(tr("&Close window"), QKeySequence::Close, this, &QWidget::close);
    broker->addAction(tr("&Quit"), QKeySequence::Quit, qApp, &QApplication::closeAllWindows);
    QMenu* go = menuBar()->addMenu(tr("&Go"));
    for (std::size_t i = 0; i < m_views.size(); ++i) {
        QAction* action = go->addAction(m_views[i]->title(), this, [this, i] {
            m_list->setCurrentRow(static_cast<int>(i));
            m_stack->currentWidget()->setFocus();
        });
        if (i < 9)
            action->setShortcut(QKeySequence(QStringLiteral("Ctrl+%1").arg(i + 1)));
    }
    go->addSeparator();
    go->addAction(tr("&Search in this view"), QKeySequence::Find, this, [this] {
        m_views[static_cast<std::size_t>(m_stack->currentIndex())]->startSearch();
    });
    go->addAction(tr("&Fly to an address"), QKeySequence(QStringLiteral("Ctrl+K")), this, [this] {
        showPlace(QStringLiteral("plan"));
        view(QStringLiteral("plan"))->startSearch();
    });
    QMenu* help = menuBar()->addMenu(tr("&Help"));
    help->addAction(tr("&About Viaduct"), this, [this] {
        QMessageBox::about(
            this, tr("About Viaduct"),
            tr("Administration console of Viaduct %1, the open IPv6 migration broker.\nLicence: GPL 3 or "
               "later.")
                .arg(QStringLiteral(VIADUCT_VERSION)));
    });
    help->addAction(tr("About &Qt"), qApp, &QApplication::aboutQt);
}

View* MainWindow::view(const QString& name) const {
    const auto found
        = std::find_if(m_views.begin(), m_views.end(), [&](View* each) { return each->name() == name; });
    return found == m_views.end() ? nullptr : *found;
}

void MainWindow::showPlace(const QString& place) {
    const qsizetype mark = place.indexOf(u'?');
    const QString name = mark < 0 ? place : place.left(mark);
    for (std::size_t i = 0; i < m_views.size(); ++i) {
        if (m_views[i]->name() != name)
            continue;
        m_list->setCurrentRow(static_cast<int>(i));
        if (mark >= 0)
            m_views[i]->arrive(place.mid(mark + 1));
    }
}

void MainWindow::follow(LinkState state) {
    m_tunnels.setStale(state != LinkState::Live);
    if (state == LinkState::Loading || state == LinkState::Live) {
        m_whole->setCurrentIndex(1);
        showOffered();
    }
    if (state == LinkState::Live)
        m_banner->hide();
    if (state == LinkState::Closed) // what was typed in the views is still there, behind
        m_whole->setCurrentIndex(0);
    showStatus();
}

/// What the role may not see is not offered.
void MainWindow::showOffered() {
    for (std::size_t i = 0; i < m_views.size(); ++i) {
        const api::OperationInfo* needed = m_views[i]->needs();
        m_list->item(static_cast<int>(i))->setHidden(needed && !m_link.may(*needed));
    }
}

void MainWindow::showBanner(const QString& sentence) {
    m_banner->setText(sentence);
    m_banner->show();
}

void MainWindow::showStatus() {
    switch (m_link.state()) {
    case LinkState::Closed:
        m_state->setText(tr("Not logged in"));
        break;
    case LinkState::LoggingIn:
        m_state->setText(tr("Logging in …"));
        break;
    case LinkState::Loading:
        m_state->setText(tr("Loading …"));
        break;
    case LinkState::Live:
        m_state->setText(tr("Live"));
        break;
    case LinkState::Stale:
        m_state->setText(tr("Connection lost"));
        break;
    }
    const auto& session = m_link.session();
    m_who->setText(
        session ? tr("%1 (%2) on %3, version %4")
                      .arg(session->login, wording::role(session->role), session->broker, session->version)
                : QString());
    setWindowTitle(
        session && !session->broker.isEmpty() ? session->broker + QStringLiteral(" – Viaduct")
                                              : QStringLiteral("Viaduct"));
}

void MainWindow::closeEvent(QCloseEvent* event) {
    QSettings().setValue(QStringLiteral("window/geometry"), saveGeometry());
    m_link.close();
    QMainWindow::closeEvent(event);
}

} // namespace viaduct::admin
