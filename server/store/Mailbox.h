// SPDX-License-Identifier: GPL-3.0-or-later
// Brings calls into the thread that it was made in, from any thread, in the order in which they were posted.
#pragma once

#include <QObject>
#include <functional>

namespace viaduct::store {

class Mailbox : public QObject {
public:
    /// `call` runs in this object's thread at a later turn of its event loop, or never when this object ends
    /// first. Any thread.
    void post(std::function<void()> call);

    bool event(QEvent* event) override;
};

} // namespace viaduct::store
