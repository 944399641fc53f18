// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/Graph.h"

#include "admin-gui/models/TunnelsModel.h"

#include <QApplication>
#include <QDateTime>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace viaduct::admin {

namespace {
constexpr int steps = 3; ///< lines of the y axis

/// 1, 2 or 5 times a power of ten, not below `value`.
double roundUp(double value) {
    if (value <= 0)
        return 1;
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double step : {1.0, 2.0, 5.0, 10.0}) {
        if (step * power >= value)
            return step * power;
    }
    return 10 * power;
}
} // namespace

Graph::Graph(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void Graph::setSeries(const QVector<Series>& series, std::function<QString(double)> text) {
    m_series = series;
    m_text = std::move(text);
    describe();
    update();
}

/// Who does not see it hears the last values.
void Graph::describe() {
    QStringList parts;
    for (const Series& series : m_series) {
        if (!series.points.isEmpty())
            parts.append(series.name + u' ' + m_text(series.points.last().y()));
    }
    setAccessibleDescription(parts.join(QStringLiteral(", ")));
}

void Graph::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    double most = 0;
    double from = 0;
    double until = 0;
    for (const Series& series : m_series) {
        for (const QPointF& point : series.points)
            most = std::max(most, point.y());
        if (!series.points.isEmpty()) {
            from = from == 0 ? series.points.first().x() : std::min(from, series.points.first().x());
            until = std::max(until, series.points.last().x());
        }
    }
    if (until <= from) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(rect(), Qt::AlignCenter, tr("Nothing yet"));
        return;
    }
    const double top = roundUp(most);
    const QFontMetrics metrics(font());
    const int left
        = std::max(metrics.horizontalAdvance(m_text(top)), metrics.horizontalAdvance(m_text(top / 2)));
    const QRectF area
        = QRectF(rect()).adjusted(left + 8, metrics.height() / 2.0 + 2, -4, -metrics.height() - 4);
    const auto place = [&](const QPointF& point) {
        return QPointF(
            area.left() + (point.x() - from) / (until - from) * area.width(),
            area.bottom() - point.y() / top * area.height());
    };
    QColor faint = palette().color(QPalette::Text);
    faint.setAlphaF(0.2F);
    for (int step = 0; step <= steps; ++step) {
        const double value = top * step / steps;
        const double y = place({from, value}).y();
        painter.setPen(faint);
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(
            QRectF(0, y - metrics.height() / 2.0, left + 4, metrics.height()),
            Qt::AlignRight | Qt::AlignVCenter, m_text(value));
    }
    const auto clock = [](double seconds) {
        return QLocale().toString(
            QDateTime::fromSecsSinceEpoch(static_cast<qint64>(seconds)).time(), QLocale::ShortFormat);
    };
    const QRectF below(area.left(), area.bottom() + 4, area.width(), metrics.height());
    painter.drawText(below, Qt::AlignLeft, clock(from));
    painter.drawText(below, Qt::AlignRight, clock(until));
    for (const Series& series : m_series) {
        QPainterPath path;
        for (const QPointF& point : series.points) {
            if (path.elementCount() == 0)
                path.moveTo(place(point));
            else
                path.lineTo(place(point));
        }
        painter.setPen(QPen(series.colour, 1.6));
        painter.drawPath(path);
    }
    if (m_pointed < area.left() || m_pointed > area.right())
        return;
    const double at = from + (m_pointed - area.left()) / area.width() * (until - from);
    painter.setPen(faint);
    painter.drawLine(QPointF(m_pointed, area.top()), QPointF(m_pointed, area.bottom()));
    QStringList words{clock(at)};
    for (const Series& series : m_series) {
        const auto next = std::lower_bound(
            series.points.begin(), series.points.end(), at,
            [](const QPointF& point, double x) { return point.x() < x; });
        if (next != series.points.end())
            words.append(series.name + u' ' + m_text(next->y()));
    }
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(area, Qt::AlignTop | Qt::AlignRight, words.join(QStringLiteral("   ")));
}

void Graph::mouseMoveEvent(QMouseEvent* event) {
    m_pointed = event->position().x();
    update();
}

void Graph::leaveEvent(QEvent*) {
    m_pointed = -1;
    update();
}

void SparkDelegate::paint(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QStyleOptionViewItem ground = option;
    initStyleOption(&ground, index);
    ground.text.clear();
    const QStyle* style = ground.widget ? ground.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &ground, painter, ground.widget);
    const auto values = index.data(TunnelsModel::SamplesRole).value<QVector<qint64>>();
    const qint64 most = values.isEmpty() ? 0 : *std::max_element(values.begin(), values.end());
    if (most <= 0)
        return;
    const QRectF area = QRectF(option.rect).adjusted(3, 3, -3, -3);
    QPolygonF line;
    for (qsizetype i = 0; i < values.size(); ++i)
        line.append(
            {area.left() + area.width() * static_cast<double>(i) / static_cast<double>(values.size() - 1),
             area.bottom() - area.height() * static_cast<double>(values[i]) / static_cast<double>(most)});
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const bool isSelected = option.state & QStyle::State_Selected;
    painter->setPen(
        QPen(option.palette.color(isSelected ? QPalette::HighlightedText : QPalette::Highlight), 1.2));
    painter->drawPolyline(line);
    painter->restore();
}

} // namespace viaduct::admin
