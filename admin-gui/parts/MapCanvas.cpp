// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/MapCanvas.h"

#include "admin-gui/parts/BlockColours.h"
#include "admin-gui/parts/Wording.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <cmath>

namespace viaduct::admin {

namespace {
constexpr int zoomBits = 4; ///< one turn of the wheel: a sixteenth
constexpr int zoomTime = 180; ///< milliseconds

struct Share {
    api::BlockState state;
    double part;
};

double ratio(Uint128 part, Uint128 whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Uint128 totalOf(const api::BlockCounts& counts) {
    return counts.free + counts.reserved + static_cast<Uint128>(counts.allocated)
        + static_cast<Uint128>(counts.active) + static_cast<Uint128>(counts.quarantined)
        + static_cast<Uint128>(counts.fixed);
}

std::array<Share, 5> sharesOf(const api::BlockCounts& counts) {
    const Uint128 total = totalOf(counts);
    const auto part = [&](auto count) { return ratio(static_cast<Uint128>(count), total); };
    return {
        Share{api::BlockState::Active, part(counts.active)},
        Share{api::BlockState::Static, part(counts.fixed)},
        Share{api::BlockState::Allocated, part(counts.allocated)},
        Share{api::BlockState::Quarantined, part(counts.quarantined)},
        Share{api::BlockState::Reserved, part(counts.reserved)}};
}
} // namespace

namespace {
/// With a cell for each place: the broker leaves out those that are wholly free.
api::PoolMap withFreeCells(const api::PoolMap& map) {
    api::PoolMap whole = map;
    const int length = map.prefix.length() + map.depth;
    const Uint128 blocks = Uint128{1} << std::max(map.blockLength - length, 0);
    const int shift = map.prefix.width() - length;
    const Uint128 first = map.prefix.address().number();
    whole.cells.clear();
    whole.cells.reserve(std::size_t{1} << map.depth);
    auto next = map.cells.begin();
    for (std::uint32_t i = 0; i < (1U << map.depth); ++i) {
        const Uint128 offset = shift >= 128 ? Uint128{0} : Uint128{i} << shift;
        const Prefix prefix(IpAddress::fromNumber(first | offset), length);
        if (next != map.cells.end() && next->prefix == prefix) {
            whole.cells.push_back(*next++);
            continue;
        }
        api::MapCell& cell = whole.cells.emplace_back();
        cell.prefix = prefix;
        cell.counts.free = blocks;
    }
    return whole;
}
} // namespace

MapCanvas::MapCanvas(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(240, 240);
    setAccessibleName(tr("Map of the pool"));
    m_zoom.setDuration(zoomTime);
    m_zoom.setStartValue(0.0);
    m_zoom.setEndValue(1.0);
    m_zoom.setEasingCurve(QEasingCurve::OutCubic);
    connect(&m_zoom, &QVariantAnimation::valueChanged, this, [this] { update(); });
    connect(&m_zoom, &QVariantAnimation::finished, this, [this] {
        m_before = {};
        update();
    });
}

void MapCanvas::setMap(const api::PoolMap& told) {
    const api::PoolMap map = withFreeCells(told);
    const bool other = m_map && m_map->prefix != map.prefix && m_map->pool == map.pool;
    if (other && isVisible()) {
        // Into one of its cells, or out of it: what was shown grows or shrinks to its new place.
        QPixmap shown(size() * devicePixelRatioF());
        shown.setDevicePixelRatio(devicePixelRatioF());
        shown.fill(Qt::transparent);
        QPainter painter(&shown);
        paintWhole(painter);
        painter.end();
        m_before = shown;
        m_beforeFrom = area();
        const api::PoolMap old = *m_map;
        const bool inward = old.prefix.contains(map.prefix);
        m_map = inward ? old : map;
        const Prefix& inner = inward ? map.prefix : old.prefix;
        QRectF place;
        for (std::size_t i = 0; i < m_map->cells.size(); ++i) {
            const Prefix& cell = m_map->cells[i].prefix;
            if (inner.contains(cell) || cell.contains(inner))
                place = place.united(rectOf(i));
        }
        if (place.isEmpty()) {
            m_before = {};
        } else if (inward) { // the place fills the area
            const double sx = area().width() / place.width();
            const double sy = area().height() / place.height();
            m_beforeTo
                = {area().x() - (place.x() - area().x()) * sx, area().y() - (place.y() - area().y()) * sy,
                   area().width() * sx, area().height() * sy};
        } else {
            m_beforeTo = place;
        }
    }
    m_map = map;
    m_focus = m_focus && *m_focus < map.cells.size() ? m_focus : std::nullopt;
    m_from.reset();
    m_to.reset();
    if (!m_before.isNull())
        m_zoom.start();
    update();
}

void MapCanvas::clear() {
    m_map.reset();
    m_focus.reset();
    update();
}

void MapCanvas::mark(const std::optional<Prefix>& prefix) {
    m_marked = prefix;
    update();
}

void MapCanvas::setDrawing(bool drawing) {
    m_drawing = drawing;
    m_from.reset();
    m_to.reset();
    setCursor(drawing ? Qt::CrossCursor : Qt::ArrowCursor);
    update();
}

// --- the grid

QSize MapCanvas::gridOf(int depth) {
    return {1 << ((depth + 1) / 2), 1 << (depth / 2)};
}

QPoint MapCanvas::placeOf(std::uint32_t number, int depth) {
    // From the first bit on: column, row, column ... where the depth is odd the first bit halves the width.
    int x = 0;
    int y = 0;
    for (int bit = 0; bit < depth; ++bit) {
        const int value = static_cast<int>(number >> (depth - 1 - bit)) & 1;
        // Read like text: of each four the first two stand above. So rows take the earlier bit of a pair.
        const bool isColumn = depth % 2 == 1 ? bit % 2 == 0 : bit % 2 == 1;
        int& coordinate = isColumn ? x : y;
        coordinate = coordinate * 2 + value;
    }
    return {x, y};
}

std::uint32_t MapCanvas::numberAt(const QPoint& place, int depth) {
    const QSize grid = gridOf(depth);
    int columnBit = static_cast<int>(std::lround(std::log2(grid.width())));
    int rowBit = static_cast<int>(std::lround(std::log2(grid.height())));
    std::uint32_t number = 0;
    for (int bit = 0; bit < depth; ++bit) {
        const bool isColumn = depth % 2 == 1 ? bit % 2 == 0 : bit % 2 == 1;
        const int value = isColumn ? place.x() >> --columnBit : place.y() >> --rowBit;
        number = number * 2 + static_cast<std::uint32_t>(value & 1);
    }
    return number;
}

QRectF MapCanvas::area() const {
    const QSize grid = gridOf(m_map ? m_map->depth : 0);
    const double cell = std::min(width() / double(grid.width()), height() / double(grid.height()));
    const QSizeF size(cell * grid.width(), cell * grid.height());
    return {QPointF((width() - size.width()) / 2, (height() - size.height()) / 2), size};
}

QRectF MapCanvas::rectOf(std::size_t cell) const {
    const QSize grid = gridOf(m_map->depth);
    const QPoint place = placeOf(static_cast<std::uint32_t>(cell), m_map->depth);
    const QRectF whole = area();
    const double width = whole.width() / grid.width();
    const double height = whole.height() / grid.height();
    return {whole.x() + place.x() * width, whole.y() + place.y() * height, width, height};
}

std::optional<std::size_t> MapCanvas::cellAt(const QPointF& point) const {
    const QRectF whole = area();
    if (!m_map || !whole.contains(point))
        return std::nullopt;
    const QSize grid = gridOf(m_map->depth);
    const QPoint place(
        std::min(int((point.x() - whole.x()) / whole.width() * grid.width()), grid.width() - 1),
        std::min(int((point.y() - whole.y()) / whole.height() * grid.height()), grid.height() - 1));
    const std::size_t cell = numberAt(place, m_map->depth);
    return cell < m_map->cells.size() ? std::optional(cell) : std::nullopt;
}

// --- drawing

void MapCanvas::paintCell(QPainter& painter, const QRectF& rect, const api::MapCell& cell) const {
    painter.fillRect(rect, blockColour(api::BlockState::Free, palette()));
    double top = rect.bottom();
    const bool single = totalOf(cell.counts) == 1;
    for (const Share& share : sharesOf(cell.counts)) {
        if (share.part <= 0)
            continue;
        // One block among thousands must still be seen: by the root, and at least two pixels.
        const double height = single
            ? rect.height()
            : std::min(std::max(std::sqrt(share.part) * rect.height(), 2.0), top - rect.top());
        if (height <= 0)
            break;
        top -= height;
        const QRectF part(rect.left(), top, rect.width(), height);
        QBrush brush = blockBrush(share.state, palette());
        if (share.state == api::BlockState::Active && cell.rate > 0) { // brighter with traffic
            const double glow = std::min(std::log10(static_cast<double>(cell.rate) + 1) / 9, 1.0);
            brush.setColor(brush.color().lighter(100 + static_cast<int>(60 * glow)));
        }
        painter.fillRect(part, brush);
    }
}

void MapCanvas::paintWhole(QPainter& painter) const {
    if (!m_map)
        return;
    for (std::size_t i = 0; i < m_map->cells.size(); ++i) {
        QRectF rect = rectOf(i);
        if (rect.width() > 4)
            rect.adjust(0.5, 0.5, -0.5, -0.5);
        paintCell(painter, rect, m_map->cells[i]);
    }
    // Every second pair of bits a stronger line, so that the eye finds aligned prefixes.
    painter.setPen(QPen(palette().color(QPalette::Window), 2));
    for (int depth = 4; depth < m_map->depth; depth += 4) {
        const int rest = m_map->depth - depth;
        for (std::uint32_t part = 0; part < (1U << depth); ++part) {
            const std::uint32_t first = part << rest;
            const std::uint32_t last = first + (1U << rest) - 1;
            if (last < m_map->cells.size())
                painter.drawRect(rectOf(first).united(rectOf(last)));
        }
    }
}

void MapCanvas::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Window));
    if (!m_map) {
        painter.drawText(rect(), Qt::AlignCenter, tr("Choose a pool."));
        return;
    }
    paintWhole(painter);
    if (!m_before.isNull()) {
        const double t = m_zoom.currentValue().toDouble();
        const auto between = [t](double a, double b) { return a + (b - a) * t; };
        const QRectF target(
            between(m_beforeFrom.x(), m_beforeTo.x()), between(m_beforeFrom.y(), m_beforeTo.y()),
            between(m_beforeFrom.width(), m_beforeTo.width()),
            between(m_beforeFrom.height(), m_beforeTo.height()));
        const double ratioOfPixels = m_before.devicePixelRatio();
        const QRectF source(m_beforeFrom.topLeft() * ratioOfPixels, m_beforeFrom.size() * ratioOfPixels);
        painter.setOpacity(1 - t);
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        painter.drawPixmap(target, m_before, source);
        painter.setOpacity(1);
    }
    painter.setBrush(Qt::NoBrush);
    const QColor strong = palette().color(QPalette::Text);
    if (m_from && m_to) {
        const Prefix prefix = drawnPrefix();
        painter.setPen(QPen(strong, 2, Qt::DashLine));
        QRectF rect;
        for (std::size_t i = 0; i < m_map->cells.size(); ++i) {
            if (prefix.contains(m_map->cells[i].prefix))
                rect = rect.united(rectOf(i));
        }
        painter.drawRect(rect);
    }
    for (std::size_t i = 0; m_marked && i < m_map->cells.size(); ++i) {
        const Prefix& cell = m_map->cells[i].prefix;
        if (!cell.contains(*m_marked) && !m_marked->contains(cell))
            continue;
        painter.setPen(QPen(palette().color(QPalette::Highlight), 3));
        painter.drawRect(rectOf(i));
    }
    if (m_focus && hasFocus()) {
        painter.setPen(QPen(strong, 2));
        painter.drawRect(rectOf(*m_focus).adjusted(1, 1, -1, -1));
    }
}

