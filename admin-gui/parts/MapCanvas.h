// SPDX-License-Identifier: GPL-3.0-or-later
// A part of a pool as a nested grid: two bits of the prefix make a square into four, in the order of reading,
// so that each aligned prefix is a square or half a one and neighbours in number are neighbours on the
// screen.
#pragma once

#include "shared/api/Addressing.h"

#include <QPixmap>
#include <QVariantAnimation>
#include <QWidget>

#include <optional>

namespace viaduct::admin {

class MapCanvas : public QWidget {
    Q_OBJECT
public:
    explicit MapCanvas(QWidget* parent = nullptr);

    void setMap(const api::PoolMap& told);
    void clear();
    const std::optional<api::PoolMap>& map() const { return m_map; }
    /// The cell that holds it is marked; none: no mark.
    void mark(const std::optional<Prefix>& prefix);
    /// While it is on, dragging marks a prefix instead of nothing.
    void setDrawing(bool drawing);

    /// Columns and rows of a grid of 2^depth cells, and where one of them stands.
    static QSize gridOf(int depth);
    static QPoint placeOf(std::uint32_t number, int depth);
    static std::uint32_t numberAt(const QPoint& place, int depth);

    QSize sizeHint() const override { return {640, 640}; }
    /// For a person who does not see it.
    QString sentenceOf(const api::MapCell& cell) const;

Q_SIGNALS:
    void zoomAsked(const viaduct::Prefix& prefix);
    void outAsked();
    void hovered(const viaduct::api::MapCell* cell); ///< null: none
    void activated(const viaduct::api::MapCell& cell);
    void drawn(const viaduct::Prefix& prefix);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    bool event(QEvent* event) override;

private:
    QRectF area() const;
    QRectF rectOf(std::size_t cell) const;
    std::optional<std::size_t> cellAt(const QPointF& point) const;
    void paintCell(QPainter& painter, const QRectF& rect, const api::MapCell& cell) const;
    void paintWhole(QPainter& painter) const;
    void moveFocus(int dx, int dy);
    void setFocusCell(std::optional<std::size_t> cell);
    Prefix drawnPrefix() const;

    std::optional<api::PoolMap> m_map;
    std::optional<Prefix> m_marked;
    std::optional<std::size_t> m_focus;
    std::optional<std::size_t> m_from; ///< where a drag began
    std::optional<std::size_t> m_to;
    bool m_drawing = false;
    QPixmap m_before; ///< what was shown, while it becomes the new
    QRectF m_beforeFrom;
    QRectF m_beforeTo;
    QVariantAnimation m_zoom;
};

} // namespace viaduct::admin
