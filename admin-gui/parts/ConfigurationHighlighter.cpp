// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/ConfigurationHighlighter.h"

#include "shared/net/Prefix.h"

#include <QPalette>
#include <QTextDocument>

#include <algorithm>

namespace viaduct::admin {

namespace {
/// Beyond that a text is plain: colouring all of it at once would be felt.
constexpr int mostLines = 20'000;

bool isNumber(const QString& word) {
    return std::all_of(word.begin(), word.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
}

bool isAddress(const QString& word) {
    if (!word.contains(u':') && !word.contains(u'.'))
        return false;
    const std::string text = word.toStdString();
    const auto slash = text.find('/');
    return IpAddress::fromText(slash == std::string::npos ? text : text.substr(0, slash)).has_value();
}
} // namespace

ConfigurationHighlighter::ConfigurationHighlighter(QTextDocument* document, const QPalette& palette)
    : QSyntaxHighlighter(document) {
    choose(palette);
}

void ConfigurationHighlighter::setPalette(const QPalette& palette) {
    choose(palette);
    rehighlight();
}

void ConfigurationHighlighter::choose(const QPalette& palette) {
    // Each has a contrast of at least 4.5 to the background.
    const bool isDark = palette.color(QPalette::Base).lightness() < 128;
    m_keyword.setForeground(isDark ? QColor(0x7f, 0xb8, 0xff) : QColor(0x00, 0x4a, 0x9f));
    m_keyword.setFontWeight(QFont::DemiBold);
    m_comment.setForeground(isDark ? QColor(0xa0, 0xa8, 0xa0) : QColor(0x5c, 0x66, 0x5c));
    m_comment.setFontItalic(true);
    m_number.setForeground(isDark ? QColor(0xf0, 0xb8, 0x60) : QColor(0x8a, 0x4b, 0x00));
    m_address.setForeground(isDark ? QColor(0x70, 0xd8, 0xa8) : QColor(0x00, 0x6b, 0x4a));
    m_quoted.setForeground(isDark ? QColor(0xe0, 0xa0, 0xe0) : QColor(0x85, 0x2b, 0x85));
}

language::Section ConfigurationHighlighter::sectionOf(const QTextBlock& block) {
    const int state = block.previous().isValid() ? block.previous().userState() : 0;
    return static_cast<language::Section>(std::clamp(state, 0, static_cast<int>(language::Section::End)));
}

void ConfigurationHighlighter::highlightBlock(const QString& text) {
    if (document()->blockCount() > mostLines)
        return;
    const language::Line line = language::read(text, sectionOf(currentBlock()));
    setCurrentBlockState(static_cast<int>(line.next));
    const auto colour = [&](qsizetype begin, qsizetype length, const QTextCharFormat& format) {
        setFormat(static_cast<int>(begin), static_cast<int>(length), format);
    };
    if (line.comment >= 0)
        colour(line.comment, text.size() - line.comment, m_comment);
    for (const language::Word& word : line.words) {
        if (word.role == language::Role::Keyword) {
            colour(word.begin, word.length, m_keyword);
            continue;
        }
        const QString value = text.mid(word.begin, word.length);
        if (word.isQuoted)
            colour(word.begin, word.length, m_quoted);
        else if (isNumber(value))
            colour(word.begin, word.length, m_number);
        else if (isAddress(value))
            colour(word.begin, word.length, m_address);
    }
}

} // namespace viaduct::admin
