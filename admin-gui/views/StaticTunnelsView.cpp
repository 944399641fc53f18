// SPDX-License-Identifier: GPL-3.0-or-later
// The list of the static tunnels.
#include "admin-gui/views/StaticTunnelsView.h"

#include "admin-gui/parts/Wording.h"
#include "admin-gui/views/StaticTunnelWizard.h"

#include <QClipboard>
#include <QFileDialog>
#include <QFontDatabase>
#include <QFormLayout>
#include <QGuiApplication>
#include <QSaveFile>
#include <QSplitter>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {
constexpr std::chrono::milliseconds typing{300};
using api::StaticTunnel;

QString address(const std::optional<IpAddress>& value) {
    return value ? QString::fromStdString(value->text()) : QString();
}

QString prefix(const StaticTunnel& tunnel) {
    return tunnel.prefix ? QString::fromStdString(tunnel.prefix->text()) : QString();
}

QString wordOf(const StaticTunnel& tunnel) {
    return tunnel.shutdown ? StaticTunnelsView::tr("switched off")
        : tunnel.tunnel    ? StaticTunnelsView::tr("up")
                           : StaticTunnelsView::tr("down");
}

QString wordOf(api::RouterSystem system) {
    switch (system) {
    case api::RouterSystem::CiscoIos:
        return QStringLiteral("Cisco IOS");
    case api::RouterSystem::JuniperJunos:
        return QStringLiteral("Juniper Junos");
    case api::RouterSystem::MikroTik:
        return QStringLiteral("MikroTik RouterOS");
    case api::RouterSystem::Linux:
        return QStringLiteral("Linux");
    case api::RouterSystem::FreeBsd:
        return QStringLiteral("FreeBSD");
    }
    return {};
}

std::vector<ListModel<StaticTunnel>::Column> columns() {
    const auto tr = [](const char* text) { return StaticTunnelsView::tr(text); };
    return {
        {{tr("Name"), QStringLiteral("name")}, [](const StaticTunnel& tunnel) { return tunnel.name; }, {}},
        {{tr("State"), {}}, [](const StaticTunnel& tunnel) { return wordOf(tunnel); }, {}},
        {{tr("Source"), {}},
         [](const StaticTunnel& tunnel) { return QString::fromStdString(tunnel.source.text()); },
         {}},
        {{tr("Destination"), QStringLiteral("destination")},
         [](const StaticTunnel& tunnel) { return QString::fromStdString(tunnel.destination.text()); },
         {}},
        {{tr("Inner address there"), {}},
         [](const StaticTunnel& tunnel) { return address(tunnel.innerClient); },
         {}},
        {{tr("Prefix"), {}}, &prefix, {}},
        {{tr("Description"), {}}, [](const StaticTunnel& tunnel) { return tunnel.description; }, {}}};
}
} // namespace

StaticTunnelsView::StaticTunnelsView(const Desk& desk, QWidget* parent)
    : View(desk, parent),
      m_model(new ListModel<StaticTunnel>(desk.link, api::operation::listStaticTunnels, columns(), this)),
      m_search(new QLineEdit(this)), m_table(table(*m_model, name())), m_count(notice()), m_notice(notice()) {
    m_table->setAccessibleName(tr("Static tunnels"));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    auto* top = topPart();
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(m_table);
    splitter->addWidget(detail());
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    m_confirmPart = confirmPart();
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(top);
    layout->addWidget(m_confirmPart);
    layout->addWidget(splitter, 1);
    layout->addWidget(m_count);
    layout->addWidget(m_notice);
    connect(
        m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &StaticTunnelsView::showChosen);
    connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this, [this] { m_isFilling = true; });
    connect(m_model, &QAbstractItemModel::modelReset, this, &StaticTunnelsView::chooseAgain);
    watch(*m_model, m_count);
    connect(&desk.link, &BrokerLink::happened, this, &StaticTunnelsView::take);
    connect(&desk.link, &BrokerLink::stateChanged, this, [this](LinkState state) {
        showButtons();
        if (state == LinkState::Live)
            askState();
    });
    showButtons();
    if (desk.link.state() == LinkState::Live)
        askState();
    refilter();
}

QLayout* StaticTunnelsView::topPart() {
    m_search->setPlaceholderText(tr("Name, description or destination"));
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Filter of the static tunnels"));
    auto* pause = new QTimer(this);
    pause->setSingleShot(true);
    pause->setInterval(typing);
    connect(m_search, &QLineEdit::textChanged, pause, qOverload<>(&QTimer::start));
    connect(pause, &QTimer::timeout, this, &StaticTunnelsView::refilter);
    m_new = new QPushButton(tr("&New static tunnel…"), this);
    m_new->setShortcut(QKeySequence::New);
    connect(m_new, &QPushButton::clicked, this, &StaticTunnelsView::makeNew);
    auto* above = new QHBoxLayout;
    above->addWidget(m_search, 1);
    above->addWidget(m_new);
    return above;
}

