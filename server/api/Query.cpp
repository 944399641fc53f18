// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/Query.h"

#include <algorithm>

namespace viaduct::face {

namespace {
QString textOf(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}
constexpr qsizetype mostEchoed = 64; ///< characters of a stranger's text in an answer
} // namespace

void Query::complain(const char* name, const QString& detail) {
    m_errors.push_back({QStringLiteral("/query/") + QString::fromUtf8(name), detail});
}

void Query::refuseOthers(const std::vector<std::string>& names) {
    std::vector<std::string_view> seen;
    for (const auto& [name, value] : m_pairs) {
        const QString pointer = QStringLiteral("/query/") + textOf(name).left(mostEchoed);
        if (std::find(names.begin(), names.end(), name) == names.end())
            m_errors.push_back({pointer, QStringLiteral("This operation has no such parameter.")});
        else if (std::find(seen.begin(), seen.end(), name) != seen.end())
            m_errors.push_back({pointer, QStringLiteral("It may stand once only.")});
        seen.push_back(name);
    }
}

QJsonValue Query::jsonFor(std::string_view text, bool) {
    if (text == "true" || text == "false")
        return text == "true";
    return textOf(text); // which the reader complains of
}

QJsonValue Query::jsonFor(std::string_view text, int) {
    return jsonFor(text, std::int64_t{0});
}

QJsonValue Query::jsonFor(std::string_view text, std::int64_t) {
    bool isNumber = false;
    const qint64 number = textOf(text).toLongLong(&isNumber);
    return isNumber ? QJsonValue(number) : QJsonValue(textOf(text));
}

} // namespace viaduct::face
