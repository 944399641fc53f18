// SPDX-License-Identifier: GPL-3.0-or-later
// Values <-> JSON. Each type has one table of its members: name, place, meaning, bounds. Writing, reading and
// the schema of the OpenAPI document all go by that table, so that they cannot differ:
//
//     struct Refusal {
//         QString reason;
//         template <typename Table>
//         static void members(Table& table) {
//             table.needed("reason", &Refusal::reason, "Told to the person.", {.most = 2000, .lines = true});
//         }
//     };
//
// Reading is strict: a wrong type, a value out of bounds or a missing needed member is a mistake with its
// place; a missing or null other member keeps its default; members that are not in the table are ignored, so
// that a newer broker may say more.
#pragma once

#include "shared/api/Values.h"
#include "shared/net/Error.h"

#include <QJsonArray>
#include <QJsonObject>

#include <limits>

namespace viaduct::api {

/// Bounds of a member. For text `most` is its length in UTF-16 units, for a number its value, and 0 means the
/// type's own: 1000 units, or the largest number. `least` likewise.
struct Rule {
    std::int64_t least = 0;
    std::int64_t most = 0;
    int items = 1000; ///< of an array, at most
    bool lines = false; ///< text may have line breaks and tabs; no other control characters ever
    const char* example = nullptr; ///< for the document; the type's own if null
};

/// One mistake in what was sent: where (RFC 6901) and what.
struct FieldError {
    QString pointer;
    QString detail; ///< a sentence
    template <typename Table>
    static void members(Table& table);
    friend bool operator==(const FieldError&, const FieldError&) = default;
};

template <typename T>
class MemberWriter;
template <typename T>
class MemberReader;

template <typename T>
concept Object = requires(MemberWriter<T>& table) {
    T::members(table);
};

template <typename T>
struct ItemOf : std::false_type { };
template <typename T>
struct ItemOf<std::vector<T>> : std::true_type {
    using Type = T;
};

/// Where a reader stands in the document, and the mistakes found so far. Bounded: a hostile array of mistakes
/// does not make a larger one of complaints.
class Reading {
public:
    void enter(const QString& step) { m_steps.push_back(step); }
    void leave() { m_steps.pop_back(); }
    void complain(const QString& detail);
    bool isFull() const { return m_errors.size() >= mostErrors; }
    std::vector<FieldError> take() { return std::move(m_errors); }

private:
    static constexpr std::size_t mostErrors = 50;
    std::vector<QString> m_steps;
    std::vector<FieldError> m_errors;
};

void decode(const QJsonValue& json, bool& value, const Rule& rule, Reading& reading);
void decode(const QJsonValue& json, int& value, const Rule& rule, Reading& reading);
void decode(const QJsonValue& json, std::int64_t& value, const Rule& rule, Reading& reading);
void decode(const QJsonValue& json, double& value, const Rule& rule, Reading& reading);
void decode(const QJsonValue& json, QString& value, const Rule& rule, Reading& reading);
void decode(const QJsonValue& json, Time& value, const Rule& rule, Reading& reading);
void decode(const QJsonValue& json, Date& value, const Rule& rule, Reading& reading);
void decode(const QJsonValue& json, Uint128& value, const Rule& rule, Reading& reading);
void decode(const QJsonValue& json, IpAddress& value, const Rule& rule, Reading& reading);
void decode(const QJsonValue& json, Prefix& value, const Rule& rule, Reading& reading);
void decode(const QJsonValue& json, Endpoint& value, const Rule& rule, Reading& reading);
/// Any object, for what has no type here (before and after of the audit); `most` bounds its compact text.
void decode(const QJsonValue& json, QJsonObject& value, const Rule& rule, Reading& reading);

QJsonValue encode(bool value);
QJsonValue encode(int value);
QJsonValue encode(std::int64_t value);
QJsonValue encode(double value);
QJsonValue encode(const QString& value);
QJsonValue encode(Time value);
QJsonValue encode(Date value);
QJsonValue encode(Uint128 value);
QJsonValue encode(const IpAddress& value);
QJsonValue encode(const Prefix& value);
QJsonValue encode(const Endpoint& value);
QJsonValue encode(const QJsonObject& value);

void complainOfWord(const char* const* words, std::size_t count, Reading& reading);

template <Worded Enum>
void decode(const QJsonValue& json, Enum& value, const Rule&, Reading& reading) {
    if (const auto found = json.isString() ? fromWord<Enum>(json.toString()) : std::nullopt)
        value = *found;
    else
        complainOfWord(Words<Enum>::list.data(), Words<Enum>::list.size(), reading);
}

template <Worded Enum>
QJsonValue encode(Enum value) {
    return QLatin1String(word(value));
}

template <Object T>
void decode(const QJsonValue& json, T& value, const Rule& rule, Reading& reading);
template <Object T>
QJsonValue encode(const T& value);

template <typename T>
void decode(const QJsonValue& json, std::vector<T>& value, const Rule& rule, Reading& reading) {
    if (!json.isArray()) {
        reading.complain(QStringLiteral("An array is wanted."));
        return;
    }
    const QJsonArray items = json.toArray();
    if (items.size() > rule.items) {
        reading.complain(QStringLiteral("At most %1 items are taken.").arg(rule.items));
        return;
    }
    value.clear();
    value.reserve(static_cast<std::size_t>(items.size()));
    for (qsizetype i = 0; i < items.size() && !reading.isFull(); ++i) {
        reading.enter(QString::number(i));
        decode(items[i], value.emplace_back(), rule, reading);
        reading.leave();
    }
}

template <typename T>
QJsonValue encode(const std::vector<T>& values) {
    QJsonArray items;
    for (const T& value : values)
        items.append(encode(value));
    return items;
}

template <typename T>
class MemberWriter {
public:
    MemberWriter(const T& value, QJsonObject& object) : m_value(value), m_object(object) { }

