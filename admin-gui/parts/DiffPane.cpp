// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/DiffPane.h"

#include <QEvent>
#include <QFontDatabase>
#include <QSyntaxHighlighter>

namespace viaduct::admin {

namespace {

/// More are not read by anybody, and would be felt.
constexpr int mostLines = 20'000;

class Colours : public QSyntaxHighlighter {
public:
    explicit Colours(DiffPane* pane) : QSyntaxHighlighter(pane->document()), m_pane(pane) { }

protected:
    void highlightBlock(const QString& text) override {
        const bool isDark = m_pane->palette().color(QPalette::Base).lightness() < 128;
        QTextCharFormat format;
        if (text.startsWith(u'+'))
            format.setForeground(isDark ? QColor(0x7f, 0xb8, 0xff) : QColor(0x00, 0x50, 0xa0));
        else if (text.startsWith(u'-'))
            format.setForeground(isDark ? QColor(0xf0, 0xa0, 0x50) : QColor(0xa0, 0x40, 0x00));
        else if (text.startsWith(u'…'))
            format.setFontItalic(true);
        else
            return;
        setFormat(0, static_cast<int>(text.size()), format);
    }

private:
    DiffPane* m_pane;
};

} // namespace

DiffPane::DiffPane(QWidget* parent) : QPlainTextEdit(parent), m_colours(new Colours(this)) {
    setReadOnly(true);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
}

void DiffPane::setLines(const std::vector<api::DiffLine>& lines, int context) {
    using api::DiffKind;
    m_added = 0;
    m_removed = 0;
    std::vector<bool> isShown(lines.size(), context < 0);
    const auto show = [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i)
            isShown[i] = true;
    };
    const std::size_t around = context < 0 ? 0 : static_cast<std::size_t>(context);
    std::size_t done = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].kind == DiffKind::Same)
            continue;
        ++(lines[i].kind == DiffKind::Added ? m_added : m_removed);
        const std::size_t from = std::max(done, i - std::min(i, around));
        done = std::min(lines.size(), i + around + 1);
        show(std::min(from, done), done);
    }
    QString text;
    int written = 0;
    int left = 0; // unchanged lines that are left out here
    const auto tellLeft = [&] {
        if (left > 0)
            text += u'…' + tr(" %n line(s) the same", nullptr, left) + u'\n';
        left = 0;
    };
    for (std::size_t i = 0; i < lines.size() && written < mostLines; ++i) {
        if (!isShown[i]) {
            ++left;
            continue;
        }
        tellLeft();
        const DiffKind kind = lines[i].kind;
        text += kind == DiffKind::Added ? u'+' : kind == DiffKind::Removed ? u'-' : u' ';
        text += u' ' + lines[i].text + u'\n';
        ++written;
    }
    if (written == mostLines)
        text += u'…' + tr(" more is not shown here") + u'\n';
    else if (m_added + m_removed > 0)
        tellLeft();
    text.chop(1);
    setPlainText(text);
}

QString DiffPane::summary() const {
    return m_added + m_removed == 0 ? tr("Nothing differs.")
                                    : tr("%n line(s) added", nullptr, m_added) + QStringLiteral(", ")
            + tr("%n removed", nullptr, m_removed) + u'.';
}

void DiffPane::changeEvent(QEvent* event) {
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        m_colours->rehighlight();
}

} // namespace viaduct::admin
