// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/api/RandomValue.h"

namespace viaduct::api::test {

namespace {

Uint128 randomNumber(Random& random) {
    return (Uint128{random()} << 64 | random()) >> below(random, 128);
}

template <typename Integer>
void fillInteger(Random& random, Integer& value, const Rule& rule) {
    const std::int64_t most = rule.most > 0 ? rule.most : std::numeric_limits<Integer>::max();
    const std::int64_t range = most - rule.least;
    switch (below(random, 4)) {
    case 0:
        value = static_cast<Integer>(rule.least);
        break;
    case 1:
        value = static_cast<Integer>(most);
        break;
    default:
        value = static_cast<Integer>(rule.least + (range > 0 ? below(random, range) : 0));
    }
}

} // namespace

QString randomText(Random& random, const Rule& rule) {
    static const QString characters = QStringLiteral("aZ09 .:/\\\"'<>&,;%{}é€\u202e漢");
    const std::int64_t most = std::min<std::int64_t>(rule.most > 0 ? rule.most : 1000, rule.least + 20);
    const std::int64_t length = rule.least + below(random, most - rule.least + 1);
    QString text;
    while (text.size() < length)
        text += rule.lines && below(random, 8) == 0 ? QChar(u'\n')
                                                    : characters[below(random, characters.size())];
    return text;
}

void fill(Random& random, bool& value, const Rule&) {
    value = below(random, 2) == 1;
}

void fill(Random& random, int& value, const Rule& rule) {
    fillInteger(random, value, rule);
}

void fill(Random& random, std::int64_t& value, const Rule& rule) {
    fillInteger(random, value, rule);
}

void fill(Random& random, double& value, const Rule&) {
    value = static_cast<double>(below(random, 2'000'001) - 1'000'000) / 1024;
}

void fill(Random& random, QString& value, const Rule& rule) {
    value = randomText(random, rule);
}

void fill(Random& random, Time& value, const Rule&) {
    value = Time(std::chrono::milliseconds(below(random, 4'102'444'800'000))); // up to the year 2100
}

void fill(Random& random, Date& value, const Rule&) {
    value = Date(std::chrono::sys_days(std::chrono::days(below(random, 47'482))));
}

void fill(Random& random, Uint128& value, const Rule&) {
    value = randomNumber(random);
}

void fill(Random& random, IpAddress& value, const Rule&) {
    value = below(random, 2) == 0 ? IpAddress::v4(static_cast<std::uint32_t>(random()))
                                  : IpAddress::fromNumber(randomNumber(random));
}

void fill(Random& random, Prefix& value, const Rule& rule) {
    IpAddress address;
    fill(random, address, rule);
    value = Prefix(address, static_cast<int>(below(random, address.isV4() ? 33 : 129)));
}

void fill(Random& random, Endpoint& value, const Rule& rule) {
    fill(random, value.address, rule);
    value.port = static_cast<std::uint16_t>(below(random, 2) == 0 ? 0 : random());
}

void fill(Random& random, QJsonObject& value, const Rule& rule) {
    value = {{QStringLiteral("x"), randomText(random, {.most = std::min<std::int64_t>(rule.most, 20)})}};
}

} // namespace viaduct::api::test
