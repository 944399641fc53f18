// SPDX-License-Identifier: GPL-3.0-or-later
// One account in detail.
#include "admin-gui/views/AccountPane.h"

#include "admin-gui/parts/AccountMerge.h"
#include "admin-gui/parts/Wording.h"

#include <QMenu>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace viaduct::admin {

AccountPane::AccountPane(const Desk& desk, QWidget* parent)
    : QWidget(parent), m_desk(desk), m_facts(new QLabel(this)), m_why(new QLabel(this)),
      m_form(new AccountForm(this)), m_newerPart(newerPart()), m_question(new Question(this)),
      m_notice(new FormNotice(this)), m_credentials(new CredentialsPane(true, this)) {
    m_facts->setWordWrap(true);
    m_facts->setTextInteractionFlags(Qt::TextBrowserInteraction | Qt::TextSelectableByKeyboard);
    connect(m_facts, &QLabel::linkActivated, this, [this](const QString& place) { m_desk.show(place); });
    m_why->setWordWrap(true);
    auto* content = new QWidget(this);
    auto* inner = new QVBoxLayout(content);
    inner->addWidget(m_facts);
    inner->addWidget(m_why);
    inner->addWidget(m_form);
    inner->addStretch();
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(content);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(scroll, 1);
    layout->addWidget(m_newerPart);
    layout->addWidget(actionPart());
    layout->addWidget(m_question);
    layout->addWidget(m_notice);
    layout->addWidget(m_credentials);
    connect(m_form, &AccountForm::typed, this, &AccountPane::showButtons);
    connect(&desk.link, &BrokerLink::stateChanged, this, &AccountPane::showButtons);
    choose(nullptr);
}

QWidget* AccountPane::newerPart() {
    auto* part = new QWidget(this);
    m_newerSentence = new QLabel(part);
    m_newerSentence->setWordWrap(true);
    auto* load = new QPushButton(tr("&Load the new state, keep what I typed"), part);
    connect(load, &QPushButton::clicked, this, &AccountPane::takeNewer);
    auto* layout = new QHBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_newerSentence, 1);
    layout->addWidget(load);
    part->hide();
    return part;
}

QWidget* AccountPane::actionPart() {
    auto* part = new QWidget(this);
    m_save = new QPushButton(tr("&Save"), part);
    m_save->setShortcut(QKeySequence::Save);
    m_revert = new QPushButton(tr("&Revert"), part);
    m_reason = new QLineEdit(part);
    m_reason->setPlaceholderText(tr("Reason of a suspension; the person reads it"));
    m_reason->setAccessibleName(tr("Reason"));
    m_suspend = new QPushButton(tr("Suspen&d"), part);
    m_resume = new QPushButton(tr("Res&ume"), part);
    m_newPassword = new QPushButton(tr("Ne&w password…"), part);
    m_erase = new QPushButton(tr("Er&ase…"), part);
    m_tunnel = new QPushButton(tr("Show &tunnel"), part);
    m_plan = new QPushButton(tr("Show on &plan"), part);
    connect(m_save, &QPushButton::clicked, this, &AccountPane::save);
    connect(m_revert, &QPushButton::clicked, this, &AccountPane::revert);
    connect(m_suspend, &QPushButton::clicked, this, &AccountPane::suspend);
    connect(m_resume, &QPushButton::clicked, this, &AccountPane::resume);
    connect(m_newPassword, &QPushButton::clicked, this, &AccountPane::askNewPassword);
    connect(m_erase, &QPushButton::clicked, this, &AccountPane::askErase);
    connect(m_tunnel, &QPushButton::clicked, this, [this] {
        m_desk.show(QStringLiteral("tunnels?") + m_account.name);
    });
    connect(m_plan, &QPushButton::clicked, this, &AccountPane::showPlan);
    connect(m_reason, &QLineEdit::textChanged, this, &AccountPane::showButtons);
    auto* suspension = new QHBoxLayout;
    suspension->addWidget(m_reason, 1);
    suspension->addWidget(m_suspend);
    suspension->addWidget(m_resume);
    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {m_save, m_revert, m_newPassword, m_erase, m_tunnel, m_plan})
        buttons->addWidget(button);
    buttons->addStretch();
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(suspension);
    layout->addLayout(buttons);
    return part;
}

