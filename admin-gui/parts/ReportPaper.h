// SPDX-License-Identifier: GPL-3.0-or-later
// A report on pages: its head, its bars, and all its rows with the headings again on each page. Drawn
// straight, since a text document of a hundred thousand cells takes minutes.
#pragma once

#include "admin-gui/models/ReportModel.h"
#include "admin-gui/parts/BarChart.h"

#include <atomic>

class QPagedPaintDevice;

namespace viaduct::admin {

struct ReportPaper {
    QString title;
    QStringList head; ///< lines below the title: broker, period, who asked
    Bars bars;
    std::shared_ptr<const ReportTable> table;

    /// May be called from any thread. False: cancelled.
    bool paint(QPagedPaintDevice& device, const std::atomic<bool>& isCancelled) const;
};

} // namespace viaduct::admin
