// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/views/ConnectPane.h"

#include "admin-gui/link/Keychain.h"

#include <QGroupBox>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {
constexpr int widest = 460;
}

ConnectPane::ConnectPane(BrokerLink& link, QWidget* parent)
    : QWidget(parent), m_link(link), m_broker(new QComboBox(this)), m_login(new QLineEdit(this)),
      m_password(new QLineEdit(this)), m_totp(new QLineEdit(this)), m_totpLabel(new QLabel(this)),
      m_keep(new QCheckBox(tr("&Keep the password in the keychain"), this)),
      m_connect(new QPushButton(tr("&Log in"), this)),
      m_forget(new QPushButton(tr("&Forget this broker"), this)), m_notice(new QLabel(this)) {
    auto* form = new QFormLayout;
    buildLogin(*form);
    m_notice->setWordWrap(true);
    m_notice->setTextFormat(Qt::PlainText);
    m_notice->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_notice->hide();
    auto* inner = new QWidget(this);
    inner->setMaximumWidth(widest);
    auto* column = new QVBoxLayout(inner);
    auto* heading = new QLabel(tr("Viaduct administration"), inner);
    QFont large = heading->font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    heading->setFont(large);
    column->addWidget(heading);
    column->addLayout(form);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_forget);
    buttons->addStretch(1);
    buttons->addWidget(m_connect);
    column->addLayout(buttons);
    column->addWidget(m_notice);
    column->addWidget(buildCertificate());
    column->addWidget(buildPasswordChange());
    auto* middle = new QVBoxLayout;
    middle->addStretch(1);
    middle->addWidget(inner);
    middle->addStretch(2);
    auto* layout = new QHBoxLayout(this);
    layout->addStretch(1);
    layout->addLayout(middle, 3);
    layout->addStretch(1);

    connect(&link, &BrokerLink::stateChanged, this, &ConnectPane::follow);
    connect(&link, &BrokerLink::certificateAsked, this, &ConnectPane::askCertificate);
    connect(&link, &BrokerLink::totpAsked, this, [this] {
        m_totp->show();
        m_totpLabel->show();
        m_totp->setFocus();
        tell(tr("The password is right. Now the six digits of your authenticator."));
    });
    connect(&link, &BrokerLink::passwordChangeNeeded, this, [this] {
        tell(tr("Somebody else has given you this password. Choose your own before anything else."));
        m_change->show();
        m_new->setFocus();
    });
    connect(&link, &BrokerLink::refused, this, [this](const api::Trouble& trouble) {
        tell(QString::fromStdString(trouble.error.message));
        (m_password->text().isEmpty() ? m_password : m_login)->setFocus();
    });
}

void ConnectPane::buildLogin(QFormLayout& form) {
    m_broker->setEditable(true);
    m_broker->setInsertPolicy(QComboBox::NoInsert);
    m_broker->lineEdit()->setPlaceholderText(tr("broker.example.net:8443"));
    m_password->setEchoMode(QLineEdit::Password);
    m_totp->setInputMethodHints(Qt::ImhDigitsOnly);
    m_totpLabel->setText(tr("&Code:"));
    m_totpLabel->setBuddy(m_totp);
    form.addRow(tr("&Broker:"), m_broker);
    form.addRow(tr("L&ogin:"), m_login);
    form.addRow(tr("&Password:"), m_password);
    form.addRow(m_totpLabel, m_totp);
    form.addRow(QString(), m_keep);
    m_totp->hide();
    m_totpLabel->hide();
    keychain::probe(this, [this](bool isThere) {
        m_hasKeychain = isThere;
        if (isThere)
            return;
        m_keep->setChecked(false);
        m_keep->setEnabled(false);
        m_keep->setText(tr("This desktop has no keychain: the password is not kept"));
    });
    m_connect->setDefault(true);
    connect(m_connect, &QPushButton::clicked, this, &ConnectPane::open);
    for (QLineEdit* field : {m_login, m_password, m_totp})
        connect(field, &QLineEdit::returnPressed, this, &ConnectPane::open);
    connect(m_broker, &QComboBox::activated, this, &ConnectPane::choose);
    connect(m_forget, &QPushButton::clicked, this, [this] {
        QSettings settings;
        const auto all = Profiles(settings).all();
        const int index = m_broker->currentIndex();
        if (index < 0 || index >= static_cast<int>(all.size()))
            return;
        const Profile profile = all[static_cast<std::size_t>(index)];
        keychain::write(profile, {}, this, [](const QString&) {});
        Profiles(settings).remove(profile.name);
        begin();
    });
}

QWidget* ConnectPane::buildCertificate() {
    auto* box = new QGroupBox(tr("Certificate of the broker"), this);
    m_certificateText = new QLabel(box);
    m_certificateText->setWordWrap(true);
    m_fingerprint = new QLineEdit(box);
    m_fingerprint->setReadOnly(true);
    m_fingerprint->setAccessibleName(tr("Fingerprint"));
    m_trust = new QPushButton(tr("I have compared it: &trust this certificate"), box);
    connect(m_trust, &QPushButton::clicked, this, [this] {
        m_certificate->hide();
        tell({});
        m_link.trust(m_askedFingerprint);
    });
    auto* layout = new QVBoxLayout(box);
    layout->addWidget(m_certificateText);
    layout->addWidget(m_fingerprint);
    layout->addWidget(m_trust);
    box->hide();
    m_certificate = box;
    return box;
}

