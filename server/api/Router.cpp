// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/Router.h"

#include "server/credentials/SecretToken.h"

#include <QCryptographicHash>
#include <QJsonDocument>

#include <algorithm>
#include <charconv>

namespace viaduct::face {

namespace {

using api::Media;
using api::Method;
using api::ProblemKind;

constexpr std::size_t mostJson = std::size_t{256} << 10; ///< bytes of a body
constexpr std::size_t mostCsv = std::size_t{16} << 20;
/// The language's own bound, each character as two of JSON at the most, on average.
constexpr std::size_t mostConfiguration = std::size_t{32} << 20;

QString utf8(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// "/requests/{id}/approve" -> "requests", "{id}", "approve".
std::vector<std::string> segmentsOf(const char* path) {
    std::vector<std::string> segments;
    for (const QString& segment : QString::fromLatin1(path).split(u'/', Qt::SkipEmptyParts))
        segments.push_back(segment.toStdString());
    return segments;
}

/// Each operation with its path in pieces; made once, before any thread asks.
struct Place {
    const api::OperationInfo* operation;
    std::vector<std::string> segments;
};

const std::vector<Place>& places() {
    static const std::vector<Place> all = [] {
        std::vector<Place> made;
        for (const api::OperationInfo& operation : api::operations())
            made.push_back({&operation, segmentsOf(operation.path)});
        return made;
    }();
    return all;
}

/// What stands behind /api/v1; absent when the path is not below it.
std::optional<std::vector<std::string>> behindBase(const http::Request& request) {
    static const std::vector<std::string> base = segmentsOf(api::basePath);
    if (request.segments.size() < base.size()
        || !std::equal(base.begin(), base.end(), request.segments.begin()))
        return std::nullopt;
    return std::vector<std::string>(
        request.segments.begin() + static_cast<std::ptrdiff_t>(base.size()), request.segments.end());
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
    return std::equal(
        pattern.begin(), pattern.end(), segments.begin(), segments.end(),
        [](const std::string& wanted, const std::string& is) {
            return wanted.starts_with('{') ? !is.empty() : wanted == is;
        });
}

/// HEAD asks what GET would (RFC 9110, 9.3.2).
std::string_view methodOf(const http::Request& request) {
    return request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
}

bool needsBody(const api::OperationInfo& operation) {
    return operation.body == Media::Csv
        || (operation.method != Method::Get && operation.method != Method::Delete);
}

/// What stands behind "Authorization: Bearer"; absent when there is no such header.
std::optional<std::string_view> bearerOf(const http::Request& request) {
    constexpr std::string_view scheme = "bearer ";
    const std::string_view value = request.header("authorization").value_or("");
    if (utf8(value.substr(0, scheme.size())).toLower() != utf8(scheme))
        return std::nullopt;
    return value.substr(scheme.size());
}

/// Whether it could be known: that it is, is looked up when the whole request has come.
bool bearsToken(const http::Request& head) {
    using credentials::TokenKind;
    const std::string_view token = bearerOf(head).value_or("");
    return credentials::tokenHash(TokenKind::Session, token) || credentials::tokenHash(TokenKind::Api, token);
}

/// Without parameters: "text/csv; charset=utf-8" -> "text/csv".
std::string mediaTypeOf(const http::Request& request) {
    QString type = utf8(request.header("content-type").value_or("")).section(u';', 0, 0).trimmed().toLower();
    return type.toStdString();
}

std::string digestOf(const http::Request& request) {
    QCryptographicHash hash(QCryptographicHash::Sha256);
    for (const std::string* part : {&request.method, &request.path, &request.body}) {
        hash.addData(QByteArray::number(static_cast<qulonglong>(part->size())) + ' ');
        hash.addData(QByteArrayView(part->data(), static_cast<qsizetype>(part->size())));
    }
    for (const auto& [name, value] : request.query)
        for (const std::string* part : {&name, &value})
            hash.addData(QByteArrayView(part->data(), static_cast<qsizetype>(part->size())));
    const std::string_view seen = request.header("if-match").value_or("");
    hash.addData(QByteArrayView(seen.data(), static_cast<qsizetype>(seen.size())));
    return hash.result().toStdString();
}

} // namespace

Router::Router(broker::Staff& staff, Now now) : m_staff(staff), m_now(std::move(now)) {
    places();
}

void Router::add(const api::OperationInfo& operation, Run run) {
    m_routes.push_back({&operation, std::move(run), api::parameterNames(operation)});
}

std::vector<std::string> Router::missing() const {
    std::vector<std::string> ids;
    for (const api::OperationInfo& operation : api::operations()) {
        const bool isThere = std::any_of(m_routes.begin(), m_routes.end(), [&](const Route& route) {
            return std::string_view(route.operation->id) == operation.id;
        });
        if (!isThere)
            ids.emplace_back(operation.id);
    }
    return ids;
}

void Router::maintain() {
    m_answers.expire(m_now());
}

std::size_t Router::bodyLimit(const http::Request& head) {
    const auto segments = behindBase(head);
    if (!segments)
        return 0;
    for (const Place& place : places()) {
        if (api::word(place.operation->method) != methodOf(head) || !fits(place.segments, *segments))
            continue;
        if (place.operation->body == Media::Csv && bearsToken(head))
            return mostCsv;
        if (place.segments.front() == "configuration" && place.operation->method == Method::Post
            && bearsToken(head))
            return mostConfiguration;
        // Clients may send "{}" where nothing is needed.
        return place.operation->method == Method::Get ? 0 : mostJson;
    }
    return mostJson; // it will be told that there is nothing here
}

Router::Match Router::match(const http::Request& request) const {
    Match match;
    const auto segments = behindBase(request);
    if (!segments)
        return match;
    for (const Route& route : m_routes) {
        const std::vector<std::string> pattern = segmentsOf(route.operation->path);
        if (!fits(pattern, *segments))
            continue;
        if (api::word(route.operation->method) != methodOf(request)) {
            match.allowed += (match.allowed.empty() ? "" : ", ")
                + std::string(route.operation->method == Method::Get ? "GET, HEAD"
                                                                     : api::word(route.operation->method));
            continue;
        }
        match.route = &route;
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            if (pattern[i].starts_with('{'))
                match.names.push_back(QString::fromStdString((*segments)[i]));
        }
        return match;
    }
    return match;
}

void Router::handle(const http::Request& request, const http::Responder& responder) {
    const Match found = match(request);
    const auto refuse = [&](const api::Problem& problem) { responder.respond(toResponse(problem)); };
    if (!found.route && found.allowed.empty())
        return refuse(api::problem(
            ProblemKind::NotFound, QStringLiteral("There is nothing at this path."),
            QStringLiteral("GET %1/openapi.json lists what there is.").arg(QLatin1String(api::basePath))));
    if (!found.route)
        return responder.respond(toResponse(api::problem(
                                                ProblemKind::MethodNotAllowed,
                                                QStringLiteral("This path takes other methods: %1.")
                                                    .arg(QString::fromStdString(found.allowed))))
                                     .with("Allow", found.allowed));
    auto seat = seatFor(*found.route->operation, request);
    if (!seat)
        return refuse(seat.error());
    // Of a change, whoever made it wants to see the result (RFC 9110, 13.1.2).
    const bool reads = found.route->operation->method == Method::Get;
    const std::string_view known = reads ? request.header("if-none-match").value_or("") : std::string_view();
    const auto pending
        = std::make_shared<Answering>(responder, found.route->operation->status, std::string(known));
    run(found, request, std::move(*seat), pending);
}

tl::expected<std::optional<broker::Seat>, api::Problem>
Router::seatFor(const api::OperationInfo& operation, const http::Request& request) const {
    if (!operation.least)
        return std::nullopt;
    if (request.header("authorization").value_or("").empty())
        return tl::unexpected(api::problem(
            ProblemKind::LoginNeeded, QStringLiteral("This needs a login."),
            QStringLiteral(
                "Send \"Authorization: Bearer TOKEN\"; POST %1/session gives a token for a password.")
                .arg(QLatin1String(api::basePath))));
    std::optional<broker::Seat> seat;
    if (const auto token = bearerOf(request))
        seat = m_staff.seatOf(*token, m_now());
    if (!seat)
        return tl::unexpected(api::problem(
            ProblemKind::LoginNeeded, QStringLiteral("The token is not known, or has ended."),
            QStringLiteral("Log in again, or ask an administrator for a new token.")));
    if (!broker::Staff::may(*seat, operation)) {
        if (seat->changePassword)
            return tl::unexpected(api::problem(
                ProblemKind::Denied, QStringLiteral("The password was given out by somebody else."),
                QStringLiteral("Change it first: PUT %1/session/password.")
                    .arg(QLatin1String(api::basePath))));
        return tl::unexpected(api::problem(
            ProblemKind::Denied,
            QStringLiteral("The role %1 may not do this; it takes %2.")
                .arg(QLatin1String(api::word(seat->role)), QLatin1String(api::word(*operation.least))),
            QStringLiteral("Ask an administrator for that role.")));
    }
    return seat;
}

Router::Checked
Router::readRevision(const api::OperationInfo& operation, const http::Request& request, Call& call) {
    if (!operation.ifMatch)
        return {};
    const std::string_view value = request.header("if-match").value_or("");
    if (value.empty())
        return tl::unexpected(api::problem(
            ProblemKind::PreconditionNeeded,
            QStringLiteral("A change must say which state it was decided on, lest it undo another's."),
            QStringLiteral("Send If-Match with the ETag that was read.")));
    if (value == "*")
        return {};
    std::string_view digits = value;
    if (digits.size() > 2 && digits.front() == '"' && digits.back() == '"')
        digits = digits.substr(1, digits.size() - 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), call.revision);
    if (error != std::errc() || end != digits.data() + digits.size() || call.revision < 1)
        return tl::unexpected(api::problem(
            ProblemKind::ChangedMeanwhile, QStringLiteral("If-Match is no ETag that was given out here."),
            QStringLiteral("Read the resource again and send its ETag, as \"3\" with the quotes.")));
    return {};
}

