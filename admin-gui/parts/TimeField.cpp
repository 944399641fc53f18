// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/TimeField.h"

#include <QCheckBox>
#include <QDateTimeEdit>
#include <QHBoxLayout>

namespace viaduct::admin {

api::Time apiTime(const QDateTime& time) {
    return api::Time(std::chrono::milliseconds(time.toMSecsSinceEpoch()));
}

QDateTime qtTime(api::Time time, Qt::TimeSpec spec) {
    return QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count(), spec);
}

TimeField::TimeField(const QString& label, QWidget* parent)
    : QWidget(parent), m_isSet(new QCheckBox(label, this)), m_time(new QDateTimeEdit(this)) {
    m_time->setDisplayFormat(QStringLiteral("yyyy-MM-dd HH:mm"));
    m_time->setCalendarPopup(true);
    m_time->setDateTime(QDateTime(QDate::currentDate(), QTime(0, 0)));
    m_time->setAccessibleName(QString(label).remove(u'&'));
    m_time->setEnabled(false);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_isSet);
    layout->addWidget(m_time);
    connect(m_isSet, &QCheckBox::toggled, this, [this](bool isSet) {
        m_time->setEnabled(isSet);
        Q_EMIT changed();
    });
    connect(m_time, &QDateTimeEdit::dateTimeChanged, this, &TimeField::changed);
}

std::optional<api::Time> TimeField::value() const {
    return m_isSet->isChecked() ? std::optional(apiTime(m_time->dateTime())) : std::nullopt;
}

QString TimeField::text() const {
    const auto time = value();
    return time ? api::text(*time) : QString();
}

void TimeField::set(std::optional<api::Time> value) {
    if (value)
        m_time->setDateTime(qtTime(*value));
    m_isSet->setChecked(value.has_value());
}

} // namespace viaduct::admin
