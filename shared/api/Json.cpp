// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/Json.h"

#include <QJsonDocument>

#include <algorithm>
#include <cmath>

namespace viaduct::api {

namespace {

constexpr std::int64_t longestText = 1000; // where a table names no bound
constexpr qsizetype longestUnknown = 100; // of its name, when it is complained of

/// Reads text of `rule`'s kind by `parse`; complains with `wanted`.
template <typename T, typename Parse>
void decodeText(const QJsonValue& json, T& value, Reading& reading, Parse parse, const char* wanted) {
    constexpr qsizetype longestValue = 64; // of an address, a time, a number: nothing needs more
    if (json.isString()) {
        const QString text = json.toString();
        if (text.size() <= longestValue) {
            if (const auto parsed = parse(text)) {
                value = *parsed;
                return;
            }
        }
    }
    reading.complain(QLatin1String(wanted));
}

std::optional<QString> unfitness(const QString& text, const Rule& rule) {
    const std::int64_t most = rule.most > 0 ? rule.most : longestText;
    if (text.size() > most)
        return QStringLiteral("It is too long: at most %1 characters are taken.").arg(most);
    if (text.size() < rule.least)
        return rule.least == 1 ? QStringLiteral("It is empty: write something.")
                               : QStringLiteral("It is too short: %1 characters are needed.").arg(rule.least);
    if (!text.isValidUtf16())
        return QStringLiteral("It is no Unicode text: half of a surrogate pair is missing.");
    for (const QChar c : text) {
        const bool layout = c == u'\n' || c == u'\r' || c == u'\t';
        if (c.category() == QChar::Other_Control && !(layout && rule.lines))
            return rule.lines ? QStringLiteral("It has a control character: take it out.")
                              : QStringLiteral("It has a line break or a control character: write one line.");
    }
    return std::nullopt;
}

template <typename Integer>
void decodeInteger(const QJsonValue& json, Integer& value, const Rule& rule, Reading& reading) {
    constexpr qint64 none = std::numeric_limits<qint64>::min();
    const std::int64_t most = rule.most > 0 ? rule.most : std::numeric_limits<Integer>::max();
    const qint64 number = json.toInteger(none); // also for 1.5 and 1e300
    if (number == none || number < rule.least || number > most)
        reading.complain(QStringLiteral("A whole number from %1 to %2 is wanted.").arg(rule.least).arg(most));
    else
        value = static_cast<Integer>(number);
}

} // namespace

void Reading::complain(const QString& detail) {
    if (isFull())
        return;
    QString pointer;
    for (QString step : m_steps)
        pointer += u'/' + step.replace(u'~', QLatin1String("~0")).replace(u'/', QLatin1String("~1"));
    m_errors.push_back({pointer, detail});
}

std::optional<std::size_t>
wordOf(const QJsonValue& json, const char* const* words, std::size_t count, Reading& reading) {
    const QString text = json.toString();
    QStringList list;
    for (std::size_t i = 0; i < count; ++i) {
        if (json.isString() && text == QLatin1String(words[i]))
            return i;
        list.append(QLatin1String(words[i]));
    }
    reading.complain(QStringLiteral("One of these words is wanted: %1.").arg(list.join(QLatin1String(", "))));
    return std::nullopt;
}

std::optional<QJsonObject> objectOf(const QJsonValue& json, Reading& reading) {
    if (json.isObject())
        return json.toObject();
    reading.complain(QStringLiteral("An object is wanted."));
    return std::nullopt;
}

std::optional<QJsonArray> arrayOf(const QJsonValue& json, const Rule& rule, Reading& reading) {
    if (!json.isArray())
        reading.complain(QStringLiteral("An array is wanted."));
    else if (json.toArray().size() > rule.items)
        reading.complain(QStringLiteral("At most %1 items are taken.").arg(rule.items));
    else
        return json.toArray();
    return std::nullopt;
}

bool ObjectReader::enter(const char* name, bool needed) {
    if (m_reading.refusesUnknown())
        m_known.emplace_back(name);
    m_json = m_object.value(QLatin1String(name));
    m_reading.enter(QLatin1String(name));
    const bool there = needed ? !m_json.isUndefined() : !m_json.isUndefined() && !m_json.isNull();
    if (there)
        return true; // the caller leaves
    if (needed)
        m_reading.complain(QStringLiteral("It is missing, but needed."));
    m_reading.leave();
    return false;
}

void ObjectReader::end() {
    if (!m_reading.refusesUnknown())
        return;
    for (auto member = m_object.begin(); member != m_object.end() && !m_reading.isFull(); ++member) {
        if (std::find(m_known.begin(), m_known.end(), member.key()) != m_known.end())
            continue;
        m_reading.enter(member.key().left(longestUnknown));
        m_reading.complain(QStringLiteral("There is no such member: see the document for how it is spelt."));
        m_reading.leave();
    }
}

void decode(const QJsonValue& json, bool& value, const Rule&, Reading& reading) {
    if (json.isBool())
        value = json.toBool();
    else
        reading.complain(QStringLiteral("true or false is wanted."));
}

void decode(const QJsonValue& json, int& value, const Rule& rule, Reading& reading) {
    decodeInteger(json, value, rule, reading);
}

void decode(const QJsonValue& json, std::int64_t& value, const Rule& rule, Reading& reading) {
    decodeInteger(json, value, rule, reading);
}

void decode(const QJsonValue& json, double& value, const Rule&, Reading& reading) {
    if (json.isDouble() && std::isfinite(json.toDouble()))
        value = json.toDouble();
    else
        reading.complain(QStringLiteral("A number is wanted."));
}

void decode(const QJsonValue& json, QString& value, const Rule& rule, Reading& reading) {
    if (!json.isString()) {
        reading.complain(QStringLiteral("Text is wanted."));
        return;
    }
    const QString text = json.toString();
    if (const auto trouble = unfitness(text, rule))
        reading.complain(*trouble);
    else
        value = text;
}

void decode(const QJsonValue& json, Time& value, const Rule&, Reading& reading) {
    decodeText(json, value, reading, timeFromText, "A time like 2026-11-24T09:30:00Z is wanted (RFC 3339).");
}

void decode(const QJsonValue& json, Date& value, const Rule&, Reading& reading) {
    decodeText(json, value, reading, dateFromText, "A date like 2026-11-24 is wanted.");
}

void decode(const QJsonValue& json, Uint128& value, const Rule&, Reading& reading) {
    decodeText(json, value, reading, numberFromText, "A decimal number as text, below 2^128, is wanted.");
}

void decode(const QJsonValue& json, IpAddress& value, const Rule&, Reading& reading) {
    decodeText(
        json, value, reading, [](const QString& text) { return IpAddress::fromText(text.toStdString()); },
        "An IPv4 or IPv6 address is wanted.");
}

void decode(const QJsonValue& json, Prefix& value, const Rule&, Reading& reading) {
    decodeText(
        json, value, reading, [](const QString& text) { return Prefix::fromText(text.toStdString()); },
        "A prefix like 2001:db8:1::/48 is wanted, with no bit set behind its length.");
}

void decode(const QJsonValue& json, Endpoint& value, const Rule&, Reading& reading) {
    decodeText(
        json, value, reading, endpointFromText,
        "An address is wanted, with a port where there is one: 192.0.2.1:3653 or [2001:db8::1]:3653.");
}

void decode(const QJsonValue& json, QJsonObject& value, const Rule& rule, Reading& reading) {
    const std::int64_t most = rule.most > 0 ? rule.most : longestText;
    if (!json.isObject())
        reading.complain(QStringLiteral("An object is wanted."));
    else if (QJsonDocument(json.toObject()).toJson(QJsonDocument::Compact).size() > most)
        reading.complain(QStringLiteral("It is too long: at most %1 bytes are taken.").arg(most));
    else
        value = json.toObject();
}

QJsonValue encode(bool value) {
    return value;
}

QJsonValue encode(int value) {
    return value;
}

QJsonValue encode(std::int64_t value) {
    return qint64{value};
}

QJsonValue encode(double value) {
    return value;
}

QJsonValue encode(const QString& value) {
    return value;
}

QJsonValue encode(Time value) {
    return text(value);
}

QJsonValue encode(Date value) {
    return text(value);
}

QJsonValue encode(Uint128 value) {
    return text(value);
}

QJsonValue encode(const IpAddress& value) {
    return QString::fromStdString(value.text());
}

QJsonValue encode(const Prefix& value) {
    return QString::fromStdString(value.text());
}

QJsonValue encode(const Endpoint& value) {
    return text(value);
}

QJsonValue encode(const QJsonObject& value) {
    return value;
}

Error errorOf(const std::vector<FieldError>& errors) {
    if (errors.empty())
        return {Error::Code::Invalid, "The answer cannot be used."};
    const QString place
        = errors.front().pointer.isEmpty() ? QStringLiteral("The whole") : errors.front().pointer;
    return {Error::Code::Invalid, (place + QLatin1String(": ") + errors.front().detail).toStdString()};
}

} // namespace viaduct::api
