// SPDX-License-Identifier: GPL-3.0-or-later
// Small graphs of our own: a line over the last hour, and a sparkline in a table. Debian 12 has no Qt Charts
// for Qt 6, and these are all that is drawn.
#pragma once

#include <QStyledItemDelegate>
#include <QWidget>

#include <functional>

namespace viaduct::admin {

class Graph : public QWidget {
    Q_OBJECT
public:
    struct Series {
        QString name;
        QColor colour;
        QVector<QPointF> points; ///< x: seconds since the epoch
    };

    explicit Graph(QWidget* parent = nullptr);

    /// `text` writes a value of the y axis.
    void setSeries(const QVector<Series>& series, std::function<QString(double)> text);
    QSize sizeHint() const override { return {360, 160}; }
    QSize minimumSizeHint() const override { return {160, 90}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    void describe();

    QVector<Series> m_series;
    std::function<QString(double)> m_text;
    double m_pointed = -1; ///< x in pixels; < 0: none
};

/// Draws TunnelsModel::SamplesRole.
class SparkDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void
    paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace viaduct::admin
