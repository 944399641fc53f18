// SPDX-License-Identifier: GPL-3.0-or-later
// How one text becomes another, line by line; pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace viaduct::revisions {

struct LineChange {
    enum class Kind { Same, Added, Removed };
    Kind kind = Kind::Same;
    std::string_view text; ///< a part of one of the two texts, without its line end (LF or CRLF)
    friend bool operator==(const LineChange&, const LineChange&) = default;
};

/// What is between line ends. The last line need not have one.
std::vector<std::string_view> linesOf(std::string_view text);

/// All lines of both, in order; where they differ, those that go before those that come. As few changes as
/// possible (Myers, "An O(ND) Difference Algorithm", 1986), as long as that takes no more than `work` steps,
/// of four bytes each; else what lies between the first and the last difference goes and comes as a whole.
std::vector<LineChange>
lineDiff(std::string_view before, std::string_view after, std::size_t work = 8'000'000);

} // namespace viaduct::revisions