QString MapCanvas::sentenceOf(const api::MapCell& cell) const {
    QStringList parts{QString::fromStdString(cell.prefix.text())};
    if (!cell.holder.isEmpty())
        parts.append(cell.holder);
    const api::BlockCounts& counts = cell.counts;
    const auto add = [&](Uint128 count, api::BlockState state) {
        if (count > 0)
            parts.append(
                totalOf(counts) == 1 ? wording::state(state)
                                     : wording::number(count) + u' ' + wording::state(state));
    };
    add(static_cast<Uint128>(counts.active), api::BlockState::Active);
    add(static_cast<Uint128>(counts.fixed), api::BlockState::Static);
    add(static_cast<Uint128>(counts.allocated), api::BlockState::Allocated);
    add(static_cast<Uint128>(counts.quarantined), api::BlockState::Quarantined);
    add(counts.reserved, api::BlockState::Reserved);
    add(counts.free, api::BlockState::Free);
    if (cell.rate > 0)
        parts.append(wording::rate(cell.rate));
    return parts.join(QStringLiteral(" · "));
}

// --- hands

bool MapCanvas::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event); // NOLINT(*-static-cast-downcast)
        if (const auto cell = cellAt(help->pos()))
            QToolTip::showText(help->globalPos(), sentenceOf(m_map->cells[*cell]), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

void MapCanvas::mouseMoveEvent(QMouseEvent* event) {
    const auto cell = cellAt(event->position());
    if (m_drawing && m_from && cell) {
        m_to = cell;
        update();
    }
    Q_EMIT hovered(cell ? &m_map->cells[*cell] : nullptr);
}

void MapCanvas::leaveEvent(QEvent*) {
    Q_EMIT hovered(nullptr);
}

void MapCanvas::mousePressEvent(QMouseEvent* event) {
    const auto cell = cellAt(event->position());
    if (event->button() == Qt::BackButton || event->button() == Qt::RightButton)
        return Q_EMIT outAsked();
    if (event->button() != Qt::LeftButton || !cell)
        return;
    setFocusCell(cell);
    if (m_drawing) {
        m_from = cell;
        m_to = cell;
    }
}

void MapCanvas::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !m_map)
        return;
    if (m_drawing && m_from && m_to) {
        const Prefix prefix = drawnPrefix();
        return Q_EMIT drawn(prefix);
    }
    if (const auto cell = cellAt(event->position()))
        Q_EMIT activated(m_map->cells[*cell]);
}

