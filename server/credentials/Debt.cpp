// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/Debt.h"

#include <algorithm>

namespace viaduct::credentials {

milliseconds Tariff::waitAfter(std::int64_t tries) const {
    if (tries <= free)
        return milliseconds{0};
    milliseconds wait = first;
    for (std::int64_t i = free + 1; i < tries && wait < longest; ++i)
        wait *= 2;
    return std::min(wait, longest);
}

int Tariff::doublings() const {
    int steps = 1;
    while (waitAfter(free + steps) < longest)
        ++steps;
    return steps;
}

Debt Tariff::charged(const Debt& debt, Moment now) const {
    const Moment most = now + (free + doublings()) * longest; // tries in parallel do not lock for days
    const Moment clearAt = std::min(std::max(debt.clearAt, now) + longest, most);
    const std::int64_t tries = (clearAt - now + longest - Moment::duration(1)) / longest;
    return {clearAt, now + waitAfter(tries)};
}

Debt Tariff::refunded(const Debt& debt, Moment now) const {
    return {std::max(debt.clearAt, now) - longest, now};
}

} // namespace viaduct::credentials
