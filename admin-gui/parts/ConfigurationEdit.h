// SPDX-License-Identifier: GPL-3.0-or-later
// An editor of a configuration: numbers of the lines, colours, completion by keyboard, and the broker's
// mistakes where they are: underlined, marked in the margin, told when pointed at.
#pragma once

#include "admin-gui/parts/ConfigurationHighlighter.h"
#include "shared/api/Configuration.h"

#include <QPlainTextEdit>

class QCompleter;
class QStringListModel;

namespace viaduct::admin {

class ConfigurationEdit : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit ConfigurationEdit(QWidget* parent = nullptr);

    /// They move with the text until the next ones come.
    void setMistakes(const std::vector<api::Diagnostic>& mistakes);
    /// To the mistake of this number in the list that was set, wherever it is by now.
    void goToMistake(std::size_t index);
    /// From 1 both; the column counts characters, not units of UTF-16.
    void goTo(int line, int column);
    /// To the next place of `words` from the cursor on, and round; whether there is one.
    bool find(const QString& words, bool backwards);
    /// Another text, which one Undo takes back.
    void replaceText(const QString& text);

protected:
    bool event(QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    friend class ConfigurationMargin;
    struct Mistake {
        QTextCursor place;
        QString text;
    };

    QTextCursor placeOf(int line, int column) const;
    QTextCharFormat wave() const;
    int marginWidth() const;
    void placeMargin();
    void paintMargin(QPaintEvent* event);
    void showSelections();
    QString mistakeAt(int position) const;
    void offer(bool asked);
    void take(const QString& word);

    ConfigurationHighlighter* m_highlighter;
    QWidget* m_margin;
    QCompleter* m_completer;
    QStringListModel* m_words;
    qsizetype m_begin = 0; ///< in the line: of the word that a completion replaces
    std::vector<Mistake> m_mistakes; ///< those that are shown in the text
    std::vector<api::Diagnostic> m_all;
};

} // namespace viaduct::admin
