// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts: found, changed, suspended, made one by one or from a file, and erased.
#pragma once

#include "admin-gui/models/PageModel.h"
#include "admin-gui/views/AccountPane.h"

#include <QComboBox>

namespace viaduct::admin {

class AccountsView : public View {
    Q_OBJECT
public:
    explicit AccountsView(const Desk& desk, QWidget* parent = nullptr);

    QString name() const override { return QStringLiteral("accounts"); }
    QString title() const override { return tr("Accounts"); }
    const api::OperationInfo* needs() const override { return &api::operation::listAccounts; }
    void arrive(const QString& what) override;
    void startSearch() override;

private:
    void makeFilters();
    QLayout* topPart();
    void refilter();
    void take(const api::Event& event);
    void showChosen();
    void chooseAgain();
    void put(const api::Account& account);
    void showButtons();
    void makeNew();
    void importCsv();
    void exportCsv();
    void saveExport(const QString& path, const QByteArray& csv);

    ListModel<api::Account>* m_model;
    QLineEdit* m_search;
    QComboBox* m_state;
    QComboBox* m_kind;
    QComboBox* m_origin;
    QTableView* m_table;
    AccountPane* m_pane;
    QPushButton* m_new;
    QPushButton* m_import;
    QPushButton* m_export;
    QPushButton* m_stop;
    QLabel* m_count;
    QLabel* m_notice;
    QString m_wanted; ///< to be chosen when it is in the list
    bool m_isFilling = false; ///< the list, not the person, changes what is chosen
    api::Call m_exporting;
};

} // namespace viaduct::admin
