// SPDX-License-Identifier: GPL-3.0-or-later
// Registry: accounts, one by one.
#include "server/broker/Registry.h"

#include "server/credentials/GeneratedPassword.h"
#include "server/credentials/PasswordPolicy.h"

namespace viaduct::broker {

namespace {
/// Which of the settings that are about people were changed: their names only.
QJsonObject personalChanges(const api::AccountSettings& before, const api::AccountSettings& after) {
    QJsonArray names;
    const auto note = [&](const char* name, bool changed) {
        if (changed)
            names.append(QLatin1String(name));
    };
    note("person", before.person != after.person);
    note("email", before.email != after.email);
    note("organisation", before.organisation != after.organisation);
    note("sponsor", before.sponsor != after.sponsor);
    note("tags", before.tags != after.tags);
    note("note", before.note != after.note);
    return names.isEmpty() ? QJsonObject() : QJsonObject{{QStringLiteral("changed"), names}};
}

QJsonObject joined(QJsonObject a, const QJsonObject& b) {
    for (auto member = b.begin(); member != b.end(); ++member)
        a.insert(member.key(), member.value());
    return a;
}
} // namespace

void Registry::answerAccount(const std::string& id, Step step, Answered<api::Account> answered) {
    write(std::move(step), [this, id, answered = std::move(answered)](const Result<void>& written) {
        if (!written)
            return answered(tl::unexpected(written.error()));
        answered(viewOf(id, *m_accounts.find(id)));
    });
}

void Registry::create(
    const api::AccountDraft& draft, const Actor& actor, Answered<api::AccountCreated> answered) {
    if (auto fits = checkNewName(draft.name); !fits)
        return answered(tl::unexpected(fits.error()));
    if (auto fits = checkSettings(draft.settings); !fits)
        return answered(tl::unexpected(fits.error()));
    const bool chosen = !draft.password.isEmpty();
    const std::string password
        = chosen ? draft.password.toStdString() : credentials::makePassword(credentials::systemRandom());
    if (chosen) {
        if (auto fits = credentials::checkPassword(
                password, draft.name.toStdString(), credentials::PasswordUse::Account);
            !fits)
            return answered(tl::unexpected(fits.error()));
    }
    m_byName.emplace(draft.name, std::string());
    const NewPassword wish{
        draft.name, password, chosen ? credentials::chosenIterations : credentials::generatedIterations,
        draft.settings.oldClients};
    makeAllKeys(
        {wish},
        [this, draft, actor, chosen, password,
         answered = std::move(answered)](const Result<std::vector<Keys>>& keys) {
            if (!keys) {
                m_byName.erase(draft.name);
                return answered(tl::unexpected(keys.error()));
            }
            record::Account made;
            made.account.name = draft.name;
            made.account.settings = draft.settings;
            made.account.origin = api::AccountOrigin::Operator;
            made.account.created = now();
            setKeys(made, keys->front());
            const std::string id = newId('a');
            Step step;
            audit(step, actor, "createAccount", "account:" + id, {}, auditView(made));
            put(step, id, std::move(made));
            write(
                std::move(step), [this, id, draft, chosen, password, answered](const Result<void>& written) {
                    if (!written) {
                        m_byName.erase(draft.name);
                        return answered(tl::unexpected(written.error()));
                    }
                    // What the caller chose is known there: it need not travel again.
                    answered(api::AccountCreated{
                        viewOf(id, *m_accounts.find(id)),
                        chosen ? QString() : QString::fromStdString(password)});
                });
        });
}

void Registry::change(
    const QString& name, std::int64_t revision, const api::AccountSettings& settings, const Actor& actor,
    Answered<api::Account> answered) {
    const auto entry = changeable(name, revision);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    record::Account changed = (*entry)->value;
    if (auto fits = checkSettings(settings); !fits)
        return answered(tl::unexpected(fits.error()));
    const std::string id = idOf(name);
    const QJsonObject before = auditView(changed);
    const QJsonObject people = personalChanges(changed.account.settings, settings);
    if (settings.validUntil != changed.account.settings.validUntil)
        changed.expiryTold = false;
    changed.account.settings = settings;
    if (!settings.oldClients)
        changed.digest.clear(); // newly asked for, it is made with the next password: none is known here
    Step step;
    audit(step, actor, "changeAccount", "account:" + id, before, joined(auditView(changed), people));
    put(step, id, std::move(changed));
    answerAccount(id, std::move(step), std::move(answered));
}

void Registry::suspend(
    const QString& name, const QString& reason, const Actor& actor, Answered<api::Account> answered) {
    const auto entry = changeable(name, 0);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    if (reason.trimmed().isEmpty() || reason.size() > api::limit::text)
        return answered(failure(Error::Code::Invalid, "A reason is wanted, of at most 4000 characters."));
    record::Account changed = (*entry)->value;
    const QJsonObject before = auditView(changed);
    changed.account.state = api::AccountState::Suspended;
    changed.account.reason = reason;
    const std::string id = idOf(name);
    Step step;
    // The reason may speak of the person, and the audit does not forget: it stays with the account.
    audit(step, actor, "suspendAccount", "account:" + id, before, auditView(changed));
    put(step, id, std::move(changed));
    answerAccount(id, std::move(step), std::move(answered));
}

void Registry::resume(const QString& name, const Actor& actor, Answered<api::Account> answered) {
    const auto entry = changeable(name, 0);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    record::Account changed = (*entry)->value;
    if (changed.account.state != api::AccountState::Suspended)
        return answered(failure(Error::Code::Conflict, "The account is not suspended."));
    const QJsonObject before = auditView(changed);
    changed.account.state = api::AccountState::Active;
    changed.account.reason.clear();
    const std::string id = idOf(name);
    Step step;
    audit(step, actor, "resumeAccount", "account:" + id, before, auditView(changed));
    put(step, id, std::move(changed));
    answerAccount(id, std::move(step), std::move(answered));
}

void Registry::resetPassword(const QString& name, const Actor& actor, Answered<api::Credentials> answered) {
    const auto entry = changeable(name, 0);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    if ((*entry)->value.account.origin == api::AccountOrigin::Radius)
        return answered(failure(
            Error::Code::Conflict,
            "The password of this account is known to RADIUS alone: change it there."));
    const std::string password = credentials::makePassword(credentials::systemRandom());
    const bool oldClients = (*entry)->value.account.settings.oldClients;
    makeAllKeys(
        {{name, password, credentials::generatedIterations, oldClients}},
        [this, name, actor, password, answered = std::move(answered)](const auto& keys) {
            const auto held = changeable(name, 0);
            if (!keys || !held)
                return answered(tl::unexpected(keys ? held.error() : keys.error()));
            record::Account changed = (*held)->value;
            setKeys(changed, keys->front());
            const std::string id = idOf(name);
            Step step;
            audit(step, actor, "resetAccountPassword", "account:" + id, {}, {});
            // The status page must not make yet another.
            const std::string request = changed.account.request.toStdString();
            if (const Requests::Entry* asked = m_requests.find(request)) {
                record::Request taken = asked->value;
                taken.credentialsTaken = true;
                put(step, request, std::move(taken));
            }
            put(step, id, std::move(changed));
            write(std::move(step), [this, name, password, answered](const Result<void>& written) {
                if (!written)
                    return answered(tl::unexpected(written.error()));
                m_broker.unlock(name.toStdString());
                m_throttle.unlock(name.toStdString());
                answered(api::Credentials{name, QString::fromStdString(password)});
            });
        });
}

void Registry::erase(
    const QString& name, std::int64_t revision, const Actor& actor, Answered<api::Account> answered) {
    const auto entry = changeable(name, revision);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    eraseEntry(idOf(name), **entry, "eraseAccount", actor, std::move(answered));
}

/// Personal data goes: the account, its request, when it was seen. History and usage keep a pseudonym.
void Registry::eraseEntry(
    const std::string& id, const Accounts::Entry& entry, const char* action, const Actor& actor,
    Answered<api::Account> answered) {
    const api::Account gone = viewOf(id, entry);
    const std::string name = gone.name.toStdString();
    const store::Holder holder = "account:" + name;
    if (!m_ending.insert(holder).second)
        return answered(failure(Error::Code::Busy, "The account is being erased already: wait for that."));
    const std::string request = gone.request.toStdString();
    Step step;
    step.changes.push_back(Accounts::drop(id));
    const std::string user = record::Seen::idOfUser(name); // it stood in the configuration once, maybe
    for (const std::string& seen : {id, user})
        step.changes.push_back(Documents<record::Seen>::drop(seen));
    if (m_requests.find(request))
        step.changes.push_back(Requests::drop(request));
    audit(step, actor, action, "account:" + id, auditView(entry.value), {});
    // What its tunnel did until now is its own: the pseudonym gets it.
    if (const auto tunnel = m_broker.tunnels().find(gone.tunnel.value_or(0));
        tunnel != m_broker.tunnels().end())
        m_usage.read(tunnel->second.tunnel, trafficOf(*tunnel->second.counters), std::chrono::seconds{0});
    const auto usage = m_usage.take(holder);
    if (usage)
        step.changes.emplace_back(store::change::AddUsage{dayOf(now()), holder, usage->usage});
    m_unwrittenSeen.erase(id);
    m_broker.endAccount(
        name, "erased:" + newId('e'), "Its account was erased.", std::move(step.changes),
        [this, id, user, name, holder, usage, request, gone,
         answered = std::move(answered)](const Result<void>& ended) {
            m_ending.erase(holder);
            if (!ended) {
                if (usage)
                    m_usage.giveBack({*usage});
                return answered(tl::unexpected(ended.error()));
            }
            forgetAccount(id);
            m_accounts.dropped(id);
            for (const std::string& seen : {id, user}) {
                m_seen.dropped(seen);
                m_unwrittenSeen.erase(seen);
                m_lastLogin.erase(seen);
            }
            m_throttle.forget(name);
            m_usage.forget(holder);
            forgetRequest(request);
            m_requests.dropped(request);
            Q_EMIT m_broker.happened(event::AccountChanged{gone, true});
            answered(gone);
        });
}

// --- RADIUS

void Registry::setRadius(
    std::function<void(const std::string& user, const std::string& password, RadiusAnswered answered)> ask) {
    m_broker.setStrangers(
        [this, ask = std::move(ask)](const tsp::PlainLogin& login, Broker::Vouched vouched) {
            ask(login.user, login.password,
                [self = QPointer<Registry>(this), login,
                 vouched = std::move(vouched)](const RadiusVerdict& verdict) {
                    if (self)
                        self->vouch(login, verdict, vouched);
                });
        });
}

void Registry::vouch(
    const tsp::PlainLogin& login, const RadiusVerdict& verdict, const Broker::Vouched& vouched) {
    if (verdict.what == RadiusVerdict::What::Unreachable)
        return vouched(failure(Error::Code::Busy, verdict.reason));
    if (verdict.what == RadiusVerdict::What::Refused)
        return vouched(failure(Error::Code::Denied, verdict.reason));
    const std::string user = Broker::radiusName(login.user);
    const QString name = QString::fromStdString(user);
    if (const accounts::Account* known = m_broker.account(user)) {
        // Made here while RADIUS was asked: RADIUS does not know its password.
        const api::Account* own = kept(name);
        if (!own || own->origin != api::AccountOrigin::Radius)
            return vouched(failure(Error::Code::Denied, "This login was given to somebody else meanwhile."));
        return vouched(*known);
    }
    if (auto fits = checkNewName(name); !fits)
        return vouched(tl::unexpected(fits.error()));
    record::Account made;
    made.account.name = name;
    made.account.origin = api::AccountOrigin::Radius;
    made.account.created = now();
    made.account.settings.kind = toApi(m_broker.configuration().radiusKind);
    const std::string id = newId('a');
    Step step;
    audit(step, {"system", {}, api::Role::Requester}, "account.radius", "account:" + id, {}, auditView(made));
    put(step, id, std::move(made));
    m_byName.emplace(name, std::string());
    write(std::move(step), [this, name, user, vouched](const Result<void>& written) {
        const accounts::Account* account = m_broker.account(user);
        if (written && account)
            return vouched(*account);
        m_byName.erase(name);
        vouched(failure(Error::Code::Busy, "The account could not be stored."));
    });
}

} // namespace viaduct::broker
