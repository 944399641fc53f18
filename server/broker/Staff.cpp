// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/Staff.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
using std::chrono::minutes;

/// A session's use is written when it moved on by so much: each would be a commit for each click, and after a
/// crash a session ends so much too early at most.
constexpr minutes useGrain{5};
/// Tokens that have expired stay in the list for a while: somebody will ask why the program stopped.
constexpr std::chrono::days expiredTokenShown{30};

std::string compact(const QJsonObject& object) {
    return object.isEmpty() ? std::string()
                            : QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}
} // namespace

Staff::Staff(store::Store& store, QObject* parent) : Staff(store, Limits(), parent) { }

Staff::Staff(store::Store& store, const Limits& limits, QObject* parent)
    : QObject(parent), m_store(store), m_limits(limits) { }

Staff::~Staff() {
    Step step = usesSince(std::chrono::milliseconds{1});
    if (!step.changes.empty())
        m_store.commit(std::move(step.changes), this, [](const Result<void>&) {});
}

api::Time Staff::now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// --- start

Result<void> Staff::load(const store::Snapshot& snapshot) {
    for (const store::Record& stored : snapshot.records) {
        Result<void> loaded;
        if (stored.kind == record::Person::kind)
            loaded = m_people.load(stored);
        else if (stored.kind == record::LastLogin::kind)
            loaded = m_lastLogins.load(stored);
        else if (stored.kind == record::Session::kind)
            loaded = m_sessions.load(stored);
        else if (stored.kind == record::Token::kind)
            loaded = m_tokens.load(stored);
        if (!loaded)
            return loaded;
    }
    for (const auto& [id, entry] : m_sessions.all())
        noteSession(id, entry.value);
    for (const auto& [id, entry] : m_tokens.all())
        m_tokenByHash[entry.value.hash.toStdString()] = id;
    const api::Time time = now();
    const auto moment = std::chrono::steady_clock::now();
    for (const auto& [login, entry] : m_lastLogins.all()) {
        for (const record::Place& place : entry.value.places)
            m_throttle.remember(login, place.address, moment - (time - std::min(place.at, time)));
    }
    return {};
}

void Staff::welcome(Answered<std::optional<api::Credentials>> answered) {
    if (!m_people.all().empty())
        return answered(std::optional<api::Credentials>());
    const api::PersonDraft draft{
        QStringLiteral("admin"),
        {QStringLiteral("Administrator"), QString(), api::Role::Administrator, false}};
    makePerson(
        draft, "createPerson", {"system", {}, api::Role::Administrator},
        [answered = std::move(answered)](const Result<api::PersonCreated>& made) {
            if (!made)
                return answered(tl::unexpected(made.error()));
            answered(std::optional(api::Credentials{made->person.login, made->password}));
        });
}

// --- one commit

void Staff::put(Step& step, const QString& login, record::Person value) {
    const std::string id = login.toStdString();
    step.changes.push_back(m_people.put(id, value));
    step.after.emplace_back(
        [this, id, value = std::move(value)]() mutable { m_people.stored(id, std::move(value)); });
}

void Staff::put(Step& step, const QString& login, record::LastLogin value) {
    const std::string id = login.toStdString();
    step.changes.push_back(m_lastLogins.put(id, value));
    step.after.emplace_back(
        [this, id, value = std::move(value)]() mutable { m_lastLogins.stored(id, std::move(value)); });
}

void Staff::put(Step& step, const std::string& id, record::Session value) {
    step.changes.push_back(m_sessions.put(id, value));
    step.after.emplace_back([this, id, value = std::move(value)]() mutable {
        noteSession(id, m_sessions.stored(id, std::move(value)).value);
    });
}

void Staff::put(Step& step, const std::string& id, record::Token value) {
    step.changes.push_back(m_tokens.put(id, value));
    step.after.emplace_back([this, id, value = std::move(value)]() mutable {
        m_tokenByHash[value.hash.toStdString()] = id;
        m_tokens.stored(id, std::move(value));
    });
}

void Staff::dropPerson(Step& step, const QString& login, const People::Entry& entry) {
    const std::string id = login.toStdString();
    // Dropping asks for no version, putting does: nobody deletes what was changed a moment before.
    step.changes.push_back(m_people.put(id, entry.value));
    step.changes.push_back(People::drop(id));
    step.changes.push_back(Documents<record::LastLogin>::drop(id));
    step.after.emplace_back([this, id, login] {
        m_people.dropped(id);
        m_lastLogins.dropped(id);
        m_pending.erase(login);
        m_throttle.forget(id);
    });
}

void Staff::dropSession(Step& step, const std::string& id) {
    step.changes.push_back(Sessions::drop(id));
    step.after.emplace_back([this, id] { forgetSession(id); });
}

void Staff::dropToken(Step& step, const std::string& id) {
    step.changes.push_back(Tokens::drop(id));
    step.after.emplace_back([this, id] { forgetToken(id); });
}