QWidget* ConnectPane::buildPasswordChange() {
    auto* box = new QGroupBox(tr("Your own password"), this);
    m_new = new QLineEdit(box);
    m_again = new QLineEdit(box);
    for (QLineEdit* field : {m_new, m_again})
        field->setEchoMode(QLineEdit::Password);
    m_changeButton = new QPushButton(tr("&Change and go on"), box);
    connect(m_changeButton, &QPushButton::clicked, this, &ConnectPane::changePassword);
    connect(m_again, &QLineEdit::returnPressed, this, &ConnectPane::changePassword);
    auto* form = new QFormLayout(box);
    form->addRow(tr("&New password:"), m_new);
    form->addRow(tr("Once &more:"), m_again);
    form->addRow(m_changeButton);
    box->hide();
    m_change = box;
    return box;
}

void ConnectPane::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_broker->currentText().isEmpty())
        m_broker->setFocus();
    else
        (m_login->text().isEmpty() ? m_login : m_password)->setFocus();
}

void ConnectPane::begin() {
    QSettings settings;
    const auto profiles = Profiles(settings).all();
    m_broker->clear();
    for (const Profile& profile : profiles)
        m_broker->addItem(profile.name);
    m_forget->setVisible(!profiles.empty());
    if (profiles.empty()) {
        m_broker->clearEditText();
        m_login->clear();
        return;
    }
    choose(0);
}

void ConnectPane::choose(int index) {
    QSettings settings;
    const auto profiles = Profiles(settings).all();
    if (index < 0 || index >= static_cast<int>(profiles.size()))
        return;
    const Profile& profile = profiles[static_cast<std::size_t>(index)];
    m_broker->setCurrentIndex(index);
    m_login->setText(profile.login);
    m_keep->setChecked(profile.keepPassword && m_keep->isEnabled());
    m_password->clear();
    if (!profile.keepPassword)
        return;
    keychain::read(profile, this, [this](const QString& password) {
        if (password.isEmpty() || !m_password->text().isEmpty() || m_link.state() != LinkState::Closed)
            return;
        m_password->setText(password);
        open();
    });
}

void ConnectPane::tell(const QString& sentence) {
    m_notice->setText(sentence);
    m_notice->setVisible(!sentence.isEmpty());
}

void ConnectPane::open() {
    const QString typed = m_broker->currentText().trimmed();
    QSettings settings;
    Profile profile;
    for (const Profile& each : Profiles(settings).all()) {
        if (each.name == typed)
            profile = each;
    }
    if (profile.name.isEmpty()) {
        const auto url = api::brokerFromText(typed);
        if (!url)
            return tell(QString::fromStdString(url.error().message));
        profile.url = *url;
        profile.name = typed;
    }
    if (m_login->text().trimmed().isEmpty() || m_password->text().isEmpty())
        return tell(tr("Login and password are needed."));
    profile.login = m_login->text().trimmed();
    profile.keepPassword = m_keep->isChecked();
    m_certificate->hide();
    m_change->hide();
    tell({});
    m_used = m_password->text();
    m_link.open(profile, m_used, m_totp->text().trimmed());
}

void ConnectPane::askCertificate(const QString& fingerprint, bool changed, const QString& sentence) {
    m_askedFingerprint = fingerprint;
    m_certificateText->setText(
        changed ? tr("The broker shows ANOTHER certificate than the one that you have trusted. Either it was "
                     "renewed, or somebody stands between. Ask before you go on.\n\n%1")
                      .arg(sentence)
                : tr("Nobody known vouches for this certificate. Compare its fingerprint with the one that "
                     "the broker printed at its first start; from then on no other is taken."));
    m_fingerprint->setText(fingerprint);
    m_fingerprint->setCursorPosition(0);
    m_certificate->show();
    m_trust->setFocus();
}

void ConnectPane::changePassword() {
    if (m_new->text() != m_again->text())
        return tell(tr("The two are not the same: type the new password twice."));
    m_changeButton->setEnabled(false);
    const QString fresh = m_new->text();
    m_link.changePassword(m_used, fresh, this, [this](const api::Trouble& trouble) {
        m_changeButton->setEnabled(true);
        tell(QString::fromStdString(trouble.error.message));
    });
    m_used = fresh;
}

void ConnectPane::follow(LinkState state) {
    m_connect->setEnabled(state == LinkState::Closed);
    m_connect->setText(state == LinkState::LoggingIn ? tr("Logging in …") : tr("&Log in"));
    if (state == LinkState::Loading)
        keep();
}

/// The log-in went well: the profile is the last used one, and the keychain has what it shall have.
void ConnectPane::keep() {
    QSettings settings;
    Profiles(settings).use(m_link.profile());
    if (m_hasKeychain)
        keychain::write(
            m_link.profile(), m_link.profile().keepPassword ? m_used : QString(), this,
            [this](const QString& sentence) { tell(sentence); });
    m_used.clear();
    m_password->clear();
    m_totp->clear();
    m_totp->hide();
    m_totpLabel->hide();
    m_new->clear();
    m_again->clear();
    m_change->hide();
    m_changeButton->setEnabled(true);
}

} // namespace viaduct::admin
