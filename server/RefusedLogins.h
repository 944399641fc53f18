// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of the journal about log-ins that were refused. Strangers write them: a journal that is full of them
// hides the others, so those beyond a few a second are only counted.
#pragma once

#include "server/dataplane/TokenBucket.h"

#include <QLoggingCategory>

namespace viaduct {

class RefusedLogins {
public:
    using Category = const QLoggingCategory& (*)();
    explicit RefusedLogins(Category category) : m_category(category) { }

    void log(const std::string& line);

private:
    static constexpr std::int64_t perSecond = 5;
    static constexpr std::int64_t atOnce = 50;

    Category m_category;
    dataplane::TokenBucket m_lines{perSecond, atOnce};
    std::uint64_t m_unwritten = 0;
};

} // namespace viaduct
