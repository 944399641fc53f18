// SPDX-License-Identifier: GPL-3.0-or-later
// Two texts as one: what goes with a minus, what comes with a plus, and a colour besides.
#pragma once

#include "shared/api/Configuration.h"

#include <QPlainTextEdit>

class QSyntaxHighlighter;

namespace viaduct::admin {

class DiffPane : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit DiffPane(QWidget* parent = nullptr);

    /// `context`: so many unchanged lines around each change, < 0: all of them.
    void setLines(const std::vector<api::DiffLine>& lines, int context);
    /// "3 lines added, 1 removed"; or that nothing differs.
    QString summary() const;

protected:
    void changeEvent(QEvent* event) override;

private:
    QSyntaxHighlighter* m_colours;
    int m_added = 0;
    int m_removed = 0;
};

} // namespace viaduct::admin
