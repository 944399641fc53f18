// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/ConfigurationEdit.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QFontDatabase>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QSet>
#include <QStringListModel>
#include <QTextBlock>
#include <QToolTip>

#include <algorithm>

namespace viaduct::admin {

namespace {
/// Every one of them moves with each key that is typed; the list below the text has the others.
constexpr std::size_t mostUnderlined = 500;
/// Of a text that are searched for names when one is to be completed.
constexpr int mostLinesForNames = 5'000;
constexpr int gap = 4; ///< pixels
constexpr qsizetype enoughToOffer = 2; ///< letters

/// The place in UTF-16 of a character.
qsizetype unitOf(const QString& line, int character) {
    qsizetype unit = 0;
    for (int i = 0; i < character && unit < line.size(); ++i)
        unit += line[unit].isHighSurrogate() && unit + 1 < line.size() ? 2 : 1;
    return unit;
}
} // namespace

/// The strip with the numbers.
class ConfigurationMargin : public QWidget {
public:
    explicit ConfigurationMargin(ConfigurationEdit* edit) : QWidget(edit), m_edit(edit) { }
    QSize sizeHint() const override { return {m_edit->marginWidth(), 0}; }

protected:
    void paintEvent(QPaintEvent* event) override { m_edit->paintMargin(event); }

private:
    ConfigurationEdit* m_edit;
};

ConfigurationEdit::ConfigurationEdit(QWidget* parent)
    : QPlainTextEdit(parent), m_highlighter(new ConfigurationHighlighter(document(), palette())),
      m_margin(new ConfigurationMargin(this)), m_completer(new QCompleter(this)),
      m_words(new QStringListModel(this)) {
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setTabChangesFocus(true); // blanks do as well, and one gets out by keyboard
    m_completer->setModel(m_words);
    m_completer->setWidget(this);
    m_completer->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    m_completer->popup()->setAccessibleName(tr("Completion"));
    connect(m_completer, qOverload<const QString&>(&QCompleter::activated), this, &ConfigurationEdit::take);
    connect(this, &QPlainTextEdit::blockCountChanged, this, &ConfigurationEdit::placeMargin);
    connect(this, &QPlainTextEdit::updateRequest, this, [this](const QRect& rect, int scrolled) {
        if (scrolled != 0)
            m_margin->scroll(0, scrolled);
        else
            m_margin->update(0, rect.y(), m_margin->width(), rect.height());
    });
    connect(this, &QPlainTextEdit::cursorPositionChanged, this, [this] {
        showSelections();
        m_margin->update();
    });
    placeMargin();
    showSelections();
}

// --- mistakes

QTextCursor ConfigurationEdit::placeOf(int line, int column) const {
    QTextBlock block = document()->findBlockByNumber(line - 1);
    if (!block.isValid())
        block = document()->lastBlock();
    const QString text = block.text();
    const qsizetype begin = unitOf(text, column - 1);
    qsizetype end = begin;
    while (end < text.size() && !text[end].isSpace())
        ++end;
    QTextCursor cursor(block);
    // What is missing at the end of a line is told there; the last letter carries the mark.
    const bool isBehind = end == begin;
    const qsizetype from = isBehind ? std::max<qsizetype>(begin - 1, 0) : begin;
    const qsizetype to = isBehind ? std::min(from + 1, text.size()) : end;
    cursor.setPosition(block.position() + static_cast<int>(from));
    cursor.setPosition(block.position() + static_cast<int>(to), QTextCursor::KeepAnchor);
    return cursor;
}

void ConfigurationEdit::setMistakes(const std::vector<api::Diagnostic>& mistakes) {
    m_all = mistakes;
    m_mistakes.clear();
    for (const api::Diagnostic& mistake : mistakes) {
        if (m_mistakes.size() == mostUnderlined)
            break;
        m_mistakes.push_back({placeOf(mistake.line, mistake.column), mistake.cause + u' ' + mistake.cure});
    }
    showSelections();
    m_margin->update();
}

void ConfigurationEdit::goToMistake(std::size_t index) {
    if (index >= m_all.size())
        return;
    if (index >= m_mistakes.size())
        return goTo(m_all[index].line, m_all[index].column);
    QTextCursor cursor = textCursor();
    cursor.setPosition(m_mistakes[index].place.selectionStart());
    setTextCursor(cursor);
    centerCursor();
    setFocus();
}

void ConfigurationEdit::goTo(int line, int column) {
    QTextCursor cursor = textCursor();
    cursor.setPosition(placeOf(line, column).selectionStart());
    setTextCursor(cursor);
    centerCursor();
    setFocus();
}

QTextCharFormat ConfigurationEdit::wave() const {
    const bool isDark = palette().color(QPalette::Base).lightness() < 128;
    QTextCharFormat format;
    format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
    format.setUnderlineColor(isDark ? QColor(0xff, 0x80, 0x70) : QColor(0xc0, 0x20, 0x10));
    return format;
}

void ConfigurationEdit::showSelections() {
    QList<QTextEdit::ExtraSelection> selections;
    if (!isReadOnly()) {
        QTextEdit::ExtraSelection line;
        line.cursor = textCursor();
        line.cursor.clearSelection();
        line.format.setBackground(palette().color(QPalette::AlternateBase));
        line.format.setProperty(QTextFormat::FullWidthSelection, true);
        selections.append(line);
    }
    const QTextCharFormat format = wave();
    for (const Mistake& mistake : m_mistakes)
        selections.append({mistake.place, format});
    setExtraSelections(selections);
}

QString ConfigurationEdit::mistakeAt(int position) const {
    QStringList found;
    for (const Mistake& mistake : m_mistakes) {
        if (mistake.place.selectionStart() <= position && position <= mistake.place.selectionEnd())
            found.append(mistake.text);
    }
    return found.join(u'\n');
}

bool ConfigurationEdit::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip)
        return QPlainTextEdit::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const QPoint inText = viewport()->mapFrom(this, help->pos());
    const QString text = mistakeAt(cursorForPosition(inText).position());
    if (text.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(help->globalPos(), text, this);
    return true;
}

