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
// place; a missing or null other member keeps its default. Members that are not in the table: see
// UnknownMembers.
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
    static constexpr const char* typeName = "FieldError";
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

/// What becomes of members that are not in the table.
enum class UnknownMembers {
    Ignored, ///< of an answer: a newer broker may say more
    Refused ///< of a wish: what was mistyped must not be passed over in silence
};

/// Where a reader stands in the document, and the mistakes found so far. Bounded: a hostile array of mistakes
/// does not make a larger one of complaints.
class Reading {
public:
    explicit Reading(UnknownMembers unknown) : m_unknown(unknown) { }

    bool refusesUnknown() const { return m_unknown == UnknownMembers::Refused; }
    void enter(const QString& step) { m_steps.push_back(step); }
    void leave() { m_steps.pop_back(); }
    void complain(const QString& detail);
    bool isFull() const { return m_errors.size() >= mostErrors; }
    std::vector<FieldError> take() { return std::move(m_errors); }

private:
    static constexpr std::size_t mostErrors = 50;
    UnknownMembers m_unknown;
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

// What does not depend on the type stays out of the templates: there are some hundred tables, and each is
// compiled in every file that reads or writes.

/// The place among `words`, or a complaint and absence. Likewise the two below.
std::optional<std::size_t>
wordOf(const QJsonValue& json, const char* const* words, std::size_t count, Reading& reading);
std::optional<QJsonObject> objectOf(const QJsonValue& json, Reading& reading);
std::optional<QJsonArray> arrayOf(const QJsonValue& json, const Rule& rule, Reading& reading);

template <Worded Enum>
void decode(const QJsonValue& json, Enum& value, const Rule&, Reading& reading) {
    if (const auto place = wordOf(json, Words<Enum>::list.data(), Words<Enum>::list.size(), reading))
        value = static_cast<Enum>(*place);
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
    const auto items = arrayOf(json, rule, reading);
    if (!items)
        return;
    value.clear();
    value.reserve(static_cast<std::size_t>(items->size()));
    for (qsizetype i = 0; i < items->size() && !reading.isFull(); ++i) {
        reading.enter(QString::number(i));
        decode(items->at(i), value.emplace_back(), rule, reading);
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

/// A table's work when it is written.
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

class ObjectReader {
public:
    ObjectReader(const QJsonObject& object, Reading& reading) : m_object(object), m_reading(reading) { }
    /// After the last member of the table.
    void end();

protected:
    /// Stands at the member, with its value in m_json; false, after a complaint if it is needed: it is not
    /// there.
    bool enter(const char* name, bool needed);

    const QJsonObject& m_object;
    Reading& m_reading;
    QJsonValue m_json;

private:
    std::vector<QLatin1String> m_known;
};

/// A table's work when it is read.
template <typename T>
class MemberReader : public ObjectReader {
public:
    MemberReader(const QJsonObject& object, T& value, Reading& reading)
        : ObjectReader(object, reading), m_value(value) { }

    template <typename M>
    void needed(const char* name, M T::*member, const char*, const Rule& rule = {}) {
        if (enter(name, true))
            take(m_value.*member, rule);
    }
    template <typename M>
    void maybe(const char* name, M T::*member, const char*, const Rule& rule = {}) {
        if (enter(name, false))
            take(m_value.*member, rule);
    }
    template <typename M>
    void maybe(const char* name, std::optional<M> T::*member, const char*, const Rule& rule = {}) {
        if (enter(name, false))
            take((m_value.*member).emplace(), rule);
    }

private:
    template <typename M>
    void take(M& member, const Rule& rule) {
        decode(m_json, member, rule, m_reading);
        m_reading.leave();
    }

    T& m_value;
};

template <Object T>
void decode(const QJsonValue& json, T& value, const Rule&, Reading& reading) {
    if (const auto object = objectOf(json, reading)) {
        MemberReader<T> table(*object, value, reading);
        T::members(table);
        table.end();
    }
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
tl::expected<T, std::vector<FieldError>>
read(const QJsonObject& object, UnknownMembers unknown = UnknownMembers::Ignored) {
    T value;
    Reading reading(unknown);
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
