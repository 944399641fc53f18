// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/views/TunnelsView.h"

#include "admin-gui/parts/Wording.h"

#include <QDateTime>
#include <QHeaderView>
#include <QShortcut>
#include <QSplitter>
#include <QTimer>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {
constexpr qsizetype longestGraph = 3600; ///< points, one a second
constexpr std::chrono::milliseconds typing{150};
} // namespace

TunnelsView::TunnelsView(const Desk& desk, QWidget* parent)
    : View(desk, parent), m_search(new QLineEdit(this)), m_totals(new QLabel(this)),
      m_table(table(desk.tunnels, name())), m_notice(notice()) {
    m_search->setPlaceholderText(tr("Login, organisation, address, prefix or mode"));
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Filter of the tunnels"));
    auto* pause = new QTimer(this);
    pause->setSingleShot(true);
    pause->setInterval(typing);
    connect(m_search, &QLineEdit::textChanged, pause, qOverload<>(&QTimer::start));
    connect(pause, &QTimer::timeout, this, [this] { m_desk.tunnels.setFilter(m_search->text()); });

    m_table->setAccessibleName(tr("Tunnels"));
    m_table->setItemDelegateForColumn(TunnelsModel::Spark, new SparkDelegate(m_table));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    connect(
        m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const auto& now) {
            const api::Tunnel* tunnel = m_desk.tunnels.at(now);
            choose(tunnel ? tunnel->id : 0);
        });

    auto* above = new QHBoxLayout;
    above->addWidget(m_search, 1);
    above->addWidget(m_totals);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(m_table);
    splitter->addWidget(detail());
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(above);
    layout->addWidget(splitter, 1);
    layout->addWidget(m_notice);

    connect(&desk.tunnels, &TunnelsModel::totalsChanged, this, [this] {
        showTotals();
        refresh();
    });
    connect(&desk.tunnels, &TunnelsModel::gone, this, [this](qint64 id) {
        if (id == m_chosen)
            tell(m_notice, tr("The tunnel is down."));
    });
    choose(0);
}

QWidget* TunnelsView::detail() {
    auto* pane = new QWidget(this);
    m_facts = new QLabel(pane);
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_facts->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_timeline = new QPlainTextEdit(pane);
    m_timeline->setReadOnly(true);
    m_timeline->setAccessibleName(tr("Timeline of the tunnel"));
    m_graph = new Graph(pane);
    m_graph->setAccessibleName(tr("Traffic of the tunnel"));
    m_disconnect = new QPushButton(tr("&Disconnect"), pane);
    m_suspend = new QPushButton(tr("&Suspend the account"), pane);
    m_account = new QPushButton(tr("Show the &account"), pane);
    m_onPlan = new QPushButton(tr("Show on the &plan"), pane);
    m_reason = new QLineEdit(pane);
    m_reason->setPlaceholderText(tr("Reason, needed to disconnect or suspend"));
    m_reason->setAccessibleName(tr("Reason"));
    connect(m_disconnect, &QPushButton::clicked, this, &TunnelsView::disconnectChosen);
    connect(m_suspend, &QPushButton::clicked, this, &TunnelsView::suspendChosen);
    connect(m_account, &QPushButton::clicked, this, [this] {
        if (const api::Tunnel* tunnel = m_desk.tunnels.tunnel(m_chosen))
            m_desk.show(QStringLiteral("accounts?") + tunnel->account);
    });
    connect(m_onPlan, &QPushButton::clicked, this, [this] {
        const api::Tunnel* tunnel = m_desk.tunnels.tunnel(m_chosen);
        if (tunnel && tunnel->innerClient)
            m_desk.show(QStringLiteral("plan?") + QString::fromStdString(tunnel->innerClient->text()));
    });
    connect(m_reason, &QLineEdit::textChanged, this, &TunnelsView::refresh);

    auto* actions = new QHBoxLayout;
    actions->addWidget(m_reason, 1);
    for (QPushButton* button : {m_disconnect, m_suspend, m_account, m_onPlan})
        actions->addWidget(button);
    auto* row = new QHBoxLayout;
    row->addWidget(m_facts);
    row->addWidget(m_graph, 1);
    row->addWidget(m_timeline, 1);
    auto* layout = new QVBoxLayout(pane);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(row, 1);
    layout->addLayout(actions);
    return pane;
}

void TunnelsView::arrive(const QString& what) {
    if (what.isEmpty())
        return;
    m_search->setText(what);
    m_desk.tunnels.setFilter(what);
    if (m_desk.tunnels.rowCount() > 0)
        m_table->selectRow(0);
}

void TunnelsView::startSearch() {
    m_search->setFocus();
    m_search->selectAll();
}

void TunnelsView::choose(qint64 id) {
    if (id != m_chosen) {
        m_in.clear();
        m_out.clear();
        m_timeline->clear();
        m_reason->clear();
        tell(m_notice, QString());
    }
    m_chosen = id;
    refresh();
    if (id != 0)
        askTimeline();
}

void TunnelsView::showTotals() {
    m_totals->setText(
        tr("%n tunnel(s)", nullptr, static_cast<int>(m_desk.tunnels.all())) + QStringLiteral("   ↓ ")
        + wording::rate(m_desk.tunnels.bitsIn()) + QStringLiteral("   ↑ ")
        + wording::rate(m_desk.tunnels.bitsOut()));
}

