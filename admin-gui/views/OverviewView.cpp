// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/views/OverviewView.h"

#include "admin-gui/parts/Wording.h"

#include <QGridLayout>
#include <QGroupBox>

namespace viaduct::admin {

namespace {
constexpr qsizetype longestGraph = 3600; ///< an hour of seconds
constexpr std::chrono::seconds together{2};
constexpr int flapping = 3; ///< times down since the console was opened
constexpr std::size_t mostLines = 12;
constexpr std::size_t mostFlaps = 1000;
constexpr std::chrono::days soon{90};

QString link(const QString& place, const QString& text) {
    return QStringLiteral("<a href='%1'>%2</a>").arg(place.toHtmlEscaped(), text.toHtmlEscaped());
}

QString item(const QString& html) {
    return QStringLiteral("<li>") + html + QStringLiteral("</li>");
}
} // namespace

OverviewView::OverviewView(const Desk& desk, QWidget* parent)
    : View(desk, parent), m_work(new QTextBrowser(this)), m_healthText(new QTextBrowser(this)),
      m_rates(new Graph(this)), m_tunnelsGraph(new Graph(this)), m_notice(notice()) {
    const auto box = [this](const QString& title, QWidget* content) {
        auto* group = new QGroupBox(title, this);
        auto* layout = new QVBoxLayout(group);
        layout->addWidget(content);
        content->setAccessibleName(title);
        return group;
    };
    for (QTextBrowser* browser : {m_work, m_healthText}) {
        browser->setOpenLinks(false);
        browser->setFrameShape(QFrame::NoFrame);
        connect(browser, &QTextBrowser::anchorClicked, this, [this](const QUrl& url) {
            m_desk.show(url.toString(QUrl::FullyDecoded));
        });
    }
    auto* layout = new QGridLayout(this);
    layout->addWidget(box(tr("What needs you"), m_work), 0, 0);
    layout->addWidget(box(tr("Health of the broker"), m_healthText), 0, 1);
    layout->addWidget(box(tr("Throughput, last hour"), m_rates), 1, 0);
    layout->addWidget(box(tr("Tunnels, last hour"), m_tunnelsGraph), 1, 1);
    layout->addWidget(m_notice, 2, 0, 1, 2);
    layout->setColumnStretch(0, 1);
    layout->setColumnStretch(1, 1);
    layout->setRowStretch(0, 1);
    layout->setRowStretch(1, 1);

    for (QTimer* timer : {&m_poolsSoon, &m_healthSoon}) {
        timer->setSingleShot(true);
        timer->setInterval(together);
    }
    connect(&m_poolsSoon, &QTimer::timeout, this, &OverviewView::askPools);
    connect(&m_healthSoon, &QTimer::timeout, this, &OverviewView::askHealth);
    connect(&desk.link, &BrokerLink::happened, this, &OverviewView::take);
    connect(&desk.link, &BrokerLink::stateChanged, this, [this](LinkState state) {
        if (state != LinkState::Live)
            return;
        askStatistics();
        askHealth();
        askPools();
    });
}

void OverviewView::take(const api::Event& event) {
    if (std::holds_alternative<api::event::SnapshotBegin>(event)) {
        m_waiting.clear();
        m_alarms.clear();
        return;
    }
    if (const auto* requests = std::get_if<api::event::RequestsSnapshot>(&event)) {
        for (const auto& request : requests->items)
            m_waiting[request.id] = request;
    } else if (const auto* created = std::get_if<api::event::RequestCreated>(&event)) {
        m_waiting[created->value.id] = created->value;
    } else if (const auto* changed = std::get_if<api::event::RequestChanged>(&event)) {
        m_waiting[changed->value.id] = changed->value;
    } else if (const auto* alarms = std::get_if<api::event::AlarmsSnapshot>(&event)) {
        for (const auto& alarm : alarms->items)
            m_alarms[alarm.id] = alarm;
    } else if (const auto* raised = std::get_if<api::event::AlarmRaised>(&event)) {
        m_alarms[raised->value.id] = raised->value;
        m_healthSoon.start();
    } else if (const auto* cleared = std::get_if<api::event::AlarmCleared>(&event)) {
        m_alarms.erase(cleared->id);
        m_healthSoon.start();
    } else if (const auto* counters = std::get_if<api::event::Counters>(&event)) {
        return addSample(*counters);
    } else if (const auto* down = std::get_if<api::event::TunnelDown>(&event)) {
        const api::Tunnel* tunnel = m_desk.tunnels.tunnel(down->id);
        if (tunnel && !tunnel->account.isEmpty()
            && (m_flaps.size() < mostFlaps || m_flaps.contains(tunnel->account)))
            ++m_flaps[tunnel->account];
        else
            return;
    } else if (
        std::holds_alternative<api::event::AllocationChanged>(event)
        || std::holds_alternative<api::event::AllocationFreed>(event)
        || std::holds_alternative<api::event::ConfigurationChanged>(event)) {
        if (!m_poolsSoon.isActive())
            m_poolsSoon.start();
        return;
    } else if (!std::holds_alternative<api::event::SnapshotEnd>(event)) {
        return;
    }
    std::erase_if(
        m_waiting, [](const auto& each) { return each.second.state != api::RequestState::Pending; });
    showWork();
}

void OverviewView::askStatistics() {
    m_desk.link.client().call(
        api::operation::showStatistics, {}, {}, this,
        [this](const api::Answered<api::Statistics>& statistics) {
            if (!statistics)
                return tell(m_notice, statistics.error());
            tell(m_notice, QString());
            m_in.clear();
            m_out.clear();
            m_count.clear();
            for (const api::Sample& sample : statistics->recent) {
                const double at = static_cast<double>(sample.at.time_since_epoch().count()) / 1000;
                m_in.append({at, static_cast<double>(sample.rates.in)});
                m_out.append({at, static_cast<double>(sample.rates.out)});
                m_count.append({at, static_cast<double>(sample.tunnels)});
            }
            showGraphs();
        });
}

void OverviewView::askHealth() {
    m_desk.link.client().call(
        api::operation::showHealthDetails, {}, {}, this, [this](const api::Answered<api::Health>& health) {
            if (!health)
                return tell(m_notice, health.error());
            m_health = *health;
            showHealth();
        });
}

void OverviewView::askPools() {
    m_desk.link.client().call(
        api::operation::listPools, {}, {}, this, [this](const api::Answered<api::Page<api::Pool>>& pools) {
            if (!pools)
                return tell(m_notice, pools.error());
            m_pools = pools->items;
            showWork();
        });
}

void OverviewView::addSample(const api::event::Counters& counters) {
    const double at = static_cast<double>(counters.at.time_since_epoch().count()) / 1000;
    m_in.append({at, static_cast<double>(counters.rates.in)});
    m_out.append({at, static_cast<double>(counters.rates.out)});
    m_count.append({at, static_cast<double>(counters.tunnels)});
    for (QVector<QPointF>* points : {&m_in, &m_out, &m_count}) {
        while (points->size() > longestGraph || points->first().x() < at - longestGraph)
            points->removeFirst();
    }
    if (isVisible())
        showGraphs();
}

void OverviewView::showGraphs() {
    m_rates->setSeries(
        {{tr("In"), QColor(0x00, 0x72, 0xb2), m_in}, {tr("Out"), QColor(0xd5, 0x5e, 0x00), m_out}},
        [](double value) { return wording::rate(static_cast<qint64>(value)); });
    m_tunnelsGraph->setSeries({{tr("Tunnels"), QColor(0x00, 0x9e, 0x73), m_count}}, [](double value) {
        return QLocale().toString(static_cast<qlonglong>(value));
    });
}

void OverviewView::showWork() {
    QString html;
    const auto waiting = static_cast<int>(m_waiting.size());
    if (waiting > 0)
        html += item(
            link(QStringLiteral("requests"), tr("%n request(s) wait for a decision", nullptr, waiting)));
    std::size_t lines = 0;
    for (const auto& [id, alarm] : m_alarms) {
        if (++lines > mostLines)
            break;
        const QString mark
            = alarm.severity == api::Severity::Critical ? QStringLiteral("⛔ ") : QStringLiteral("⚠ ");
        html += item(mark + (alarm.cause + u' ' + alarm.cure).toHtmlEscaped());
    }
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    for (const api::Pool& pool : m_pools) {
        const auto& end = pool.forecast.exhausted;
        if (end && std::chrono::sys_days(*end) - today < soon)
            html += item(link(
                QStringLiteral("plan?") + pool.name,
                tr("The pool %1 is exhausted about %2").arg(pool.name, wording::day(*end))));
    }
    lines = 0;
    for (const auto& [account, times] : m_flaps) {
        if (times >= flapping && ++lines <= mostLines)
            html += item(link(
                QStringLiteral("tunnels?") + account,
                tr("The tunnel of %1 went down %n time(s)", nullptr, times).arg(account)));
    }
    m_work->setHtml(
        html.isEmpty() ? tr("Nothing. All is well.")
                       : QStringLiteral("<ul>") + html + QStringLiteral("</ul>"));
}

void OverviewView::showHealth() {
    const auto mark = [](api::Status status) {
        return status == api::Status::Ok      ? QStringLiteral("✓")
            : status == api::Status::Degraded ? QStringLiteral("⚠")
                                              : QStringLiteral("⛔");
    };
    QString html = QStringLiteral("<p>%1 · %2 · %3</p><table>")
                       .arg(
                           m_health->broker.toHtmlEscaped(), m_health->version.toHtmlEscaped(),
                           tr("running for %1")
                               .arg(wording::duration(std::chrono::duration_cast<std::chrono::seconds>(
                                   m_health->now - m_health->started)))
                               .toHtmlEscaped());
    for (const api::PartHealth& part : m_health->parts)
        html += QStringLiteral("<tr><td>%1</td><td style='padding-right:10px'>%2</td><td>%3</td></tr>")
                    .arg(
                        mark(part.status), part.part.toHtmlEscaped(),
                        (part.sentence.isEmpty() ? part.kind : part.sentence).toHtmlEscaped());
    m_healthText->setHtml(html + QStringLiteral("</table>"));
}

} // namespace viaduct::admin
