// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/Reply.h"

#include <QJsonDocument>

namespace viaduct::face {

namespace {
std::string compact(const QJsonObject& object) {
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}
} // namespace

http::Response toResponse(const api::Problem& problem) {
    http::Response response;
    response.status = problem.status;
    response.body = compact(api::toJson(problem));
    response.with("Content-Type", "application/problem+json");
    if (problem.retryAfter)
        response.with("Retry-After", std::to_string(*problem.retryAfter));
    if (problem.status == 401) // RFC 9110, 11.6.1; RFC 6750, 3
        response.with("WWW-Authenticate", "Bearer realm=\"viaduct\"");
    return response;
}

http::Response toResponse(const http::Refusal& refusal) {
    using api::ProblemKind;
    const ProblemKind kind = refusal.status == 413 ? ProblemKind::TooLarge
        : refusal.status == 503                    ? ProblemKind::Unavailable
                                                   : ProblemKind::Invalid;
    QString sentence = QString::fromStdString(refusal.sentence);
    if (!sentence.isEmpty())
        sentence[0] = sentence[0].toUpper();
    api::Problem problem = api::problem(kind, sentence + u'.');
    problem.status = refusal.status;
    return toResponse(problem);
}

Answering::Answering(http::Responder responder, int successStatus, std::string etag)
    : m_responder(std::move(responder)), m_success(successStatus), m_etag(std::move(etag)) { }

void Answering::json(const QJsonObject& body, std::optional<std::int64_t> revision) {
    const std::string etag = revision ? '"' + std::to_string(*revision) + '"' : std::string();
    if (!etag.empty() && etag == m_etag) {
        respond(http::Response::empty(304).with("ETag", etag));
        return;
    }
    http::Response response = http::Response::json(m_success, compact(body));
    if (!etag.empty())
        response.with("ETag", etag);
    respond(std::move(response));
}

void Answering::nothing() {
    respond(http::Response::empty(m_success));
}

void Answering::respond(http::Response response) {
    if (m_witness)
        m_witness(response);
    m_responder.respond(std::move(response));
}

std::shared_ptr<http::Stream> Answering::stream(http::Response head) const {
    return m_responder.stream(std::move(head));
}

} // namespace viaduct::face
