// SPDX-License-Identifier: GPL-3.0-or-later
// Rates and quota.
#include "admin-gui/parts/LimitsEdit.h"

namespace viaduct::admin {

LimitsEdit::LimitsEdit(QFormLayout* form, QWidget* parent)
    : QObject(parent),
      m_in(new AmountEdit(AmountEdit::Unit::BitsPerSecond, tr("Rate from the client"), parent)),
      m_out(new AmountEdit(AmountEdit::Unit::BitsPerSecond, tr("Rate to the client"), parent)),
      m_quota(new AmountEdit(AmountEdit::Unit::Bytes, tr("Quota of a month"), parent)) {
    m_in->setToolTip(tr("Packets above it are dropped."));
    m_out->setToolTip(m_in->toolTip());
    m_quota->setToolTip(
        tr("Inner bytes of a month, both ways. When they are used up, the tunnel stays up and carries "
           "nothing until the month is over or the quota is raised."));
    form->addRow(tr("Rate &from the client:"), m_in);
    form->addRow(tr("Rate t&o the client:"), m_out);
    form->addRow(tr("&Quota of a month:"), m_quota);
    for (AmountEdit* edit : {m_in, m_out, m_quota})
        connect(edit, &AmountEdit::changed, this, &LimitsEdit::changed);
}

api::Limits LimitsEdit::limits() const {
    return {m_in->value(), m_out->value(), m_quota->value()};
}

void LimitsEdit::setLimits(const api::Limits& limits) {
    m_in->setValue(limits.rateIn);
    m_out->setValue(limits.rateOut);
    m_quota->setValue(limits.quotaBytes);
}

void LimitsEdit::setReadOnly(bool readOnly) {
    for (AmountEdit* edit : {m_in, m_out, m_quota})
        edit->setReadOnly(readOnly);
}

} // namespace viaduct::admin
