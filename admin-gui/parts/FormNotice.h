// SPDX-License-Identifier: GPL-3.0-or-later
// A label in a form or a dialog for what went wrong and what comes next; hidden while it is empty. As
// View::notice, for what is no view.
#pragma once

#include "shared/api/Client.h"

#include <QLabel>

namespace viaduct::admin {

class FormNotice : public QLabel {
    Q_OBJECT
public:
    explicit FormNotice(QWidget* parent = nullptr);

    /// With cause, cure and the fields.
    void tell(const api::Trouble& trouble);
    /// Empty: nothing to say.
    void tell(const QString& sentence);
};

} // namespace viaduct::admin