// --- which one

void AccountPane::choose(const api::Account* account) {
    if (account && account->name == m_account.name)
        return take(*account);
    keepTyped();
    m_notice->tell(QString());
    m_question->hide();
    m_reason->clear();
    m_newer.reset();
    m_newerPart->hide();
    const auto typed = account ? m_typed.find(account->name) : m_typed.end();
    if (typed == m_typed.end())
        return present(account ? *account : api::Account());
    const Typed before = typed->second;
    m_typed.erase(typed);
    present(before.base);
    m_form->type(before.settings);
    m_notice->tell(tr("What was typed here before is not saved yet."));
    take(*account);
}

/// Choosing another account loses nothing. There are as many of these as a person has left unsaved.
void AccountPane::keepTyped() {
    if (!m_account.name.isEmpty() && m_form->isTyped())
        m_typed[m_account.name] = {m_account, m_form->settings()};
}

bool AccountPane::isTyped(const QString& login) const {
    return m_typed.count(login) != 0 || (login == m_account.name && m_form->isTyped());
}

void AccountPane::take(const api::Account& account) {
    if (account.name != m_account.name)
        return;
    if (account.revision < m_account.revision)
        return;
    if (!m_form->isTyped() || account.settings == m_account.settings) {
        // Only what is known of it has changed: the form stays as it is, with the revision to be sent.
        if (m_form->isTyped()) {
            m_account = account;
            showFacts();
            return showButtons();
        }
        return present(account);
    }
    offerNewer(account);
}

void AccountPane::erased(const QString& login) {
    m_typed.erase(login);
    if (login != m_account.name)
        return;
    present({});
    m_notice->tell(tr("%1 is erased.").arg(login));
}

void AccountPane::present(const api::Account& account) {
    m_account = account;
    m_newer.reset();
    m_newerPart->hide();
    m_form->setSettings(account.settings);
    showFacts();
    showButtons();
}

void AccountPane::showFacts() {
    if (m_account.name.isEmpty())
        return m_facts->setText(tr("Choose an account to see more of it.").toHtmlEscaped());
    const auto row = [](const QString& label, const QString& value) {
        return value.isEmpty() ? QString()
                               : QStringLiteral("<tr><td style='padding-right:10px'>%1</td><td>%2</td></tr>")
                                     .arg(label.toHtmlEscaped(), value);
    };
    const auto text
        = [&](const QString& label, const QString& value) { return row(label, value.toHtmlEscaped()); };
    const auto link = [&](const QString& label, const QString& view, const QString& what) {
        return what.isEmpty()
            ? QString()
            : row(label, QStringLiteral("<a href='%1?%2'>%2</a>").arg(view, what.toHtmlEscaped()));
    };
    QString blocks;
    for (const api::HeldBlock& block : m_account.blocks)
        blocks += link(tr("Holds"), QStringLiteral("plan"), QString::fromStdString(block.block.text()));
    QString used = wording::bytes(m_account.usedBytes);
    if (m_account.settings.limits.quotaBytes > 0)
        used = tr("%1 of %2").arg(used, wording::bytes(m_account.settings.limits.quotaBytes));
    m_facts->setText(
        QStringLiteral("<h3>%1</h3><table>").arg(m_account.name.toHtmlEscaped())
        + text(tr("State"), wording::state(m_account.state)) + text(tr("Reason"), m_account.reason)
        + text(tr("Tunnel"), m_account.tunnel ? tr("up") : tr("down")) + blocks
        + text(tr("Last log-in"), m_account.lastLogin ? wording::time(*m_account.lastLogin) : tr("never"))
        + text(tr("Used this month"), used) + text(tr("Origin"), wording::origin(m_account.origin))
        + link(tr("Voucher"), QStringLiteral("vouchers"), m_account.voucher)
        + link(tr("Request"), QStringLiteral("requests"), m_account.request)
        + text(tr("Made"), m_account.created ? wording::time(*m_account.created) : QString())
        + QStringLiteral("</table>"));
}