Router::Checked
Router::readBody(const api::OperationInfo& operation, const http::Request& request, Taken& taken) {
    if (!needsBody(operation))
        return {};
    if (request.body.empty() && operation.body == Media::Json)
        return {}; // as {}: the table of the type says what is missing
    const char* wanted = operation.body == Media::Csv ? "text/csv" : "application/json";
    if (mediaTypeOf(request) != wanted)
        return tl::unexpected(api::problem(
            ProblemKind::UnsupportedMedia, QStringLiteral("The body must be %1.").arg(QLatin1String(wanted)),
            QStringLiteral("Send it with \"Content-Type: %1\".").arg(QLatin1String(wanted))));
    if (operation.body == Media::Csv)
        return {};
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(request.body), &error);
    if (!document.isObject())
        return tl::unexpected(api::problem(
            ProblemKind::Invalid,
            error.error == QJsonParseError::NoError ? QStringLiteral("The body is JSON, but no object.")
                                                    : QStringLiteral("The body is no JSON: %1, at byte %2.")
                                                          .arg(error.errorString())
                                                          .arg(error.offset)));
    taken.json = document.object();
    return {};
}

void Router::run(
    const Match& match, const http::Request& request, std::optional<broker::Seat> seat,
    const Pending& pending) {
    const api::OperationInfo& operation = *match.route->operation;
    Query query(request.query);
    query.refuseOthers(match.route->parameters);
    broker::Actor actor{{}, request.remote.address, api::Role::Requester};
    if (seat)
        actor = seat->actor(request.remote.address);
    Call call{std::move(actor), std::move(seat), match.names, query, request, 0};
    if (!query.isGood())
        return pending->problem(query.problem());
    if (const auto read = readRevision(operation, request, call); !read)
        return pending->problem(read.error());
    Taken taken;
    if (const auto read = readBody(operation, request, taken); !read)
        return pending->problem(read.error());
    if (repeats(operation, request, call, pending))
        return;
    match.route->run(call, taken, pending);
}

