// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/MapCanvas.h"

#include <gtest/gtest.h>

#include <set>

using namespace viaduct;
using namespace viaduct::admin;

// Each cell has its place and each place its cell; and what an aligned prefix holds is one rectangle.
TEST(MapCanvas, theGridIsWholeAtEveryDepth) {
    for (int depth = 0; depth <= api::PoolMap::mostDepth; ++depth) {
        const QSize grid = MapCanvas::gridOf(depth);
        ASSERT_EQ(grid.width() * grid.height(), 1 << depth);
        std::set<std::pair<int, int>> places;
        for (std::uint32_t cell = 0; cell < (1U << depth); ++cell) {
            const QPoint place = MapCanvas::placeOf(cell, depth);
            ASSERT_LT(place.x(), grid.width());
            ASSERT_LT(place.y(), grid.height());
            ASSERT_EQ(MapCanvas::numberAt(place, depth), cell);
            places.insert({place.x(), place.y()});
        }
        ASSERT_EQ(places.size(), 1U << depth);
        for (int length = 0; length <= depth; ++length) {
            const std::uint32_t size = 1U << (depth - length);
            for (std::uint32_t first = 0; first < (1U << depth); first += size) {
                QRect all;
                for (std::uint32_t cell = first; cell < first + size; ++cell)
                    all |= QRect(MapCanvas::placeOf(cell, depth), QSize(1, 1));
                ASSERT_EQ(static_cast<std::uint32_t>(all.width() * all.height()), size)
                    << "depth " << depth << ", /" << length;
            }
        }
    }
}
