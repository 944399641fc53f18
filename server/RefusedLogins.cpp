// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/RefusedLogins.h"

#include <QDateTime>

#include <utility>

namespace viaduct {

void RefusedLogins::log(const std::string& line) {
    if (!m_lines.take(QDateTime::currentMSecsSinceEpoch())) {
        ++m_unwritten;
        return;
    }
    if (const std::uint64_t count = std::exchange(m_unwritten, 0); count > 0)
        qCWarning(m_category, "event=logins-refused unwritten=%llu", static_cast<unsigned long long>(count));
    qCWarning(m_category, "%s", line.c_str());
}

} // namespace viaduct
