// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts for an event, in four steps: the event, what its people get, a summary, and the result with logins
// and passwords. What was typed stays whatever the broker answers; the same try is never done twice.
#pragma once

#include "admin-gui/parts/LimitsEdit.h"
#include "admin-gui/parts/OptionalTimeEdit.h"
#include "admin-gui/parts/RetryKey.h"
#include "admin-gui/views/CredentialsPane.h"
#include "admin-gui/views/View.h"

#include <QLineEdit>
#include <QSpinBox>
#include <QWizard>

namespace viaduct::admin {

class EventWizard : public QWizard {
    Q_OBJECT
public:
    explicit EventWizard(const Desk& desk, QWidget* parent = nullptr);

    void done(int result) override;

Q_SIGNALS:
    void created(const viaduct::api::Voucher& voucher);

private:
    QWizardPage* eventPage();
    QWizardPage* accountsPage();
    QWizardPage* summaryPage();
    QWizardPage* resultPage();
    void askPools();
    void showPools();
    void showHint();
    void showSummary();
    api::VoucherDraft draft() const;
    bool create();
    void made(const api::VoucherCreated& created);

    Desk m_desk;
    QLineEdit* m_event;
    QSpinBox* m_accounts;
    QDateTimeEdit* m_from;
    QDateTimeEdit* m_until;
    QLineEdit* m_prefix;
    QComboBox* m_kind;
    QComboBox* m_pool;
    LimitsEdit* m_limits;
    QCheckBox* m_oldClients;
    FormNotice* m_poolNotice;
    FormNotice* m_hint;
    QLabel* m_summary;
    FormNotice* m_notice;
    CredentialsPane* m_credentials;
    QPushButton* m_sheet;
    QLabel* m_sheetUntil;
    std::vector<api::Pool> m_pools;
    std::optional<api::Voucher> m_made;
    RetryKey<api::VoucherDraft> m_key;
    api::Call m_call;
};

} // namespace viaduct::admin
