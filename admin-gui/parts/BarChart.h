// SPDX-License-Identifier: GPL-3.0-or-later
// Bars that lie, each with its name and its number: what a report says, at a glance. Drawn the same on the
// screen and on paper.
#pragma once

#include <QWidget>

namespace viaduct::admin {

struct Bars {
    struct Bar {
        QString label;
        QVector<double> parts; ///< one behind the other, of each series one
        QString text; ///< the numbers, as they are told
    };
    QString title;
    QStringList series; ///< empty: there is one, which the title names
    QVector<Bar> bars;
    double most = 0; ///< of a full bar; 0: the longest one
};

class BarChart : public QWidget {
    Q_OBJECT
public:
    explicit BarChart(QWidget* parent = nullptr);

    void setBars(const Bars& bars);
    const Bars& bars() const { return m_bars; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

    /// The height that they take with this font, in its pixels.
    static int heightOf(const Bars& bars, const QFontMetrics& metrics);
    /// In `place`, with the font of the painter.
    static void paint(QPainter& painter, const QRect& place, const Bars& bars, const QPalette& palette);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Bars m_bars;
};

} // namespace viaduct::admin
