// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Language.h"

#include "server/http/Text.h"

#include <algorithm>
#include <compare>
#include <optional>

namespace viaduct::http {

namespace {

constexpr std::size_t mostRanges = 50; ///< browsers send a handful; the work grows with their number

struct Range {
    std::string tag; ///< lower case
    int weight = 0; ///< thousandths
};

/// RFC 9110, 12.4.2: 0 to 1 with up to three decimals, as thousandths.
std::optional<int> weightOf(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1'))
        return std::nullopt;
    int thousandths = (text[0] - '0') * 1000;
    if (text.size() > 1 && text[1] != '.')
        return std::nullopt;
    int place = 100;
    for (const char c : text.size() > 2 ? text.substr(2) : std::string_view()) {
        if (c < '0' || c > '9')
            return std::nullopt;
        thousandths += (c - '0') * place;
        place /= 10;
    }
    return thousandths <= 1000 ? std::optional(thousandths) : std::nullopt;
}

std::optional<Range> rangeOf(std::string_view text) {
    const std::size_t semicolon = text.find(';');
    Range range{lowerCase(trimmed(text.substr(0, semicolon))), 1000};
    if (semicolon != std::string_view::npos) {
        const std::string parameter = lowerCase(trimmed(text.substr(semicolon + 1)));
        const auto weight = parameter.starts_with("q=") ? weightOf(parameter.substr(2)) : std::nullopt;
        if (!weight)
            return std::nullopt;
        range.weight = *weight;
    }
    return range.tag.empty() ? std::nullopt : std::optional(range);
}

bool beginsWith(std::string_view tag, std::string_view start) {
    return tag.starts_with(start) && (tag.size() == start.size() || tag[start.size()] == '-');
}

/// How well the range knows the tag: 0 not at all.
std::size_t closeness(const Range& range, std::string_view tag) {
    if (range.tag == "*")
        return 1;
    if (beginsWith(tag, range.tag) || beginsWith(range.tag, tag))
        return 1 + std::min(tag.size(), range.tag.size());
    return 0;
}

/// What the header thinks of one tag. More is better, the members in this order.
struct Match {
    int weight = 0;
    std::size_t placesFromTheEnd = 0; ///< people write first what they want first
    std::size_t closeness = 0;
    auto operator<=>(const Match&) const = default;
};

/// By the closest of the ranges; of those equally close the best: "fr-FR, fr;q=0.8" wants "fr" wholly.
Match matchOf(std::string_view tag, const std::vector<Range>& ranges) {
    Match best;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const Match match{ranges[i].weight, ranges.size() - i, closeness(ranges[i], tag)};
        if (match.closeness > best.closeness
            || (match.closeness != 0 && match.closeness == best.closeness && match > best))
            best = match;
    }
    return best;
}

} // namespace

std::string bestLanguage(std::string_view acceptLanguage, const std::vector<std::string>& offered) {
    std::vector<Range> ranges;
    for (const std::string_view part : split(acceptLanguage, ',')) {
        if (ranges.size() == mostRanges)
            break;
        if (const auto range = rangeOf(part))
            ranges.push_back(*range);
    }
    const std::string* best = &offered.front();
    Match bestMatch;
    for (const std::string& tag : offered) {
        const Match match = matchOf(tag, ranges);
        if (match.weight > 0 && match > bestMatch) {
            best = &tag;
            bestMatch = match;
        }
    }
    return *best;
}

} // namespace viaduct::http
