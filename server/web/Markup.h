// SPDX-License-Identifier: GPL-3.0-or-later
// HTML that cannot be mixed up with text: what is text is escaped on its way in, always, because only Markup
// is taken for what it is. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace viaduct::web {

/// A piece of HTML. Nobody but this room's own tags and escaped() gets in.
struct Markup {
    std::string html;
    Markup& operator+=(const Markup& other) {
        html += other.html;
        return *this;
    }
    friend Markup operator+(Markup left, const Markup& right) {
        left += right;
        return left;
    }
    bool isEmpty() const { return html.empty(); }
};

/// Names and values; a value of an attribute that is only there or not (required, checked) is empty.
using Attributes = std::vector<std::pair<std::string, std::string>>;

/// For elements and for attributes in double quotes. Control characters that HTML does not allow become
/// U+FFFD.
std::string escaped(std::string_view text);
Markup plain(std::string_view text);
/// As plain(), with line breaks where the text has them.
Markup lines(std::string_view text);

Markup element(std::string_view name, const Attributes& attributes, const Markup& content);
Markup element(std::string_view name, const Attributes& attributes, std::string_view text);
/// One that has no content and no end: input, meta, link.
Markup voidElement(std::string_view name, const Attributes& attributes);

} // namespace viaduct::web
