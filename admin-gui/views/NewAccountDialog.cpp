// SPDX-License-Identifier: GPL-3.0-or-later
// Making one account by hand.
#include "admin-gui/views/NewAccountDialog.h"

#include <QDialogButtonBox>
#include <QScrollArea>
#include <QVBoxLayout>

namespace viaduct::admin {

NewAccountDialog::NewAccountDialog(const Desk& desk, QWidget* parent)
    : QDialog(parent), m_desk(desk), m_login(new QLineEdit(this)), m_password(new QLineEdit(this)),
      m_form(new AccountForm(this)), m_input(new QWidget(this)), m_notice(new FormNotice(this)),
      m_credentials(new CredentialsPane(false, this)) {
    setWindowTitle(tr("New account"));
    setAttribute(Qt::WA_DeleteOnClose);
    m_login->setMaxLength(api::limit::name);
    m_password->setEchoMode(QLineEdit::Password);
    m_password->setPlaceholderText(tr("left empty, as is best: the broker makes one"));
    auto* form = new QFormLayout;
    form->addRow(tr("&Login:"), m_login);
    form->addRow(tr("Pass&word:"), m_password);
    auto* inner = new QVBoxLayout(m_input);
    inner->addLayout(form);
    inner->addWidget(m_form);
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(m_input);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    auto* buttons = new QDialogButtonBox(this);
    m_create = buttons->addButton(tr("&Make the account"), QDialogButtonBox::ActionRole);
    m_close = buttons->addButton(QDialogButtonBox::Cancel);
    m_create->setDefault(true);
    connect(m_create, &QPushButton::clicked, this, &NewAccountDialog::create);
    connect(m_close, &QPushButton::clicked, this, &NewAccountDialog::reject);
    connect(m_login, &QLineEdit::textChanged, this, &NewAccountDialog::showButtons);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(scroll, 1);
    layout->addWidget(m_notice);
    layout->addWidget(m_credentials);
    layout->addWidget(buttons);
    resize(sizeHint().expandedTo({560, 640}));
    m_login->setFocus();
    showButtons();
}

void NewAccountDialog::showButtons() {
    m_create->setEnabled(!m_login->text().trimmed().isEmpty() && !m_call.isRunning());
}

void NewAccountDialog::create() {
    if (m_call.isRunning())
        return;
    m_notice->tell(QString());
    const api::AccountDraft draft{m_login->text().trimmed(), m_password->text(), m_form->settings()};
    api::Question question;
    question.idempotencyKey = m_key.keyFor(draft);
    m_call = m_desk.link.client().call(
        api::operation::createAccount, question, draft, this,
        [this, chosen = draft.password](const api::Answered<api::AccountCreated>& answer) {
            m_call = {};
            m_key.answered(answer);
            if (answer)
                return made(*answer, chosen);
            m_notice->tell(answer.error());
            showButtons();
        });
    showButtons();
}

void NewAccountDialog::made(const api::AccountCreated& answer, const QString& chosen) {
    Q_EMIT created(answer.account);
    if (!chosen.isEmpty()) // the person knows it
        return accept();
    m_input->setEnabled(false);
    m_create->hide();
    m_close->setText(tr("Close"));
    BadgeSheet sheet;
    sheet.title = tr("IPv6 tunnel");
    sheet.broker = m_desk.link.client().broker().host();
    sheet.validFrom = answer.account.settings.validFrom;
    sheet.validUntil = answer.account.settings.validUntil;
    sheet.credentials = {{answer.account.name, answer.password}};
    m_credentials->present(
        tr("The account %1 is made. Its password is shown this once.").arg(answer.account.name), sheet);
}

/// Also of Escape and of the window's own button.
void NewAccountDialog::reject() {
    m_credentials->leave([this] { QDialog::reject(); });
}

} // namespace viaduct::admin
