// SPDX-License-Identifier: GPL-3.0-or-later
// The answer that one call of the admin API gets, now or later: JSON, a problem (RFC 9457), or whatever the
// operation's own media type is.
#pragma once

#include "server/http/Head.h"
#include "server/http/Responder.h"
#include "shared/api/Common.h"

#include <QJsonObject>

#include <functional>
#include <memory>

namespace viaduct::face {

/// application/problem+json, with the headers that its status wants.
http::Response toResponse(const api::Problem& problem);
/// What the HTTP server refused by itself, for http::Options::refusalPage. Pure.
http::Response toResponse(const http::Refusal& refusal);

/// One request that waits for its answer. Main thread.
class Answering {
public:
    /// `etag`: what the client says that it has (If-None-Match); empty if nothing. `withBody`: false for
    /// HEAD.
    Answering(http::Responder responder, int successStatus, std::string etag);

    /// What goes out is shown to `look` before.
    void setWitness(std::function<void(const http::Response&)> look) { m_witness = std::move(look); }

    /// With the revision as its ETag, if it has one; 304 when the client has that already.
    void json(const QJsonObject& body, std::optional<std::int64_t> revision);
    void nothing();
    void problem(const api::Problem& problem) { respond(toResponse(problem)); }
    void respond(http::Response response);
    std::shared_ptr<http::Stream> stream(http::Response head) const;
    /// Whether an answer would still reach somebody, as far as is known.
    bool isOpen() const { return m_responder.isOpen(); }

private:
    http::Responder m_responder;
    int m_success;
    std::string m_etag;
    std::function<void(const http::Response&)> m_witness;
};

/// What a handler is given to answer with; copies are the same answer. It is an Answered<T> of the broker's
/// rooms, too: `registry.suspend(..., reply)`.
template <typename T>
class Reply {
public:
    explicit Reply(std::shared_ptr<Answering> answering) : m_answering(std::move(answering)) { }

    void operator()(const Result<T>& result) const {
        if (!result)
            m_answering->problem(api::problemOf(result.error()));
        else
            value(*result);
    }
    void value(const T& value) const {
        if constexpr (std::is_same_v<T, api::Nothing>)
            m_answering->nothing();
        else if constexpr (requires { value.revision; })
            m_answering->json(api::toJson(value), std::int64_t{value.revision});
        else if constexpr (requires { value.state.revision; })
            m_answering->json(api::toJson(value), std::int64_t{value.state.revision});
        else
            m_answering->json(api::toJson(value), std::nullopt);
    }
    void problem(const api::Problem& problem) const { m_answering->problem(problem); }
    void problem(api::ProblemKind kind, const QString& detail, const QString& cure = {}) const {
        m_answering->problem(api::problem(kind, detail, cure));
    }
    void notFound(const QString& what) const {
        problem(api::ProblemKind::NotFound, what + QStringLiteral(" does not exist."));
    }
    /// Instead of a T: CSV, the OpenAPI document.
    void respond(http::Response response) const { m_answering->respond(std::move(response)); }
    std::shared_ptr<http::Stream> stream(http::Response head) const {
        return m_answering->stream(std::move(head));
    }
    bool isOpen() const { return m_answering->isOpen(); }

    /// For what gives more than this operation shows: of its value only that there is one.
    template <typename Other>
    std::function<void(Result<Other>)> done() const {
        return [reply = *this](const Result<Other>& result) {
            if (!result)
                reply(tl::unexpected(result.error()));
            else
                reply.value(T());
        };
    }

private:
    std::shared_ptr<Answering> m_answering;
};

} // namespace viaduct::face