QWidget* StaticTunnelsView::confirmPart() {
    auto* part = new QWidget(this);
    m_confirmSentence = new QLabel(part);
    m_confirmSentence->setWordWrap(true);
    auto* keep = new QPushButton(tr("&Keep it"), part);
    auto* back = new QPushButton(tr("Go &back now"), part);
    connect(keep, &QPushButton::clicked, this, [this] { decide(true); });
    connect(back, &QPushButton::clicked, this, [this] { decide(false); });
    auto* layout = new QHBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_confirmSentence, 1);
    layout->addWidget(keep);
    layout->addWidget(back);
    part->hide();
    return part;
}

QWidget* StaticTunnelsView::detail() {
    auto* pane = new QWidget(this);
    m_facts = new QLabel(pane);
    m_facts->setWordWrap(true);
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_facts->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_system = new QComboBox(pane);
    for (std::size_t i = 0; i < api::Words<api::RouterSystem>::list.size(); ++i)
        m_system->addItem(
            wordOf(static_cast<api::RouterSystem>(i)), QLatin1String(api::Words<api::RouterSystem>::list[i]));
    m_snippet = new QPlainTextEdit(pane);
    m_snippet->setReadOnly(true);
    m_snippet->setTabChangesFocus(true);
    m_snippet->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_snippet->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_snippet->setAccessibleName(tr("What to paste into the router"));
    m_copy = new QPushButton(tr("&Copy"), pane);
    m_save = new QPushButton(tr("&Save…"), pane);
    m_tunnel = new QPushButton(tr("Show &tunnel"), pane);
    m_plan = new QPushButton(tr("Show on &plan"), pane);
    connect(m_system, &QComboBox::currentIndexChanged, this, &StaticTunnelsView::askSnippet);
    connect(m_copy, &QPushButton::clicked, this, &StaticTunnelsView::copySnippet);
    connect(m_save, &QPushButton::clicked, this, &StaticTunnelsView::saveSnippet);
    connect(m_tunnel, &QPushButton::clicked, this, [this] {
        if (m_chosen) // as the holder is called
            m_desk.show(QStringLiteral("tunnels?static:") + m_chosen->name);
    });
    connect(m_plan, &QPushButton::clicked, this, [this] {
        if (m_chosen)
            m_desk.show(
                QStringLiteral("plan?")
                + (m_chosen->prefix ? prefix(*m_chosen) : address(m_chosen->innerClient)));
    });
    auto* system = new QFormLayout;
    system->addRow(tr("For the &router, as:"), m_system);
    auto* buttons = new QHBoxLayout;
    buttons->addLayout(system);
    for (QPushButton* button : {m_copy, m_save, m_tunnel, m_plan})
        buttons->addWidget(button);
    buttons->addStretch();
    auto* right = new QVBoxLayout;
    right->addLayout(buttons);
    right->addWidget(m_snippet, 1);
    auto* layout = new QHBoxLayout(pane);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_facts, 1);
    layout->addLayout(right, 2);
    return pane;
}

// --- the list

void StaticTunnelsView::arrive(const QString& what) {
    if (!what.isEmpty()) {
        m_search->setText(what);
        m_wanted = what;
        refilter();
        if (!m_model->isLoading())
            chooseAgain();
    }
    m_table->setFocus();
}

void StaticTunnelsView::startSearch() {
    m_search->setFocus();
    m_search->selectAll();
}

void StaticTunnelsView::refilter() {
    m_model->setFilter({{QStringLiteral("q"), m_search->text().trimmed()}});
}

void StaticTunnelsView::take(const api::Event& event) {
    const QLatin1String scheme("static:");
    if (const auto* changed = std::get_if<api::event::ConfigurationChanged>(&event)) {
        showState(changed->value);
        m_model->reloadSoon();
    } else if (const auto* up = std::get_if<api::event::TunnelUp>(&event)) {
        if (up->value.holder.startsWith(scheme))
            m_model->reloadSoon();
    } else if (const auto* down = std::get_if<api::event::TunnelDown>(&event)) {
        if (down->holder.startsWith(scheme))
            m_model->reloadSoon();
    }
}

void StaticTunnelsView::chooseAgain() {
    const QString wanted = !m_wanted.isEmpty() ? m_wanted : m_chosen ? m_chosen->name : QString();
    m_isFilling = false;
    const auto& items = m_model->items();
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (items[i].name != wanted)
            continue;
        m_wanted.clear();
        m_table->selectRow(static_cast<int>(i));
        break;
    }
    showChosen();
}

void StaticTunnelsView::showChosen() {
    if (m_isFilling)
        return;
    const StaticTunnel* tunnel = m_model->at(m_table->currentIndex());
    const std::optional<StaticTunnel> before
        = std::exchange(m_chosen, tunnel ? std::optional(*tunnel) : std::nullopt);
    const auto row = [](const QString& label, const QString& value) {
        return value.isEmpty() ? QString()
                               : QStringLiteral("<tr><td style='padding-right:10px'>%1</td><td>%2</td></tr>")
                                     .arg(label.toHtmlEscaped(), value.toHtmlEscaped());
    };
    if (!tunnel)
        m_facts->setText(tr("Choose a static tunnel to see more of it."));
    else
        m_facts->setText(
            QStringLiteral("<h3>%1</h3><table>").arg(tunnel->name.toHtmlEscaped())
            + row(tr("Description"), tunnel->description) + row(tr("State"), wordOf(*tunnel))
            + row(tr("Outer"), address(tunnel->source) + QStringLiteral(" ↔ ") + address(tunnel->destination))
            + row(tr("Inner here"), address(tunnel->innerServer))
            + row(tr("Inner there"), address(tunnel->innerClient)) + row(tr("Prefix"), prefix(*tunnel))
            + QStringLiteral("</table>"));
    m_tunnel->setEnabled(tunnel && tunnel->tunnel);
    m_plan->setEnabled(tunnel && (tunnel->prefix || tunnel->innerClient));
    if (before != m_chosen)
        askSnippet();
}

