// SPDX-License-Identifier: GPL-3.0-or-later
// Where one logs in: broker, login, password, and what a log-in may ask for besides. What was typed stays
// when it comes to nothing.
#pragma once

#include "admin-gui/link/BrokerLink.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QWidget>

namespace viaduct::admin {

class ConnectPane : public QWidget {
    Q_OBJECT
public:
    /// `link` outlives it.
    explicit ConnectPane(BrokerLink& link, QWidget* parent = nullptr);

    /// The last broker; logs in at once where the keychain has its password.
    void begin();
    /// Why one is here again.
    void tell(const QString& sentence);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void buildLogin(QFormLayout& form);
    QWidget* buildCertificate();
    QWidget* buildPasswordChange();
    void choose(int index);
    void open();
    void askCertificate(const QString& fingerprint, bool changed, const QString& sentence);
    void changePassword();
    void follow(LinkState state);
    void keep();

    BrokerLink& m_link;
    QComboBox* m_broker;
    QLineEdit* m_login;
    QLineEdit* m_password;
    QLineEdit* m_totp;
    QLabel* m_totpLabel;
    QCheckBox* m_keep;
    QPushButton* m_connect;
    QPushButton* m_forget;
    QLabel* m_notice;
    QWidget* m_certificate;
    QLabel* m_certificateText;
    QLineEdit* m_fingerprint;
    QPushButton* m_trust;
    QWidget* m_change;
    QLineEdit* m_new;
    QLineEdit* m_again;
    QPushButton* m_changeButton;
    bool m_hasKeychain = false;
    QString m_askedFingerprint;
    QString m_used; ///< the password of the log-in under way, for the keychain and for the change
};

} // namespace viaduct::admin