bool Router::repeats(
    const api::OperationInfo& operation, const http::Request& request, const Call& call,
    const Pending& pending) {
    const auto header = request.header("idempotency-key");
    if (operation.method != Method::Post || !header || !call.seat)
        return false; // a log-in that is repeated makes another session
    if (header->empty() || header->size() > Idempotency::longestKey) {
        pending->problem(api::problem(
            ProblemKind::Invalid, QStringLiteral("An Idempotency-Key has 1 to 255 characters."),
            QStringLiteral("A random UUID is a good one.")));
        return true;
    }
    const Idempotency::Key key{call.actor.id, operation.id, std::string(*header)};
    switch (m_answers.begin(key, digestOf(request), m_now(), [pending](const http::Response& response) {
        pending->respond(response);
    })) {
    case Idempotency::Verdict::First:
        pending->setWitness(
            [this, key](const http::Response& response) { m_answers.finished(key, response); });
        return false;
    case Idempotency::Verdict::Reused:
        pending->problem(api::problem(
            ProblemKind::KeyReused, QStringLiteral("This Idempotency-Key came before with another request."),
            QStringLiteral("Make a new key for each new request.")));
        return true;
    case Idempotency::Verdict::Crowded:
        pending->problem(api::problem(
            ProblemKind::Unavailable, QStringLiteral("This request is being done, and many wait for that."),
            QStringLiteral("Send it again with the same Idempotency-Key in a moment.")));
        return true;
    case Idempotency::Verdict::Known:
    case Idempotency::Verdict::Waits:
        return true;
    }
    return true;
}

} // namespace viaduct::face