/// What is about people is not in `before` and `after`, but for the login: the audit cannot forget.
void Staff::audit(
    Step& step, const Actor& actor, const char* action, const std::string& target, const QJsonObject& before,
    const QJsonObject& after) const {
    step.changes.push_back(store::change::AppendAudit{
        {now(), actor.id, actor.from.text(), action, target, compact(before), compact(after)}});
}

void Staff::write(Step step, std::function<void(const Result<void>&)> done) {
    m_store.commit(
        std::move(step.changes), this,
        [after = std::move(step.after), done = std::move(done)](const Result<void>& committed) {
            if (!committed) {
                if (committed.error().code == Error::Code::Denied)
                    return done(failure(
                        Error::Code::Stale, "It was changed meanwhile: look at it again, then decide."));
                return done(committed);
            }
            for (const auto& each : after)
                each();
            done(committed);
        });
}

Result<void> Staff::mayWork(bool isKnown) const {
    // Strangers cannot keep out who has been here before.
    if (m_passwords.waiting() < (isKnown ? m_limits.waiting : m_limits.waiting - m_limits.waiting / 4))
        return {};
    return failure(
        Error::Code::Busy, "Too many passwords are being verified at the moment: try again in a minute.");
}

// --- memory

void Staff::noteSession(const std::string& id, const record::Session& session) {
    m_sessionsOf[session.login].insert(id);
}

void Staff::forgetSession(const std::string& id) {
    const Sessions::Entry* entry = m_sessions.find(id);
    if (!entry)
        return;
    const auto found = m_sessionsOf.find(entry->value.login);
    if (found != m_sessionsOf.end()) {
        found->second.erase(id);
        if (found->second.empty())
            m_sessionsOf.erase(found);
    }
    m_used.erase(id);
    m_sessions.dropped(id);
    Q_EMIT ended("session:" + id);
}

void Staff::forgetToken(const std::string& id) {
    const Tokens::Entry* entry = m_tokens.find(id);
    if (!entry)
        return;
    m_tokenByHash.erase(entry->value.hash.toStdString());
    m_used.erase(id);
    m_expiredTokens.erase(id);
    m_tokens.dropped(id);
    Q_EMIT ended("token:" + id);
}

// --- upkeep

void Staff::maintain(api::Time now) {
    dropExpired(now);
    tellExpiredTokens(now);
    std::erase_if(m_pending, [&](const auto& each) { return each.second.until <= now; });
    if (m_writingUses)
        return;
    Step step = usesSince(useGrain);
    if (step.changes.empty())
        return;
    m_writingUses = true;
    // One of them was dropped meanwhile, or the disk is full: the next time will do.
    write(std::move(step), [this](const Result<void>&) { m_writingUses = false; });
}

/// Uses are no change for the audit: it would be a log of every look.
Staff::Step Staff::usesSince(std::chrono::milliseconds least) {
    Step step;
    for (const auto& [id, used] : m_used) {
        if (const Sessions::Entry* session = m_sessions.find(id);
            session && used - session->value.used >= least) {
            record::Session value = session->value;
            value.used = used;
            put(step, id, std::move(value));
        }
        if (const Tokens::Entry* token = m_tokens.find(id);
            token && (!token->value.token.lastUsed || used > *token->value.token.lastUsed)) {
            record::Token value = token->value;
            value.token.lastUsed = used;
            put(step, id, std::move(value));
        }
    }
    return step;
}

bool Staff::isOver(const std::string& id, const record::Session& session, api::Time now) const {
    const People::Entry* person = m_people.find(session.login.toStdString());
    return !person || person->value.generation != session.generation || endOf(id, session) <= now;
}

/// That a session ends by itself is no change for the audit either: the log-in says when it must.
void Staff::dropExpired(api::Time now) {
    Step step;
    for (const auto& [id, entry] : m_sessions.all()) {
        if (isOver(id, entry.value, now))
            dropSession(step, id);
    }
    for (const auto& [login, entry] : m_lastLogins.all()) {
        if (m_people.find(login))
            continue;
        step.changes.push_back(Documents<record::LastLogin>::drop(login));
        step.after.emplace_back([this, id = login] { m_lastLogins.dropped(id); });
    }
    for (const auto& [id, entry] : m_tokens.all()) {
        // Without the person who made it it may nothing, and must not work for the next one with that login.
        const bool orphan = !m_people.find(entry.value.token.createdBy.toStdString());
        if (!orphan && entry.value.token.expires + expiredTokenShown > now)
            continue;
        dropToken(step, id);
        audit(
            step, {"system", {}, api::Role::Administrator}, "deleteToken", id,
            {{QStringLiteral("expires"), api::text(entry.value.token.expires)}}, {});
    }
    if (!step.changes.empty())
        write(std::move(step), [](const Result<void>&) {}); // what could not be dropped comes again
}

void Staff::tellExpiredTokens(api::Time now) {
    for (const auto& [id, entry] : m_tokens.all()) {
        if (entry.value.token.expires <= now && m_expiredTokens.insert(id).second)
            Q_EMIT ended("token:" + id);
    }
}

} // namespace viaduct::broker
