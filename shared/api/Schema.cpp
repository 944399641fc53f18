// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/Schema.h"

namespace viaduct::api {

namespace {

QString utf8(const char* text) {
    return QString::fromUtf8(text);
}

Described integer(const Rule& rule, std::int64_t largest) {
    QJsonObject schema{{utf8("type"), utf8("integer")}, {utf8("minimum"), qint64{rule.least}}};
    const std::int64_t most = rule.most > 0 ? rule.most : largest;
    if (most < std::numeric_limits<std::int64_t>::max())
        schema.insert(utf8("maximum"), qint64{most});
    else
        schema.insert(utf8("format"), utf8("int64"));
    const qint64 example = rule.example ? utf8(rule.example).toLongLong() : std::max<qint64>(rule.least, 3);
    return {schema, example};
}

/// Text of a form that has a name.
Described formatted(const char* format, const Rule& rule, const char* example) {
    return {
        {{utf8("type"), utf8("string")}, {utf8("maxLength"), 64}, {utf8("format"), utf8(format)}},
        utf8(rule.example ? rule.example : example)};
}

} // namespace

Described describe(As<bool>, const Rule&, Schemas&) {
    return {{{utf8("type"), utf8("boolean")}}, true};
}

Described describe(As<int>, const Rule& rule, Schemas&) {
    return integer(rule, std::numeric_limits<int>::max());
}

Described describe(As<std::int64_t>, const Rule& rule, Schemas&) {
    return integer(rule, std::numeric_limits<std::int64_t>::max());
}

Described describe(As<double>, const Rule&, Schemas&) {
    return {{{utf8("type"), utf8("number")}}, 0.25};
}

Described describe(As<QString>, const Rule& rule, Schemas&) {
    const qint64 most = rule.most > 0 ? rule.most : 1000;
    QJsonObject schema{{utf8("type"), utf8("string")}, {utf8("maxLength"), most}};
    if (rule.least > 0)
        schema.insert(utf8("minLength"), qint64{rule.least});
    const QString example = rule.example ? utf8(rule.example) : utf8("Text of somebody.").left(most);
    return {schema, example};
}

Described describe(As<Time>, const Rule& rule, Schemas&) {
    return formatted("date-time", rule, "2026-11-24T09:30:00.000Z");
}

Described describe(As<Date>, const Rule& rule, Schemas&) {
    return formatted("date", rule, "2026-12-31");
}

Described describe(As<Uint128>, const Rule& rule, Schemas&) {
    return {
        {{utf8("type"), utf8("string")}, {utf8("pattern"), utf8("^(0|[1-9][0-9]{0,38})$")}},
        utf8(rule.example ? rule.example : "18446744073709551616")};
}

Described describe(As<IpAddress>, const Rule& rule, Schemas&) {
    return formatted("ip-address", rule, "2001:db8::7");
}

Described describe(As<Prefix>, const Rule& rule, Schemas&) {
    return formatted("ip-prefix", rule, "2001:db8:1::/48");
}

Described describe(As<Endpoint>, const Rule& rule, Schemas&) {
    return formatted("ip-endpoint", rule, "198.51.100.7:40001");
}

Described describe(As<QJsonObject>, const Rule&, Schemas&) {
    return {{{utf8("type"), utf8("object")}}, QJsonObject{{utf8("state"), utf8("pending")}}};
}

Described describeWords(const char* const* words, std::size_t count) {
    QJsonArray list;
    for (std::size_t i = 0; i < count; ++i)
        list.append(utf8(words[i]));
    return {{{utf8("type"), utf8("string")}, {utf8("enum"), list}}, list.first()};
}

Described describeArray(const Rule& rule, const Described& item) {
    return {
        {{utf8("type"), utf8("array")}, {utf8("maxItems"), rule.items}, {utf8("items"), item.schema}},
        QJsonArray{item.example}};
}

QJsonObject MemberDescriber::schema() const {
    QJsonObject object{{utf8("type"), utf8("object")}, {utf8("properties"), m_members}};
    if (!m_needed.isEmpty())
        object.insert(utf8("required"), m_needed);
    return object;
}

void MemberDescriber::put(
    const char* name, const char* meaning, Described described, bool needed, bool inExample) {
    if (*meaning != '\0')
        described.schema.insert(utf8("description"), utf8(meaning));
    m_members.insert(utf8(name), described.schema);
    if (needed)
        m_needed.append(utf8(name));
    if (inExample)
        m_example.insert(utf8(name), described.example);
}

} // namespace viaduct::api
