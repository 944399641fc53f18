// SPDX-License-Identifier: GPL-3.0-or-later
// All settings of an account as a form: of one that is, and of a new one. It changes nothing that was not
// touched, also where a widget shows a value a little differently than it is.
#pragma once

#include "admin-gui/parts/LimitsEdit.h"
#include "admin-gui/parts/OptionalTimeEdit.h"

#include <QLineEdit>
#include <QPlainTextEdit>

namespace viaduct::admin {

class AccountForm : public QWidget {
    Q_OBJECT
public:
    explicit AccountForm(QWidget* parent = nullptr);

    /// What the form is about; nothing is typed.
    void setSettings(const api::AccountSettings& settings);
    /// As if a person had typed it.
    void type(const api::AccountSettings& settings);
    api::AccountSettings settings() const;
    bool isTyped() const { return !(read() == m_shown); }
    void setReadOnly(bool readOnly);

Q_SIGNALS:
    void typed();

private:
    void fill(const api::AccountSettings& settings);
    api::AccountSettings read() const;

    QComboBox* m_kind;
    QLineEdit* m_person;
    QLineEdit* m_email;
    QLineEdit* m_organisation;
    QLineEdit* m_sponsor;
    QLineEdit* m_tags;
    OptionalTimeEdit* m_from;
    OptionalTimeEdit* m_until;
    LimitsEdit* m_limits;
    QCheckBox* m_mayProxy;
    QCheckBox* m_oldClients;
    QPlainTextEdit* m_note;
    api::AccountSettings m_about;
    api::AccountSettings m_shown; ///< m_about as the widgets tell it
    bool m_filling = false;
};

} // namespace viaduct::admin
