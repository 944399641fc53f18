// SPDX-License-Identifier: GPL-3.0-or-later
// One account: what is known of it, its settings to be changed, and what can be done to it. What was typed
// and is not saved is kept for each account until it is saved or reverted.
#pragma once

#include "admin-gui/parts/AccountForm.h"
#include "admin-gui/views/CredentialsPane.h"
#include "admin-gui/views/View.h"

#include <map>

namespace viaduct::admin {

class AccountPane : public QWidget {
    Q_OBJECT
public:
    explicit AccountPane(const Desk& desk, QWidget* parent = nullptr);

    /// Null: none.
    void choose(const api::Account* account);
    /// The new state of any account.
    void take(const api::Account& account);
    void erased(const QString& login);
    const QString& login() const { return m_account.name; }
    bool isTyped(const QString& login) const;
    CredentialsPane& credentials() { return *m_credentials; }

Q_SIGNALS:
    void changed(const viaduct::api::Account& account);

private:
    struct Typed {
        api::Account base;
        api::AccountSettings settings;
    };

    QWidget* actionPart();
    QWidget* newerPart();
    void keepTyped();
    void present(const api::Account& account);
    void showFacts();
    void showButtons();
    void save();
    void saved(const api::Account& account, const api::AccountSettings& sent);
    void revert();
    void offerNewer(const api::Account& account);
    void takeNewer();
    void askNewer();
    void suspend();
    void resume();
    void askNewPassword();
    void newPassword();
    void askErase();
    void erase();
    void showPlan();
    template <typename Answer>
    bool failed(const QString& login, const api::Answered<Answer>& answer);

    Desk m_desk;
    api::Account m_account; ///< of which the form is made; without a name: none is chosen
    std::optional<api::Account> m_newer; ///< came while something was typed
    std::map<QString, Typed> m_typed; ///< of other accounts
    api::Call m_saving;
    QLabel* m_facts;
    QLabel* m_why; ///< it cannot be changed
    AccountForm* m_form;
    QWidget* m_newerPart;
    QLabel* m_newerSentence;
    QPushButton* m_save;
    QPushButton* m_revert;
    QLineEdit* m_reason;
    QPushButton* m_suspend;
    QPushButton* m_resume;
    QPushButton* m_newPassword;
    QPushButton* m_erase;
    QPushButton* m_tunnel;
    QPushButton* m_plan;
    Question* m_question;
    FormNotice* m_notice;
    CredentialsPane* m_credentials;
};

} // namespace viaduct::admin
