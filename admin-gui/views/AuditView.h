// SPDX-License-Identifier: GPL-3.0-or-later
// Who changed what, each change with what was and what is; and whether the chain of the audit holds.
#pragma once

#include "admin-gui/models/PageModel.h"
#include "admin-gui/parts/DiffPane.h"
#include "admin-gui/parts/TimeField.h"
#include "admin-gui/views/View.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QTimer>

namespace viaduct::admin {

class AuditView : public View {
    Q_OBJECT
public:
    explicit AuditView(const Desk& desk, QWidget* parent = nullptr);

    QString name() const override { return QStringLiteral("audit"); }
    QString title() const override { return tr("Audit"); }
    const api::OperationInfo* needs() const override { return &api::operation::listAudit; }
    /// An object, "/accounts/jdupont": what was done to it.
    void arrive(const QString& what) override;
    void startSearch() override;

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* filterPart();
    QWidget* checkPart();
    QWidget* detailPart();
    void take(const api::Event& event);
    void refilter();
    void showChosen();
    void verify();
    void showVerification(const api::AuditVerification& result);

    ListModel<api::AuditEntry>* m_model;
    QTableView* m_table;
    TimeField* m_from = nullptr;
    TimeField* m_until = nullptr;
    QLineEdit* m_who = nullptr;
    QComboBox* m_action = nullptr;
    QLineEdit* m_object = nullptr;
    QLabel* m_count;
    QLabel* m_facts = nullptr;
    DiffPane* m_diff = nullptr;
    QPushButton* m_verify = nullptr;
    QPushButton* m_cancel = nullptr;
    QLabel* m_mark = nullptr;
    QLabel* m_verified = nullptr;
    api::Call m_call;
    std::int64_t m_shown = 0; ///< the number of the entry in detail
    QTimer m_fresh;
    bool m_isOld = false;
};

} // namespace viaduct::admin
