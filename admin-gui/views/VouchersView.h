// SPDX-License-Identifier: GPL-3.0-or-later
// Vouchers: events with their accounts, made in a few steps, watched, and withdrawn.
#pragma once

#include "admin-gui/models/PageModel.h"
#include "admin-gui/views/View.h"

#include <QComboBox>
#include <QLineEdit>

namespace viaduct::admin {

class VouchersView : public View {
    Q_OBJECT
public:
    explicit VouchersView(const Desk& desk, QWidget* parent = nullptr);

    QString name() const override { return QStringLiteral("vouchers"); }
    QString title() const override { return tr("Vouchers"); }
    const api::OperationInfo* needs() const override { return &api::operation::listVouchers; }
    void arrive(const QString& what) override;
    void startSearch() override;

private:
    QLayout* topPart();
    QWidget* detail();
    void refilter();
    void take(const api::Event& event);
    void chooseAgain();
    void showChosen();
    void showButtons();
    void makeNew();
    void askWithdraw();
    void withdraw(const QString& id);
    const api::Voucher* sheetOf(const QString& id);

    ListModel<api::Voucher>* m_model;
    QLineEdit* m_search;
    QComboBox* m_state;
    QTableView* m_table;
    QLabel* m_facts;
    QPushButton* m_new;
    QPushButton* m_withdraw;
    QPushButton* m_sheet;
    QPushButton* m_accounts;
    Question* m_question;
    QLabel* m_count;
    QLabel* m_notice;
    std::optional<api::Voucher> m_chosen;
    QString m_wanted; ///< to be chosen when it is in the list
    bool m_isFilling = false;
    std::vector<api::Voucher> m_sheets; ///< made here, as long as the broker serves their sheets
};

} // namespace viaduct::admin