// --- the text

bool ConfigurationEdit::find(const QString& words, bool backwards) {
    if (words.isEmpty())
        return true;
    const QTextDocument::FindFlags flags
        = backwards ? QTextDocument::FindFlags(QTextDocument::FindBackward) : QTextDocument::FindFlags();
    QTextCursor found = document()->find(words, textCursor(), flags);
    if (found.isNull())
        found = document()->find(words, backwards ? document()->characterCount() - 1 : 0, flags);
    if (found.isNull())
        return false;
    setTextCursor(found);
    ensureCursorVisible();
    return true;
}

void ConfigurationEdit::replaceText(const QString& text) {
    QTextCursor cursor(document());
    cursor.select(QTextCursor::Document);
    cursor.insertText(text);
    moveCursor(QTextCursor::Start);
}

void ConfigurationEdit::changeEvent(QEvent* event) {
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        m_highlighter->setPalette(palette());
        showSelections();
    }
    if (event->type() == QEvent::FontChange && m_margin)
        placeMargin();
}

// --- the margin

int ConfigurationEdit::marginWidth() const {
    const qsizetype digits = std::max<qsizetype>(QString::number(blockCount()).size(), 3);
    const int mark = fontMetrics().height();
    return mark + static_cast<int>(digits) * fontMetrics().horizontalAdvance(u'9') + 2 * gap;
}

void ConfigurationEdit::placeMargin() {
    const bool mirrored = isRightToLeft();
    const int width = marginWidth();
    setViewportMargins(mirrored ? 0 : width, 0, mirrored ? width : 0, 0);
    const QRect inside = contentsRect();
    m_margin->setGeometry(
        mirrored ? inside.right() - width : inside.left(), inside.top(), width, inside.height());
}

void ConfigurationEdit::resizeEvent(QResizeEvent* event) {
    QPlainTextEdit::resizeEvent(event);
    placeMargin();
}

