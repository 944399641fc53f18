// SPDX-License-Identifier: GPL-3.0-or-later
// JSON Schema (2020-12, as OpenAPI 3.1 uses it) and an example, both from the table of a type's members.
#pragma once

#include "shared/api/Json.h"

#include <map>

namespace viaduct::api {

/// The schemas under components, by name.
using Schemas = std::map<QString, QJsonObject>;

QJsonObject textSchema(const char* format, const char* example);
QJsonObject integerSchema(std::int64_t least, std::int64_t most);

/// The schema of a type with a name stands in `schemas`, and this refers to it.
template <typename T>
QJsonObject schemaOf(const Rule& rule, Schemas& schemas);
/// A value that the schema allows, as a person might see it.
template <typename T>
QJsonValue exampleOf(const Rule& rule);

/// Page<Account> is AccountPage, Report<TrafficRow> is TrafficRowReport.
template <typename T>
QString typeNameOf() {
    if constexpr (requires { T::typeName; })
        return QLatin1String(T::typeName);
    else if constexpr (requires(T value) { value.items; })
        return QLatin1String(T::Item::typeName) + QLatin1String("Page");
    else if constexpr (requires(T value) { value.rows; })
        return QLatin1String(T::Item::typeName) + QLatin1String("Report");
    else
        return QStringLiteral("FieldError");
}

template <typename T>
class SchemaTable {
public:
    explicit SchemaTable(Schemas& schemas) : m_schemas(schemas) { }

    template <typename M>
    void needed(const char* name, M T::*member, const char* meaning, const Rule& rule = {}) {
        maybe(name, member, meaning, rule);
        m_needed.append(QLatin1String(name));
    }
    template <typename M>
    void maybe(const char* name, M T::*, const char* meaning, const Rule& rule = {}) {
        put<M>(name, meaning, rule);
    }
    template <typename M>
    void maybe(const char* name, std::optional<M> T::*, const char* meaning, const Rule& rule = {}) {
        put<M>(name, meaning, rule);
    }

    QJsonObject schema() const {
        QJsonObject object{
            {QStringLiteral("type"), QStringLiteral("object")}, {QStringLiteral("properties"), m_members}};
        if (!m_needed.isEmpty())
            object.insert(QStringLiteral("required"), m_needed);
        return object;
    }

private:
    template <typename M>
    void put(const char* name, const char* meaning, const Rule& rule) {
        QJsonObject schema = schemaOf<M>(rule, m_schemas);
        if (*meaning != '\0')
            schema.insert(QStringLiteral("description"), QString::fromUtf8(meaning));
        m_members.insert(QLatin1String(name), schema);
    }

    Schemas& m_schemas;
    QJsonObject m_members;
    QJsonArray m_needed;
};

template <typename T>
class ExampleTable {
public:
    template <typename M>
    void needed(const char* name, M T::*, const char*, const Rule& rule = {}) {
        m_object.insert(QLatin1String(name), exampleOf<M>(rule));
    }
    /// The next page, the reason of a suspension: what is there only now and then is left out of an example,
    /// unless the table gives one.
    template <typename M>
    void maybe(const char* name, M T::*member, const char* meaning, const Rule& rule = {}) {
        if (rule.example || Object<M>)
            needed(name, member, meaning, rule);
    }
    template <typename M>
    void maybe(const char* name, std::optional<M> T::*, const char*, const Rule& rule = {}) {
        m_object.insert(QLatin1String(name), exampleOf<M>(rule));
    }

