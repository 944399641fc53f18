// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/BarChart.h"

#include <QPainter>

#include <algorithm>
#include <numeric>

namespace viaduct::admin {

namespace {

// Of the set of Okabe and Ito, as everywhere in the console; the second is hatched besides.
const QColor colours[] = {QColor(0x00, 0x72, 0xb2), QColor(0xe6, 0x9f, 0x00)};

QBrush brushOf(qsizetype series) {
    const QColor colour = colours[series % 2];
    return series % 2 == 0 ? QBrush(colour) : QBrush(colour, Qt::Dense2Pattern);
}

double sumOf(const Bars::Bar& bar) {
    return std::accumulate(bar.parts.begin(), bar.parts.end(), 0.0);
}

int rowHeight(const QFontMetrics& metrics) {
    return metrics.height() * 3 / 2;
}

} // namespace

BarChart::BarChart(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Minimum);
}

void BarChart::setBars(const Bars& bars) {
    m_bars = bars;
    QStringList lines{bars.title};
    for (const Bars::Bar& bar : bars.bars)
        lines.append(bar.label + QStringLiteral(": ") + bar.text);
    setAccessibleDescription(lines.join(u'\n'));
    updateGeometry();
    update();
}

QSize BarChart::sizeHint() const {
    return {400, heightOf(m_bars, fontMetrics())};
}

QSize BarChart::minimumSizeHint() const {
    return {240, heightOf(m_bars, fontMetrics())};
}

int BarChart::heightOf(const Bars& bars, const QFontMetrics& metrics) {
    const qsizetype head = bars.series.isEmpty() ? 1 : 2;
    return rowHeight(metrics) * static_cast<int>(bars.bars.size() + head);
}

void BarChart::paint(QPainter& painter, const QRect& place, const Bars& bars, const QPalette& palette) {
    const QFontMetrics metrics(painter.font(), painter.device());
    const int row = rowHeight(metrics);
    const int gap = metrics.averageCharWidth();
    int labels = 0;
    int texts = 0;
    double most = bars.most;
    for (const Bars::Bar& bar : bars.bars) {
        labels = std::max(labels, metrics.horizontalAdvance(bar.label));
        texts = std::max(texts, metrics.horizontalAdvance(bar.text));
        if (bars.most <= 0)
            most = std::max(most, sumOf(bar));
    }
    labels = std::min(labels + gap, place.width() * 2 / 5); // widths are rounded: some room, or it is cut
    texts = std::min(texts + gap, place.width() / 3);
    const int left = place.left() + labels + gap;
    const int width = std::max(place.right() - texts - gap - left, 1);
    painter.save();
    QFont bold = painter.font();
    const QFont plain = bold;
    bold.setBold(true);
    painter.setFont(bold);
    painter.setPen(palette.color(QPalette::WindowText));
    int y = place.top();
    painter.drawText(
        QRect(place.left(), y, place.width(), row), Qt::AlignVCenter | Qt::AlignLeft, bars.title);
    painter.setFont(plain);
    y += row;
    if (!bars.series.isEmpty()) {
        int x = place.left();
        for (qsizetype i = 0; i < bars.series.size(); ++i) {
            painter.fillRect(QRect(x, y + row / 4, row / 2, row / 2), brushOf(i));
            x += row / 2 + gap;
            painter.drawText(
                QRect(x, y, place.right() - x, row), Qt::AlignVCenter | Qt::AlignLeft, bars.series[i]);
            x += metrics.horizontalAdvance(bars.series[i]) + 2 * gap;
        }
        y += row;
    }
    for (const Bars::Bar& bar : bars.bars) {
        painter.drawText(
            QRect(place.left(), y, labels, row), Qt::AlignVCenter | Qt::AlignRight,
            metrics.elidedText(bar.label, Qt::ElideMiddle, labels));
        double begin = 0;
        for (qsizetype i = 0; i < bar.parts.size(); ++i) {
            const double end = begin + std::max(bar.parts[i], 0.0);
            const int from = most > 0 ? qRound(width * std::min(begin / most, 1.0)) : 0;
            const int to = most > 0 ? qRound(width * std::min(end / most, 1.0)) : 0;
            painter.fillRect(QRect(left + from, y + row / 6, to - from, row * 2 / 3), brushOf(i));
            begin = end;
        }
        const int behind = left + (most > 0 ? qRound(width * std::min(begin / most, 1.0)) : 0) + gap;
        painter.drawText(
            QRect(behind, y, place.right() - behind, row), Qt::AlignVCenter | Qt::AlignLeft,
            metrics.elidedText(bar.text, Qt::ElideRight, place.right() - behind));
        y += row;
    }
    painter.restore();
}

void BarChart::paintEvent(QPaintEvent*) {
    if (m_bars.bars.isEmpty())
        return;
    QPainter painter(this);
    paint(painter, rect(), m_bars, palette());
}

} // namespace viaduct::admin
