// SPDX-License-Identifier: GPL-3.0-or-later
// The event stream by HTTP.
#include "server/api/EventHub.h"
#include "server/api/Views.h"

#include <QPointer>
#include <QStringList>

#include <algorithm>

namespace viaduct::face {

namespace {

std::vector<api::Topic> readTopics(Query& query) {
    QString text;
    query.read("topics", text);
    if (text.isEmpty())
        return EventHub::usualTopics();
    std::vector<api::Topic> topics;
    for (const QString& word : text.split(u',')) {
        const auto topic = api::fromWord<api::Topic>(word.trimmed());
        if (!topic)
            query.complain(
                "topics",
                QStringLiteral("These are wanted, with commas between: requests, accounts, tunnels, "
                               "allocations, counters, configuration, alarms."));
        else if (std::find(topics.begin(), topics.end(), *topic) == topics.end())
            topics.push_back(*topic);
        if (!topic)
            break;
    }
    return topics;
}

void stream(EventHub& hub, const Call& call, const Reply<api::Nothing>& reply) {
    EventHub::Listener listener;
    listener.topics = readTopics(call.query);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    listener.actor = call.actor.id;
    listener.seat = call.seat ? call.seat->key : std::string();
    listener.lastEventId = std::string(call.request.header("last-event-id").value_or(""));
    if (const auto may = hub.mayOpen(listener.actor); !may) {
        api::Problem problem
            = api::problem(api::ProblemKind::TooManyRequests, QString::fromStdString(may.error().message));
        problem.retryAfter = 10;
        return reply.problem(problem);
    }
    http::Response head;
    head.with("Content-Type", "text/event-stream")
        .with("Cache-Control", "no-store")
        .with("X-Accel-Buffering", "no"); // a proxy that gathers bytes would hold the events back
    const std::shared_ptr<http::Stream> open = reply.stream(std::move(head));
    const int number = hub.open(
        std::move(listener),
        {[open](const EventRing::Bytes& bytes) { return open->send(bytes); },
         [open] { return open->waiting(); }, [open] { open->close(); }});
    // In a later turn of the event loop; the hub may have gone by then.
    open->onClosed([hub = QPointer<EventHub>(&hub), number] {
        if (hub)
            hub->closed(number);
    });
}

} // namespace

void addEvents(Router& router, EventHub& hub) {
    router.on(api::operation::streamEvents, [&hub](const Call& call, const auto&, const auto& reply) {
        stream(hub, call, reply);
    });
}

} // namespace viaduct::face
