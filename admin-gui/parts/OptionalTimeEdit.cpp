// SPDX-License-Identifier: GPL-3.0-or-later
// A time, or none.
#include "admin-gui/parts/OptionalTimeEdit.h"

#include <QHBoxLayout>
#include <QLocale>

namespace viaduct::admin {

QDateTime toDesktop(api::Time time) {
    return QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count());
}

api::Time fromDesktop(const QDateTime& time) {
    return api::Time(std::chrono::milliseconds(time.toMSecsSinceEpoch()));
}

QDateTimeEdit* timeEdit(QWidget* parent) {
    auto* edit = new QDateTimeEdit(parent);
    edit->setCalendarPopup(true);
    // Four digits of the year, whatever the desktop's short form has: accounts live long.
    QString format = QLocale().dateTimeFormat(QLocale::ShortFormat);
    if (!format.contains(QLatin1String("yyyy")))
        format.replace(QLatin1String("yy"), QLatin1String("yyyy"));
    edit->setDisplayFormat(format);
    return edit;
}

OptionalTimeEdit::OptionalTimeEdit(
    const QString& without, int ahead, const QString& accessibleName, QWidget* parent)
    : QWidget(parent), m_time(timeEdit(this)), m_without(new QCheckBox(without, this)), m_ahead(ahead) {
    m_time->setAccessibleName(accessibleName);
    m_without->setChecked(true);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_time, 1);
    layout->addWidget(m_without);
    setFocusProxy(m_without);
    setTime(std::nullopt);
    connect(m_without, &QCheckBox::toggled, this, [this](bool without_) {
        if (!without_ && m_isProposed) {
            m_time->setDateTime(QDateTime(QDate::currentDate().addDays(m_ahead), QTime(23, 59)));
            m_time->setFocus();
        }
        showState();
        Q_EMIT changed();
    });
    connect(m_time, &QDateTimeEdit::dateTimeChanged, this, [this] {
        m_isProposed = false;
        Q_EMIT changed();
    });
}

std::optional<api::Time> OptionalTimeEdit::time() const {
    return m_without->isChecked() ? std::nullopt : std::optional(fromDesktop(m_time->dateTime()));
}

void OptionalTimeEdit::setTime(const std::optional<api::Time>& time) {
    if (time)
        m_time->setDateTime(toDesktop(*time));
    m_isProposed = !time;
    m_without->setChecked(!time);
    showState();
}

void OptionalTimeEdit::setReadOnly(bool readOnly) {
    m_readOnly = readOnly;
    m_time->setReadOnly(readOnly);
    showState();
}

void OptionalTimeEdit::showState() {
    m_time->setEnabled(!m_without->isChecked());
    m_without->setEnabled(!m_readOnly);
}

} // namespace viaduct::admin
