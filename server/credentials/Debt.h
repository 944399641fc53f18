// SPDX-License-Identifier: GPL-3.0-or-later
// What somebody owes for trying: each try adds to a debt that time pays off, and a debt that grows makes
// wait. Two moments say it all, so that nothing has to be counted down.
#pragma once

#include <chrono>

namespace viaduct::credentials {

/// A clock that nobody sets: waits are the same whatever happens to the calendar. After a restart debts are
/// gone.
using Moment = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

struct Debt {
    Moment clearAt = Moment::min(); ///< when all will be paid, if nothing is added
    Moment waitUntil = Moment::min(); ///< no further try before
    friend bool operator==(const Debt&, const Debt&) = default;
};

/// Whether somebody may go on; if not, the moment from which on. A promise only as long as nobody else adds
/// to the same debt.
struct Permission {
    bool allowed = true;
    Moment until = Moment::min();
};

/// The price of a wrong guess: `free` of them cost nothing, the next makes wait `first`, each further one
/// twice as long, up to `longest`; every `longest` without a try one is forgiven. So whoever goes on for ever
/// gets
///     free + doublings() + T / longest
/// tries in a time T, no more.
struct Tariff {
    int free = 0;
    milliseconds first{1000}; ///< > 0
    milliseconds longest{1000}; ///< >= first

    int doublings() const;
    /// The most tries that anybody gets in `time`, from a clean start.
    std::int64_t most(milliseconds time) const { return free + doublings() + time / longest; }

    Debt charged(const Debt& debt, Moment now) const;
    /// Takes one charge back: the try was right. The wait is lifted, too, for it was over when the try was
    /// allowed.
    Debt refunded(const Debt& debt, Moment now) const;

private:
    milliseconds waitAfter(std::int64_t tries) const;
};

} // namespace viaduct::credentials