void TunnelsView::refresh() {
    const api::Tunnel* tunnel = m_desk.tunnels.tunnel(m_chosen);
    const bool hasReason = !m_reason->text().trimmed().isEmpty();
    const BrokerLink& link = m_desk.link;
    m_disconnect->setVisible(link.may(api::operation::disconnectTunnel));
    m_suspend->setVisible(link.may(api::operation::suspendAccount));
    m_disconnect->setEnabled(tunnel && hasReason);
    m_suspend->setEnabled(tunnel && hasReason && !tunnel->account.isEmpty());
    m_account->setEnabled(tunnel && !tunnel->account.isEmpty());
    m_onPlan->setEnabled(tunnel && tunnel->innerClient);
    if (!tunnel) {
        if (m_chosen == 0)
            m_facts->setText(tr("Choose a tunnel to see more of it."));
        return;
    }
    const auto line = [](const QString& label, const QString& value) {
        return value.isEmpty() ? QString()
                               : QStringLiteral("<tr><td style='padding-right:10px'>%1</td><td>%2</td></tr>")
                                     .arg(label.toHtmlEscaped(), value.toHtmlEscaped());
    };
    const auto address = [](const std::optional<IpAddress>& value) {
        return value ? QString::fromStdString(value->text()) : QString();
    };
    m_facts->setText(
        QStringLiteral("<table>")
        + line(tr("Login"), tunnel->account.isEmpty() ? tunnel->holder : tunnel->account)
        + line(tr("Organisation"), tunnel->organisation)
        + line(tr("Mode"), QLatin1String(api::word(tunnel->mode)))
        + line(
            tr("Outer"),
            api::text(tunnel->outerLocal) + QStringLiteral(" ↔ ") + api::text(tunnel->outerRemote))
        + line(
            tr("Inner"), address(tunnel->innerServer) + QStringLiteral(" ↔ ") + address(tunnel->innerClient))
        + line(tr("Prefix"), tunnel->prefix ? QString::fromStdString(tunnel->prefix->text()) : QString())
        + line(tr("MTU"), QString::number(tunnel->mtu)) + line(tr("Since"), wording::time(tunnel->since))
        + line(tr("Last seen"), tunnel->lastSeen ? wording::ago(*tunnel->lastSeen) : tr("never"))
        + line(
            tr("In"),
            wording::bytes(tunnel->traffic.bytesIn) + QStringLiteral("  ") + wording::rate(tunnel->rates.in))
        + line(
            tr("Out"),
            wording::bytes(tunnel->traffic.bytesOut) + QStringLiteral("  ")
                + wording::rate(tunnel->rates.out))
        + line(tr("Dropped"), wording::drops(tunnel->drops)) + QStringLiteral("</table>"));
    const double now = static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000;
    m_in.append({now, static_cast<double>(tunnel->rates.in)});
    m_out.append({now, static_cast<double>(tunnel->rates.out)});
    for (QVector<QPointF>* points : {&m_in, &m_out}) {
        if (points->size() > longestGraph)
            points->removeFirst();
    }
    m_graph->setSeries(
        {{tr("In"), QColor(0x00, 0x72, 0xb2), m_in}, {tr("Out"), QColor(0xd5, 0x5e, 0x00), m_out}},
        [](double value) { return wording::rate(static_cast<qint64>(value)); });
}

void TunnelsView::askTimeline() {
    const api::Tunnel* tunnel = m_desk.tunnels.tunnel(m_chosen);
    if (!tunnel)
        return;
    api::Question question;
    question.query
        = {{QStringLiteral("holder"), tunnel->holder}, {QStringLiteral("limit"), QStringLiteral("100")}};
    m_desk.link.client().call(
        api::operation::listHistory, question, {}, this,
        [this, id = m_chosen](const api::Answered<api::Page<api::HistoryLine>>& page) {
            if (id != m_chosen)
                return;
            if (!page)
                return tell(m_notice, page.error());
            QStringList lines;
            for (const api::HistoryLine& line : page->items)
                lines.append(
                    wording::time(line.at) + QStringLiteral("  ") + QLatin1String(api::word(line.what))
                    + QStringLiteral("  ") + QString::fromStdString(line.prefix.text()) + QStringLiteral("  ")
                    + line.detail);
            m_timeline->setPlainText(lines.join(u'\n'));
        });
}

void TunnelsView::disconnectChosen() {
    m_desk.link.client().call(
        api::operation::disconnectTunnel, {{QString::number(m_chosen)}}, {m_reason->text()}, this,
        [this](const api::Answered<api::Nothing>& done) {
            if (!done)
                tell(m_notice, done.error());
        });
}

void TunnelsView::suspendChosen() {
    const api::Tunnel* tunnel = m_desk.tunnels.tunnel(m_chosen);
    if (!tunnel)
        return;
    m_desk.link.client().call(
        api::operation::suspendAccount, {{tunnel->account}}, {m_reason->text()}, this,
        [this, account = tunnel->account](const api::Answered<api::Account>& done) {
            tell(
                m_notice,
                done ? tr("The account %1 is suspended. Resume it in the view of the accounts.").arg(account)
                     : QString::fromStdString(done.error().error.message));
        });
}

} // namespace viaduct::admin
