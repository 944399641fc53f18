// SPDX-License-Identifier: GPL-3.0-or-later
// A rate or an amount of bytes to be typed with a unit that people read: 10 Mbit/s, 500 GB. 0 is no limit.
#pragma once

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QWidget>

namespace viaduct::admin {

class AmountEdit : public QWidget {
    Q_OBJECT
public:
    enum class Unit { BitsPerSecond, Bytes };

    AmountEdit(Unit unit, const QString& accessibleName, QWidget* parent = nullptr);

    qint64 value() const;
    void setValue(qint64 value);
    void setReadOnly(bool readOnly);

Q_SIGNALS:
    void changed();

private:
    QDoubleSpinBox* m_number;
    QComboBox* m_unit; ///< its data is the factor
};

} // namespace viaduct::admin
