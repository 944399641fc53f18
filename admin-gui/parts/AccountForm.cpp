// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of an account, to be typed.
#include "admin-gui/parts/AccountForm.h"

#include "admin-gui/parts/AccountMerge.h"
#include "admin-gui/parts/Wording.h"

namespace viaduct::admin {

namespace {
constexpr int yearAhead = 365; // proposed for an end
constexpr int noteLines = 3;

QLineEdit* line(int most, QWidget* parent) {
    auto* edit = new QLineEdit(parent);
    edit->setMaxLength(most);
    return edit;
}
} // namespace

AccountForm::AccountForm(QWidget* parent)
    : QWidget(parent), m_kind(new QComboBox(this)), m_person(line(api::limit::line, this)),
      m_email(line(api::limit::email, this)), m_organisation(line(api::limit::line, this)),
      m_sponsor(line(api::limit::line, this)), m_tags(new QLineEdit(this)),
      m_from(new OptionalTimeEdit(tr("at once"), 0, tr("Valid from"), this)),
      m_until(new OptionalTimeEdit(tr("no end"), yearAhead, tr("Valid until"), this)),
      m_mayProxy(new QCheckBox(tr("May set tunnels up for another bo&x"), this)),
      m_oldClients(new QCheckBox(tr("Clients without TLS may log in (&DIGEST-MD5)"), this)),
      m_note(new QPlainTextEdit(this)) {
    for (const api::AccountKind kind :
         {api::AccountKind::Host, api::AccountKind::Soho, api::AccountKind::Site})
        m_kind->addItem(wording::kind(kind), static_cast<int>(kind));
    m_sponsor->setPlaceholderText(tr("who answers for it"));
    m_tags->setPlaceholderText(tr("with commas between"));
    m_oldClients->setToolTip(tr("Keeps the hash that they need, where the configuration lets old clients in. "
                                "Switched on later, it takes "
                                "effect with the next password."));
    m_note->setPlaceholderText(tr("for colleagues"));
    m_note->setTabChangesFocus(true);
    m_note->setMaximumHeight(m_note->fontMetrics().height() * noteLines + 12);
    auto* form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    form->addRow(tr("&Kind:"), m_kind);
    form->addRow(tr("&Person:"), m_person);
    form->addRow(tr("&E-mail:"), m_email);
    form->addRow(tr("Or&ganisation:"), m_organisation);
    form->addRow(tr("Spo&nsor:"), m_sponsor);
    form->addRow(tr("&Tags:"), m_tags);
    form->addRow(tr("&Valid from:"), m_from);
    form->addRow(tr("Valid &until:"), m_until);
    m_limits = new LimitsEdit(form, this);
    form->addRow(QString(), m_mayProxy);
    form->addRow(QString(), m_oldClients);
    form->addRow(tr("Not&e:"), m_note);
    const auto say = [this] {
        if (!m_filling)
            Q_EMIT typed();
    };
    for (QLineEdit* edit : {m_person, m_email, m_organisation, m_sponsor, m_tags})
        connect(edit, &QLineEdit::textChanged, this, say);
    for (OptionalTimeEdit* edit : {m_from, m_until})
        connect(edit, &OptionalTimeEdit::changed, this, say);
    for (QCheckBox* box : {m_mayProxy, m_oldClients})
        connect(box, &QCheckBox::toggled, this, say);
    connect(m_kind, &QComboBox::currentIndexChanged, this, say);
    connect(m_limits, &LimitsEdit::changed, this, say);
    connect(m_note, &QPlainTextEdit::textChanged, this, say);
    setSettings({});
}

void AccountForm::setSettings(const api::AccountSettings& settings) {
    fill(settings);
    m_about = settings;
    m_shown = read();
    Q_EMIT typed();
}

void AccountForm::type(const api::AccountSettings& settings) {
    fill(settings);
    Q_EMIT typed();
}

/// What was not touched goes back as it came.
api::AccountSettings AccountForm::settings() const {
    return mergeSettings(m_shown, read(), m_about).settings;
}

void AccountForm::fill(const api::AccountSettings& settings) {
    m_filling = true;
    m_kind->setCurrentIndex(static_cast<int>(settings.kind));
    m_person->setText(settings.person);
    m_email->setText(settings.email);
    m_organisation->setText(settings.organisation);
    m_sponsor->setText(settings.sponsor);
    m_tags->setText(QStringList(settings.tags.begin(), settings.tags.end()).join(QStringLiteral(", ")));
    m_from->setTime(settings.validFrom);
    m_until->setTime(settings.validUntil);
    m_limits->setLimits(settings.limits);
    m_mayProxy->setChecked(settings.mayProxy);
    m_oldClients->setChecked(settings.oldClients);
    m_note->setPlainText(settings.note);
    m_filling = false;
}

api::AccountSettings AccountForm::read() const {
    api::AccountSettings settings;
    settings.kind = static_cast<api::AccountKind>(m_kind->currentData().toInt());
    settings.person = m_person->text().trimmed();
    settings.email = m_email->text().trimmed();
    settings.organisation = m_organisation->text().trimmed();
    settings.sponsor = m_sponsor->text().trimmed();
    for (const QString& tag : m_tags->text().split(u',', Qt::SkipEmptyParts)) {
        if (const QString trimmed = tag.trimmed(); !trimmed.isEmpty())
            settings.tags.push_back(trimmed);
    }
    settings.validFrom = m_from->time();
    settings.validUntil = m_until->time();
    settings.limits = m_limits->limits();
    settings.mayProxy = m_mayProxy->isChecked();
    settings.oldClients = m_oldClients->isChecked();
    settings.note = m_note->toPlainText();
    return settings;
}

void AccountForm::setReadOnly(bool readOnly) {
    for (QLineEdit* edit : {m_person, m_email, m_organisation, m_sponsor, m_tags})
        edit->setReadOnly(readOnly);
    for (OptionalTimeEdit* edit : {m_from, m_until})
        edit->setReadOnly(readOnly);
    for (QCheckBox* box : {m_mayProxy, m_oldClients})
        box->setEnabled(!readOnly);
    m_kind->setEnabled(!readOnly);
    m_limits->setReadOnly(readOnly);
    m_note->setReadOnly(readOnly);
}

} // namespace viaduct::admin
