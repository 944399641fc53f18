// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/Charter.h"

#include <QFile>

#include <algorithm>
#include <optional>

namespace viaduct::web {

namespace {
constexpr qint64 largestCharter = 256LL * 1024; // bytes: a hundred pages
constexpr std::size_t longestSpan = 2000; ///< of a link or an emphasis: bounds the work for unclosed ones
constexpr int deepestSpan = 3;

bool isLinkTarget(std::string_view url) {
    return url.starts_with("https://") && url.find_first_of(" \t\"'<>\\") == std::string_view::npos;
}

/// What stands between `mark` at `begin` and the next one; none when it is not closed.
std::optional<std::string_view> span(std::string_view text, std::size_t begin, std::string_view mark) {
    if (text.substr(begin, mark.size()) != mark)
        return std::nullopt;
    const std::string_view rest = text.substr(begin + mark.size(), longestSpan);
    const std::size_t end = rest.find(mark);
    if (end == std::string_view::npos || end == 0 || rest.front() == ' ')
        return std::nullopt;
    return rest.substr(0, end);
}

Markup inlineMarkup(std::string_view text, int depth = 0);

struct Piece {
    Markup markup;
    std::size_t size = 0; ///< of the text that it stands for
};

std::optional<Piece> linkAt(std::string_view text, std::size_t begin, int depth) {
    if (text[begin] != '[')
        return std::nullopt;
    const std::string_view rest = text.substr(begin, longestSpan);
    const std::size_t middle = rest.find("](");
    const std::size_t end = middle == std::string_view::npos ? middle : rest.find(')', middle);
    if (end == std::string_view::npos)
        return std::nullopt;
    const std::string_view url = rest.substr(middle + 2, end - middle - 2);
    if (!isLinkTarget(url))
        return std::nullopt;
    return Piece{
        element(
            "a", {{"href", std::string(url)}, {"rel", "noreferrer"}},
            inlineMarkup(rest.substr(1, middle - 1), depth + 1)),
        end + 1};
}

std::optional<Piece> pieceAt(std::string_view text, std::size_t begin, int depth) {
    if (depth >= deepestSpan)
        return std::nullopt;
    if (auto link = linkAt(text, begin, depth))
        return link;
    if (const auto bold = span(text, begin, "**"))
        return Piece{element("strong", {}, inlineMarkup(*bold, depth + 1)), bold->size() + 4};
    if (const auto emphasis = span(text, begin, "*"))
        return Piece{element("em", {}, inlineMarkup(*emphasis, depth + 1)), emphasis->size() + 2};
    return std::nullopt;
}

Markup inlineMarkup(std::string_view text, int depth) {
    Markup all;
    std::size_t plainFrom = 0;
    for (std::size_t i = 0; i < text.size();) {
        const auto piece = text[i] == '[' || text[i] == '*' ? pieceAt(text, i, depth) : std::nullopt;
        if (!piece) {
            ++i;
            continue;
        }
        all += plain(text.substr(plainFrom, i - plainFrom)) + piece->markup;
        i += piece->size;
        plainFrom = i;
    }
    return all + plain(text.substr(plainFrom));
}

std::string_view trimmed(std::string_view text) {
    const auto isBlank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// 0: no heading.
std::size_t headingLevel(std::string_view line) {
    const std::size_t level = std::min(line.find_first_not_of('#'), line.size());
    return level <= 6 && line.substr(level).starts_with(' ') ? level : 0;
}

/// The size of "- ", "* " or "12. "; 0: no item.
std::size_t bulletSize(std::string_view line) {
    if (line.starts_with("- ") || line.starts_with("* "))
        return 2;
    const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
    return digits > 0 && digits <= 3 && line.substr(digits).starts_with(". ") ? digits + 2 : 0;
}

/// Takes line by line, and closes a block when another begins.
class Blocks {
public:
    void take(std::string_view line) {
        if (line.empty())
            return close();
        if (const std::size_t level = headingLevel(line)) {
            close();
            const std::string name = "h" + std::to_string(std::min<std::size_t>(level + 1, 6));
            m_all += element(name, {}, inlineMarkup(trimmed(line.substr(level))));
        } else if (const std::size_t bullet = bulletSize(line)) {
            const std::string list = line.front() >= '0' && line.front() <= '9' ? "ol" : "ul";
            closeText();
            if (m_list != list)
                close();
            m_list = list;
            m_text = line.substr(bullet);
        } else {
            m_text += (m_text.empty() ? "" : " ") + std::string(line);
        }
    }
    Markup end() {
        close();
        return std::move(m_all);
    }

private:
    void closeText() {
        if (m_text.empty())
            return;
        if (m_list.empty())
            m_all += element("p", {}, inlineMarkup(m_text));
        else
            m_items += element("li", {}, inlineMarkup(m_text));
        m_text.clear();
    }
    void close() {
        closeText();
        if (!m_list.empty())
            m_all += element(m_list, {}, m_items);
        m_items = {};
        m_list.clear();
    }

    Markup m_all;
    Markup m_items;
    std::string m_list; ///< the element of the open list
    std::string m_text; ///< of the open paragraph or item
};
} // namespace

Markup charterMarkup(std::string_view markdown) {
    Blocks blocks;
    for (std::size_t begin = 0; begin < markdown.size();) {
        const std::size_t end = std::min(markdown.find('\n', begin), markdown.size());
        blocks.take(trimmed(markdown.substr(begin, end - begin)));
        begin = end + 1;
    }
    return blocks.end();
}

Result<std::string> readCharter(const std::string& path) {
    QFile file(QString::fromStdString(path));
    if (!file.open(QIODevice::ReadOnly))
        return failure(
            Error::Code::System,
            "The charter " + path + " cannot be read: " + file.errorString().toStdString()
                + ". Let viaductd read it.");
    const QByteArray bytes = file.read(largestCharter + 1);
    if (bytes.size() > largestCharter)
        return failure(
            Error::Code::System, "The charter " + path + " has more than 256 KiB: nobody reads that.");
    return QString::fromUtf8(bytes).toStdString();
}

} // namespace viaduct::web
