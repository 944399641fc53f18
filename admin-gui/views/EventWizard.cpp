// SPDX-License-Identifier: GPL-3.0-or-later
// A new event.
#include "admin-gui/views/EventWizard.h"

#include "admin-gui/parts/Wording.h"

#include "admin-gui/parts/Sheet.h"
#include <QRegularExpressionValidator>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {
constexpr int mostAccounts = 1000;
constexpr int longestPrefix = 32;

/// A page that is complete, and may be left, when these say so.
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

/// Of what a kind of user gets.
bool fits(const api::Pool& pool, api::AccountKind kind) {
    switch (kind) {
    case api::AccountKind::Host:
        return pool.prefix.width() == 128 && pool.blockLength > 64;
    case api::AccountKind::Soho:
        return pool.blockLength == 64;
    case api::AccountKind::Site:
        return pool.blockLength == 48;
    }
    return false;
}
} // namespace

EventWizard::EventWizard(const Desk& desk, QWidget* parent) : QWizard(parent), m_desk(desk) {
    setWindowTitle(tr("New event"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWizardStyle(QWizard::ModernStyle);
    setOption(QWizard::NoBackButtonOnLastPage);
    setOption(QWizard::NoCancelButtonOnLastPage);
    setButtonText(QWizard::CommitButton, tr("&Make the accounts"));
    addPage(eventPage());
    addPage(accountsPage());
    addPage(summaryPage());
    addPage(resultPage());
    askPools();
}

QWizardPage* EventWizard::eventPage() {
    auto* page = new Page;
    page->setTitle(tr("The event"));
    page->setSubTitle(tr("Each of its people gets an account of their own, for the time of the event."));
    m_event = new QLineEdit(page);
    m_event->setMaxLength(api::limit::line);
    m_accounts = new QSpinBox(page);
    m_accounts->setRange(1, mostAccounts);
    m_accounts->setValue(20);
    m_from = timeEdit(page);
    m_until = timeEdit(page);
    const QDate tomorrow = QDate::currentDate().addDays(1);
    m_from->setDateTime(QDateTime(tomorrow, QTime(0, 0)));
    m_until->setDateTime(QDateTime(tomorrow.addDays(2), QTime(23, 59)));
    m_prefix = new QLineEdit(page);
    m_prefix->setMaxLength(longestPrefix);
    m_prefix->setPlaceholderText(tr("jres gives the logins jres-001, jres-002, …"));
    m_prefix->setValidator(
        new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[A-Za-z0-9_.-]*")), m_prefix));
    auto* form = new QFormLayout;
    form->addRow(tr("&Event:"), m_event);
    form->addRow(tr("N&umber of accounts:"), m_accounts);
    form->addRow(tr("&From:"), m_from);
    form->addRow(tr("Un&til:"), m_until);
    form->addRow(tr("&Beginning of the logins:"), m_prefix);
    auto* mistake = new FormNotice(page);
    auto* layout = new QVBoxLayout(page);
    layout->addLayout(form);
    layout->addWidget(mistake);
    layout->addStretch();
    page->complete = [this] {
        return !m_event->text().trimmed().isEmpty() && !m_prefix->text().trimmed().isEmpty()
            && m_from->dateTime() < m_until->dateTime() && m_until->dateTime() > QDateTime::currentDateTime();
    };
    const auto check = [this, page, mistake] {
        mistake->tell(
            m_from->dateTime() >= m_until->dateTime()                 ? tr("The event ends before it begins.")
                : m_until->dateTime() <= QDateTime::currentDateTime() ? tr("The event is over already.")
                                                                      : QString());
        Q_EMIT page->completeChanged();
    };
    for (QLineEdit* edit : {m_event, m_prefix})
        connect(edit, &QLineEdit::textChanged, page, check);
    for (QDateTimeEdit* edit : {m_from, m_until})
        connect(edit, &QDateTimeEdit::dateTimeChanged, page, check);
    return page;
}

QWizardPage* EventWizard::accountsPage() {
    auto* page = new Page;
    page->setTitle(tr("The accounts"));
    page->setSubTitle(tr("What each of them gets, and from where."));
    m_kind = new QComboBox(page);
    for (const api::AccountKind kind :
         {api::AccountKind::Host, api::AccountKind::Soho, api::AccountKind::Site})
        m_kind->addItem(wording::kind(kind), static_cast<int>(kind));
    m_pool = new QComboBox(page);
    m_oldClients = new QCheckBox(tr("Clients without TLS may log in (&DIGEST-MD5)"), page);
    m_oldClients->setChecked(true);
    auto* form = new QFormLayout;
    form->addRow(tr("&Kind:"), m_kind);
    form->addRow(tr("&Pool:"), m_pool);
    m_limits = new LimitsEdit(form, page);
    form->addRow(QString(), m_oldClients);
    m_hint = new FormNotice(page);
    m_poolNotice = new FormNotice(page);
    auto* layout = new QVBoxLayout(page);
    layout->addLayout(form);
    layout->addWidget(m_hint);
    layout->addWidget(m_poolNotice);
    layout->addStretch();
    page->complete = [this] { return m_pool->currentIndex() >= 0; };
    page->initialize = [this] {
        if (m_pools.empty())
            askPools();
        showHint();
    };
    connect(m_kind, &QComboBox::currentIndexChanged, page, [this] { showPools(); });
    connect(m_pool, &QComboBox::currentIndexChanged, page, [this, page] {
        showHint();
        Q_EMIT page->completeChanged();
    });
    return page;
}

QWizardPage* EventWizard::summaryPage() {
    auto* page = new Page;
    page->setTitle(tr("Summary"));
    page->setSubTitle(tr("Nothing is made yet."));
    page->setCommitPage(true);
    m_summary = new QLabel(page);
    m_summary->setWordWrap(true);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_notice = new FormNotice(page);
    auto* layout = new QVBoxLayout(page);
    layout->addWidget(m_summary);
    layout->addWidget(m_notice);
    layout->addStretch();
    page->complete = [this] { return !m_call.isRunning(); };
    page->initialize = [this] {
        m_notice->tell(QString());
        showSummary();
    };
    page->leave = [this] { return create(); };
    return page;
}

QWizardPage* EventWizard::resultPage() {
    auto* page = new Page;
    page->setTitle(tr("The accounts are made"));
    page->setSubTitle(tr("Their passwords are shown this once."));
    page->setFinalPage(true);
    m_credentials = new CredentialsPane(false, page);
    m_sheet = new QPushButton(tr("&Open the printable sheet"), page);
    m_sheet->setToolTip(tr("Badges with QR codes, which the broker serves to a browser"));
    m_sheetUntil = new QLabel(page);
    m_sheetUntil->setWordWrap(true);
    connect(m_sheet, &QPushButton::clicked, this, [this] {
        if (m_made)
            openSheet(m_made->sheetUrl);
    });
    auto* row = new QHBoxLayout;
    row->addWidget(m_sheet);
    row->addWidget(m_sheetUntil, 1);
    auto* layout = new QVBoxLayout(page);
    layout->addWidget(m_credentials, 1);
    layout->addLayout(row);
    return page;
}

// --- the pools

void EventWizard::askPools() {
    auto pools = std::make_shared<std::vector<api::Pool>>();
    m_desk.link.client().everyPage(
        api::operation::listPools, {}, this,
        [pools](const std::vector<api::Pool>& page) {
            pools->insert(pools->end(), page.begin(), page.end());
            return true;
        },
        [this, pools](const api::Answered<api::Nothing>& answer) {
            if (!answer)
                return m_poolNotice->tell(answer.error());
            m_poolNotice->tell(QString());
            m_pools = *pools;
            showPools();
        });
}

void EventWizard::showPools() {
    const QString chosen = m_pool->currentData().toString();
    const auto kind = static_cast<api::AccountKind>(m_kind->currentData().toInt());
    m_pool->clear();
    for (const api::Pool& pool : m_pools) {
        if (fits(pool, kind))
            m_pool->addItem(
                tr("%1 (%2, %3 free)")
                    .arg(
                        pool.name, QString::fromStdString(pool.prefix.text()),
                        wording::number(pool.counts.free)),
                pool.name);
    }
    if (const int index = m_pool->findData(chosen); index >= 0)
        m_pool->setCurrentIndex(index);
    showHint();
}

void EventWizard::showHint() {
    const QString name = m_pool->currentData().toString();
    if (name.isEmpty())
        return m_hint->tell(
            m_pools.empty() ? QString() : tr("No pool has blocks for accounts of this kind."));
    QString hint;
    for (const api::Pool& pool : m_pools) {
        if (pool.name == name && pool.counts.free < static_cast<Uint128>(m_accounts->value()))
            hint = tr("The pool has fewer free blocks than the event has accounts: not all can have a tunnel "
                      "at a time.");
    }
    m_hint->tell(hint);
}

// --- making them

api::VoucherDraft EventWizard::draft() const {
    api::VoucherDraft draft;
    draft.event = m_event->text().trimmed();
    draft.accounts = m_accounts->value();
    draft.validFrom = fromDesktop(m_from->dateTime());
    draft.validUntil = fromDesktop(m_until->dateTime());
    draft.pool = m_pool->currentData().toString();
    draft.kind = static_cast<api::AccountKind>(m_kind->currentData().toInt());
    draft.loginPrefix = m_prefix->text().trimmed();
    draft.limits = m_limits->limits();
    draft.oldClients = m_oldClients->isChecked();
    return draft;
}

void EventWizard::showSummary() {
    const api::VoucherDraft wish = draft();
    const auto row = [](const QString& label, const QString& value) {
        return QStringLiteral("<tr><td style='padding-right:12px'>%1</td><td>%2</td></tr>")
            .arg(label.toHtmlEscaped(), value.toHtmlEscaped());
    };
    const auto limit = [](qint64 value, const QString& text) { return value == 0 ? tr("no limit") : text; };
    const auto login = [&](int number) {
        return wish.loginPrefix + u'-' + QString::number(number).rightJustified(3, u'0');
    };
    m_summary->setText(
        QStringLiteral("<table>") + row(tr("Event"), wish.event)
        + row(
            tr("Accounts"),
            wish.accounts == 1
                ? login(1)
                : tr("%1, from %2 to %3").arg(wish.accounts).arg(login(1), login(wish.accounts)))
        + row(tr("Valid"), tr("%1 to %2").arg(wording::time(wish.validFrom), wording::time(wish.validUntil)))
        + row(tr("Kind"), wording::kind(wish.kind)) + row(tr("Pool"), wish.pool)
        + row(tr("Rate from the client"), limit(wish.limits.rateIn, wording::rate(wish.limits.rateIn)))
        + row(tr("Rate to the client"), limit(wish.limits.rateOut, wording::rate(wish.limits.rateOut)))
        + row(tr("Quota of a month"), limit(wish.limits.quotaBytes, wording::bytes(wish.limits.quotaBytes)))
        + row(tr("Clients without TLS"), wish.oldClients ? tr("may log in") : tr("may not log in"))
        + QStringLiteral("</table>"));
}

/// The page is left when the broker has said yes.
bool EventWizard::create() {
    if (m_made)
        return true;
    if (m_call.isRunning())
        return false;
    const api::VoucherDraft wish = draft();
    api::Question question;
    question.idempotencyKey = m_key.keyFor(wish);
    m_call = m_desk.link.client().call(
        api::operation::createVoucher, question, wish, this,
        [this](const api::Answered<api::VoucherCreated>& answer) {
            m_call = {};
            m_key.answered(answer);
            Q_EMIT currentPage()->completeChanged();
            if (answer)
                return made(*answer);
            m_notice->tell(answer.error());
        });
    m_notice->tell(tr("The broker makes the accounts…"));
    Q_EMIT currentPage()->completeChanged();
    return false;
}

void EventWizard::made(const api::VoucherCreated& answer) {
    m_made = answer.voucher;
    BadgeSheet sheet;
    sheet.title = answer.voucher.draft.event;
    sheet.broker = m_desk.link.client().broker().host();
    sheet.validFrom = answer.voucher.draft.validFrom;
    sheet.validUntil = answer.voucher.draft.validUntil;
    sheet.credentials = answer.credentials;
    m_credentials->present(
        tr("%n account(s) for the event.", nullptr, static_cast<int>(answer.credentials.size())), sheet);
    m_sheet->setVisible(!answer.voucher.sheetUrl.isEmpty());
    m_sheetUntil->setVisible(answer.voucher.sheetUntil.has_value());
    if (answer.voucher.sheetUntil)
        m_sheetUntil->setText(tr("The sheet holds the passwords and can be opened until %1.")
                                  .arg(wording::time(*answer.voucher.sheetUntil)));
    Q_EMIT created(answer.voucher);
    // Somebody may have gone back meanwhile.
    for (qsizetype step = 0; step < pageIds().size() && nextId() != -1; ++step)
        next();
}

/// However it is left: not while an answer with passwords is on its way, nor before they were taken.
void EventWizard::done(int result) {
    if (m_call.isRunning())
        return m_notice->tell(
            tr("The accounts are being made, and their passwords come with the answer: wait for it."));
    m_credentials->leave([this, result] { QWizard::done(result); });
}

} // namespace viaduct::admin
