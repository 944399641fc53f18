// SPDX-License-Identifier: GPL-3.0-or-later
// The admin API: what administrators' programs ask of the broker, by HTTPS. Every operation of
// shared/api/Operations.h has its handler here.
#pragma once

#include "server/api/Router.h"

#include <QObject>
#include <QTimer>

namespace viaduct::broker {
class Registry;
} // namespace viaduct::broker

namespace viaduct::face {

class ApiFace : public QObject {
    Q_OBJECT
public:
    /// What it speaks for; all of it outlives the face.
    struct Rooms {
        broker::Registry& registry;
        broker::Staff& staff;
    };
    explicit ApiFace(const Rooms& rooms, QObject* parent = nullptr);

    void handle(const http::Request& request, const http::Responder& responder) {
        m_router.handle(request, responder);
    }
    /// Pure; called from any thread.
    static std::size_t bodyLimit(const http::Request& head) { return Router::bodyLimit(head); }
    /// Operations that nobody answers: none.
    std::vector<std::string> missing() const { return m_router.missing(); }

private:
    Router m_router;
    QTimer m_maintenance;
};

} // namespace viaduct::face
