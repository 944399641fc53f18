// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/views/AuditView.h"

#include "admin-gui/parts/LineDiff.h"
#include "admin-gui/parts/Wording.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonDocument>
#include <QScrollBar>
#include <QSplitter>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {

constexpr std::chrono::milliseconds typing{300};
constexpr std::chrono::milliseconds betweenRefreshes{2000};

std::vector<ListModel<api::AuditEntry>::Column> columns() {
    using Entry = api::AuditEntry;
    const auto tr = [](const char* text) { return AuditView::tr(text); };
    return {
        {{tr("Number"), QStringLiteral("number"), true},
         [](const Entry& entry) { return QVariant::fromValue<qint64>(entry.number); },
         {}},
        {{tr("Time"), {}},
         [](const Entry& entry) { return qtTime(entry.at).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")); },
         [](const Entry& entry, int role) {
             return role == Qt::ToolTipRole ? QVariant(api::text(entry.at)) : QVariant();
         }},
        {{tr("Who"), {}}, [](const Entry& entry) { return entry.who; }, {}},
        {{tr("From"), {}}, [](const Entry& entry) { return entry.from; }, {}},
        {{tr("Action"), {}}, [](const Entry& entry) { return entry.action; }, {}},
        {{tr("Object"), {}}, [](const Entry& entry) { return entry.object; }, {}}};
}

/// With a member a line, in one order, so that what differs stands out.
QString readable(const QJsonObject& object) {
    return object.isEmpty()
        ? QString()
        : QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Indented)).trimmed();
}

} // namespace

AuditView::AuditView(const Desk& desk, QWidget* parent)
    : View(desk, parent),
      m_model(new ListModel<api::AuditEntry>(desk.link, api::operation::listAudit, columns(), this)),
      m_table(table(*m_model, name())), m_count(notice()) {
    m_table->setAccessibleName(tr("Audit"));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->horizontalHeader()->setSortIndicator(0, Qt::DescendingOrder);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &AuditView::showChosen);
    watch(*m_model, m_count);

    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->addWidget(m_table);
    splitter->addWidget(detailPart());
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(checkPart());
    layout->addWidget(filterPart());
    layout->addWidget(splitter, 1);
    layout->addWidget(m_count);

    m_fresh.setSingleShot(true);
    m_fresh.setInterval(betweenRefreshes);
    connect(&m_fresh, &QTimer::timeout, this, [this] {
        // What somebody is reading does not move away under the eyes.
        if (isVisible() && m_table->verticalScrollBar()->value() == 0 && m_shown == 0)
            m_model->reload();
        else
            m_isOld = true;
    });
    connect(&desk.link, &BrokerLink::happened, this, &AuditView::take);
    connect(&desk.link, &BrokerLink::stateChanged, this, [this] {
        m_verify->setVisible(m_desk.link.may(api::operation::verifyAudit));
    });
    m_verify->setVisible(desk.link.may(api::operation::verifyAudit));
    refilter();
    showChosen();
}

QWidget* AuditView::filterPart() {
    auto* part = new QWidget(this);
    m_from = new TimeField(tr("&From"), part);
    m_until = new TimeField(tr("&Until"), part);
    m_who = new QLineEdit(part);
    m_who->setPlaceholderText(tr("login, token:NAME or broker"));
    m_action = new QComboBox(part);
    m_action->setEditable(true);
    m_action->addItem(QString());
    QStringList actions;
    for (const api::OperationInfo& operation : api::operations()) {
        if (operation.method != api::Method::Get)
            actions.append(QLatin1String(operation.id));
    }
    actions.sort(Qt::CaseInsensitive);
    m_action->addItems(actions);
    m_action->lineEdit()->setPlaceholderText(tr("any"));
    m_action->lineEdit()->setClearButtonEnabled(true);
    m_object = new QLineEdit(part);
    m_object->setPlaceholderText(QStringLiteral("/accounts/jdupont"));
    auto* pause = new QTimer(this);
    pause->setSingleShot(true);
    pause->setInterval(typing);
    connect(pause, &QTimer::timeout, this, &AuditView::refilter);
    for (QLineEdit* edit : {m_who, m_object}) {
        edit->setClearButtonEnabled(true);
        connect(edit, &QLineEdit::textChanged, pause, qOverload<>(&QTimer::start));
    }
    connect(m_action, &QComboBox::currentTextChanged, pause, qOverload<>(&QTimer::start));
    for (TimeField* field : {m_from, m_until})
        connect(field, &TimeField::changed, pause, qOverload<>(&QTimer::start));
    auto* refresh = new QPushButton(tr("&Refresh"), part);
    refresh->setShortcut(QKeySequence::Refresh);
    connect(refresh, &QPushButton::clicked, m_model, &PageModel::reload);

    auto* layout = new QHBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_from);
    layout->addWidget(m_until);
    const auto add = [&](const QString& text, QWidget* field) {
        auto* label = new QLabel(text, part);
        label->setBuddy(field);
        layout->addWidget(label);
        layout->addWidget(field, 1);
    };
    add(tr("&Who:"), m_who);
    add(tr("&Action:"), m_action);
    add(tr("&Object:"), m_object);
    layout->addWidget(refresh);
    return part;
}

