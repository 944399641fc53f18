// SPDX-License-Identifier: GPL-3.0-or-later
// The parameters behind the question mark, read by the same rules as the members of a body.
#pragma once

#include "server/http/Request.h"
#include "shared/api/Common.h"

namespace viaduct::face {

class Query {
public:
    explicit Query(const http::Pairs& pairs) : m_pairs(pairs) { }

    /// Leaves `value` as it is when the parameter is not there; notes a mistake when it cannot be read.
    template <typename T>
    void read(const char* name, T& value) {
        if (const auto text = http::valueOf(m_pairs, name))
            take(name, jsonFor(*text, value), value);
    }
    template <typename T>
    void read(const char* name, std::optional<T>& value) {
        if (http::valueOf(m_pairs, name))
            read(name, value.emplace());
    }
    template <typename T>
    void need(const char* name, T& value) {
        if (http::valueOf(m_pairs, name))
            read(name, value);
        else
            complain(name, QStringLiteral("It is needed."));
    }
    void complain(const char* name, const QString& detail);
    /// Each that is not among `names`, and each that stands twice, is a mistake: a filter with a typing error
    /// must not answer as if it were none.
    void refuseOthers(const std::vector<std::string>& names);

    bool isGood() const { return m_errors.empty(); }
    api::Problem problem() const { return api::problemOf(m_errors); }

private:
    static QJsonValue jsonFor(std::string_view text, bool);
    static QJsonValue jsonFor(std::string_view text, int);
    static QJsonValue jsonFor(std::string_view text, std::int64_t);
    template <typename T>
    static QJsonValue jsonFor(std::string_view text, const T&) {
        return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
    }
    template <typename T>
    void take(const char* name, const QJsonValue& json, T& value) {
        api::Reading reading(api::UnknownMembers::Ignored);
        reading.enter(QStringLiteral("query"));
        reading.enter(QString::fromLatin1(name));
        api::decode(json, value, {}, reading);
        for (api::FieldError& error : reading.take())
            m_errors.push_back(std::move(error));
    }

    const http::Pairs& m_pairs;
    std::vector<api::FieldError> m_errors;
};

} // namespace viaduct::face
