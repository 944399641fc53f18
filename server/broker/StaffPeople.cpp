// SPDX-License-Identifier: GPL-3.0-or-later
// Staff: people, one by one.
#include "server/broker/Staff.h"

#include "server/accounts/Account.h"
#include "server/broker/RegistrationPolicy.h"
#include "server/credentials/AdministratorPassword.h"
#include "server/credentials/GeneratedPassword.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
Result<QString> hashed(const std::string& password) {
    const auto made = credentials::AdministratorPassword::make(password);
    if (!made)
        return tl::unexpected(made.error());
    return QString::fromStdString(made->text());
}

/// Without the name and the mail address.
QJsonObject auditView(const api::PersonSettings& settings) {
    return {
        {QStringLiteral("role"), QLatin1String(api::word(settings.role))},
        {QStringLiteral("suspended"), settings.suspended}};
}

/// That they were changed, not to what.
QJsonObject auditView(const api::PersonSettings& settings, const api::PersonSettings& before) {
    QJsonObject view = auditView(settings);
    QJsonArray changed;
    if (settings.name != before.name)
        changed.append(QStringLiteral("name"));
    if (settings.email != before.email)
        changed.append(QStringLiteral("email"));
    if (!changed.isEmpty())
        view.insert(QStringLiteral("changed"), changed);
    return view;
}

Result<void> checkSettings(const api::PersonSettings& settings) {
    // By the table of its members: what cannot be read back must not be stored.
    if (auto readBack = api::fromJson<api::PersonSettings>(api::toJson(settings)); !readBack)
        return tl::unexpected(readBack.error());
    if (!settings.email.isEmpty() && !looksLikeMail(settings.email))
        return failure(Error::Code::Invalid, "The mail address is none: write it as NAME@DOMAIN.");
    return {};
}
} // namespace

Result<const Staff::People::Entry*> Staff::changeable(const QString& login, std::int64_t revision) const {
    const People::Entry* entry = m_people.find(login.toStdString());
    if (!entry)
        return failure(Error::Code::NotFound, "There is nobody with the login " + login.toStdString() + '.');
    if (revision != 0 && revision != entry->version)
        return failure(
            Error::Code::Stale, "The person was changed meanwhile: look at it again, then decide.");
    return entry;
}

Result<void> Staff::checkNewPerson(const api::PersonDraft& draft) const {
    const std::string login = draft.login.toStdString();
    if (auto fits = accounts::checkName(login); !fits)
        return fits;
    if (login == "system" || login == "policy")
        return failure(
            Error::Code::Invalid, "The audit calls the broker itself " + login + ": choose another login.");
    if (m_people.find(login) || m_arriving.contains(draft.login))
        return failure(
            Error::Code::Conflict, "Somebody has the login " + login + " already: choose another.");
    if (m_people.all().size() + m_arriving.size() >= m_limits.people)
        return failure(
            Error::Code::Exhausted,
            "There are " + std::to_string(m_limits.people)
                + " people already, which is the most: delete those who have gone.");
    return checkSettings(draft.settings);
}

void Staff::createPerson(
    const api::PersonDraft& draft, const Actor& actor, Answered<api::PersonCreated> answered) {
    makePerson(draft, "createPerson", actor, std::move(answered));
}

void Staff::makePerson(
    const api::PersonDraft& draft, const char* action, const Actor& actor,
    Answered<api::PersonCreated> answered) {
    if (auto possible = checkNewPerson(draft).and_then([&] { return mayWork(); }); !possible)
        return answered(tl::unexpected(possible.error()));
    m_arriving.insert(draft.login);
    const std::string password = credentials::makePassword(credentials::systemRandom());
    m_passwords.run(this, [this, draft, action, actor, password, answered = std::move(answered)] {
        return [this, draft, action, actor, password, answered, kept = hashed(password)] {
            if (!kept) {
                m_arriving.erase(draft.login);
                return answered(tl::unexpected(kept.error()));
            }
            record::Person made;
            made.person.login = draft.login;
            made.person.settings = draft.settings;
            made.person.created = now();
            made.password = *kept;
            made.changePassword = true;
            // Not from 1: whoever has the login again later must not find sessions of the one before.
            made.generation = made.person.created.time_since_epoch().count();
            Step step;
            audit(step, actor, action, draft.login.toStdString(), {}, auditView(draft.settings));
            put(step, draft.login, std::move(made));
            write(std::move(step), [this, draft, password, answered](const Result<void>& written) {
                m_arriving.erase(draft.login);
                if (!written)
                    return answered(tl::unexpected(written.error()));
                answered(api::PersonCreated{*person(draft.login), QString::fromStdString(password)});
            });
        };
    });
}

// --- the last administrator

bool Staff::isAdministrator(const record::Person& person) {
    return person.person.settings.role == api::Role::Administrator && !person.person.settings.suspended;
}

/// Those whose leaving is being written do not count any more: two cannot send each other away.
Result<void> Staff::checkLeaving(const QString& login) const {
    const bool another = std::any_of(m_people.all().begin(), m_people.all().end(), [&](const auto& each) {
        const QString other = QString::fromStdString(each.first);
        return other != login && !m_leaving.contains(other) && isAdministrator(each.second.value);
    });
    if (another)
        return {};
    return failure(
        Error::Code::Denied,
        login.toStdString()
            + " is the last administrator: make another one first, or nobody could any more.");
}

