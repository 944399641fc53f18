// SPDX-License-Identifier: GPL-3.0-or-later
// A time in the desktop's time zone, or a check box that says there is none: "no end".
#pragma once

#include "shared/api/Values.h"

#include <QCheckBox>
#include <QDateTimeEdit>

namespace viaduct::admin {

QDateTime toDesktop(api::Time time);
api::Time fromDesktop(const QDateTime& time);
/// With a calendar, to the minute.
QDateTimeEdit* timeEdit(QWidget* parent);

class OptionalTimeEdit : public QWidget {
    Q_OBJECT
public:
    /// `without` is the text of the check box. A box that is cleared proposes now plus `ahead` days.
    OptionalTimeEdit(
        const QString& without, int ahead, const QString& accessibleName, QWidget* parent = nullptr);

    std::optional<api::Time> time() const;
    void setTime(const std::optional<api::Time>& time);
    void setReadOnly(bool readOnly);

Q_SIGNALS:
    void changed();

private:
    void showState();

    QDateTimeEdit* m_time;
    QCheckBox* m_without;
    int m_ahead;
    bool m_isProposed = true; ///< nobody has chosen what the field shows
    bool m_readOnly = false;
};

} // namespace viaduct::admin
