// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/Values.h"

#include <algorithm>

namespace viaduct::api {

namespace {

using namespace std::chrono;

/// Takes fixed fields off the front of a text; once something does not fit, everything after fails too.
class Scanner {
public:
    explicit Scanner(QStringView text) : m_left(text) { }

    int digits(qsizetype count) {
        int number = 0;
        for (qsizetype i = 0; i < count; ++i)
            number = number * 10 + digit();
        return number;
    }
    bool literal(char16_t wanted) {
        if (m_left.isEmpty() || m_left.front() != wanted)
            return m_good = false;
        m_left = m_left.mid(1);
        return true;
    }
    bool either(char16_t upper, char16_t lower) {
        return literal(next() == lower ? lower : upper); // RFC 3339, 5.6: T and Z in either case
    }
    /// Milliseconds of a fraction of one to nine digits.
    int fraction() {
        int milliseconds = 0;
        int count = 0;
        for (int weight = 100; isDigit(next()) && count < 9; weight /= 10, ++count)
            milliseconds += weight * digit();
        if (count == 0)
            m_good = false;
        return milliseconds;
    }
    char16_t next() const { return m_left.isEmpty() ? u'\0' : m_left.front().unicode(); }
    bool isDone() const { return m_good && m_left.isEmpty(); }

private:
    static bool isDigit(char16_t c) { return c >= u'0' && c <= u'9'; }
    int digit() {
        if (!isDigit(next())) {
            m_good = false;
            return 0;
        }
        const int value = next() - u'0';
        m_left = m_left.mid(1);
        return value;
    }

    QStringView m_left;
    bool m_good = true;
};

Date scanDate(Scanner& scanner) {
    const int y = scanner.digits(4);
    scanner.literal(u'-');
    const int m = scanner.digits(2);
    scanner.literal(u'-');
    const int d = scanner.digits(2);
    return Date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
}

/// Z, or +hh:mm, which is ahead of UTC.
minutes scanOffset(Scanner& scanner) {
    const char16_t sign = scanner.next();
    if (sign != u'+' && sign != u'-') {
        scanner.either(u'Z', u'z');
        return minutes{0};
    }
    scanner.literal(sign);
    const int h = scanner.digits(2);
    scanner.literal(u':');
    const int m = scanner.digits(2);
    if (h > 23 || m > 59)
        scanner.literal(u'!'); // fails: nothing is written so
    return (hours{h} + minutes{m}) * (sign == u'-' ? -1 : 1);
}

QString padded(int number, int width) {
    return QStringLiteral("%1").arg(number, width, 10, QLatin1Char('0'));
}

constexpr Time earliest = sys_days{Date{year{0}, January, day{1}}};
constexpr Time latest = sys_days{Date{year{9999}, December, day{31}}} + days{1} - milliseconds{1};

} // namespace

QString text(Date date) {
    return padded(static_cast<int>(date.year()), 4) + u'-'
        + padded(static_cast<int>(unsigned{date.month()}), 2) + u'-'
        + padded(static_cast<int>(unsigned{date.day()}), 2);
}

std::optional<Date> dateFromText(const QString& text) {
    Scanner scanner(text);
    const Date date = scanDate(scanner);
    if (!scanner.isDone() || !date.ok())
        return std::nullopt;
    return date;
}

QString text(Time time) {
    const Time cut = std::clamp(time, earliest, latest);
    const auto midnight = floor<days>(cut);
    const auto clock = hh_mm_ss{cut - midnight};
    return text(Date{midnight}) + u'T' + padded(static_cast<int>(clock.hours().count()), 2) + u':'
        + padded(static_cast<int>(clock.minutes().count()), 2) + u':'
        + padded(static_cast<int>(clock.seconds().count()), 2) + u'.'
        + padded(static_cast<int>(clock.subseconds().count()), 3) + u'Z';
}

std::optional<Time> timeFromText(const QString& text) {
    Scanner scanner(text);
    const Date date = scanDate(scanner);
    scanner.either(u'T', u't');
    const int h = scanner.digits(2);
    scanner.literal(u':');
    const int m = scanner.digits(2);
    scanner.literal(u':');
    const int s = scanner.digits(2);
    const int ms = scanner.next() == u'.' && scanner.literal(u'.') ? scanner.fraction() : 0;
    const minutes offset = scanOffset(scanner);
    if (!scanner.isDone() || !date.ok() || h > 23 || m > 59 || s > 59)
        return std::nullopt;
    const Time time = sys_days{date} + hours{h} + minutes{m} + seconds{s} + milliseconds{ms} - offset;
    if (time < earliest || time > latest)
        return std::nullopt;
    return time;
}

QString text(Uint128 number) {
    QString digits;
    do {
        digits.prepend(QChar(u'0' + static_cast<int>(number % 10)));
        number /= 10;
    } while (number != 0);
    return digits;
}

std::optional<Uint128> numberFromText(const QString& text) {
    constexpr Uint128 largest = ~Uint128{0};
    if (text.isEmpty() || (text.size() > 1 && text.front() == u'0'))
        return std::nullopt;
    Uint128 number = 0;
    for (const QChar c : text) {
        if (c < u'0' || c > u'9')
            return std::nullopt;
        const Uint128 digit = c.unicode() - u'0';
        if (number > (largest - digit) / 10)
            return std::nullopt;
        number = number * 10 + digit;
    }
    return number;
}

QString text(const Endpoint& endpoint) {
    return QString::fromStdString(endpoint.port == 0 ? endpoint.address.text() : endpoint.text());
}

std::optional<Endpoint> endpointFromText(const QString& text) {
    const std::string bytes = text.toStdString();
    if (const auto address = IpAddress::fromText(bytes))
        return Endpoint{*address, 0};
    return Endpoint::fromText(bytes);
}

} // namespace viaduct::api
