// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Mailbox.h"

#include <QCoreApplication>
#include <QEvent>
#include <utility>

namespace viaduct::store {

namespace {

class CallEvent : public QEvent {
public:
    explicit CallEvent(std::function<void()> call) : QEvent(kind()), m_call(std::move(call)) { }

    static Type kind() {
        static const Type registered = static_cast<Type>(registerEventType());
        return registered;
    }
    void call() const { m_call(); }

private:
    std::function<void()> m_call;
};

} // namespace

void Mailbox::post(std::function<void()> call) {
    QCoreApplication::postEvent(this, new CallEvent(std::move(call))); // the event queue owns it
}

bool Mailbox::event(QEvent* event) {
    if (event->type() != CallEvent::kind())
        return QObject::event(event);
    static_cast<const CallEvent*>(event)->call(); // which may end this object
    return true;
}

} // namespace viaduct::store
