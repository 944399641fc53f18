// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/BlockColours.h"

namespace viaduct::admin {

namespace {
bool isDark(const QPalette& palette) {
    return palette.color(QPalette::Base).lightness() < 128;
}
} // namespace

QColor blockColour(api::BlockState state, const QPalette& palette) {
    switch (state) {
    case api::BlockState::Free:
        return isDark(palette) ? QColor(0x33, 0x36, 0x3a) : QColor(0xe8, 0xea, 0xed);
    case api::BlockState::Reserved:
        return isDark(palette) ? QColor(0x9a, 0xa0, 0xa6) : QColor(0x5f, 0x63, 0x68);
    case api::BlockState::Allocated:
        return {0x56, 0xb4, 0xe9};
    case api::BlockState::Active:
        return isDark(palette) ? QColor(0x3d, 0x9b, 0xe9) : QColor(0x00, 0x5a, 0x9c);
    case api::BlockState::Quarantined:
        return {0xe6, 0x9f, 0x00};
    case api::BlockState::Static:
        return {0x00, 0x9e, 0x73};
    }
    return {};
}

QBrush blockBrush(api::BlockState state, const QPalette& palette) {
    const QColor colour = blockColour(state, palette);
    if (state == api::BlockState::Reserved)
        return {colour, Qt::BDiagPattern};
    if (state == api::BlockState::Quarantined)
        return {colour, Qt::Dense4Pattern};
    return colour;
}

} // namespace viaduct::admin
