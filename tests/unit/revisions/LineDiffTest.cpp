// SPDX-License-Identifier: GPL-3.0-or-later
// How one text becomes another: by table, and by what holds for all texts.
#include "server/revisions/LineDiff.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

using namespace viaduct::revisions;

namespace {

/// " a" same, "+a" added, "-a" removed.
std::string shown(const std::vector<LineChange>& changes) {
    std::string text;
    for (const LineChange& change : changes) {
        text += change.kind == LineChange::Kind::Same ? ' '
            : change.kind == LineChange::Kind::Added  ? '+'
                                                      : '-';
        text += std::string(change.text) + ' ';
    }
    return text;
}

std::string joined(const std::vector<LineChange>& changes, LineChange::Kind without) {
    std::string text;
    for (const LineChange& change : changes) {
        if (change.kind != without)
            text += std::string(change.text) + '\n';
    }
    return text;
}

std::size_t changesIn(const std::vector<LineChange>& changes) {
    std::size_t count = 0;
    for (const LineChange& change : changes)
        count += change.kind == LineChange::Kind::Same ? 0 : 1;
    return count;
}

/// The least number of changes, by the plain table of the longest common subsequence.
std::size_t leastChanges(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
    std::vector<std::vector<std::size_t>> common(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j)
            common[i][j] = a[i - 1] == b[j - 1] ? common[i - 1][j - 1] + 1
                                                : std::max(common[i - 1][j], common[i][j - 1]);
    return a.size() + b.size() - 2 * common[a.size()][b.size()];
}

} // namespace

TEST(LineDiff, isWhatAPersonWouldSay) {
    const struct {
        const char* before;
        const char* after;
        const char* diff;
    } table[] = {
        {"", "", ""},
        {"", "a\n", "+a "},
        {"a\n", "", "-a "},
        {"a\nb\n", "a\nb\n", " a  b "},
        {"a\nb\nc\n", "a\nx\nc\n", " a -b +x  c "},
        {"a\nb\n", "b\nc\n", "-a  b +c "},
        {"a\nb\nc\nd\n", "a\nd\n", " a -b -c  d "},
        {"a\nd\n", "a\nb\nc\nd\n", " a +b +c  d "},
        {"1\n2\n3\n", "x\ny\n", "-1 -2 -3 +x +y "},
        {"a\nb", "a\nb\n", " a  b "}, // the last line end is none of a line
        {"a\r\nb\r\n", "a\nb\n", " a  b "},
        {"\n\n", "\n", "  - "},
    };
    for (const auto& row : table)
        EXPECT_EQ(shown(lineDiff(row.before, row.after)), row.diff) << row.before << "->" << row.after;
}

TEST(LineDiff, holdsBothTextsAndIsTheShortest) {
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::string texts[2];
        for (std::string& text : texts) {
            for (auto lines = random() % 12; lines > 0; --lines)
                text += std::string(1, static_cast<char>('a' + random() % 4)) + '\n';
        }
        const auto diff = lineDiff(texts[0], texts[1]);
        EXPECT_EQ(joined(diff, LineChange::Kind::Added), texts[0]);
        EXPECT_EQ(joined(diff, LineChange::Kind::Removed), texts[1]);
        EXPECT_EQ(changesIn(diff), leastChanges(linesOf(texts[0]), linesOf(texts[1]))) << texts[0] << "->\n"
                                                                                       << texts[1];
    }
}

TEST(LineDiff, isCoarseWhenItWouldTakeTooLong) {
    const std::string before = "head\n1\nsame\n2\ntail\n";
    const std::string after = "head\n3\nsame\n4\ntail\n";
    EXPECT_EQ(shown(lineDiff(before, after)), " head -1 +3  same -2 +4  tail ");
    EXPECT_EQ(shown(lineDiff(before, after, 3)), " head -1 -same -2 +3 +same +4  tail ");
}

TEST(LineDiff, hasABoundForTextsThatHaveNothingInCommon) {
    std::string before;
    std::string after;
    for (int i = 0; i < 300'000; ++i) {
        before += 'a' + std::to_string(i) + '\n';
        after += 'b' + std::to_string(i) + '\n';
    }
    const auto started = std::chrono::steady_clock::now();
    const auto diff = lineDiff(before, after);
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
    EXPECT_EQ(diff.size(), 600'000U);
    EXPECT_EQ(joined(diff, LineChange::Kind::Removed), after);
}
