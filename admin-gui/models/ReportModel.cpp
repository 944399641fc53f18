// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/models/ReportModel.h"

#include <QCoreApplication>
#include <QLocale>

namespace viaduct::admin {

namespace {

struct Title {
    const char* name;
    const char* title;
};

constexpr Title titles[] = {
    {"day", QT_TRANSLATE_NOOP("Report", "Day")},
    {"pool", QT_TRANSLATE_NOOP("Report", "Pool")},
    {"total", QT_TRANSLATE_NOOP("Report", "Blocks")},
    {"held", QT_TRANSLATE_NOOP("Report", "Held")},
    {"quarantined", QT_TRANSLATE_NOOP("Report", "Quarantined")},
    {"used", QT_TRANSLATE_NOOP("Report", "Used (0 to 1)")},
    {"organisation", QT_TRANSLATE_NOOP("Report", "Organisation")},
    {"month", QT_TRANSLATE_NOOP("Report", "Month")},
    {"accounts", QT_TRANSLATE_NOOP("Report", "Accounts at its end")},
    {"newAccounts", QT_TRANSLATE_NOOP("Report", "New accounts")},
    {"requests", QT_TRANSLATE_NOOP("Report", "Requests")},
    {"approved", QT_TRANSLATE_NOOP("Report", "Approved")},
    {"refused", QT_TRANSLATE_NOOP("Report", "Refused")},
    {"holder", QT_TRANSLATE_NOOP("Report", "Holder")},
    {"bytesIn", QT_TRANSLATE_NOOP("Report", "Bytes in")},
    {"bytesOut", QT_TRANSLATE_NOOP("Report", "Bytes out")},
    {"upSeconds", QT_TRANSLATE_NOOP("Report", "Seconds up")},
    {"connections", QT_TRANSLATE_NOOP("Report", "Connections")},
    {"share", QT_TRANSLATE_NOOP("Report", "Share of the time (0 to 1)")},
    {"prefix", QT_TRANSLATE_NOOP("Report", "Prefix")},
    {"person", QT_TRANSLATE_NOOP("Report", "Person")},
    {"email", QT_TRANSLATE_NOOP("Report", "E-mail")},
    {"from", QT_TRANSLATE_NOOP("Report", "From")},
    {"to", QT_TRANSLATE_NOOP("Report", "To")},
    {"outer", QT_TRANSLATE_NOOP("Report", "Outer address")},
};

} // namespace

QString titleOfColumn(const QString& name) {
    for (const Title& title : titles) {
        if (name == QLatin1String(title.name))
            return QCoreApplication::translate("Report", title.title);
    }
    return name;
}

QString textOfCell(const QVariant& cell) {
    switch (cell.metaType().id()) {
    case QMetaType::LongLong:
        return QLocale().toString(cell.toLongLong());
    case QMetaType::Double:
        return QLocale().toString(cell.toDouble(), 'g', QLocale::FloatingPointShortest);
    case QMetaType::QDate:
        return cell.toDate().toString(Qt::ISODate);
    case QMetaType::QDateTime:
        return cell.toDateTime().toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")) + QStringLiteral(" UTC");
    default:
        return cell.toString();
    }
}

QString textOfPeriod(const ReportTable& table) {
    const auto text = [](api::Time time) {
        return textOfCell(QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count(), Qt::UTC));
    };
    return QCoreApplication::translate("Report", "From %1 until %2 (not included)")
        .arg(text(table.from), text(table.until));
}

void ReportModel::setTable(std::shared_ptr<const ReportTable> table) {
    beginResetModel();
    m_table = std::move(table);
    endResetModel();
}

int ReportModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() || !m_table ? 0 : static_cast<int>(m_table->rows.size());
}

int ReportModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() || !m_table ? 0 : static_cast<int>(m_table->names.size());
}

QVariant ReportModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || !m_table)
        return {};
    const auto column = static_cast<std::size_t>(index.column());
    const QVariant& cell = m_table->rows[static_cast<std::size_t>(index.row())][column];
    switch (role) {
    case Qt::DisplayRole:
        return textOfCell(cell);
    case SortRole: // a number that no 64 bits hold is text
        return m_table->isNumber[column] ? QVariant(cell.toDouble()) : cell;
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment(m_table->isNumber[column] ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    default:
        return {};
    }
}

QVariant ReportModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || !m_table)
        return {};
    if (role == Qt::DisplayRole)
        return titleOfColumn(m_table->names[section]);
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::Alignment(
                m_table->isNumber[static_cast<std::size_t>(section)] ? Qt::AlignRight : Qt::AlignLeft)
            | Qt::AlignVCenter);
    return {};
}

} // namespace viaduct::admin
