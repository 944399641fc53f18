// SPDX-License-Identifier: GPL-3.0-or-later
// A new static tunnel, step by step.
#include "admin-gui/views/StaticTunnelWizard.h"

#include <QFontDatabase>
#include <QFormLayout>
#include <QRegularExpressionValidator>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {
constexpr int usualConfirm = 10; // minutes
constexpr int longestConfirm = 1440;

/// Of the two boxes "from where": pools have their name as data.
const QString fromServer; // also: no prefix
const QString given = QStringLiteral("="); // no name of a pool

class Page : public QWizardPage {
public:
    std::function<bool()> complete;
    std::function<void()> initialize;
    std::function<bool()> leave;

    bool isComplete() const override { return !complete || complete(); }
    void initializePage() override {
        if (initialize)
            initialize();
    }
    bool validatePage() override { return !leave || leave(); }
};

bool isV4(const QString& text) {
    const auto address = IpAddress::fromText(text.trimmed().toStdString());
    return address && address->isV4() && address->isUnicast();
}

bool isV6Prefix(const QString& text, int length) {
    const auto prefix = Prefix::fromText(text.trimmed().toStdString());
    return prefix && prefix->address().isV6() && (length == 0 || prefix->length() == length);
}
} // namespace

StaticTunnelWizard::StaticTunnelWizard(const Desk& desk, QWidget* parent) : QWizard(parent), m_desk(desk) {
    setWindowTitle(tr("New static tunnel"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWizardStyle(QWizard::ModernStyle);
    setButtonText(QWizard::FinishButton, tr("&Apply"));
    addPage(routerPage());
    addPage(addressPage());
    addPage(checkPage());
    askRunning([] {});
    askPools();
}

QWizardPage* StaticTunnelWizard::routerPage() {
    auto* page = new Page;
    page->setTitle(tr("The router"));
    page->setSubTitle(tr("A tunnel of protocol 41 to a router that speaks no TSP."));
    m_name = new QLineEdit(page);
    m_name->setMaxLength(api::limit::name);
    m_name->setValidator(
        new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[A-Za-z0-9_./:@+-]*")), m_name));
    m_description = new QLineEdit(page);
    m_description->setMaxLength(api::limit::line);
    m_source = new QComboBox(page);
    m_source->setEditable(true);
    m_destination = new QLineEdit(page);
    m_destination->setPlaceholderText(QStringLiteral("203.0.113.7"));
    m_routerNotice = new FormNotice(page);
    auto* form = new QFormLayout;
    form->addRow(tr("N&ame:"), m_name);
    form->addRow(tr("&Description:"), m_description);
    form->addRow(tr("Outer IPv4 address &here:"), m_source);
    form->addRow(tr("Outer IPv4 address of the &router:"), m_destination);
    auto* layout = new QVBoxLayout(page);
    layout->addLayout(form);
    layout->addWidget(m_routerNotice);
    layout->addStretch();
    page->complete = [this] {
        return !m_name->text().isEmpty() && isV4(m_source->currentText()) && isV4(m_destination->text());
    };
    for (QLineEdit* edit : {m_name, m_destination})
        connect(edit, &QLineEdit::textChanged, page, &QWizardPage::completeChanged);
    connect(m_source, &QComboBox::editTextChanged, page, &QWizardPage::completeChanged);
    return page;
}

QWizardPage* StaticTunnelWizard::addressPage() {
    auto* page = new Page;
    page->setTitle(tr("The addresses inside"));
    page->setSubTitle(tr("The pair of the tunnel's ends, and the prefix that is routed to the router."));
    m_pairFrom = new QComboBox(page);
    m_pairFrom->addItem(tr("from the endpoint pool of the tunnel server"), fromServer);
    m_pairFrom->addItem(tr("this one:"), given);
    m_pair = new QLineEdit(page);
    m_pair->setPlaceholderText(QStringLiteral("2001:db8:0:1::1000/127"));
    m_pair->setAccessibleName(tr("Pair of inner addresses, by its even one"));
    m_pair->setEnabled(false);
    m_prefixFrom = new QComboBox(page);
    m_prefixFrom->addItem(tr("none"), fromServer);
    m_prefixFrom->addItem(tr("this one:"), given);
    m_prefix = new QLineEdit(page);
    m_prefix->setPlaceholderText(QStringLiteral("2001:db8:8042::/48"));
    m_prefix->setAccessibleName(tr("Prefix"));
    m_prefix->setEnabled(false);
    m_shutdown = new QCheckBox(tr("&Switched off for now: it keeps its addresses and carries nothing"), page);
    m_addressNotice = new FormNotice(page);
    auto* form = new QFormLayout;
    form->addRow(tr("&Pair of inner addresses:"), m_pairFrom);
    form->addRow(QString(), m_pair);
    form->addRow(tr("P&refix:"), m_prefixFrom);
    form->addRow(QString(), m_prefix);
    form->addRow(QString(), m_shutdown);
    auto* layout = new QVBoxLayout(page);
    layout->addLayout(form);
    layout->addWidget(m_addressNotice);
    layout->addStretch();
    page->complete = [this] {
        return (m_pairFrom->currentData().toString() != given || isV6Prefix(m_pair->text(), 127))
            && (m_prefixFrom->currentData().toString() != given || isV6Prefix(m_prefix->text(), 0));
    };
    const auto follow = [page](QComboBox* box, QLineEdit* edit) {
        QObject::connect(box, &QComboBox::currentIndexChanged, page, [page, box, edit] {
            edit->setEnabled(box->currentData().toString() == given);
            Q_EMIT page->completeChanged();
        });
        QObject::connect(edit, &QLineEdit::textChanged, page, &QWizardPage::completeChanged);
    };
    follow(m_pairFrom, m_pair);
    follow(m_prefixFrom, m_prefix);
    return page;
}

QWizardPage* StaticTunnelWizard::checkPage() {
    auto* page = new Page;
    m_checkPage = page;
    page->setTitle(tr("Check and apply"));
    page->setSubTitle(tr("The broker has not changed anything yet."));
    m_lines = new QPlainTextEdit(page);
    m_lines->setReadOnly(true);
    m_lines->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_lines->setTabChangesFocus(true);
    m_result = new QPlainTextEdit(page);
    m_result->setReadOnly(true);
    m_result->setTabChangesFocus(true);
    m_confirmWithin = new QSpinBox(page);
    m_confirmWithin->setRange(0, longestConfirm);
    m_confirmWithin->setValue(usualConfirm);
    m_confirmWithin->setSuffix(tr(" min"));
    m_confirmWithin->setSpecialValueText(tr("for good at once"));
    m_confirmWithin->setToolTip(
        tr("Unless somebody confirms within this time, the configuration of now comes back."));
    m_note = new QLineEdit(page);
    m_note->setMaxLength(api::limit::line);
    m_note->setPlaceholderText(tr("for the list of revisions"));
    m_notice = new FormNotice(page);
    auto* form = new QFormLayout;
    form->addRow(tr("&New lines:"), m_lines);
    form->addRow(tr("What the broker &says:"), m_result);
    form->addRow(tr("To be c&onfirmed within:"), m_confirmWithin);
    form->addRow(tr("No&te:"), m_note);
    auto* layout = new QVBoxLayout(page);
    layout->addLayout(form, 1);
    layout->addWidget(m_notice);
    page->complete = [this] { return !m_checked.isEmpty() && !m_call.isRunning(); };
    page->initialize = [this] {
        m_notice->tell(QString());
        check();
    };
    page->leave = [this] { return apply(); };
    return page;
}

// --- what the broker knows

void StaticTunnelWizard::askRunning(std::function<void()> then) {
    m_call.cancel();
    m_call = m_desk.link.client().call(
        api::operation::showConfiguration, {}, {}, this,
        [this, then = std::move(then)](const api::Answered<api::RunningConfiguration>& answer) {
            m_call = {};
            FormNotice* notice = currentPage() == m_checkPage ? m_notice : m_routerNotice;
            if (!answer)
                return notice->tell(answer.error());
            m_running = *answer;
            if (m_source->count() == 0) {
                const QString typed = m_source->currentText();
                m_source->addItems(tunnelSources(m_running.text));
                if (!typed.isEmpty())
                    m_source->setEditText(typed);
            }
            then();
        });
}

void StaticTunnelWizard::askPools() {
    auto pools = std::make_shared<std::vector<api::Pool>>();
    m_desk.link.client().everyPage(
        api::operation::listPools, {}, this,
        [pools](const std::vector<api::Pool>& page) {
            pools->insert(pools->end(), page.begin(), page.end());
            return true;
        },
        [this, pools](const api::Answered<api::Nothing>& answer) {
            if (!answer)
                return m_addressNotice->tell(answer.error());
            for (const api::Pool& pool : *pools) {
                if (pool.prefix.width() != 128)
                    continue;
                const QString text = tr("from the pool %1").arg(pool.name);
                (pool.blockLength >= 127 ? m_pairFrom : m_prefixFrom)->addItem(text, pool.name);
            }
        });
}

TunnelSection StaticTunnelWizard::section() const {
    TunnelSection section;
    section.name = m_name->text();
    section.description = m_description->text().trimmed();
    section.source = m_source->currentText().trimmed();
    section.destination = m_destination->text().trimmed();
    const QString pair = m_pairFrom->currentData().toString();
    const QString prefix = m_prefixFrom->currentData().toString();
    (pair == given ? section.pair : section.endpointPool) = pair == given ? m_pair->text().trimmed() : pair;
    (prefix == given ? section.prefix : section.prefixPool)
        = prefix == given ? m_prefix->text().trimmed() : prefix;
    section.shutdown = m_shutdown->isChecked();
    return section;
}

/// Always with the text that runs now: somebody may have applied another one since.
void StaticTunnelWizard::check() {
    m_checked.clear();
    const QString lines = section().text();
    m_lines->setPlainText(lines);
    m_result->setPlainText(tr("The broker checks…"));
    Q_EMIT m_checkPage->completeChanged();
    askRunning([this, lines] {
        const JoinedText joined = withSection(m_running.text, lines);
        m_call = m_desk.link.client().call(
            api::operation::checkConfiguration, {}, {joined.text}, this,
            [this, joined, lines](const api::Answered<api::ConfigurationCheck>& answer) {
                m_call = {};
                if (answer)
                    return checked(*answer, joined, static_cast<int>(lines.count(u'\n')));
                m_result->clear();
                m_notice->tell(answer.error());
            });
    });
}

void StaticTunnelWizard::checked(const api::ConfigurationCheck& answer, const JoinedText& joined, int lines) {
    QStringList says;
    for (const api::Diagnostic& mistake : answer.diagnostics) {
        const int line = mistake.line - joined.firstLine + 1;
        // In the new lines, or in the rest by them.
        const QString place = line >= 1 && line <= lines ? tr("New line %1").arg(line)
                                                         : tr("Line %1 of the whole").arg(mistake.line);
        says.append(place + QStringLiteral(": ") + mistake.cause + u' ' + mistake.cure);
    }
    for (const QString& effect : answer.effects)
        says.append(effect);
    if (answer.good && says.isEmpty())
        says.append(tr("Good."));
    m_result->setPlainText(says.join(u'\n'));
    if (answer.good)
        m_checked = joined.text;
    else
        m_notice->tell(tr("It cannot be applied so: go back and correct it."));
    Q_EMIT m_checkPage->completeChanged();
}

/// The wizard is left when the broker has said yes.
bool StaticTunnelWizard::apply() {
    if (m_isApplied)
        return true;
    if (m_call.isRunning() || m_checked.isEmpty())
        return false;
    const api::ConfigurationApply wish{m_checked, m_confirmWithin->value(), m_note->text().trimmed()};
    api::Question question;
    question.revision = m_running.state.revision;
    question.idempotencyKey = m_key.keyFor(wish);
    m_isApplying = true;
    m_call = m_desk.link.client().call(
        api::operation::applyConfiguration, question, wish, this,
        [this](const api::Answered<api::ConfigurationState>& answer) {
            m_call = {};
            m_isApplying = false;
            m_key.answered(answer);
            Q_EMIT m_checkPage->completeChanged();
            if (answer) {
                m_isApplied = true;
                Q_EMIT applied(*answer, m_name->text());
                return accept();
            }
            if (answer.error().kind == api::ProblemKind::ChangedMeanwhile) {
                check();
                return m_notice->tell(
                    tr("Somebody has applied another configuration meanwhile. The lines are checked again "
                       "with that one: look at the result, then apply."));
            }
            m_notice->tell(answer.error());
        });
    m_notice->tell(tr("The broker applies it…"));
    Q_EMIT m_checkPage->completeChanged();
    return false;
}

void StaticTunnelWizard::done(int result) {
    if (m_isApplying)
        return m_notice->tell(tr("The broker is applying it: wait for the answer."));
    QWizard::done(result);
}

} // namespace viaduct::admin
