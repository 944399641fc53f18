// SPDX-License-Identifier: GPL-3.0-or-later
// The OpenAPI document, written from the operations and the tables of their types.
#include "shared/api/Events.h"
#include "shared/api/Operations.h"
#include "shared/api/Schema.h"
#include "shared/api/Sorts.h"

namespace viaduct::api {

namespace {

QString utf8(const char* text) {
    return QString::fromUtf8(text);
}

QJsonObject ref(const char* group, const QString& name) {
    return {{utf8("$ref"), utf8("#/components/") + utf8(group) + u'/' + name}};
}

// --- Parameters

struct Parameter {
    const char* key; ///< in OperationInfo::query
    const char* name; ///< in the URL
    const char* description;
    QJsonObject schema;
    bool required = false;
};

/// The schema of a parameter.
template <typename T>
QJsonObject schemaOf(const Rule& rule = {}) {
    Schemas none;
    return describe(As<T>(), rule, none).schema;
}

QJsonObject textOf(int longest) {
    return {{utf8("type"), utf8("string")}, {utf8("maxLength"), longest}};
}

std::vector<Parameter> parameterTable() {
    const QJsonObject name = textOf(limit::name);
    const QJsonObject line = textOf(limit::line);
    const QJsonObject time = schemaOf<Time>();
    const QJsonObject prefix = schemaOf<Prefix>();
    const QJsonObject flag{{utf8("type"), utf8("boolean")}};
    return {
        {"q", "q", "Text that appears in any of the fields that people see, in any case of letters.", line},
        {"role", "role", "", schemaOf<Role>()},
        {"requestState", "state", "", schemaOf<RequestState>()},
        {"accountState", "state", "", schemaOf<AccountState>()},
        {"voucherState", "state", "", schemaOf<VoucherState>()},
        {"blockState", "state", "", schemaOf<BlockState>()},
        {"historyWhat", "what", "", schemaOf<HistoryWhat>()},
        {"kind", "kind", "", schemaOf<AccountKind>()},
        {"origin", "origin", "", schemaOf<AccountOrigin>()},
        {"mode", "mode", "", schemaOf<TunnelMode>()},
        {"organisation", "organisation", "As a whole.", line},
        {"email", "email", "As a whole.", textOf(limit::email)},
        {"tag", "tag", "", name},
        {"voucher", "voucher", "Its id.", name},
        {"pool", "pool", "Its name.", name},
        {"holder", "holder", "account:NAME, anonymous:ADDRESS or static:NAME.", line},
        {"account", "account", "Its name.", name},
        {"tunnelServer", "tunnelServer", "Its name.", name},
        {"within", "within", "What lies in, or contains, this address or prefix.", textOf(64)},
        {"outer", "outer", "Outer address of the client.", schemaOf<IpAddress>()},
        {"prefix", "prefix", "The part of the pool; left out: all of it.", prefix},
        {"depth", "depth", "Cells are so many bits longer than the prefix.",
         schemaOf<int>({.least = 0, .most = PoolMap::mostDepth})},
        {"at", "at", "The moment; left out: now.", time},
        {"address", "address", "", schemaOf<IpAddress>(), true},
        {"from", "from", "Included. Left out: 30 days before until (lists: the beginning).", time},
        {"until", "until", "Not included. Left out: now.", time},
        {"who", "who", "", line},
        {"action", "action", "An operationId.", line},
        {"object", "object", "", line},
        {"top", "top", "So many at most.", schemaOf<int>({.least = 1, .most = 10'000})},
        {"format", "format", "In the place of Accept.",
         QJsonObject{{utf8("type"), utf8("string")}, {utf8("enum"), QJsonArray{utf8("json"), utf8("csv")}}}},
        {"dryRun", "dryRun", "Only say what would be done. Left out: true.", flag},
        {"topics", "topics", "With commas between; left out: all but accounts and allocations.", textOf(200)},
        {"cursor", "cursor", "`next` of the page before; the other parameters must be the same.",
         textOf(1500)},
        {"limit", "limit", "Items of the page. Left out: 100.",
         schemaOf<int>({.least = 1, .most = limit::page})},
        {"total", "total", "Count all items behind the filter too.", flag},
    };
}

QJsonObject parameterObject(const Parameter& parameter) {
    QJsonObject object{
        {utf8("name"), utf8(parameter.name)},
        {utf8("in"), utf8("query")},
        {utf8("required"), parameter.required},
        {utf8("schema"), parameter.schema}};
    if (*parameter.description != '\0')
        object.insert(utf8("description"), utf8(parameter.description));
    return object;
}

QJsonObject headerParameter(const char* name, bool required, const char* description) {
    return {
        {utf8("name"), utf8(name)},
        {utf8("in"), utf8("header")},
        {utf8("required"), required},
        {utf8("description"), utf8(description)},
        {utf8("schema"), textOf(200)}};
}

/// Names in braces of the path, in order.
QStringList pathNames(const OperationInfo& operation) {
    QStringList names;
    for (const QString& segment : utf8(operation.path).split(u'/'))
        if (segment.startsWith(u'{'))
            names.append(segment.mid(1, segment.size() - 2));
    return names;
}

QJsonObject sortParameter(const char* sort) {
    const QStringList list = sortsOf(sort);
    return {
        {utf8("name"), utf8("sort")},
        {utf8("in"), utf8("query")},
        {utf8("required"), false},
        {utf8("description"),
         utf8("A hyphen in front turns the order round. Left out: ") + list.front() + u'.'},
        {utf8("schema"),
         QJsonObject{{utf8("type"), utf8("string")}, {utf8("enum"), QJsonArray::fromStringList(list)}}}};
}

QJsonArray parametersOf(const OperationInfo& operation) {
    QJsonArray parameters;
    for (const QString& name : pathNames(operation)) {
        const bool system = name == QLatin1String("system");
        const bool number
            = name == QLatin1String("revision") || utf8(operation.path).startsWith(utf8("/tunnels/"));
        parameters.append(QJsonObject{
            {utf8("name"), name},
            {utf8("in"), utf8("path")},
            {utf8("required"), true},
            {utf8("schema"),
             system       ? schemaOf<RouterSystem>()
                 : number ? schemaOf<std::int64_t>({.least = 1})
                          : textOf(limit::name)}});
    }
    for (const QString& key : utf8(operation.query).split(u' ', Qt::SkipEmptyParts))
        parameters.append(ref("parameters", key));
    if (operation.sort) {
        for (const char* key : {"cursor", "limit", "total"})
            parameters.append(ref("parameters", utf8(key)));
        parameters.append(sortParameter(operation.sort));
    }
    if (operation.ifMatch)
        parameters.append(ref("parameters", utf8("IfMatch")));
    if (operation.method == Method::Post)
        parameters.append(ref("parameters", utf8("IdempotencyKey")));
    return parameters;
}

// --- Answers

struct ErrorAnswer {
    const char* name;
    ProblemKind kind;
    const char* description;
};

constexpr std::array errorAnswers{
    ErrorAnswer{
        "Invalid", ProblemKind::Invalid, "The parameters or the body cannot be used; errors tells where."},
    ErrorAnswer{
        "LoginNeeded", ProblemKind::LoginNeeded,
        "No token, or one that has ended (login-needed); wrong password (login-refused); the authenticator's "
        "code is missing (totp-needed)."},
    ErrorAnswer{"Denied", ProblemKind::Denied, "It is not allowed: to this role, or as things stand."},
    ErrorAnswer{"NotFound", ProblemKind::NotFound, "There is none of that name."},
    ErrorAnswer{"NotAcceptable", ProblemKind::NotAcceptable, "Neither JSON nor CSV is accepted."},
    ErrorAnswer{
        "Conflict", ProblemKind::Conflict,
        "It does not fit the present state (conflict), or nothing is left of what is needed (exhausted)."},
    ErrorAnswer{
        "ChangedMeanwhile", ProblemKind::ChangedMeanwhile,
        "If-Match is not the present ETag: read it again."},
    ErrorAnswer{"TooLarge", ProblemKind::TooLarge, "The body is longer than is taken."},
    ErrorAnswer{
        "UnsupportedMedia", ProblemKind::UnsupportedMedia, "The Content-Type is not the one documented."},
    ErrorAnswer{
        "KeyReused", ProblemKind::KeyReused,
        "This Idempotency-Key was used for a question that was different."},
    ErrorAnswer{
        "PreconditionNeeded", ProblemKind::PreconditionNeeded, "Send If-Match with the ETag that was read."},
    ErrorAnswer{"TooManyRequests", ProblemKind::TooManyRequests, "Wait for Retry-After seconds."},
    ErrorAnswer{"Internal", ProblemKind::Internal, "A fault of the broker; its journal says more."},
    ErrorAnswer{"Unavailable", ProblemKind::Unavailable, "Nothing can be made durable now; try again."}};

QJsonObject errorResponse(const ErrorAnswer& answer) {
    const Problem example = problem(answer.kind, utf8(answer.description));
    return {
        {utf8("description"), utf8(answer.description)},
        {utf8("content"),
         QJsonObject{
             {utf8("application/problem+json"),
              QJsonObject{
                  {utf8("schema"), ref("schemas", utf8("Problem"))}, {utf8("example"), toJson(example)}}}}}};
}

std::vector<QString> errorsOf(const OperationInfo& operation, bool hasBody) {
    std::vector<QString> names;
    const auto add = [&](const char* name, bool applies) {
        if (applies)
            names.push_back(utf8(name));
    };
    const bool changes = operation.method != Method::Get;
    const bool logsIn = utf8(operation.id) == QLatin1String("logIn");
    add("Invalid", true);
    add("LoginNeeded", operation.least.has_value() || logsIn);
    add("Denied", operation.least.has_value());
    add("NotFound", utf8(operation.path).contains(u'{') || utf8(operation.query).contains(utf8("pool")));
    add("NotAcceptable", operation.answer == Media::JsonOrCsv);
    add("Conflict", changes && !logsIn);
    add("ChangedMeanwhile", operation.ifMatch);
    add("TooLarge", hasBody);
    add("UnsupportedMedia", hasBody);
    add("KeyReused", operation.method == Method::Post);
    add("PreconditionNeeded", operation.ifMatch);
    add("TooManyRequests", true);
    add("Internal", true);
    add("Unavailable", changes);
    return names;
}

QJsonObject textContent(const char* example) {
    return {{utf8("schema"), QJsonObject{{utf8("type"), utf8("string")}}}, {utf8("example"), utf8(example)}};
}

QJsonObject jsonContent(const Described& described) {
    return {{utf8("schema"), described.schema}, {utf8("example"), described.example}};
}

/// What the body or the answer of an operation is; absent: none, or no JSON.
using Typed = std::optional<Described>;

template <typename T>
Typed typed(Schemas& schemas) {
    if constexpr (std::is_same_v<T, Nothing>)
        return std::nullopt;
    else
        return describe(As<T>(), {}, schemas);
}

QJsonObject successOf(const OperationInfo& operation, const Typed& answer, bool revised) {
    QJsonObject content;
    if (answer)
        content.insert(utf8("application/json"), jsonContent(*answer));
    if (operation.answer == Media::Csv || operation.answer == Media::JsonOrCsv)
        content.insert(utf8("text/csv"), textContent("name,kind\r\njdupont,site\r\n"));
    if (operation.answer == Media::EventStream)
        content.insert(
            utf8("text/event-stream"),
            textContent("id: 1a-2f\nevent: snapshot.end\ndata: {\"at\":\"2026-11-24T09:30:00.000Z\"}\n\n"));
    if (utf8(operation.id) == QLatin1String("showOpenApi"))
        content.insert(
            utf8("application/json"),
            QJsonObject{{utf8("schema"), QJsonObject{{utf8("type"), utf8("object")}}}});
    QJsonObject success{{utf8("description"), utf8(operation.status == 204 ? "Done." : operation.summary)}};
    if (!content.isEmpty())
        success.insert(utf8("content"), content);
    if (revised)
        success.insert(utf8("headers"), QJsonObject{{utf8("ETag"), ref("headers", utf8("ETag"))}});
    return success;
}

QJsonObject bodyOf(const QJsonObject& content, Media media) {
    return {
        {utf8("required"), true},
        {utf8("content"),
         QJsonObject{{utf8(media == Media::Csv ? "text/csv" : "application/json"), content}}}};
}

// --- Operations

QJsonObject operationObject(const OperationInfo& operation, const Typed& body, const QJsonObject& success) {
    const bool hasBody = body || operation.body == Media::Csv;
    QJsonObject responses{{QString::number(operation.status), success}};
    for (const QString& name : errorsOf(operation, hasBody))
        for (const ErrorAnswer& answer : errorAnswers)
            if (name == QLatin1String(answer.name))
                responses.insert(QString::number(problem(answer.kind, {}).status), ref("responses", name));
    QJsonObject object{
        {utf8("operationId"), utf8(operation.id)},
        {utf8("summary"), utf8(operation.summary)},
        {utf8("tags"), QJsonArray{utf8(operation.path).section(u'/', 1, 1)}},
        {utf8("x-viaduct-role"), utf8(operation.least ? word(*operation.least) : "anyone")},
        {utf8("parameters"), parametersOf(operation)},
        {utf8("responses"), responses}};
    if (!operation.least)
        object.insert(utf8("security"), QJsonArray());
    if (body)
        object.insert(utf8("requestBody"), bodyOf(jsonContent(*body), Media::Json));
    else if (hasBody)
        object.insert(
            utf8("requestBody"),
            bodyOf(textContent("name,kind,person\r\njdupont,site,Jean Dupont\r\n"), Media::Csv));
    if (operation.answer == Media::EventStream)
        object.insert(
            utf8("description"),
            utf8("A comment comes at least every 15 seconds. A stream begins with snapshot.begin (forget all "
                 "that was "
                 "known), batches, snapshot.end; only snapshot.end and what follows it have an id. With "
                 "Last-Event-ID the stream goes on where it broke off, or begins with a new snapshot if that "
                 "is "
                 "too long ago. A reader that is too slow is cut off. x-viaduct-events names each event and "
                 "the "
                 "schema of its data."));
    return object;
}

QJsonObject pathsOf(Schemas& schemas) {
    QJsonObject paths;
    const auto add
        = [&](const OperationInfo& operation, const Typed& body, const Typed& answer, bool revised) {
              const QString path = utf8(operation.path);
              QJsonObject item = paths.value(path).toObject();
              item.insert(
                  utf8(word(operation.method)).toLower(),
                  operationObject(operation, body, successOf(operation, answer, revised)));
              paths.insert(path, item);
          };
    forEachOperation([&]<typename Body, typename Answer>(const Operation<Body, Answer>& operation) {
        constexpr bool revised = requires(Answer answer) {
            answer.revision;
        }
        || std::is_same_v<Answer, RunningConfiguration>;
        add(operation, typed<Body>(schemas), typed<Answer>(schemas), revised);
    });
    return paths;
}

template <std::size_t... index>
QJsonObject eventsOf(Schemas& schemas, std::index_sequence<index...>) {
    QJsonObject events;
    const auto put = [&]<typename T>(std::type_identity<T>) {
        if constexpr (requires { typename T::Payload; })
            events.insert(utf8(T::eventName), describe(As<typename T::Payload>(), {}, schemas).schema);
        else
            events.insert(utf8(T::eventName), describe(As<T>(), {}, schemas).schema);
    };
    (put(std::type_identity<std::variant_alternative_t<index, Event>>{}), ...);
    return events;
}

QJsonObject componentsOf(const Schemas& schemas) {
    QJsonObject named;
    for (const auto& [name, schema] : schemas)
        named.insert(name, schema);
    QJsonObject parameters{
        {utf8("IfMatch"),
         headerParameter(
             "If-Match", true, "The ETag that was read, with its quotes: no change of others is lost.")},
        {utf8("IdempotencyKey"),
         headerParameter(
             "Idempotency-Key", false,
             "Any text of your own, new for each question. Sent again within a day it gets the first answer "
             "again, and nothing is done twice.")}};
    for (const Parameter& parameter : parameterTable())
        parameters.insert(utf8(parameter.key), parameterObject(parameter));
    QJsonObject responses;
    for (const ErrorAnswer& answer : errorAnswers)
        responses.insert(utf8(answer.name), errorResponse(answer));
    return {
        {utf8("schemas"), named},
        {utf8("parameters"), parameters},
        {utf8("responses"), responses},
        {utf8("headers"),
         QJsonObject{
             {utf8("ETag"),
              QJsonObject{
                  {utf8("description"), utf8("The revision, in quotes: for If-Match.")},
                  {utf8("schema"), QJsonObject{{utf8("type"), utf8("string")}}}}}}},
        {utf8("securitySchemes"),
         QJsonObject{
             {utf8("bearer"),
              QJsonObject{
                  {utf8("type"), utf8("http")},
                  {utf8("scheme"), utf8("bearer")},
                  {utf8("description"),
                   utf8("The token of a session (logIn) or an API token (createToken).")}}}}}};
}

} // namespace

const std::vector<OperationInfo>& operations() {
    static const std::vector<OperationInfo> all = [] {
        std::vector<OperationInfo> list;
        forEachOperation([&](const OperationInfo& operation) { list.push_back(operation); });
        return list;
    }();
    return all;
}

bool may(const OperationInfo& operation, std::optional<Role> role) {
    return !operation.least || (role && *role >= *operation.least);
}

QJsonObject openApi() {
    Schemas schemas;
    describe(As<Problem>(), {}, schemas);
    const QJsonObject paths = pathsOf(schemas);
    const QJsonObject events = eventsOf(schemas, std::make_index_sequence<std::variant_size_v<Event>>());
    return {
        {utf8("openapi"), utf8("3.1.0")},
        {utf8("info"),
         QJsonObject{
             {utf8("title"), utf8("Viaduct admin API")},
             {utf8("version"), utf8("1")},
             {utf8("description"),
              utf8("Accounts, addresses and tunnels of a Viaduct broker. See docs/api.md.")},
             {utf8("license"),
              QJsonObject{
                  {utf8("name"), utf8("GPL-3.0-or-later")},
                  {utf8("identifier"), utf8("GPL-3.0-or-later")}}}}},
        {utf8("servers"), QJsonArray{QJsonObject{{utf8("url"), utf8(basePath)}}}},
        {utf8("security"), QJsonArray{QJsonObject{{utf8("bearer"), QJsonArray()}}}},
        {utf8("paths"), paths},
        {utf8("components"), componentsOf(schemas)},
        {utf8("x-viaduct-events"), events}};
}

QStringList sortsOf(const char* sort) {
    QStringList orders;
    for (const QString& order : QString::fromLatin1(sort).split(u' ')) {
        const QString other = order.startsWith(u'-') ? order.mid(1) : u'-' + order;
        for (const QString& each : {order, other}) {
            if (!orders.contains(each))
                orders.append(each);
        }
    }
    return orders;
}

std::vector<std::string> parameterNames(const OperationInfo& operation) {
    std::vector<std::string> names;
    const std::vector<Parameter> table = parameterTable();
    for (const QString& key : utf8(operation.query).split(u' ', Qt::SkipEmptyParts)) {
        const auto found = std::find_if(table.begin(), table.end(), [&](const Parameter& parameter) {
            return utf8(parameter.key) == key;
        });
        if (found != table.end())
            names.emplace_back(found->name);
    }
    if (operation.sort)
        names.insert(names.end(), {"cursor", "limit", "total", "sort"});
    return names;
}

} // namespace viaduct::api
