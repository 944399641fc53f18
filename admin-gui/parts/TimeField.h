// SPDX-License-Identifier: GPL-3.0-or-later
// A time in a filter that may be left out: a box to tick, and the time beside it.
#pragma once

#include "shared/api/Values.h"

#include <QDateTime>
#include <QWidget>

class QCheckBox;
class QDateTimeEdit;

namespace viaduct::admin {

api::Time apiTime(const QDateTime& time);
QDateTime qtTime(api::Time time, Qt::TimeSpec spec = Qt::LocalTime);

class TimeField : public QWidget {
    Q_OBJECT
public:
    /// `label` as on a check box: "&From".
    explicit TimeField(const QString& label, QWidget* parent = nullptr);

    std::optional<api::Time> value() const;
    /// As a query of the API has it; empty: left out.
    QString text() const;
    void set(std::optional<api::Time> value);

Q_SIGNALS:
    void changed();

private:
    QCheckBox* m_isSet;
    QDateTimeEdit* m_time;
};

} // namespace viaduct::admin