void ConfigurationEdit::paintMargin(QPaintEvent* event) {
    QSet<int> marked;
    for (const Mistake& mistake : m_mistakes)
        marked.insert(mistake.place.blockNumber());
    QPainter painter(m_margin);
    painter.fillRect(event->rect(), palette().color(QPalette::AlternateBase));
    painter.setRenderHint(QPainter::Antialiasing);
    const int height = fontMetrics().height();
    const int current = textCursor().blockNumber();
    const QColor red = wave().underlineColor();
    QTextBlock block = firstVisibleBlock();
    qreal top = blockBoundingGeometry(block).translated(contentOffset()).top();
    while (block.isValid() && top <= event->rect().bottom()) {
        const qreal next = top + blockBoundingRect(block).height();
        if (block.isVisible() && next >= event->rect().top()) {
            const int number = block.blockNumber();
            const int y = qRound(top);
            QColor ink = palette().color(QPalette::Text);
            if (number != current)
                ink.setAlphaF(0.65F); // quieter, and still read
            painter.setPen(ink);
            painter.drawText(
                height, y, m_margin->width() - height - gap, height, Qt::AlignRight,
                QString::number(number + 1));
            if (marked.contains(number)) { // a form of its own, not a colour alone
                painter.setPen(Qt::NoPen);
                painter.setBrush(red);
                painter.drawPolygon(QPolygonF{
                    {gap * 1.0, top + height - 3},
                    {height / 2.0, top + 3},
                    {height - gap * 1.0, top + height - 3}});
            }
        }
        block = block.next();
        top = next;
    }
}

// --- completion

void ConfigurationEdit::keyPressEvent(QKeyEvent* event) {
    if (m_completer->popup()->isVisible()) {
        switch (event->key()) {
        case Qt::Key_Enter:
        case Qt::Key_Return:
        case Qt::Key_Escape:
        case Qt::Key_Tab:
        case Qt::Key_Backtab:
            event->ignore(); // the list takes them
            return;
        default:
            break;
        }
    }
    const bool asked = event->key() == Qt::Key_Space && event->modifiers() == Qt::ControlModifier;
    if (!asked)
        QPlainTextEdit::keyPressEvent(event);
    const bool typed = !event->text().isEmpty() && event->text().front().isPrint();
    if (isReadOnly())
        return;
    if (asked || typed || (event->key() == Qt::Key_Backspace && m_completer->popup()->isVisible()))
        offer(asked);
    else
        m_completer->popup()->hide();
}

void ConfigurationEdit::offer(bool asked) {
    const QTextCursor cursor = textCursor();
    const QTextBlock block = cursor.block();
    const QString line = block.text();
    const qsizetype at = cursor.positionInBlock();
    const bool isInWord = at < line.size() && !line[at].isSpace();
    const QString before = line.left(at);
    language::Names names;
    if (before.trimmed().contains(u' ')
        || (asked && !before.trimmed().isEmpty())) { // no line begins with one
        QTextBlock each = document()->begin();
        for (int i = 0; each.isValid() && i < mostLinesForNames; ++i, each = each.next())
            language::collect(each.text(), names);
    }
    const language::Completions found
        = language::completions(before, ConfigurationHighlighter::sectionOf(block), names);
    if (cursor.hasSelection() || isInWord || found.words.isEmpty()
        || (!asked && at - found.begin < enoughToOffer)) {
        m_completer->popup()->hide();
        return;
    }
    m_begin = found.begin;
    m_words->setStringList(found.words);
    QAbstractItemView* popup = m_completer->popup();
    QRect place = cursorRect().translated(viewport()->pos());
    place.setWidth(popup->sizeHintForColumn(0) + popup->verticalScrollBar()->sizeHint().width() + 2 * gap);
    m_completer->complete(place);
    popup->setCurrentIndex(m_completer->completionModel()->index(0, 0));
}

void ConfigurationEdit::take(const QString& word) {
    QTextCursor cursor = textCursor();
    cursor.setPosition(cursor.block().position() + static_cast<int>(m_begin), QTextCursor::KeepAnchor);
    cursor.insertText(word + u' ');
    setTextCursor(cursor);
}

} // namespace viaduct::admin