    const QJsonObject& object() const { return m_object; }

private:
    QJsonObject m_object;
};

template <typename T>
QJsonObject schemaOf(const Rule& rule, Schemas& schemas) {
    if constexpr (std::is_same_v<T, bool>) {
        return {{QStringLiteral("type"), QStringLiteral("boolean")}};
    } else if constexpr (std::is_same_v<T, int> || std::is_same_v<T, std::int64_t>) {
        return integerSchema(rule.least, rule.most > 0 ? rule.most : std::numeric_limits<T>::max());
    } else if constexpr (std::is_same_v<T, double>) {
        return {{QStringLiteral("type"), QStringLiteral("number")}};
    } else if constexpr (std::is_same_v<T, QString>) {
        QJsonObject schema{
            {QStringLiteral("type"), QStringLiteral("string")},
            {QStringLiteral("maxLength"), qint64{rule.most > 0 ? rule.most : 1000}}};
        if (rule.least > 0)
            schema.insert(QStringLiteral("minLength"), qint64{rule.least});
        return schema;
    } else if constexpr (std::is_same_v<T, Time>) {
        return textSchema("date-time", "2026-11-24T09:30:00.000Z");
    } else if constexpr (std::is_same_v<T, Date>) {
        return textSchema("date", "2026-12-31");
    } else if constexpr (std::is_same_v<T, Uint128>) {
        QJsonObject schema = textSchema(nullptr, "18446744073709551616");
        schema.insert(QStringLiteral("pattern"), QStringLiteral("^(0|[1-9][0-9]{0,38})$"));
        return schema;
    } else if constexpr (std::is_same_v<T, IpAddress>) {
        return textSchema("ip-address", "2001:db8::7");
    } else if constexpr (std::is_same_v<T, Prefix>) {
        return textSchema("ip-prefix", "2001:db8:1::/48");
    } else if constexpr (std::is_same_v<T, Endpoint>) {
        return textSchema("ip-endpoint", "198.51.100.7:40001");
    } else if constexpr (std::is_same_v<T, QJsonObject>) {
        return {{QStringLiteral("type"), QStringLiteral("object")}};
    } else if constexpr (Worded<T>) {
        QJsonArray words;
        for (const char* one : Words<T>::list)
            words.append(QLatin1String(one));
        return {{QStringLiteral("type"), QStringLiteral("string")}, {QStringLiteral("enum"), words}};
    } else if constexpr (ItemOf<T>::value) {
        return {
            {QStringLiteral("type"), QStringLiteral("array")},
            {QStringLiteral("maxItems"), rule.items},
            {QStringLiteral("items"), schemaOf<typename ItemOf<T>::Type>(rule, schemas)}};
    } else {
        const QString name = typeNameOf<T>();
        if (schemas.try_emplace(name).second) { // first, for a table that comes back to itself
            SchemaTable<T> table(schemas);
            T::members(table);
            schemas[name] = table.schema();
        }
        return {{QStringLiteral("$ref"), QStringLiteral("#/components/schemas/") + name}};
    }
}

template <typename T>
QJsonValue exampleOf(const Rule& rule) {
    const QString given = QString::fromUtf8(rule.example ? rule.example : "");
    if constexpr (std::is_same_v<T, bool>) {
        return true;
    } else if constexpr (std::is_same_v<T, int> || std::is_same_v<T, std::int64_t>) {
        return rule.example ? qint64{given.toLongLong()} : qint64{rule.least > 0 ? rule.least : 3};
    } else if constexpr (std::is_same_v<T, double>) {
        return 0.25;
    } else if constexpr (std::is_same_v<T, QString>) {
        return rule.example ? given : QStringLiteral("abcdefghijklmnop").left(rule.most > 0 ? rule.most : 16);
    } else if constexpr (Worded<T>) {
        return QLatin1String(Words<T>::list.front());
    } else if constexpr (ItemOf<T>::value) {
        return QJsonArray{exampleOf<typename ItemOf<T>::Type>(rule)};
    } else if constexpr (std::is_same_v<T, QJsonObject>) {
        return QJsonObject{{QStringLiteral("state"), QStringLiteral("pending")}};
    } else if constexpr (Object<T>) {
        ExampleTable<T> table;
        T::members(table);
        return table.object();
    } else if (rule.example) {
        return given;
    } else {
        Schemas none;
        return schemaOf<T>(rule, none).value(QStringLiteral("examples")).toArray().first();
    }
}

} // namespace viaduct::api
