// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/revisions/LineDiff.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

namespace viaduct::revisions {

namespace {

using Kind = LineChange::Kind;
using Lines = std::span<const std::string_view>;
/// Lines as numbers: equal ones are the same number.
using Numbers = std::vector<std::uint32_t>;

class Numbering {
public:
    Numbers of(Lines lines) {
        Numbers numbers;
        numbers.reserve(lines.size());
        for (const std::string_view line : lines)
            numbers.push_back(
                m_known.try_emplace(line, static_cast<std::uint32_t>(m_known.size())).first->second);
        return numbers;
    }

private:
    std::unordered_map<std::string_view, std::uint32_t> m_known;
};

/// The greedy search of Myers: for each number of changes d, how far into the first text one comes on each
/// diagonal k = x - y. All rounds are kept (d + 1 numbers each), so that the way can be walked back.
class Search {
public:
    Search(const Numbers& before, const Numbers& after, std::size_t work)
        : m_before(before), m_after(after), m_work(work) { }

    /// One kind for each line of both, backwards; nothing when it would take too long.
    std::optional<std::vector<Kind>> run() {
        for (std::int64_t d = 0; d <= size(m_before) + size(m_after); ++d) {
            m_rounds.emplace_back(static_cast<std::size_t>(d) + 1);
            for (std::int64_t k = -d; k <= d; k += 2) {
                const std::int64_t x = slide(startOf(d, k), k);
                if (x < 0)
                    return std::nullopt;
                at(d, k) = static_cast<std::int32_t>(x);
                if (x >= size(m_before) && x - k >= size(m_after))
                    return walkBack(d);
            }
        }
        return std::nullopt; // never: d = both sizes is always a way
    }

private:
    static std::int64_t size(const Numbers& numbers) { return static_cast<std::int64_t>(numbers.size()); }
    std::int32_t& at(std::int64_t d, std::int64_t k) {
        return m_rounds[static_cast<std::size_t>(d)][static_cast<std::size_t>((k + d) / 2)];
    }

    /// Whether diagonal k is come to in round d by taking a line in (from k + 1) and not by leaving one out
    /// (from k - 1).
    bool isAddition(std::int64_t d, std::int64_t k) {
        return k == -d || (k != d && at(d - 1, k - 1) < at(d - 1, k + 1));
    }
    std::int64_t startOf(std::int64_t d, std::int64_t k) {
        if (d == 0)
            return 0;
        return isAddition(d, k) ? at(d - 1, k + 1) : at(d - 1, k - 1) + 1;
    }

    /// Along equal lines as far as they go; -1 when the work is used up.
    std::int64_t slide(std::int64_t x, std::int64_t k) {
        const std::int64_t start = x;
        while (x < size(m_before) && x - k < size(m_after)
               && m_before[static_cast<std::size_t>(x)] == m_after[static_cast<std::size_t>(x - k)])
            ++x;
        const auto steps = static_cast<std::size_t>(x - start) + 1;
        if (steps > m_work)
            return -1;
        m_work -= steps;
        return x;
    }

    std::vector<Kind> walkBack(std::int64_t d) {
        std::vector<Kind> kinds;
        std::int64_t x = size(m_before);
        std::int64_t y = size(m_after);
        for (; d >= 0; --d) {
            const std::int64_t k = x - y;
            const std::int64_t start = startOf(d, k);
            for (; x > start; --x, --y)
                kinds.push_back(Kind::Same);
            if (d == 0)
                break;
            if (isAddition(d, k)) {
                kinds.push_back(Kind::Added);
                --y;
            } else {
                kinds.push_back(Kind::Removed);
                --x;
            }
        }
        return kinds;
    }

    const Numbers& m_before;
    const Numbers& m_after;
    std::size_t m_work;
    std::vector<std::vector<std::int32_t>> m_rounds;
};

class Merge {
public:
    Merge(Lines before, Lines after) : m_before(before), m_after(after) {
        m_changes.reserve(before.size() + after.size());
    }
    void add(Kind kind) {
        if (kind == Kind::Added) {
            m_changes.push_back({kind, m_after[m_y++]});
            return;
        }
        m_changes.push_back({kind, m_before[m_x++]});
        m_y += kind == Kind::Same ? 1U : 0U;
    }
    void add(Kind kind, std::size_t count) {
        for (; count > 0; --count)
            add(kind);
    }
    /// In each run of changes, those that go first.
    std::vector<LineChange> take() {
        const auto isSame = [](const LineChange& change) { return change.kind == Kind::Same; };
        for (auto at = m_changes.begin(); at != m_changes.end();) {
            at = std::find_if_not(at, m_changes.end(), isSame);
            const auto end = std::find_if(at, m_changes.end(), isSame);
            std::stable_partition(
                at, end, [](const LineChange& change) { return change.kind == Kind::Removed; });
            at = end;
        }
        return std::move(m_changes);
    }

private:
    Lines m_before;
    Lines m_after;
    std::size_t m_x = 0;
    std::size_t m_y = 0;
    std::vector<LineChange> m_changes;
};

} // namespace

std::vector<std::string_view> linesOf(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        lines.push_back(line);
    }
    return lines;
}

std::vector<LineChange> lineDiff(std::string_view before, std::string_view after, std::size_t work) {
    const std::vector<std::string_view> old = linesOf(before);
    const std::vector<std::string_view> fresh = linesOf(after);
    const std::size_t shorter = std::min(old.size(), fresh.size());
    std::size_t head = 0;
    while (head < shorter && old[head] == fresh[head])
        ++head;
    std::size_t tail = 0;
    while (tail < shorter - head && old[old.size() - 1 - tail] == fresh[fresh.size() - 1 - tail])
        ++tail;

    Numbering numbering;
    const Numbers gone = numbering.of(Lines(old).subspan(head, old.size() - head - tail));
    const Numbers come = numbering.of(Lines(fresh).subspan(head, fresh.size() - head - tail));
    Merge merge(old, fresh);
    merge.add(Kind::Same, head);
    if (const auto kinds = Search(gone, come, work).run()) {
        for (auto kind = kinds->rbegin(); kind != kinds->rend(); ++kind)
            merge.add(*kind);
    } else {
        merge.add(Kind::Removed, gone.size());
        merge.add(Kind::Added, come.size());
    }
    merge.add(Kind::Same, tail);
    return merge.take();
}

} // namespace viaduct::revisions
