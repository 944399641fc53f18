// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/HolderNames.h"

namespace viaduct::store {

namespace {

/// Some 10 MB.
constexpr std::size_t mostRemembered = 100'000;

// The update changes nothing, but without it nothing would be returned.
constexpr const char* numberStatement = "INSERT INTO holder(name) VALUES (?) "
                                        "ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id";
constexpr const char* dropUnusedStatement
    = "DELETE FROM holder WHERE id = ? "
      "AND NOT EXISTS (SELECT 1 FROM history WHERE history.holder_id = holder.id) "
      "AND NOT EXISTS (SELECT 1 FROM usage WHERE usage.holder_id = holder.id)";

} // namespace

HolderNames::HolderNames(const QSqlDatabase& database, const Dialect& dialect)
    : m_number(database, dialect, QString::fromLatin1(numberStatement)),
      m_rename(database, dialect, QStringLiteral("UPDATE holder SET name = ? WHERE name = ?")),
      m_dropUnused(database, dialect, QString::fromLatin1(dropUnusedStatement)) { }

Result<std::int64_t> HolderNames::numberOf(const Holder& holder) {
    if (const auto found = m_remembered.find(holder); found != m_remembered.end())
        return found->second;
    m_number.bind().text(holder);
    const auto number = m_number.row<std::int64_t>("holder", [](Row& row) { return row.number(); });
    if (!number)
        return tl::unexpected(number.error());
    if (m_remembered.size() >= mostRemembered)
        m_remembered.clear();
    m_remembered.emplace(holder, number->value_or(0));
    return number->value_or(0);
}

Result<void> HolderNames::rename(const Holder& holder, const std::string& name) {
    forget();
    m_rename.bind().text(name).text(holder);
    return m_rename.run();
}

Result<void> HolderNames::dropUnused(const std::vector<std::int64_t>& numbers) {
    forget();
    for (const std::int64_t number : numbers) {
        m_dropUnused.bind().number(number);
        if (auto done = m_dropUnused.run(); !done)
            return done;
    }
    return {};
}

} // namespace viaduct::store
