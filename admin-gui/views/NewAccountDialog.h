// SPDX-License-Identifier: GPL-3.0-or-later
// A new account: stays open until the broker has made it, and then shows its password.
#pragma once

#include "admin-gui/parts/AccountForm.h"
#include "admin-gui/parts/RetryKey.h"
#include "admin-gui/views/CredentialsPane.h"
#include "admin-gui/views/View.h"

#include <QDialog>

namespace viaduct::admin {

class NewAccountDialog : public QDialog {
    Q_OBJECT
public:
    explicit NewAccountDialog(const Desk& desk, QWidget* parent = nullptr);

    void reject() override;

Q_SIGNALS:
    void created(const viaduct::api::Account& account);

private:
    void create();
    void made(const api::AccountCreated& created, const QString& chosen);
    void showButtons();

    Desk m_desk;
    QLineEdit* m_login;
    QLineEdit* m_password;
    AccountForm* m_form;
    QWidget* m_input;
    FormNotice* m_notice;
    CredentialsPane* m_credentials;
    QPushButton* m_create;
    QPushButton* m_close;
    RetryKey<api::AccountDraft> m_key;
    api::Call m_call;
};

} // namespace viaduct::admin
