// SPDX-License-Identifier: GPL-3.0-or-later
// JSON Schema (2020-12, as OpenAPI 3.1 uses it) and an example, both from the table of a type's members.
#pragma once

#include "shared/api/Json.h"

#include <map>

namespace viaduct::api {

/// The schemas under components, by name.
using Schemas = std::map<QString, QJsonObject>;

/// What the document says of a value: its schema, and one as a person might see it.
struct Described {
    QJsonObject schema;
    QJsonValue example;
};

template <typename T>
using As = std::type_identity<T>;

Described describe(As<bool>, const Rule& rule, Schemas& schemas);
Described describe(As<int>, const Rule& rule, Schemas& schemas);
Described describe(As<std::int64_t>, const Rule& rule, Schemas& schemas);
Described describe(As<double>, const Rule& rule, Schemas& schemas);
Described describe(As<QString>, const Rule& rule, Schemas& schemas);
Described describe(As<Time>, const Rule& rule, Schemas& schemas);
Described describe(As<Date>, const Rule& rule, Schemas& schemas);
Described describe(As<Uint128>, const Rule& rule, Schemas& schemas);
Described describe(As<IpAddress>, const Rule& rule, Schemas& schemas);
Described describe(As<Prefix>, const Rule& rule, Schemas& schemas);
Described describe(As<Endpoint>, const Rule& rule, Schemas& schemas);
Described describe(As<QJsonObject>, const Rule& rule, Schemas& schemas);

Described describeWords(const char* const* words, std::size_t count);
Described describeArray(const Rule& rule, const Described& item);

template <Worded Enum>
Described describe(As<Enum>, const Rule&, Schemas&) {
    return describeWords(Words<Enum>::list.data(), Words<Enum>::list.size());
}

/// A type with a name: its schema stands in `schemas`, and what is given refers to it.
template <Object T>
Described describe(As<T>, const Rule& rule, Schemas& schemas);

template <typename T>
Described describe(As<std::vector<T>>, const Rule& rule, Schemas& schemas) {
    return describeArray(rule, describe(As<T>(), rule, schemas));
}

template <typename T>
Described describe(As<std::optional<T>>, const Rule& rule, Schemas& schemas) {
    return describe(As<T>(), rule, schemas);
}

/// Page<Account> is AccountPage, Report<TrafficRow> is TrafficRowReport.
template <typename T>
QString typeNameOf() {
    if constexpr (requires { T::typeName; })
        return QLatin1String(T::typeName);
    else if constexpr (requires(T value) { value.items; })
        return QLatin1String(T::Item::typeName) + QLatin1String("Page");
    else
        return QLatin1String(T::Item::typeName) + QLatin1String("Report");
}

/// A table's work when it is described.
class MemberDescriber {
public:
    explicit MemberDescriber(Schemas& schemas) : m_schemas(schemas) { }

    template <typename T, typename M>
    void needed(const char* name, M T::*, const char* meaning, const Rule& rule = {}) {
        put(name, meaning, describe(As<M>(), rule, m_schemas), true, true);
    }
    /// What is there only now and then, like the next page, is left out of the example unless the table gives
    /// one.
    template <typename T, typename M>
    void maybe(const char* name, M T::*, const char* meaning, const Rule& rule = {}) {
        put(name, meaning, describe(As<M>(), rule, m_schemas), false, rule.example != nullptr);
    }

    QJsonObject schema() const;
    const QJsonObject& example() const { return m_example; }

private:
    void put(const char* name, const char* meaning, Described described, bool needed, bool inExample);

    Schemas& m_schemas;
    QJsonObject m_members;
    QJsonObject m_example;
    QJsonArray m_needed;
};

template <Object T>
Described describe(As<T>, const Rule&, Schemas& schemas) {
    const QString name = typeNameOf<T>();
    MemberDescriber table(schemas);
    T::members(table);
    schemas.insert_or_assign(name, table.schema());
    return {
        {{QStringLiteral("$ref"), QString(QLatin1String("#/components/schemas/") + name)}}, table.example()};
}

} // namespace viaduct::api