QWidget* AuditView::checkPart() {
    auto* part = new QWidget(this);
    m_verify = new QPushButton(tr("&Check the chain"), part);
    m_cancel = new QPushButton(tr("Cancel"), part);
    m_cancel->hide();
    m_mark = new QLabel(part);
    QFont large = m_mark->font();
    large.setPointSizeF(large.pointSizeF() * 1.4);
    large.setBold(true);
    m_mark->setFont(large);
    m_verified = new QLabel(part);
    m_verified->setWordWrap(true);
    m_verified->setTextFormat(Qt::PlainText);
    m_verified->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    connect(m_verify, &QPushButton::clicked, this, &AuditView::verify);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        m_call.cancel();
        m_call = {};
        m_verified->setText(QString());
        m_cancel->hide();
        m_verify->setEnabled(true);
    });
    auto* layout = new QHBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_verify);
    layout->addWidget(m_cancel);
    layout->addWidget(m_mark);
    layout->addWidget(m_verified, 1);
    return part;
}

QWidget* AuditView::detailPart() {
    auto* part = new QWidget(this);
    m_facts = new QLabel(part);
    m_facts->setWordWrap(true);
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_diff = new DiffPane(part);
    m_diff->setAccessibleName(tr("What was and what is"));
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_facts);
    layout->addWidget(m_diff, 1);
    return part;
}

void AuditView::arrive(const QString& what) {
    if (!what.isEmpty()) {
        m_object->setText(what);
        refilter();
    }
    m_table->setFocus();
}

void AuditView::startSearch() {
    m_object->setFocus();
    m_object->selectAll();
}

void AuditView::showEvent(QShowEvent* event) {
    View::showEvent(event);
    if (std::exchange(m_isOld, false))
        m_model->reloadSoon();
}

void AuditView::refilter() {
    m_isOld = false;
    m_model->setFilter(
        {{QStringLiteral("from"), m_from->text()},
         {QStringLiteral("until"), m_until->text()},
         {QStringLiteral("who"), m_who->text().trimmed()},
         {QStringLiteral("action"), m_action->currentText().trimmed()},
         {QStringLiteral("object"), m_object->text().trimmed()}});
}

/// There is no event of the audit itself; what people change comes with one of these.
void AuditView::take(const api::Event& event) {
    namespace event_ = api::event;
    const bool isWritten = std::holds_alternative<event_::RequestChanged>(event)
        || std::holds_alternative<event_::AccountCreated>(event)
        || std::holds_alternative<event_::AccountChanged>(event)
        || std::holds_alternative<event_::AccountErased>(event)
        || std::holds_alternative<event_::ReservationCreated>(event)
        || std::holds_alternative<event_::ReservationRemoved>(event)
        || std::holds_alternative<event_::ConfigurationChanged>(event);
    if (isWritten && !m_fresh.isActive())
        m_fresh.start();
}

void AuditView::showChosen() {
    const api::AuditEntry* entry = m_model->at(m_table->currentIndex());
    m_shown = entry ? entry->number : 0;
    if (!entry) {
        m_facts->setText(tr("Choose a line to see what was changed."));
        m_diff->clear();
        return;
    }
    QString text;
    const auto fact = [&](const QString& label, const QString& value) {
        if (!value.isEmpty())
            text += QStringLiteral("<tr><td style='padding-right:10px'><b>%1</b></td><td>%2</td></tr>")
                        .arg(label.toHtmlEscaped(), value.toHtmlEscaped());
    };
    fact(tr("Number"), QString::number(entry->number));
    fact(tr("Time"), wording::time(entry->at) + QStringLiteral(" (") + api::text(entry->at) + u')');
    fact(tr("Who"), entry->who);
    fact(tr("From"), entry->from);
    fact(tr("Action"), entry->action);
    fact(tr("Object"), entry->object);
    // With places to break, for a narrow window.
    QString hash = entry->hash;
    for (qsizetype at = hash.size() - 16; at > 0; at -= 16)
        hash.insert(at, u' ');
    fact(tr("Hash"), hash);
    m_facts->setText(QStringLiteral("<table>") + text + QStringLiteral("</table>"));
    m_diff->setLines(lineDiff(readable(entry->before), readable(entry->after)), -1);
    if (entry->before.isEmpty() && entry->after.isEmpty())
        m_diff->setPlainText(tr("No state is kept of this change."));
}

// --- the chain

void AuditView::verify() {
    m_verify->setEnabled(false);
    m_cancel->show();
    m_mark->clear();
    m_verified->setText(tr("The broker checks each entry…"));
    m_call = m_desk.link.client().call(
        api::operation::verifyAudit, {}, {}, this,
        [this](const api::Answered<api::AuditVerification>& answer) {
            m_call = {};
            m_verify->setEnabled(true);
            m_cancel->hide();
            if (answer)
                showVerification(*answer);
            else
                tell(m_verified, answer.error());
        });
}

void AuditView::showVerification(const api::AuditVerification& result) {
    const bool isDark = palette().color(QPalette::Window).lightness() < 128;
    QPalette colours = palette();
    colours.setColor(
        QPalette::WindowText,
        result.whole ? (isDark ? QColor(0x70, 0xd8, 0xa8) : QColor(0x00, 0x6b, 0x4a))
                     : (isDark ? QColor(0xff, 0x80, 0x70) : QColor(0xc0, 0x20, 0x10)));
    m_mark->setPalette(colours);
    m_mark->setText(result.whole ? tr("✓ The chain holds") : tr("✗ The chain is broken"));
    QStringList lines{result.sentence};
    if (result.brokenAt)
        lines.append(tr("The first entry that does not fit is number %1.").arg(*result.brokenAt));
    lines.append(tr("Checked at %1.").arg(wording::time(result.checked)));
    if (!result.lastHash.isEmpty())
        lines.append(tr("Last hash, to be kept elsewhere as a proof: %1").arg(result.lastHash));
    tell(m_verified, lines.join(u'\n'));
}

} // namespace viaduct::admin