void Staff::changePerson(
    const QString& login, std::int64_t revision, const api::PersonSettings& settings, const Actor& actor,
    Answered<api::Person> answered) {
    const auto entry = changeable(login, revision);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    record::Person changed = (*entry)->value;
    const api::PersonSettings before = std::exchange(changed.person.settings, settings);
    const bool leaving = isAdministrator((*entry)->value) && !isAdministrator(changed);
    if (auto possible
        = checkSettings(settings).and_then([&] { return leaving ? checkLeaving(login) : Result<void>(); });
        !possible)
        return answered(tl::unexpected(possible.error()));
    Step step;
    audit(step, actor, "changePerson", login.toStdString(), auditView(before), auditView(settings, before));
    const bool less = settings.suspended || settings.role < before.role;
    if (less)
        ++changed.generation;
    put(step, login, std::move(changed));
    if (less) {
        endSessions(step, login);
        for (const std::string& id : tokensOf(login))
            step.after.emplace_back([this, id] { Q_EMIT ended("token:" + id); });
    }
    if (leaving)
        m_leaving.insert(login);
    write(
        std::move(step), [this, login, leaving, answered = std::move(answered)](const Result<void>& written) {
            if (leaving)
                m_leaving.erase(login);
            if (!written)
                return answered(tl::unexpected(written.error()));
            answered(*person(login));
        });
}

void Staff::deletePerson(
    const QString& login, std::int64_t revision, const Actor& actor, Answered<void> answered) {
    const auto entry = changeable(login, revision);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    const bool leaving = isAdministrator((*entry)->value);
    if (auto possible = leaving ? checkLeaving(login) : Result<void>(); !possible)
        return answered(possible);
    Step step;
    QJsonArray tokens;
    for (const std::string& id : tokensOf(login)) {
        tokens.append(QString::fromStdString(id));
        dropToken(step, id);
    }
    QJsonObject before = auditView((*entry)->value.person.settings);
    before.insert(QStringLiteral("tokens"), tokens);
    audit(step, actor, "deletePerson", login.toStdString(), before, {});
    dropPerson(step, login, **entry);
    endSessions(step, login);
    if (leaving)
        m_leaving.insert(login);
    write(
        std::move(step), [this, login, leaving, answered = std::move(answered)](const Result<void>& written) {
            if (leaving)
                m_leaving.erase(login);
            answered(written);
        });
}

void Staff::resetPersonPassword(
    const QString& login, const Actor& actor, Answered<api::Credentials> answered) {
    const auto known = changeable(login, 0);
    if (auto possible = known.map([](auto) {}).and_then([&] { return mayWork(); }); !possible)
        return answered(tl::unexpected(possible.error()));
    const std::string password = credentials::makePassword(credentials::systemRandom());
    m_passwords.run(this, [this, login, actor, password, answered = std::move(answered)] {
        return [this, login, actor, password, answered, kept = hashed(password)] {
            const auto entry = changeable(login, 0);
            if (!entry || !kept)
                return answered(tl::unexpected(entry ? kept.error() : entry.error()));
            record::Person person = (*entry)->value;
            Step step;
            audit(
                step, actor, "resetPersonPassword", login.toStdString(),
                {{QStringLiteral("totp"), !person.totp.isEmpty()}}, {{QStringLiteral("totp"), false}});
            person.password = *kept;
            person.changePassword = true;
            person.totp.clear();
            ++person.generation;
            put(step, login, std::move(person));
            endSessions(step, login);
            step.after.emplace_back([this, login] {
                m_throttle.unlock(login.toStdString());
                m_pending.erase(login);
            });
            write(std::move(step), [login, password, answered](const Result<void>& written) {
                if (!written)
                    return answered(tl::unexpected(written.error()));
                answered(api::Credentials{login, QString::fromStdString(password)});
            });
        };
    });
}

void Staff::endSessions(Step& step, const QString& login, const std::string& kept) {
    const auto found = m_sessionsOf.find(login);
    if (found == m_sessionsOf.end())
        return;
    for (const std::string& id : found->second) {
        if (id != kept)
            dropSession(step, id);
    }
}

// --- reading

bool Staff::mustChangePassword(const QString& login) const {
    const People::Entry* entry = m_people.find(login.toStdString());
    return entry && entry->value.changePassword;
}

std::optional<api::Person> Staff::person(const QString& login) const {
    const People::Entry* entry = m_people.find(login.toStdString());
    if (!entry)
        return std::nullopt;
    api::Person view = entry->value.person;
    view.totp = !entry->value.totp.isEmpty();
    view.revision = entry->version;
    if (const auto* last = m_lastLogins.find(login.toStdString()))
        view.lastLogin = last->value.at;
    return view;
}

void Staff::forEachPerson(const std::function<void(const QString&)>& visit) const {
    for (const auto& [login, entry] : m_people.all())
        visit(QString::fromStdString(login));
}

} // namespace viaduct::broker
