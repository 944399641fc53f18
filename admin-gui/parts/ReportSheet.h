// SPDX-License-Identifier: GPL-3.0-or-later
// A report as a spreadsheet (XLSX, by libxlsxwriter): numbers are numbers there and times are times.
#pragma once

#include "admin-gui/models/ReportModel.h"

#include <atomic>

namespace viaduct::admin {

struct ReportSheet {
    QString title;
    QStringList head; ///< lines of the second sheet: broker, period, who asked
    std::shared_ptr<const ReportTable> table;

    /// May be called from any thread. Empty: done, or cancelled, and then there is no file; or a sentence.
    QString save(const QString& path, const std::atomic<bool>& isCancelled) const;
};

} // namespace viaduct::admin
