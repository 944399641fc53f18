// SPDX-License-Identifier: GPL-3.0-or-later
// Registry: what administrators, or the policy, decide about requests.
#include "server/broker/Registry.h"

namespace viaduct::broker {

namespace {
using api::RequestState;

constexpr std::size_t mostQuestions = 5; ///< of one request: a record holds no more

QJsonObject stateObject(RequestState state) {
    return {{QStringLiteral("state"), QLatin1String(api::word(state))}};
}
} // namespace

void Registry::answerRequest(const std::string& id, Step step, Answered<Request> answered) {
    write(std::move(step), [this, id, answered = std::move(answered)](const Result<void>& written) {
        if (!written)
            return answered(tl::unexpected(written.error()));
        answered(*request(QString::fromStdString(id)));
    });
}

void Registry::approve(
    const QString& id, std::int64_t revision, const api::Approval& approval, const Actor& actor,
    Answered<Request> answered) {
    const auto entry = undecided(id, revision);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    approveEntry(id.toStdString(), **entry, approval, actor, std::move(answered));
}

void Registry::approveEntry(
    const std::string& id, const Requests::Entry& entry, const api::Approval& approval, const Actor& actor,
    Answered<Request> answered) {
    const Request& asked = entry.value.request;
    const PolicyFacts facts = factsOf(asked);
    const config::AccountKind kind = fromApi(approval.kind.value_or(asked.kind));
    const auto pool = poolFor(kind, approval.pool.toStdString());
    if (!pool)
        return answered(failure(
            approval.pool.isEmpty() ? Error::Code::Exhausted : Error::Code::Invalid,
            "No such pool has blocks for an account of this kind: choose another pool or kind."));
    if (pool->used >= pool->total)
        return answered(
            failure(Error::Code::Exhausted, "The pool " + pool->name + " has no free block left."));
    const QString login = approval.login.isEmpty() ? freeLogin(loginOf(asked.name)) : approval.login;
    if (auto fits = checkNewName(login); !fits)
        return answered(tl::unexpected(fits.error()));

    record::Account made;
    made.account.name = login;
    made.account.origin = api::AccountOrigin::Registration;
    made.account.request = QString::fromStdString(id);
    made.account.created = now();
    made.pool = approval.pool;
    api::AccountSettings& settings = made.account.settings;
    settings.kind = toApi(kind);
    settings.person = asked.name;
    settings.email = asked.email;
    settings.organisation = asked.organisation;
    settings.validUntil = approval.validUntil ? approval.validUntil : proposedEnd(asked, facts);
    settings.oldClients = m_broker.configuration().oldClients;
    settings.note = approval.note;
    if (settings.validUntil && *settings.validUntil <= now())
        return answered(failure(
            Error::Code::Invalid, "The account would have expired already: choose a later end of validity."));
    if (auto checked = checkSettings(settings); !checked)
        return answered(tl::unexpected(checked.error()));

    const std::string account = newId('a');
    record::Request decided = entry.value;
    decided.request.state = RequestState::Approved;
    decided.request.decided = now();
    decided.request.decidedBy = QString::fromStdString(actor.id);
    decided.request.undoUntil = now() + m_undoTime;
    decided.request.note = approval.note;
    decided.request.account = login;
    decided.told = false;
    Step step;
    audit(
        step, actor, "approveRequest", "request:" + id, stateObject(asked.state),
        {{QStringLiteral("state"), QStringLiteral("approved")},
         {QStringLiteral("account"), QString::fromStdString(account)},
         {QStringLiteral("granted"), auditView(made)}});
    put(step, account, std::move(made));
    put(step, id, std::move(decided));
    m_byName.emplace(login, std::string());
    write(std::move(step), [this, id, login, answered = std::move(answered)](const Result<void>& written) {
        if (!written) {
            m_byName.erase(login);
            return answered(tl::unexpected(written.error()));
        }
        answered(*request(QString::fromStdString(id)));
    });
}

void Registry::refuse(
    const QString& id, std::int64_t revision, const QString& reason, const Actor& actor,
    Answered<Request> answered) {
    const auto entry = undecided(id, revision);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    if (reason.trimmed().isEmpty() || reason.size() > api::limit::text)
        return answered(failure(Error::Code::Invalid, "A reason is wanted, of at most 4000 characters."));
    record::Request decided = (*entry)->value;
    const RequestState before = decided.request.state;
    decided.request.state = RequestState::Refused;
    decided.request.decided = now();
    decided.request.decidedBy = QString::fromStdString(actor.id);
    decided.request.undoUntil = now() + m_undoTime;
    decided.request.reason = reason;
    decided.told = false;
    Step step;
    put(step, id.toStdString(), std::move(decided));
    audit(
        step, actor, "refuseRequest", "request:" + id.toStdString(), stateObject(before),
        stateObject(RequestState::Refused));
    answerRequest(id.toStdString(), std::move(step), std::move(answered));
}

void Registry::askBack(
    const QString& id, std::int64_t revision, const QString& question, const Actor& actor,
    Answered<Request> answered) {
    const auto entry = undecided(id, revision);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    if (question.trimmed().isEmpty() || question.size() > api::limit::text)
        return answered(failure(Error::Code::Invalid, "A question is wanted, of at most 4000 characters."));
    record::Request changed = (*entry)->value;
    auto& questions = changed.request.questions;
    if (questions.size() >= mostQuestions)
        return answered(failure(
            Error::Code::Conflict, "Five questions were asked already: decide, or write to the person."));
    questions.push_back({now(), QString::fromStdString(actor.id), question, {}, {}});
    const Notice notice{
        Notice::Kind::Question,
        changed.request.email,
        changed.request.name,
        changed.request.language,
        {},
        question,
        {}};
    Step step;
    step.after.emplace_back([this, notice] {
        if (m_notify)
            m_notify(notice);
    });
    put(step, id.toStdString(), std::move(changed));
    audit(step, actor, "askRequest", "request:" + id.toStdString(), {}, {});
    answerRequest(id.toStdString(), std::move(step), std::move(answered));
}

void Registry::undo(
    const QString& id, std::int64_t revision, const Actor& actor, Answered<Request> answered) {
    const Requests::Entry* entry = m_requests.find(id.toStdString());
    if (!entry)
        return answered(failure(Error::Code::NotFound, "There is no request " + id.toStdString() + '.'));
    if (revision != 0 && revision != entry->version)
        return answered(
            failure(Error::Code::Stale, "The request was changed meanwhile: look at it again, then decide."));
    record::Request open = entry->value;
    api::RegistrationRequest& request = open.request;
    const RequestState before = request.state;
    const bool decided = before == RequestState::Approved || before == RequestState::Refused;
    if (!decided)
        return answered(
            failure(Error::Code::Conflict, "Nothing was decided, so there is nothing to take back."));
    if (open.told || !request.undoUntil || now() >= *request.undoUntil)
        return answered(failure(
            Error::Code::Conflict, "Nothing can be taken back any more: the person knows the decision."));
    Step step;
    const std::string account = before == RequestState::Approved ? idOf(request.account) : std::string();
    if (const Accounts::Entry* made = m_accounts.find(account)) {
        step.changes.push_back(Accounts::drop(account));
        const api::Account gone = viewOf(account, *made);
        step.after.emplace_back([this, account, gone] {
            forgetAccount(account);
            m_accounts.dropped(account);
            m_broker.dropAccount(gone.name.toStdString()); // nobody had its password: it holds nothing
            Q_EMIT m_broker.happened(event::AccountChanged{gone, true});
        });
    }
    const bool unproved = !open.proof.isEmpty() && !request.emailVerified;
    request.state = unproved ? RequestState::Unverified : RequestState::Pending;
    request.decided.reset();
    request.undoUntil.reset();
    request.decidedBy.clear();
    request.reason.clear();
    request.account.clear();
    open.told = true;
    audit(
        step, actor, "undoRequest", "request:" + id.toStdString(), stateObject(before),
        stateObject(request.state));
    put(step, id.toStdString(), std::move(open));
    answerRequest(id.toStdString(), std::move(step), std::move(answered));
}

} // namespace viaduct::broker
