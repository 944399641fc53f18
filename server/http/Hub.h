// SPDX-License-Identifier: GPL-3.0-or-later
// What the daemons' threads and the main thread of one server share.
#pragma once

#include "server/http/BodyBudget.h"
#include "server/http/Gate.h"
#include "server/http/Identity.h"
#include "server/http/Parking.h"
#include "server/http/Server.h"

#include <QLoggingCategory>
#include <QObject>

namespace viaduct::http {

Q_DECLARE_LOGGING_CATEGORY(logHttp)

/// It outlives the server while somebody still holds a Stream or a Responder of it.
struct Hub : std::enable_shared_from_this<Hub> {
    Hub(const Limits& limitsOfServer, BodyLimit bodyLimitOfServer, RefusalPage refusalPageOfServer,
        Handler handlerOfServer);

    /// `call` runs in the main thread, after what was posted before; or never when the server ends first.
    template <typename Call>
    void post(Call&& call) {
        if (context)
            QMetaObject::invokeMethod(context.get(), std::forward<Call>(call), Qt::QueuedConnection);
    }

    const Limits limits;
    const BodyLimit bodyLimit;
    const RefusalPage refusalPage;
    Handler handler; ///< main thread
    std::unique_ptr<QObject> context; ///< lives in the main thread; gone when the server has ended
    Gate gate;
    Parking parking;
    Identities identities;
    BodyBudget bodies;
};

} // namespace viaduct::http
