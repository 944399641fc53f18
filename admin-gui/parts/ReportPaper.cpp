// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/ReportPaper.h"

#include <QCoreApplication>
#include <QPagedPaintDevice>
#include <QPainter>
#include <QPalette>

#include <algorithm>
#include <numeric>

namespace viaduct::admin {

namespace {

constexpr double marginMillimetres = 15;
constexpr std::size_t rowsMeasured = 500; ///< for the widths of the columns

QFont fontOf(double points, bool isBold = false) {
    QFont font;
    font.setPointSizeF(points);
    font.setBold(isBold);
    return font;
}

/// What draws one report on one device.
class Press {
public:
    Press(const ReportPaper& paper, QPagedPaintDevice& device, const std::atomic<bool>& isCancelled)
        : m_paper(paper), m_device(device), m_isCancelled(isCancelled), m_plain(fontOf(8)),
          m_bold(fontOf(8, true)) { }

    bool run() {
        m_device.setPageMargins(
            QMarginsF(marginMillimetres, marginMillimetres, marginMillimetres, marginMillimetres),
            QPageLayout::Millimeter);
        measure();
        if (sum() > m_device.width())
            m_device.setPageOrientation(QPageLayout::Landscape);
        fit();
        if (!m_painter.begin(&m_device))
            return false;
        head();
        chart();
        headings();
        for (const std::vector<QVariant>& row : m_paper.table->rows) {
            if (m_isCancelled)
                return false;
            QStringList texts;
            for (const QVariant& cell : row)
                texts.append(textOfCell(cell));
            line(texts, m_plain);
        }
        foot();
        return m_painter.end();
    }

private:
    QFontMetrics metrics(const QFont& font) const { return QFontMetrics(font, &m_device); }
    int gap() const { return metrics(m_plain).averageCharWidth() * 2; }
    int sum() const { return std::accumulate(m_widths.begin(), m_widths.end(), 0); }
    int bottom() const { return m_device.height() - 2 * metrics(m_plain).height(); }

    QStringList titles() const {
        QStringList all;
        for (const QString& name : m_paper.table->names)
            all.append(titleOfColumn(name));
        return all;
    }

    void measure() {
        const QFontMetrics bold = metrics(m_bold);
        const QFontMetrics plain = metrics(m_plain);
        for (const QString& title : titles())
            m_widths.push_back(bold.horizontalAdvance(title) + gap());
        const auto& rows = m_paper.table->rows;
        const std::size_t step = std::max<std::size_t>(rows.size() / rowsMeasured, 1);
        for (std::size_t i = 0; i < rows.size(); i += step) {
            for (std::size_t column = 0; column < rows[i].size(); ++column)
                m_widths[column] = std::max(
                    m_widths[column], plain.horizontalAdvance(textOfCell(rows[i][column])) + gap());
        }
    }

    /// What is too wide for the page wraps: nothing is cut off.
    void fit() {
        const int all = sum();
        if (all <= m_device.width())
            return;
        for (int& width : m_widths)
            width = static_cast<int>(static_cast<qint64>(width) * m_device.width() / all);
    }

    void head() {
        const auto write = [this](const QString& text, const QFont& font) {
            m_painter.setFont(font);
            const QRect place(0, m_y, m_device.width(), m_device.height() - m_y);
            QRect used;
            m_painter.drawText(place, Qt::TextWordWrap | Qt::AlignLeft | Qt::AlignTop, text, &used);
            m_y += used.height();
        };
        write(m_paper.title, fontOf(14, true));
        m_y += metrics(m_plain).height() / 2;
        for (const QString& text : m_paper.head)
            write(text, m_plain);
        m_y += metrics(m_plain).height();
    }

    void chart() {
        if (m_paper.bars.bars.isEmpty())
            return;
        m_painter.setFont(m_plain);
        const int height = BarChart::heightOf(m_paper.bars, metrics(m_plain));
        if (m_y + height > bottom())
            newPage();
        QPalette onPaper(Qt::white);
        onPaper.setColor(QPalette::WindowText, Qt::black);
        m_painter.setFont(m_plain);
        BarChart::paint(m_painter, QRect(0, m_y, m_device.width(), height), m_paper.bars, onPaper);
        m_y += height + metrics(m_plain).height();
    }

    void headings() {
        line(titles(), m_bold);
        m_painter.drawLine(0, m_y, m_device.width(), m_y);
        m_y += metrics(m_plain).height() / 3;
    }

    void foot() {
        m_painter.setFont(m_plain);
        m_painter.drawText(
            QRect(0, bottom(), m_device.width(), m_device.height() - bottom()),
            Qt::AlignRight | Qt::AlignBottom, QCoreApplication::translate("Report", "Page %1").arg(m_page));
    }

    void newPage() {
        foot();
        m_device.newPage();
        ++m_page;
        m_y = 0;
    }

    void line(const QStringList& texts, const QFont& font) {
        const QFontMetrics measure = metrics(font);
        constexpr int wrap = Qt::TextWrapAnywhere | Qt::AlignTop;
        int height = measure.height();
        for (qsizetype i = 0; i < texts.size(); ++i) {
            const int width = m_widths[static_cast<std::size_t>(i)] - gap();
            if (measure.horizontalAdvance(texts[i]) > width)
                height = std::max(
                    height,
                    measure.boundingRect(QRect(0, 0, width, m_device.height()), wrap, texts[i]).height());
        }
        if (m_y + height > bottom() && m_y > 0) {
            newPage();
            if (font != m_bold)
                headings();
        }
        m_painter.setFont(font);
        int x = 0;
        for (qsizetype i = 0; i < texts.size(); ++i) {
            const auto column = static_cast<std::size_t>(i);
            const Qt::AlignmentFlag side = m_paper.table->isNumber[column] ? Qt::AlignRight : Qt::AlignLeft;
            m_painter.drawText(QRect(x, m_y, m_widths[column] - gap(), height), wrap | side, texts[i]);
            x += m_widths[column];
        }
        m_y += height + measure.height() / 6;
    }

    const ReportPaper& m_paper;
    QPagedPaintDevice& m_device;
    const std::atomic<bool>& m_isCancelled;
    const QFont m_plain;
    const QFont m_bold;
    QPainter m_painter;
    std::vector<int> m_widths;
    int m_y = 0;
    int m_page = 1;
};

} // namespace

bool ReportPaper::paint(QPagedPaintDevice& device, const std::atomic<bool>& isCancelled) const {
    return Press(*this, device, isCancelled).run();
}

} // namespace viaduct::admin
