// SPDX-License-Identifier: GPL-3.0-or-later
// Whom the numbers in the history stand for. A line of the history never changes; what its number stands for
// may, when a holder is erased.
#pragma once

#include "server/store/Statement.h"

#include <unordered_map>

namespace viaduct::store {

class HolderNames {
public:
    HolderNames(const QSqlDatabase& database, const Dialect& dialect);

    /// The number of `holder`, a new one where it has none.
    Result<std::int64_t> numberOf(const Holder& holder);
    Result<void> rename(const Holder& holder, const std::string& name);
    /// Forgets those among `numbers` that nothing refers to any more.
    Result<void> dropUnused(const std::vector<std::int64_t>& numbers);
    /// What was remembered may have been rolled back.
    void forget() { m_remembered.clear(); }

private:
    Statement m_number;
    Statement m_rename;
    Statement m_dropUnused;
    std::unordered_map<Holder, std::int64_t> m_remembered;
};

} // namespace viaduct::store
