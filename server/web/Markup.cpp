// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/Markup.h"

#include <algorithm>

namespace viaduct::web {

namespace {
constexpr std::string_view replacement = "\xEF\xBF\xBD";

void addEscaped(std::string& html, char c) {
    switch (c) {
    case '&':
        html += "&amp;";
        break;
    case '<':
        html += "&lt;";
        break;
    case '>':
        html += "&gt;";
        break;
    case '"':
        html += "&quot;";
        break;
    case '\'':
        html += "&#39;";
        break;
    case '\n':
    case '\r':
    case '\t':
        html += c;
        break;
    default:
        if ((c >= 0 && c < 32) || c == 127)
            html += replacement;
        else
            html += c;
    }
}

std::string startTag(std::string_view name, const Attributes& attributes) {
    std::string tag = "<" + std::string(name);
    for (const auto& [key, value] : attributes) {
        tag += " " + key;
        if (!value.empty())
            tag += "=\"" + escaped(value) + "\"";
    }
    return tag + ">";
}
} // namespace

std::string escaped(std::string_view text) {
    std::string html;
    html.reserve(text.size());
    for (const char c : text)
        addEscaped(html, c);
    return html;
}

Markup plain(std::string_view text) {
    return {escaped(text)};
}

Markup lines(std::string_view text) {
    Markup all;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (begin > 0)
            all += voidElement("br", {});
        all += plain(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

Markup element(std::string_view name, const Attributes& attributes, const Markup& content) {
    return {startTag(name, attributes) + content.html + "</" + std::string(name) + ">"};
}

Markup element(std::string_view name, const Attributes& attributes, std::string_view text) {
    return element(name, attributes, plain(text));
}

Markup voidElement(std::string_view name, const Attributes& attributes) {
    return {startTag(name, attributes)};
}

} // namespace viaduct::web