    template <typename M>
    void needed(const char* name, M T::*member, const char*, const Rule& = {}) {
        m_object.insert(QLatin1String(name), encode(m_value.*member));
    }
    template <typename M>
    void maybe(const char* name, M T::*member, const char*, const Rule& = {}) {
        m_object.insert(QLatin1String(name), encode(m_value.*member));
    }
    template <typename M>
    void maybe(const char* name, std::optional<M> T::*member, const char*, const Rule& = {}) {
        if (m_value.*member)
            m_object.insert(QLatin1String(name), encode(*(m_value.*member)));
    }

private:
    const T& m_value;
    QJsonObject& m_object;
};

template <typename T>
class MemberReader {
public:
    MemberReader(const QJsonObject& object, T& value, Reading& reading)
        : m_object(object), m_value(value), m_reading(reading) { }

    template <typename M>
    void needed(const char* name, M T::*member, const char*, const Rule& rule = {}) {
        const auto found = m_object.constFind(QLatin1String(name));
        m_reading.enter(QLatin1String(name));
        if (found == m_object.constEnd())
            m_reading.complain(QStringLiteral("It is missing, but needed."));
        else
            decode(*found, m_value.*member, rule, m_reading);
        m_reading.leave();
    }
    template <typename M>
    void maybe(const char* name, M T::*member, const char* meaning, const Rule& rule = {}) {
        if (has(name))
            needed(name, member, meaning, rule);
    }
    template <typename M>
    void maybe(const char* name, std::optional<M> T::*member, const char*, const Rule& rule = {}) {
        if (!has(name))
            return;
        m_reading.enter(QLatin1String(name));
        decode(m_object.value(QLatin1String(name)), (m_value.*member).emplace(), rule, m_reading);
        m_reading.leave();
    }

private:
    bool has(const char* name) const {
        const QJsonValue value = m_object.value(QLatin1String(name));
        return !value.isUndefined() && !value.isNull();
    }

    const QJsonObject& m_object;
    T& m_value;
    Reading& m_reading;
};

template <Object T>
void decode(const QJsonValue& json, T& value, const Rule&, Reading& reading) {
    if (!json.isObject()) {
        reading.complain(QStringLiteral("An object is wanted."));
        return;
    }
    const QJsonObject object = json.toObject();
    MemberReader<T> table(object, value, reading);
    T::members(table);
}

template <Object T>
QJsonObject toJson(const T& value) {
    QJsonObject object;
    MemberWriter<T> table(value, object);
    T::members(table);
    return object;
}

template <Object T>
QJsonValue encode(const T& value) {
    return toJson(value);
}

/// The value, or every mistake in it (50 at most).
template <Object T>
tl::expected<T, std::vector<FieldError>> read(const QJsonObject& object) {
    T value;
    Reading reading;
    decode(object, value, {}, reading);
    std::vector<FieldError> errors = reading.take();
    if (!errors.empty())
        return tl::unexpected(std::move(errors));
    return value;
}

/// Invalid, with the first mistake and its place.
Error errorOf(const std::vector<FieldError>& errors);

template <Object T>
Result<T> fromJson(const QJsonObject& object) {
    return read<T>(object).map_error(errorOf);
}

template <typename Table>
void FieldError::members(Table& table) {
    table.needed(
        "pointer", &FieldError::pointer, "Where in the body (RFC 6901); /query/NAME for a parameter.",
        {.example = "/limits/rateIn"});
    table.needed(
        "detail", &FieldError::detail, "What is wrong with it: a sentence.",
        {.example = "A whole number from 0 to 9223372036854775807 is wanted."});
}

} // namespace viaduct::api
