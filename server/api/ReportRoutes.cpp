// SPDX-License-Identifier: GPL-3.0-or-later
// The reports by HTTP: their questions, and JSON or CSV for the answer.
#include "server/api/Holders.h"
#include "server/api/ReportCsv.h"
#include "server/api/Reports.h"
#include "server/api/Views.h"
#include "server/broker/Registry.h"

#include <QStringList>

namespace viaduct::face {

namespace {

namespace operation = api::operation;

constexpr int mostTop = 10'000;

ReportQuestion readQuestion(Query& query) {
    ReportQuestion question;
    question.until = timeOf(std::chrono::system_clock::now());
    QString pool;
    QString within;
    query.read("until", question.until);
    // Nobody knows the rest. Today counts as a whole day, the midnight at its end too.
    const api::Time midnight = std::chrono::ceil<std::chrono::days>(timeOf(std::chrono::system_clock::now()));
    question.until = std::min(question.until, midnight + std::chrono::milliseconds(1));
    question.from = question.until - ReportQuestion::usualTime;
    query.read("from", question.from);
    query.read("pool", pool);
    query.read("organisation", question.organisation);
    query.read("top", question.top);
    query.read("within", within);
    question.pool = pool.toStdString();
    if (!within.isEmpty() && !(question.within = prefixFrom(within)))
        query.complain("within", QStringLiteral("An address or a prefix is wanted."));
    if (question.from >= question.until)
        query.complain("from", QStringLiteral("It must lie before until."));
    else if (question.until - question.from > ReportQuestion::longestTime)
        query.complain(
            "from",
            QStringLiteral("A report tells of at most %1 days.").arg(ReportQuestion::longestTime.count()));
    if (question.top < 1 || question.top > mostTop)
        query.complain("top", QStringLiteral("A whole number from 1 to %1 is wanted.").arg(mostTop));
    return question;
}

/// RFC 9110, 12.5.1, for one of two types: the most specific range that has it counts.
double quality(const QStringList& ranges, const QString& type) {
    const QString family = type.section(u'/', 0, 0) + QStringLiteral("/*");
    for (const QString& wanted : {type, family, QStringLiteral("*/*")}) {
        for (const QString& range : ranges) {
            const QStringList parts = range.split(u';');
            if (parts.front().trimmed().compare(wanted, Qt::CaseInsensitive) != 0)
                continue;
            double value = 1;
            for (const QString& part : parts.mid(1)) {
                const QString parameter = part.trimmed();
                if (parameter.startsWith(QLatin1String("q="), Qt::CaseInsensitive))
                    value = parameter.mid(2).toDouble();
            }
            return value;
        }
    }
    return 0;
}

/// Whether CSV is wanted; a problem when neither is.
tl::expected<bool, api::Problem> readFormat(Query& query, const http::Request& request) {
    QString format;
    query.read("format", format);
    if (!format.isEmpty()) {
        const bool csv = format == QLatin1String("csv");
        if (!csv && format != QLatin1String("json"))
            query.complain("format", QStringLiteral("json or csv is wanted."));
        return csv;
    }
    const auto accept = request.header("accept");
    if (!accept)
        return false;
    const QStringList ranges
        = QString::fromUtf8(accept->data(), static_cast<qsizetype>(accept->size())).split(u',');
    const double csv = quality(ranges, QStringLiteral("text/csv"));
    const double json = quality(ranges, QStringLiteral("application/json"));
    if (csv <= 0 && json <= 0)
        return tl::unexpected(api::problem(
            api::ProblemKind::NotAcceptable, QStringLiteral("Reports are JSON or CSV."),
            QStringLiteral("Accept application/json or text/csv, or write format=csv.")));
    return csv > json;
}

/// Runs `make` with the question and with what takes the report.
template <typename Row, typename Make>
void answer(const Call& call, const Reply<api::Report<Row>>& reply, const char* name, const Make& make) {
    const ReportQuestion question = readQuestion(call.query);
    const auto csv = readFormat(call.query, call.request);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    if (!csv)
        return reply.problem(csv.error());
    make(question, [reply, csv = *csv, name](Result<api::Report<Row>> report) {
        if (!report || !csv)
            return reply(std::move(report));
        http::Response response;
        response.body = csvOf(report->rows);
        response.with("Content-Type", "text/csv; charset=utf-8; header=present")
            .with("Content-Disposition", std::string("attachment; filename=\"") + name + ".csv\"")
            .with("Vary", "Accept");
        reply.respond(std::move(response));
    });
}

} // namespace

void addReports(Router& router, const Views& views) {
    QObject* context = &views.registry;
    router.on(operation::reportUtilisation, [views](const Call& call, const auto&, const auto& reply) {
        answer(call, reply, "utilisation", [&](const ReportQuestion& question, const auto& done) {
            reportUtilisation(views.broker, views.store, question, done);
        });
    });
    router.on(operation::reportOrganisations, [views](const Call& call, const auto&, const auto& reply) {
        answer(call, reply, "organisations", [&](const ReportQuestion& question, const auto& done) {
            done(reportOrganisations(views.registry, question));
        });
    });
    router.on(operation::reportTraffic, [views, context](const Call& call, const auto&, const auto& reply) {
        answer(call, reply, "traffic", [&](const ReportQuestion& question, const auto& done) {
            reportTraffic(views.registry, views.store, question, context, done);
        });
    });
    router.on(
        operation::reportAvailability, [views, context](const Call& call, const auto&, const auto& reply) {
            answer(call, reply, "availability", [&](const ReportQuestion& question, const auto& done) {
                reportAvailability(views.registry, views.store, question, context, done);
            });
        });
    router.on(operation::reportAbuse, [views, context](const Call& call, const auto&, const auto& reply) {
        QString within;
        call.query.need("within", within);
        answer(call, reply, "abuse", [&](const ReportQuestion& question, const auto& done) {
            reportAbuse(views.registry, views.store, question, context, done);
        });
    });
}

} // namespace viaduct::face
