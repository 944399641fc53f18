// SPDX-License-Identifier: GPL-3.0-or-later
// A report as a table: its columns are the members of a row in the API, and its numbers are those of the
// broker, unchanged. Screen, paper and spreadsheet are made of the same cells.
#pragma once

#include "shared/api/Reports.h"

#include <QAbstractTableModel>
#include <QDateTime>

#include <memory>

namespace viaduct::admin {

struct ReportTable {
    api::Time from{};
    api::Time until{};
    api::Time made{};
    QStringList names; ///< as in the API and in its CSV
    std::vector<bool> isNumber;
    std::vector<std::vector<QVariant>> rows; ///< QString, qint64, double, QDate, QDateTime in UTC
};

/// A member's table, read as cells of one row.
template <typename Row>
class CellReader {
public:
    CellReader(const Row* row, ReportTable& table) : m_row(row), m_table(table) { }

    template <typename M>
    void needed(const char* name, M Row::*member, const char*, const api::Rule& = {}) {
        add<M>(name, [&] { return cellOf(m_row->*member); });
    }
    template <typename M>
    void maybe(const char* name, M Row::*member, const char*, const api::Rule& = {}) {
        add<M>(name, [&] { return cellOf(m_row->*member); });
    }
    template <typename M>
    void maybe(const char* name, std::optional<M> Row::*member, const char*, const api::Rule& = {}) {
        add<M>(name, [&] { return m_row->*member ? cellOf(*(m_row->*member)) : QVariant(); });
    }

private:
    template <typename M, typename Cell>
    void add(const char* name, Cell cell) {
        if (m_row) {
            m_table.rows.back().push_back(cell());
            return;
        }
        m_table.names.append(QLatin1String(name));
        m_table.isNumber.push_back(std::is_arithmetic_v<M> || std::is_same_v<M, Uint128>);
    }
    static QVariant cellOf(const QString& value) { return value; }
    static QVariant cellOf(std::int64_t value) { return QVariant::fromValue<qint64>(value); }
    static QVariant cellOf(double value) { return value; }
    static QVariant cellOf(const Uint128& value) {
        constexpr auto most = static_cast<Uint128>(std::numeric_limits<qint64>::max());
        return value <= most ? QVariant::fromValue<qint64>(static_cast<qint64>(value))
                             : QVariant(api::text(value));
    }
    static QVariant cellOf(const Prefix& value) { return QString::fromStdString(value.text()); }
    static QVariant cellOf(api::Date value) { return QDate::fromString(api::text(value), Qt::ISODate); }
    static QVariant cellOf(api::Time value) {
        return QDateTime::fromMSecsSinceEpoch(value.time_since_epoch().count(), Qt::UTC);
    }

    const Row* m_row; ///< null: only the columns
    ReportTable& m_table;
};

template <typename Row>
ReportTable tableOf(const api::Report<Row>& report) {
    ReportTable table{report.from, report.until, report.made, {}, {}, {}};
    CellReader<Row> columns(nullptr, table);
    Row::members(columns);
    table.rows.reserve(report.rows.size());
    for (const Row& row : report.rows) {
        table.rows.emplace_back().reserve(table.isNumber.size());
        CellReader<Row> cells(&row, table);
        Row::members(cells);
    }
    return table;
}

/// The heading of a column, for people.
QString titleOfColumn(const QString& name);
/// Times in UTC: a report goes to others, who may be elsewhere.
QString textOfCell(const QVariant& cell);
QString textOfPeriod(const ReportTable& table);

class ReportModel : public QAbstractTableModel {
    Q_OBJECT
public:
    /// For a proxy: the value that sorts.
    static constexpr int SortRole = Qt::UserRole + 1;

    using QAbstractTableModel::QAbstractTableModel;

    void setTable(std::shared_ptr<const ReportTable> table);
    const std::shared_ptr<const ReportTable>& table() const { return m_table; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::shared_ptr<const ReportTable> m_table;
};

} // namespace viaduct::admin
