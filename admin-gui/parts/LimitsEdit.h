// SPDX-License-Identifier: GPL-3.0-or-later
// The three limits of an account, as rows of a form. One part, for accounts and for vouchers.
#pragma once

#include "admin-gui/parts/AmountEdit.h"
#include "shared/api/Accounts.h"

#include <QFormLayout>

namespace viaduct::admin {

class LimitsEdit : public QObject {
    Q_OBJECT
public:
    /// The rows are added to `form`, which owns their widgets.
    LimitsEdit(QFormLayout* form, QWidget* parent);

    api::Limits limits() const;
    void setLimits(const api::Limits& limits);
    void setReadOnly(bool readOnly);

Q_SIGNALS:
    void changed();

private:
    AmountEdit* m_in;
    AmountEdit* m_out;
    AmountEdit* m_quota;
};

} // namespace viaduct::admin
