// SPDX-License-Identifier: GPL-3.0-or-later
// A number and its unit.
#include "admin-gui/parts/AmountEdit.h"

#include <QHBoxLayout>

#include <cmath>

namespace viaduct::admin {

namespace {
constexpr int decimals = 3; // one unit is a thousand of the one before
constexpr double most = 1e15; // what a double still counts by thousandths
constexpr double mostValue = 9e18; // of 63 bits
constexpr int usual = 2; // mega: for an empty one
} // namespace

AmountEdit::AmountEdit(Unit unit, const QString& accessibleName, QWidget* parent)
    : QWidget(parent), m_number(new QDoubleSpinBox(this)), m_unit(new QComboBox(this)) {
    m_number->setDecimals(decimals);
    m_number->setRange(0, most);
    m_number->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    m_number->setGroupSeparatorShown(true);
    m_number->setSpecialValueText(tr("no limit"));
    m_number->setAccessibleName(accessibleName);
    m_number->setMinimumWidth(m_number->fontMetrics().horizontalAdvance(QStringLiteral("000 000 000.000")));
    m_number->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    const QStringList units = unit == Unit::BitsPerSecond
        ? QStringList{tr("bit/s"), tr("kbit/s"), tr("Mbit/s"), tr("Gbit/s"), tr("Tbit/s")}
        : QStringList{tr("B"), tr("kB"), tr("MB"), tr("GB"), tr("TB")};
    qint64 factor = 1;
    for (const QString& name : units) {
        m_unit->addItem(name, factor);
        factor *= 1000;
    }
    m_unit->setAccessibleName(tr("Unit of: %1").arg(accessibleName));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_number, 1);
    layout->addWidget(m_unit);
    setFocusProxy(m_number);
    setValue(0);
    connect(m_number, &QDoubleSpinBox::valueChanged, this, &AmountEdit::changed);
    connect(m_unit, &QComboBox::currentIndexChanged, this, &AmountEdit::changed);
}

qint64 AmountEdit::value() const {
    const double value = m_number->value() * static_cast<double>(m_unit->currentData().toLongLong());
    return std::llround(std::min(value, mostValue));
}

void AmountEdit::setValue(qint64 value) {
    int unit = value == 0 ? usual : 0;
    // The largest in which it is told without rounding.
    while (value != 0 && unit + 1 < m_unit->count()) {
        const qint64 factor = m_unit->itemData(unit + 1).toLongLong();
        if (value < factor || value % (factor / 1000) != 0)
            break;
        ++unit;
    }
    m_unit->setCurrentIndex(unit);
    m_number->setValue(static_cast<double>(value) / static_cast<double>(m_unit->currentData().toLongLong()));
}

void AmountEdit::setReadOnly(bool readOnly) {
    m_number->setReadOnly(readOnly);
    m_number->setButtonSymbols(readOnly ? QAbstractSpinBox::NoButtons : QAbstractSpinBox::UpDownArrows);
    m_unit->setEnabled(!readOnly);
}

} // namespace viaduct::admin
