// SPDX-License-Identifier: GPL-3.0-or-later
// Values of every kind that a table allows, at its bounds too.
#pragma once

#include "shared/api/Json.h"

#include <random>

namespace viaduct::api::test {

using Random = std::mt19937_64;

inline std::int64_t below(Random& random, std::int64_t bound) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
}

QString randomText(Random& random, const Rule& rule);
void fill(Random& random, bool& value, const Rule& rule);
void fill(Random& random, int& value, const Rule& rule);
void fill(Random& random, std::int64_t& value, const Rule& rule);
void fill(Random& random, double& value, const Rule& rule);
void fill(Random& random, QString& value, const Rule& rule);
void fill(Random& random, Time& value, const Rule& rule);
void fill(Random& random, Date& value, const Rule& rule);
void fill(Random& random, Uint128& value, const Rule& rule);
void fill(Random& random, IpAddress& value, const Rule& rule);
void fill(Random& random, Prefix& value, const Rule& rule);
void fill(Random& random, Endpoint& value, const Rule& rule);
void fill(Random& random, QJsonObject& value, const Rule& rule);

template <Worded Enum>
void fill(Random& random, Enum& value, const Rule&) {
    value = static_cast<Enum>(below(random, static_cast<std::int64_t>(Words<Enum>::list.size())));
}

template <Object T>
void fill(Random& random, T& value, const Rule&);

template <typename T>
void fill(Random& random, std::vector<T>& value, const Rule& rule) {
    value.resize(static_cast<std::size_t>(below(random, std::min(rule.items, 4) + 1)));
    for (T& item : value)
        fill(random, item, rule);
}

template <typename T>
class RandomTable {
public:
    RandomTable(Random& random, T& value) : m_random(random), m_value(value) { }

    template <typename M>
    void needed(const char*, M T::*member, const char*, const Rule& rule = {}) {
        fill(m_random, m_value.*member, rule);
    }
    template <typename M>
    void maybe(const char*, M T::*member, const char*, const Rule& rule = {}) {
        if (below(m_random, 3) > 0 || rule.least > 0)
            fill(m_random, m_value.*member, rule);
    }
    template <typename M>
    void maybe(const char*, std::optional<M> T::*member, const char*, const Rule& rule = {}) {
        if (below(m_random, 3) > 0)
            fill(m_random, (m_value.*member).emplace(), rule);
    }

private:
    Random& m_random;
    T& m_value;
};

template <Object T>
void fill(Random& random, T& value, const Rule&) {
    RandomTable<T> table(random, value);
    T::members(table);
}

template <Object T>
T randomValue(Random& random) {
    T value;
    fill(random, value, {});
    return value;
}

} // namespace viaduct::api::test
