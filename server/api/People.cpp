// SPDX-License-Identifier: GPL-3.0-or-later
// Who speaks: sessions, the people of the console, tokens of programs.
#include "server/api/Groups.h"
#include "server/api/List.h"

namespace viaduct::face {

namespace {

using api::Nothing;
using api::Person;
using api::Token;
using broker::Staff;
namespace operation = api::operation;

api::Problem problemOf(const broker::LoginFailure& failure) {
    api::Problem problem = api::problem(
        failure.kind, QString::fromStdString(failure.sentence), QString::fromStdString(failure.cure));
    if (failure.retryAfter.count() > 0)
        problem.retryAfter = static_cast<int>(std::min<std::int64_t>(failure.retryAfter.count(), 86'400));
    return problem;
}

void addSession(Router& router, Staff& staff) {
    router.on(operation::logIn, [&staff](const Call& call, const api::Login& login, const auto& reply) {
        staff.logIn(
            login, call.actor.from, [reply](const tl::expected<api::Session, broker::LoginFailure>& session) {
                if (session)
                    reply.value(*session);
                else
                    reply.problem(problemOf(session.error()));
            });
    });
    router.on(operation::showSession, [&staff](const Call& call, const auto&, const auto& reply) {
        reply.value(staff.sessionOf(*call.seat));
    });
    router.on(operation::logOut, [&staff](const Call& call, const auto&, const auto& reply) {
        staff.logOut(*call.seat, call.actor.from, reply.template done<void>());
    });
    router.on(
        operation::changeOwnPassword,
        [&staff](const Call& call, const api::PasswordChange& change, const auto& reply) {
            staff.changeOwnPassword(*call.seat, change, call.actor.from, reply.template done<void>());
        });
    router.on(operation::beginTotp, [&staff](const Call& call, const auto&, const auto& reply) {
        reply(staff.beginTotp(*call.seat));
    });
    router.on(
        operation::confirmTotp, [&staff](const Call& call, const api::TotpCode& code, const auto& reply) {
            staff.confirmTotp(*call.seat, code, call.actor.from, reply.template done<void>());
        });
    router.on(
        operation::removeTotp, [&staff](const Call& call, const api::TotpCode& code, const auto& reply) {
            staff.removeTotp(*call.seat, code, call.actor.from, reply.template done<void>());
        });
}

ListKey keyOf(const Person& person, const QString& field) {
    ListKey key;
    key.id = person.login;
    if (field == QLatin1String("name"))
        key.text = person.settings.name;
    else if (field == QLatin1String("lastLogin"))
        key.rank = person.lastLogin ? sortable(*person.lastLogin) : 0;
    else
        key.text = person.login;
    return key;
}

void listPeople(const Staff& staff, const Call& call, const Reply<api::Page<Person>>& reply) {
    ListQuery list = readList(call.query, operation::listPeople);
    readCursor(call.query, list);
    std::optional<api::Role> role;
    QString q;
    call.query.read("role", role);
    call.query.read("q", q);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    FirstItems first(list);
    staff.forEachPerson([&](const QString& login) {
        const auto person = staff.person(login);
        if (person && (!role || person->settings.role == *role)
            && mentions(q, {person->login, person->settings.name, person->settings.email}))
            first.offer(keyOf(*person, list.field));
    });
    reply.value(pageOf<Person>(first.take(), [&](const QString& login) { return staff.person(login); }));
}

void addThosePeople(Router& router, Staff& staff) {
    router.on(operation::listPeople, [&staff](const Call& call, const auto&, const auto& reply) {
        listPeople(staff, call, reply);
    });
    router.on(
        operation::createPerson,
        [&staff](const Call& call, const api::PersonDraft& draft, const auto& reply) {
            staff.createPerson(draft, call.actor, reply);
        });
    router.on(operation::showPerson, [&staff](const Call& call, const auto&, const auto& reply) {
        if (const auto person = staff.person(call.name()))
            reply.value(*person);
        else
            reply.notFound(QStringLiteral("This person"));
    });
    router.on(
        operation::changePerson,
        [&staff](const Call& call, const api::PersonSettings& settings, const auto& reply) {
            staff.changePerson(call.name(), call.revision, settings, call.actor, reply);
        });
    router.on(operation::deletePerson, [&staff](const Call& call, const auto&, const auto& reply) {
        staff.deletePerson(call.name(), call.revision, call.actor, reply.template done<void>());
    });
    router.on(operation::resetPersonPassword, [&staff](const Call& call, const auto&, const auto& reply) {
        staff.resetPersonPassword(call.name(), call.actor, reply);
    });
}

ListKey keyOf(const Token& token, const QString& field) {
    ListKey key;
    key.id = token.id;
    if (field == QLatin1String("created"))
        key.rank = sortable(token.created);
    else if (field == QLatin1String("expires"))
        key.rank = sortable(token.expires);
    else
        key.text = token.name;
    return key;
}

void listTokens(const Staff& staff, const Call& call, const Reply<api::Page<Token>>& reply) {
    ListQuery list = readList(call.query, operation::listTokens);
    readCursor(call.query, list);
    std::optional<api::Role> role;
    QString q;
    call.query.read("role", role);
    call.query.read("q", q);
    if (!call.query.isGood())
        return reply.problem(call.query.problem());
    FirstItems first(list);
    staff.forEachToken([&](const QString& id) {
        const auto token = staff.token(id);
        if (token && (!role || token->role == *role)
            && mentions(q, {token->id, token->name, token->createdBy}))
            first.offer(keyOf(*token, list.field));
    });
    reply.value(pageOf<Token>(first.take(), [&](const QString& id) { return staff.token(id); }));
}

void addTokens(Router& router, Staff& staff) {
    router.on(operation::listTokens, [&staff](const Call& call, const auto&, const auto& reply) {
        listTokens(staff, call, reply);
    });
    router.on(
        operation::createToken, [&staff](const Call& call, const api::TokenDraft& draft, const auto& reply) {
            staff.createToken(draft, call.actor, reply);
        });
    router.on(operation::deleteToken, [&staff](const Call& call, const auto&, const auto& reply) {
        staff.deleteToken(call.name(), call.actor, reply.template done<void>());
    });
}

} // namespace

void addPeople(Router& router, Staff& staff) {
    addSession(router, staff);
    addThosePeople(router, staff);
    addTokens(router, staff);
}

} // namespace viaduct::face
