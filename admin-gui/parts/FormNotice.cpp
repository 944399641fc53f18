// SPDX-License-Identifier: GPL-3.0-or-later
// The place of errors in forms and dialogs.
#include "admin-gui/parts/FormNotice.h"

namespace viaduct::admin {

FormNotice::FormNotice(QWidget* parent) : QLabel(parent) {
    setWordWrap(true);
    setTextFormat(Qt::PlainText);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setAccessibleName(tr("Notice"));
    hide();
}

void FormNotice::tell(const api::Trouble& trouble) {
    QStringList lines{QString::fromStdString(trouble.error.message)};
    for (const api::FieldError& field : trouble.fields)
        lines.append(field.pointer + QStringLiteral(": ") + field.detail);
    tell(lines.join(u'\n'));
}

void FormNotice::tell(const QString& sentence) {
    setText(sentence);
    setVisible(!sentence.isEmpty());
}

} // namespace viaduct::admin
