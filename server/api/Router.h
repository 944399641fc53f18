// SPDX-License-Identifier: GPL-3.0-or-later
// From a request to the handler of its operation. All that every operation needs is done here, once: who
// speaks and what the role allows, path, parameters and body as values, If-Match, Idempotency-Key, and
// problems for what cannot be used. A handler sees only what it may act on.
#pragma once

#include "server/api/Idempotency.h"
#include "server/api/Query.h"
#include "server/api/Reply.h"
#include "server/broker/Staff.h"
#include "shared/api/Operations.h"

namespace viaduct::face {

/// One call that was understood and is allowed.
struct Call {
    broker::Actor actor;
    std::optional<broker::Seat> seat; ///< absent: an operation for anyone, and nobody has logged in
    std::vector<QString> names; ///< those in braces of the path, decoded
    Query& query; ///< while the handler runs
    const http::Request& request; ///< likewise
    /// Of If-Match; 0: the operation has none, or "*".
    std::int64_t revision = 0;

    const QString& name() const { return names.front(); }
};

class Router {
public:
    using Now = std::function<api::Time()>;
    Router(broker::Staff& staff, Now now);

    /// Each operation once. A handler answers through its Reply, now or later.
    template <typename Body, typename Answer>
    void
    on(const api::Operation<Body, Answer>& operation,
       std::type_identity_t<std::function<void(const Call&, const Body&, Reply<Answer>)>> handler) {
        add(operation,
            [handler = std::move(handler)](const Call& call, const Taken& taken, const Pending& pending) {
                if constexpr (std::is_same_v<Body, api::Nothing>) {
                    handler(call, {}, Reply<Answer>(pending));
                } else {
                    const auto body = api::read<Body>(taken.json, api::UnknownMembers::Refused);
                    if (body)
                        handler(call, *body, Reply<Answer>(pending));
                    else
                        pending->problem(api::problemOf(body.error()));
                }
            });
    }

    void handle(const http::Request& request, const http::Responder& responder);
    /// How many bytes of body a request may have. Pure; called from any thread.
    static std::size_t bodyLimit(const http::Request& head);
    /// The operations of the API that have no handler: none, when all groups were added.
    std::vector<std::string> missing() const;
    /// Forgets what was kept for repeated requests and is too old.
    void maintain();

private:
    using Pending = std::shared_ptr<Answering>;
    /// The body, as far as the router reads it.
    struct Taken {
        QJsonObject json;
    };
    using Run = std::function<void(const Call&, const Taken&, const Pending&)>;
    struct Route {
        const api::OperationInfo* operation = nullptr;
        Run run;
        std::vector<std::string> parameters; ///< that it takes
    };
    struct Match {
        const Route* route = nullptr;
        std::vector<QString> names;
        std::string allowed; ///< methods of that path, for 405
    };
    using Checked = tl::expected<void, api::Problem>;

    void add(const api::OperationInfo& operation, Run run);
    Match match(const http::Request& request) const;
    tl::expected<std::optional<broker::Seat>, api::Problem>
    seatFor(const api::OperationInfo& operation, const http::Request& request) const;
    static Checked
    readRevision(const api::OperationInfo& operation, const http::Request& request, Call& call);
    static Checked readBody(const api::OperationInfo& operation, const http::Request& request, Taken& taken);
    void
    run(const Match& match, const http::Request& request, std::optional<broker::Seat> seat,
        const Pending& pending);
    /// Whether the answer is known already, or will be.
    bool repeats(
        const api::OperationInfo& operation, const http::Request& request, const Call& call,
        const Pending& pending);

    broker::Staff& m_staff;
    Now m_now;
    std::vector<Route> m_routes;
    Idempotency m_answers;
};

} // namespace viaduct::face
