// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/LineDiff.h"

#include <QHash>
#include <QStringList>

#include <algorithm>

namespace viaduct::admin {

namespace {

/// Lines that differ, at most, for the exact answer; it bounds time and memory (its square, in numbers).
constexpr int mostSteps = 1000;

using Ids = std::vector<int>;

/// For each line of `a` whether it stays, and of `b` whether it was there: E. Myers, "An O(ND) Difference
/// Algorithm" (1986), greedy.
struct Kept {
    std::vector<bool> a;
    std::vector<bool> b;
};

Kept keptOf(const Ids& a, const Ids& b) {
    Kept kept{std::vector<bool>(a.size()), std::vector<bool>(b.size())};
    const int n = static_cast<int>(a.size());
    const int m = static_cast<int>(b.size());
    const int most = std::min(n + m, mostSteps);
    const auto index = [most](int k) { return static_cast<std::size_t>(k + most + 1); };
    const auto at = [](const Ids& ids, int i) { return ids[static_cast<std::size_t>(i)]; };
    std::vector<int> reach(static_cast<std::size_t>(2 * most + 3), 0);
    std::vector<std::vector<int>> trace; // of each step the diagonals -d..d
    for (int d = 0; d <= most; ++d) {
        bool isThere = false;
        for (int k = -d; k <= d && !isThere; k += 2) {
            const bool down = k == -d || (k != d && reach[index(k - 1)] < reach[index(k + 1)]);
            int x = down ? reach[index(k + 1)] : reach[index(k - 1)] + 1;
            while (x < n && x - k < m && x - k >= 0 && at(a, x) == at(b, x - k))
                ++x;
            reach[index(k)] = x;
            isThere = x >= n && x - k >= m;
        }
        trace.emplace_back(
            reach.begin() + static_cast<std::ptrdiff_t>(index(-d)),
            reach.begin() + static_cast<std::ptrdiff_t>(index(d)) + 1);
        if (!isThere)
            continue;
        int x = n;
        int y = m;
        for (int step = d; step >= 0; --step) {
            const int k = x - y;
            int fromX = 0;
            int fromY = 0;
            if (step > 0) {
                const std::vector<int>& last = trace[static_cast<std::size_t>(step - 1)];
                const auto lastAt
                    = [&](int diagonal) { return last[static_cast<std::size_t>(diagonal + step - 1)]; };
                const bool down = k == -step || (k != step && lastAt(k - 1) < lastAt(k + 1));
                fromX = lastAt(down ? k + 1 : k - 1);
                fromY = fromX - (down ? k + 1 : k - 1);
            }
            while (x > fromX && y > fromY && x > 0 && y > 0 && at(a, x - 1) == at(b, y - 1)) {
                kept.a[static_cast<std::size_t>(--x)] = true;
                kept.b[static_cast<std::size_t>(--y)] = true;
            }
            x = fromX;
            y = fromY;
        }
        break;
    }
    return kept;
}

} // namespace

std::vector<api::DiffLine> lineDiff(const QString& before, const QString& after) {
    const auto linesOf
        = [](const QString& text) { return text.isEmpty() ? QStringList() : text.split(u'\n'); };
    const QStringList a = linesOf(before);
    const QStringList b = linesOf(after);
    qsizetype head = 0;
    while (head < a.size() && head < b.size() && a[head] == b[head])
        ++head;
    qsizetype tail = 0;
    while (tail < a.size() - head && tail < b.size() - head
           && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
        ++tail;
    QHash<QString, int> numbers; // equal lines have equal ones
    const auto idsOf = [&](const QStringList& lines) {
        Ids ids;
        for (qsizetype i = head; i < lines.size() - tail; ++i)
            ids.push_back(
                numbers.emplace(lines[i], numbers.value(lines[i], static_cast<int>(numbers.size()))).value());
        return ids;
    };
    const Ids idsA = idsOf(a);
    const Ids idsB = idsOf(b);
    const Kept kept = keptOf(idsA, idsB);
    std::vector<api::DiffLine> lines;
    for (qsizetype i = 0; i < head; ++i)
        lines.push_back({api::DiffKind::Same, a[i]});
    std::size_t i = 0;
    std::size_t j = 0;
    const auto lineA = [&] { return a[head + static_cast<qsizetype>(i)]; };
    const auto lineB = [&] { return b[head + static_cast<qsizetype>(j)]; };
    while (i < idsA.size() || j < idsB.size()) {
        if (i < idsA.size() && !kept.a[i]) {
            lines.push_back({api::DiffKind::Removed, lineA()});
            ++i;
        } else if (j < idsB.size() && !kept.b[j]) {
            lines.push_back({api::DiffKind::Added, lineB()});
            ++j;
        } else {
            lines.push_back({api::DiffKind::Same, lineA()});
            ++i;
            ++j;
        }
    }
    for (qsizetype t = a.size() - tail; t < a.size(); ++t)
        lines.push_back({api::DiffKind::Same, a[t]});
    return lines;
}

} // namespace viaduct::admin