void MapCanvas::mouseDoubleClickEvent(QMouseEvent* event) {
    if (const auto cell = cellAt(event->position()); cell && !m_drawing)
        Q_EMIT zoomAsked(m_map->cells[*cell].prefix);
}

void MapCanvas::wheelEvent(QWheelEvent* event) {
    event->accept();
    if (!m_map || m_zoom.state() == QAbstractAnimation::Running)
        return;
    if (event->angleDelta().y() < 0)
        return Q_EMIT outAsked();
    const auto cell = cellAt(event->position());
    if (!cell || event->angleDelta().y() == 0)
        return;
    const int length = std::min(m_map->prefix.length() + zoomBits, m_map->cells[*cell].prefix.length());
    Q_EMIT zoomAsked(Prefix(m_map->cells[*cell].prefix.address(), length));
}

void MapCanvas::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
    case Qt::Key_Left:
        return moveFocus(-1, 0);
    case Qt::Key_Right:
        return moveFocus(1, 0);
    case Qt::Key_Up:
        return moveFocus(0, -1);
    case Qt::Key_Down:
        return moveFocus(0, 1);
    case Qt::Key_Plus:
        if (m_focus)
            Q_EMIT zoomAsked(m_map->cells[*m_focus].prefix);
        return;
    case Qt::Key_Minus:
    case Qt::Key_Backspace:
    case Qt::Key_Escape:
        return Q_EMIT outAsked();
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (m_focus)
            Q_EMIT activated(m_map->cells[*m_focus]);
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void MapCanvas::moveFocus(int dx, int dy) {
    if (!m_map || m_map->cells.empty())
        return;
    const QSize grid = gridOf(m_map->depth);
    const QPoint place = m_focus
        ? placeOf(static_cast<std::uint32_t>(*m_focus), m_map->depth) + QPoint(dx, dy)
        : QPoint(0, 0);
    const bool inside
        = place.x() >= 0 && place.y() >= 0 && place.x() < grid.width() && place.y() < grid.height();
    if (inside)
        setFocusCell(numberAt(place, m_map->depth));
}

void MapCanvas::setFocusCell(std::optional<std::size_t> cell) {
    m_focus = cell;
    if (m_focus) {
        const QString sentence = sentenceOf(m_map->cells[*m_focus]);
        setAccessibleDescription(sentence);
        Q_EMIT hovered(&m_map->cells[*m_focus]);
        QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&changed);
    }
    update();
}

/// The longest aligned prefix with both ends of the drag.
Prefix MapCanvas::drawnPrefix() const {
    const Prefix& from = m_map->cells[*m_from].prefix;
    const Prefix& to = m_map->cells[*m_to].prefix;
    int length = from.length();
    while (length > m_map->prefix.length() && !Prefix(from.address(), length).contains(to))
        --length;
    return {from.address(), length};
}

} // namespace viaduct::admin
