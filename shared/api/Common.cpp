// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/Common.h"

namespace viaduct::api {

namespace {

struct Kind {
    int status;
    const char* title;
    Error::Code code;
};

/// Seconds after which what is busy may have time again.
constexpr int soon = 10;

Kind about(ProblemKind kind) {
    using Code = Error::Code;
    switch (kind) {
    case ProblemKind::Invalid:
        return {400, "What was sent cannot be used", Code::Invalid};
    case ProblemKind::LoginNeeded:
        return {401, "A login is needed", Code::Denied};
    case ProblemKind::LoginRefused:
        return {401, "The login is refused", Code::Denied};
    case ProblemKind::TotpNeeded:
        return {401, "A code of the authenticator is needed", Code::Denied};
    case ProblemKind::Denied:
        return {403, "It is not allowed", Code::Denied};
    case ProblemKind::NotFound:
        return {404, "There is no such thing", Code::NotFound};
    case ProblemKind::MethodNotAllowed:
        return {405, "The method does not fit", Code::Invalid};
    case ProblemKind::NotAcceptable:
        return {406, "No such form is offered", Code::Invalid};
    case ProblemKind::Conflict:
        return {409, "It does not fit what is there", Code::Conflict};
    case ProblemKind::Exhausted:
        return {409, "Nothing is left", Code::Exhausted};
    case ProblemKind::ChangedMeanwhile:
        return {412, "Somebody else has changed it meanwhile", Code::Busy};
    case ProblemKind::TooLarge:
        return {413, "It is too large", Code::Invalid};
    case ProblemKind::UnsupportedMedia:
        return {415, "The form of the body is not taken", Code::Invalid};
    case ProblemKind::KeyReused:
        return {422, "The idempotency key belongs to another question", Code::Invalid};
    case ProblemKind::PreconditionNeeded:
        return {428, "If-Match is needed", Code::Invalid};
    case ProblemKind::TooManyRequests:
        return {429, "Too many questions", Code::Busy};
    case ProblemKind::Internal:
        return {500, "The broker has failed", Code::System};
    case ProblemKind::Unavailable:
        return {503, "The broker cannot do it now", Code::Busy};
    }
    return {500, "The broker has failed", Code::System};
}

ProblemKind kindOf(Error::Code code) {
    switch (code) {
    case Error::Code::Invalid:
        return ProblemKind::Invalid;
    case Error::Code::NotFound:
        return ProblemKind::NotFound;
    case Error::Code::Denied:
        return ProblemKind::Denied;
    case Error::Code::Conflict:
        return ProblemKind::Conflict;
    case Error::Code::Exhausted:
        return ProblemKind::Exhausted;
    case Error::Code::Busy:
        return ProblemKind::Unavailable;
    case Error::Code::Stale:
        return ProblemKind::ChangedMeanwhile;
    case Error::Code::System:
        return ProblemKind::Internal;
    }
    return ProblemKind::Internal;
}

/// By the status alone, for a problem of a type that is not known: a proxy's, or a newer broker's.
Error::Code codeOf(int status) {
    if (status == 401 || status == 403)
        return Error::Code::Denied;
    if (status == 404 || status == 410)
        return Error::Code::NotFound;
    if (status == 412 || status == 429 || status == 503)
        return Error::Code::Busy;
    return status < 500 ? Error::Code::Invalid : Error::Code::System;
}

} // namespace

Problem problem(ProblemKind kind, const QString& detail, const QString& cure) {
    const Kind facts = about(kind);
    Problem problem;
    problem.type = QLatin1String(problemPrefix) + QLatin1String(word(kind));
    problem.title = QLatin1String(facts.title);
    problem.status = facts.status;
    problem.detail = detail;
    problem.cure = cure;
    if (facts.status == 429 || facts.status == 503)
        problem.retryAfter = soon; // whoever knows better says so
    return problem;
}

Problem problemOf(const Error& error) {
    return problem(kindOf(error.code), QString::fromStdString(error.message));
}

Problem problemOf(const std::vector<FieldError>& errors) {
    Problem invalid = problem(ProblemKind::Invalid, QString::fromStdString(errorOf(errors).message));
    invalid.errors = errors;
    return invalid;
}

std::optional<ProblemKind> kindOf(const Problem& problem) {
    const QLatin1String prefix(problemPrefix);
    return problem.type.startsWith(prefix)
        ? fromWord<ProblemKind>(QStringView(problem.type).mid(prefix.size()))
        : std::nullopt;
}

Error errorOf(const Problem& problem) {
    const auto kind = kindOf(problem);
    QString sentence = problem.detail.isEmpty() ? problem.title : problem.detail;
    for (const FieldError& error : problem.errors) {
        const QString line = error.pointer + QLatin1String(": ") + error.detail;
        if (!sentence.contains(line))
            sentence += u' ' + line;
    }
    if (!problem.cure.isEmpty())
        sentence += u' ' + problem.cure;
    return {kind ? about(*kind).code : codeOf(problem.status), sentence.toStdString()};
}

} // namespace viaduct::api