void AccountPane::showButtons() {
    const BrokerLink& link = m_desk.link;
    const bool is = !m_account.name.isEmpty();
    const bool isConfigured = m_account.origin == api::AccountOrigin::Configuration;
    const bool mayChange = link.may(api::operation::changeAccount);
    const bool isOpen = is && !isConfigured;
    m_form->setVisible(is);
    m_form->setReadOnly(!isOpen || !mayChange);
    m_why->setVisible(is && (isConfigured || !mayChange));
    m_why->setText(
        isConfigured
            ? tr("This account stands in the configuration of the broker, as a line “username %1 …”. It is "
                 "changed there alone.")
                  .arg(m_account.name)
            : tr("Your role may look at accounts, not change them."));
    m_save->setVisible(mayChange);
    m_revert->setVisible(mayChange);
    m_save->setEnabled(isOpen && m_form->isTyped() && !m_saving.isRunning());
    m_revert->setEnabled(isOpen && m_form->isTyped());
    const bool isSuspended = m_account.state == api::AccountState::Suspended;
    m_reason->setVisible(link.may(api::operation::suspendAccount));
    m_suspend->setVisible(link.may(api::operation::suspendAccount));
    m_resume->setVisible(link.may(api::operation::resumeAccount));
    m_reason->setEnabled(isOpen && !isSuspended);
    m_suspend->setEnabled(isOpen && !isSuspended && !m_reason->text().trimmed().isEmpty());
    m_resume->setEnabled(isOpen && isSuspended);
    m_newPassword->setVisible(link.may(api::operation::resetAccountPassword));
    const bool isRadius = m_account.origin == api::AccountOrigin::Radius;
    m_newPassword->setEnabled(isOpen && !isRadius);
    m_newPassword->setToolTip(
        isRadius ? tr("RADIUS alone knows the password of this account: change it there.") : QString());
    m_erase->setVisible(link.may(api::operation::eraseAccount));
    m_erase->setEnabled(isOpen);
    m_tunnel->setEnabled(is && m_account.tunnel);
    m_plan->setEnabled(!m_account.blocks.empty());
}

// --- saving

template <typename Answer>
bool AccountPane::failed(const QString& login, const api::Answered<Answer>& answer) {
    if (answer)
        return false;
    if (login == m_account.name)
        m_notice->tell(answer.error());
    else
        m_notice->tell(login + QStringLiteral(": ") + QString::fromStdString(answer.error().error.message));
    showButtons();
    return true;
}

void AccountPane::save() {
    if (m_saving.isRunning())
        return;
    m_notice->tell(QString());
    api::Question question;
    question.path = {m_account.name};
    question.revision = m_account.revision;
    const api::AccountSettings sent = m_form->settings();
    m_saving = m_desk.link.client().call(
        api::operation::changeAccount, question, sent, this,
        [this, sent, login = m_account.name](const api::Answered<api::Account>& answer) {
            m_saving = {};
            if (!answer && answer.error().kind == api::ProblemKind::ChangedMeanwhile
                && login == m_account.name)
                return askNewer();
            if (failed(login, answer))
                return;
            saved(*answer, sent);
        });
    showButtons();
}

void AccountPane::saved(const api::Account& account, const api::AccountSettings& sent) {
    Q_EMIT changed(account);
    if (account.name != m_account.name) {
        const auto typed = m_typed.find(account.name);
        if (typed != m_typed.end() && typed->second.settings == sent)
            m_typed.erase(typed);
        return m_notice->tell(tr("%1 is saved.").arg(account.name));
    }
    // One may have gone on typing meanwhile.
    const api::AccountSettings now = m_form->settings();
    present(account);
    if (!(now == sent))
        m_form->type(mergeSettings(sent, now, account.settings).settings);
    m_notice->tell(tr("Saved."));
}

void AccountPane::revert() {
    m_notice->tell(QString());
    present(m_newer ? *m_newer : m_account);
}

/// The broker has refused: somebody was quicker.
void AccountPane::askNewer() {
    m_desk.link.client().call(
        api::operation::showAccount, {{m_account.name}}, {}, this,
        [this, login = m_account.name](const api::Answered<api::Account>& answer) {
            if (!failed(login, answer))
                take(*answer);
            showButtons();
        });
}

