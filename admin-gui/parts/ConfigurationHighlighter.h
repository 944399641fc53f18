// SPDX-License-Identifier: GPL-3.0-or-later
// The colours of a configuration, on light and on dark. The state of each line is the section behind it, so
// that a change is looked at only as far as it reaches.
#pragma once

#include "admin-gui/parts/ConfigurationLanguage.h"

#include <QSyntaxHighlighter>

namespace viaduct::admin {

class ConfigurationHighlighter : public QSyntaxHighlighter {
    Q_OBJECT
public:
    ConfigurationHighlighter(QTextDocument* document, const QPalette& palette);

    void setPalette(const QPalette& palette);
    /// Of the line itself: what stands before it has decided.
    static language::Section sectionOf(const QTextBlock& block);

protected:
    void highlightBlock(const QString& text) override;

private:
    void choose(const QPalette& palette);

    QTextCharFormat m_keyword;
    QTextCharFormat m_comment;
    QTextCharFormat m_number;
    QTextCharFormat m_address;
    QTextCharFormat m_quoted;
};

} // namespace viaduct::admin
