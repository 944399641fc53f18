// SPDX-License-Identifier: GPL-3.0-or-later
// The Idempotency-Key of a form: when nobody knows whether the broker has got it, pressing the button again
// sends the same, so that nothing is made twice and a password that was lost on the way comes after all.
#pragma once

#include "shared/api/Client.h"

#include <QUuid>

namespace viaduct::admin {

template <typename Draft>
class RetryKey {
public:
    QString keyFor(const Draft& draft) {
        if (m_key.isEmpty() || !(m_draft == draft)) {
            m_key = QUuid::createUuid().toString(QUuid::WithoutBraces);
            m_draft = draft;
        }
        return m_key;
    }
    /// A broker that has answered knows: the next try is another one.
    template <typename Answer>
    void answered(const api::Answered<Answer>& answer) {
        if (answer || answer.error().kind)
            m_key.clear();
    }

private:
    Draft m_draft{};
    QString m_key;
};

} // namespace viaduct::admin