void AccountPane::offerNewer(const api::Account& account) {
    m_newer = account;
    const MergedSettings merged = mergeSettings(m_account.settings, m_form->settings(), account.settings);
    QString sentence = tr("Somebody else has changed this account meanwhile.");
    if (!merged.both.isEmpty())
        sentence += u' '
            + tr("Changed by both of you: %1; there yours stays.")
                  .arg(merged.both.join(QStringLiteral(", ")));
    m_newerSentence->setText(sentence);
    m_newerPart->show();
}

void AccountPane::takeNewer() {
    if (!m_newer)
        return;
    const api::Account newer = *m_newer;
    const MergedSettings merged = mergeSettings(m_account.settings, m_form->settings(), newer.settings);
    present(newer);
    m_form->type(merged.settings);
    m_notice->tell(
        m_form->isTyped()
            ? tr("The new state is loaded, and what you typed stands in it: look at it, then save.")
            : tr("The new state is what you typed."));
}

// --- what can be done to it

void AccountPane::suspend() {
    m_notice->tell(QString());
    m_desk.link.client().call(
        api::operation::suspendAccount, {{m_account.name}}, {m_reason->text().trimmed()}, this,
        [this, login = m_account.name](const api::Answered<api::Account>& answer) {
            if (failed(login, answer))
                return;
            if (login == m_account.name)
                m_reason->clear();
            take(*answer);
            Q_EMIT changed(*answer);
            m_notice->tell(tr("%1 is suspended.").arg(login));
        });
}

void AccountPane::resume() {
    m_notice->tell(QString());
    m_desk.link.client().call(
        api::operation::resumeAccount, {{m_account.name}}, {}, this,
        [this, login = m_account.name](const api::Answered<api::Account>& answer) {
            if (failed(login, answer))
                return;
            take(*answer);
            Q_EMIT changed(*answer);
            m_notice->tell(tr("%1 may log in again.").arg(login));
        });
}

void AccountPane::askNewPassword() {
    m_question->ask(
        tr("%1 gets a new password; the one of now is worth nothing from then on.").arg(m_account.name),
        tr("Make a new &password"), [this] { m_credentials->leave([this] { newPassword(); }); });
}

void AccountPane::newPassword() {
    m_notice->tell(QString());
    m_desk.link.client().call(
        api::operation::resetAccountPassword, {{m_account.name}}, {}, this,
        [this, login = m_account.name](const api::Answered<api::Credentials>& answer) {
            if (failed(login, answer))
                return;
            BadgeSheet sheet;
            sheet.title = tr("IPv6 tunnel");
            sheet.broker = m_desk.link.client().broker().host();
            sheet.credentials = {*answer};
            m_credentials->present(tr("The new password of %1. It is shown this once.").arg(login), sheet);
        });
}

void AccountPane::askErase() {
    m_question->ask(
        tr("%1 is erased: its personal data goes, its tunnel goes down, its addresses are given back, and "
           "this cannot "
           "be undone. The history keeps a pseudonym in its place until the retention ends.")
            .arg(m_account.name),
        tr("&Erase"), [this] { erase(); });
}

void AccountPane::erase() {
    m_notice->tell(QString());
    api::Question question;
    question.path = {m_account.name};
    question.revision = m_account.revision;
    m_desk.link.client().call(
        api::operation::eraseAccount, question, {}, this,
        [this, login = m_account.name](const api::Answered<api::Nothing>& answer) {
            if (!failed(login, answer))
                return erased(login);
            if (answer.error().kind == api::ProblemKind::ChangedMeanwhile && login == m_account.name)
                askNewer();
        });
}

void AccountPane::showPlan() {
    const auto show = [this](const api::HeldBlock& block) {
        m_desk.show(QStringLiteral("plan?") + QString::fromStdString(block.block.text()));
    };
    if (m_account.blocks.size() == 1)
        return show(m_account.blocks.front());
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const api::HeldBlock& block : m_account.blocks)
        menu->addAction(
            QString::fromStdString(block.block.text()) + QStringLiteral("  ") + block.pool, this,
            [show, block] { show(block); });
    menu->popup(m_plan->mapToGlobal(m_plan->rect().bottomLeft()));
}

} // namespace viaduct::admin
