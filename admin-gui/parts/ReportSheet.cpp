// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/ReportSheet.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <xlsxwriter.h>

#include <algorithm>
#include <filesystem>

namespace viaduct::admin {

namespace {

/// A spreadsheet keeps 15 digits of a number (IEEE 754 double); a larger one is written as text, whole.
constexpr qint64 mostExact = 999'999'999'999'999;
constexpr int widest = 60; ///< characters of a column

lxw_row_t rowOf(std::size_t row) {
    return static_cast<lxw_row_t>(row);
}

lxw_col_t columnOf(std::size_t column) {
    return static_cast<lxw_col_t>(column);
}

lxw_datetime timeOf(const QDateTime& time) {
    return {time.date().year(), time.date().month(),  time.date().day(),
            time.time().hour(), time.time().minute(), time.time().second() + time.time().msec() / 1000.0};
}

struct Formats {
    lxw_format* bold;
    lxw_format* day;
    lxw_format* time;
};

void writeCell(
    lxw_worksheet* sheet, lxw_row_t row, lxw_col_t column, const QVariant& cell, const Formats& formats) {
    switch (cell.metaType().id()) {
    case QMetaType::LongLong:
        if (std::abs(cell.toLongLong()) <= mostExact) {
            worksheet_write_number(sheet, row, column, static_cast<double>(cell.toLongLong()), nullptr);
            return;
        }
        break;
    case QMetaType::Double:
        worksheet_write_number(sheet, row, column, cell.toDouble(), nullptr);
        return;
    case QMetaType::QDate: {
        lxw_datetime day = timeOf(QDateTime(cell.toDate(), QTime(0, 0), Qt::UTC));
        worksheet_write_datetime(sheet, row, column, &day, formats.day);
        return;
    }
    case QMetaType::QDateTime: {
        lxw_datetime time = timeOf(cell.toDateTime().toUTC());
        worksheet_write_datetime(sheet, row, column, &time, formats.time);
        return;
    }
    default:
        break;
    }
    // As text, never as a formula, whatever stands in it.
    worksheet_write_string(sheet, row, column, cell.toString().toUtf8().constData(), nullptr);
}

bool writeRows(
    lxw_worksheet* sheet, const ReportTable& table, const Formats& formats,
    const std::atomic<bool>& isCancelled) {
    const auto columns = static_cast<std::size_t>(table.names.size());
    for (std::size_t i = 0; i < columns; ++i) {
        const QString title = titleOfColumn(table.names[static_cast<qsizetype>(i)]);
        qsizetype width = title.size();
        for (std::size_t row = 0; row < std::min<std::size_t>(table.rows.size(), 200); ++row)
            width = std::max(width, textOfCell(table.rows[row][i]).size());
        worksheet_set_column(
            sheet, columnOf(i), columnOf(i), static_cast<double>(std::min<qsizetype>(width + 2, widest)),
            nullptr);
        worksheet_write_string(sheet, 0, columnOf(i), title.toUtf8().constData(), formats.bold);
    }
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
        if (isCancelled)
            return false;
        for (std::size_t i = 0; i < columns; ++i) {
            if (table.rows[row][i].isValid())
                writeCell(sheet, rowOf(row + 1), columnOf(i), table.rows[row][i], formats);
        }
    }
    worksheet_freeze_panes(sheet, 1, 0);
    if (columns > 0)
        worksheet_autofilter(sheet, 0, 0, rowOf(table.rows.size()), columnOf(columns - 1));
    return true;
}

} // namespace

QString ReportSheet::save(const QString& path, const std::atomic<bool>& isCancelled) const {
    // Beside it first: a file that was there stays until the new one is whole.
    const QString beside = path + QStringLiteral(".part");
    const QByteArray name = QFile::encodeName(beside);
    lxw_workbook* book = workbook_new(name.constData());
    if (!book)
        return QCoreApplication::translate("Report", "There is not enough memory for this spreadsheet.");
    QByteArray titleText = title.toUtf8(); // the library asks for one that may be changed
    lxw_doc_properties properties{};
    properties.title = titleText.data();
    workbook_set_properties(book, &properties);
    Formats formats{workbook_add_format(book), workbook_add_format(book), workbook_add_format(book)};
    format_set_bold(formats.bold);
    format_set_num_format(formats.day, "yyyy-mm-dd");
    format_set_num_format(formats.time, "yyyy-mm-dd hh:mm:ss");
    const QByteArray first = QCoreApplication::translate("Report", "Report").toUtf8();
    const QByteArray second = QCoreApplication::translate("Report", "About").toUtf8();
    lxw_worksheet* sheet = workbook_add_worksheet(book, first.constData());
    lxw_worksheet* about = workbook_add_worksheet(book, second.constData());
    bool isWhole = sheet && about && writeRows(sheet, *table, formats, isCancelled);
    if (about) {
        worksheet_write_string(about, 0, 0, titleText.constData(), formats.bold);
        for (qsizetype i = 0; i < head.size(); ++i)
            worksheet_write_string(
                about, static_cast<lxw_row_t>(i + 1), 0, head[i].toUtf8().constData(), nullptr);
    }
    const lxw_error failure = workbook_close(book); // also ends what was begun
    std::error_code moved;
    if (isWhole && failure == LXW_NO_ERROR)
        std::filesystem::rename(beside.toStdU16String(), path.toStdU16String(), moved);
    if (!isWhole || failure != LXW_NO_ERROR || moved)
        QFile::remove(beside);
    if (failure != LXW_NO_ERROR)
        return QCoreApplication::translate("Report", "%1 cannot be written: %2 Choose another folder.")
            .arg(QDir::toNativeSeparators(path), QString::fromUtf8(lxw_strerror(failure)));
    if (moved)
        return QCoreApplication::translate("Report", "%1 cannot be written: %2 Choose another folder.")
            .arg(QDir::toNativeSeparators(path), QString::fromStdString(moved.message()) + u'.');
    return {};
}

} // namespace viaduct::admin