// --- what to paste

void StaticTunnelsView::askSnippet() {
    m_asking.cancel();
    m_snippet->clear();
    m_copy->setEnabled(false);
    m_save->setEnabled(false);
    tell(m_notice, QString());
    if (!m_chosen)
        return;
    m_asking = m_desk.link.client().call(
        api::operation::showRouterSnippet, {{m_chosen->name, m_system->currentData().toString()}}, {}, this,
        [this](const api::Answered<api::RouterSnippet>& answer) {
            if (!answer)
                return tell(m_notice, answer.error());
            m_snippet->setPlainText(answer->text);
            m_copy->setEnabled(true);
            m_save->setEnabled(true);
        });
}

void StaticTunnelsView::copySnippet() {
    QGuiApplication::clipboard()->setText(m_snippet->toPlainText());
    tell(m_notice, tr("Copied."));
}

void StaticTunnelsView::saveSnippet() {
    if (!m_chosen)
        return;
    auto* dialog = new QFileDialog(this, tr("Save what to paste"), {}, tr("Text (*.txt);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("txt"));
    // A name may have a slash or a colon in it, which no file has everywhere.
    QString file = m_chosen->name + u'-' + m_system->currentData().toString();
    for (QChar& letter : file) {
        if (letter == u'/' || letter == u':')
            letter = u'_';
    }
    dialog->selectFile(file + QStringLiteral(".txt"));
    connect(
        dialog, &QFileDialog::fileSelected, this,
        [this, text = m_snippet->toPlainText().toUtf8()](const QString& path) {
            QSaveFile saved(path);
            if (!saved.open(QIODevice::WriteOnly) || saved.write(text) != text.size() || !saved.commit())
                return tell(m_notice, tr("%1 cannot be written: %2").arg(path, saved.errorString()));
            tell(m_notice, tr("Saved in %1.").arg(path));
        });
    dialog->open();
}

// --- new ones

void StaticTunnelsView::makeNew() {
    auto* wizard = new StaticTunnelWizard(m_desk, this);
    connect(
        wizard, &StaticTunnelWizard::applied, this,
        [this](const api::ConfigurationState& state, const QString& name) {
            m_wanted = name;
            m_search->clear();
            showState(state);
            tell(m_notice, tr("The static tunnel %1 is in the configuration.").arg(name));
            m_model->reloadSoon();
        });
    wizard->open();
}

/// Whether one waits since before this console was there.
void StaticTunnelsView::askState() {
    if (!m_desk.link.may(api::operation::confirmConfiguration))
        return;
    api::Question question;
    question.query = {{QStringLiteral("limit"), QStringLiteral("1")}};
    m_desk.link.client().call(
        api::operation::listRevisions, question, {}, this,
        [this](const api::Answered<api::Page<api::ConfigurationState>>& page) {
            if (page && !page->items.empty())
                showState(page->items.front());
        });
}

void StaticTunnelsView::showState(const api::ConfigurationState& state) {
    const bool waits
        = state.confirmUntil.has_value() && m_desk.link.may(api::operation::confirmConfiguration);
    m_waiting = waits ? state.revision : 0;
    m_confirmPart->setVisible(waits);
    if (waits)
        m_confirmSentence->setText(tr("Revision %1 of the configuration waits to be confirmed. If nobody "
                                      "does until %2, the one before comes back.")
                                       .arg(state.revision)
                                       .arg(wording::time(*state.confirmUntil)));
}

void StaticTunnelsView::decide(bool keep) {
    if (m_waiting == 0)
        return;
    api::Question question;
    question.revision = m_waiting;
    const auto answered = [this, keep](const api::Answered<api::ConfigurationState>& answer) {
        if (!answer) {
            askState();
            return tell(m_notice, answer.error());
        }
        showState(*answer);
        tell(m_notice, keep ? tr("The configuration stays.") : tr("The configuration of before runs again."));
        m_model->reloadSoon();
    };
    api::Client& client = m_desk.link.client();
    if (keep)
        client.call(api::operation::confirmConfiguration, question, {}, this, answered);
    else
        client.call(api::operation::rollBackConfiguration, question, {}, this, answered);
}

void StaticTunnelsView::showButtons() {
    m_new->setVisible(m_desk.link.may(api::operation::applyConfiguration));
    if (!m_desk.link.may(api::operation::confirmConfiguration))
        m_confirmPart->hide();
}

} // namespace viaduct::admin
