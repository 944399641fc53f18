// SPDX-License-Identifier: GPL-3.0-or-later
// Staff: what somebody does to the own password and authenticator.
#include "server/broker/Staff.h"

#include "server/credentials/AdministratorPassword.h"
#include "server/credentials/PasswordPolicy.h"

namespace viaduct::broker {

namespace {
/// For fetching the telephone.
constexpr std::chrono::minutes pendingLife{10};
constexpr const char* issuer = "Viaduct";

Result<void> wrongCode() {
    return failure(
        Error::Code::Invalid,
        "The code is wrong: take the one that the authenticator shows now, and see that its clock is right.");
}

struct Verdict {
    bool right = false; ///< the old password
    Result<QString> made; ///< of the new one
};

Verdict tryAndMake(const std::string& kept, const std::string& oldPassword, const std::string& newPassword) {
    const auto password = credentials::AdministratorPassword::parse(kept);
    if (!password || !password->verify(oldPassword))
        return {false, {}};
    const auto made = credentials::AdministratorPassword::make(newPassword);
    if (!made)
        return {true, tl::unexpected(made.error())};
    return {true, QString::fromStdString(made->text())};
}
} // namespace

std::string Staff::sessionId(const Seat& seat) {
    return seat.key.substr(seat.key.find(':') + 1);
}

Result<const Staff::People::Entry*> Staff::personOf(const Seat& seat) const {
    if (seat.isToken)
        return failure(
            Error::Code::Denied,
            "This is the token of a program, which has no password and no authenticator: log in as a "
            "person.");
    const People::Entry* entry = m_people.find(seat.id);
    const Sessions::Entry* session = m_sessions.find(sessionId(seat));
    if (!entry || !session || session->value.generation != entry->value.generation)
        return failure(Error::Code::Denied, "This session has ended meanwhile: log in again.");
    return entry;
}

Result<void> Staff::mayTry(const Seat& seat, const IpAddress& from) {
    const auto moment = std::chrono::steady_clock::now();
    const auto permission = m_throttle.mayTry(seat.id, from, moment);
    if (permission.allowed)
        return {};
    const auto wait = std::chrono::ceil<std::chrono::seconds>(permission.until - moment);
    return failure(
        Error::Code::Busy,
        "There were too many wrong tries: try again in " + std::to_string(wait.count()) + " s.");
}

void Staff::changeOwnPassword(
    const Seat& seat, const api::PasswordChange& change, const IpAddress& from, Answered<void> answered) {
    const auto entry = personOf(seat);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    const std::string fresh = change.newPassword.toStdString();
    if (auto fits = credentials::checkPassword(fresh, seat.id, credentials::PasswordUse::Administrator);
        !fits)
        return answered(tl::unexpected(fits.error()));
    if (change.newPassword == change.oldPassword)
        return answered(failure(Error::Code::Invalid, "The new password is the old one: choose another."));
    if (auto possible = mayWork().and_then([&] { return mayTry(seat, from); }); !possible)
        return answered(tl::unexpected(possible.error()));
    m_passwords.run(
        this,
        [this, seat, from, kept = (*entry)->value.password.toStdString(),
         old = change.oldPassword.toStdString(), fresh, answered = std::move(answered)] {
            return [this, seat, from, verdict = tryAndMake(kept, old, fresh), answered] {
                if (!verdict.right)
                    return answered(failure(
                        Error::Code::Denied,
                        "The old password is wrong: try again, or have an administrator "
                        "give you a new one."));
                m_throttle.succeeded(seat.id, from, std::chrono::steady_clock::now());
                if (!verdict.made)
                    return answered(tl::unexpected(verdict.made.error()));
                storePassword(seat, *verdict.made, from, answered);
            };
        });
}

void Staff::storePassword(
    const Seat& seat, const QString& password, const IpAddress& from, const Answered<void>& answered) {
    const auto entry = personOf(seat);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    record::Person person = (*entry)->value;
    person.password = password;
    person.changePassword = false;
    ++person.generation;
    const std::string id = sessionId(seat);
    record::Session own = m_sessions.find(id)->value;
    own.generation = person.generation;
    Step step;
    audit(
        step, seat.actor(from), "changeOwnPassword", seat.id, {},
        {{QStringLiteral("sessionsEnded"), static_cast<qint64>(m_sessionsOf[seat.login].size() - 1)}});
    put(step, seat.login, std::move(person));
    put(step, id, std::move(own));
    endSessions(step, seat.login, id);
    write(std::move(step), answered);
}

// --- the authenticator

Result<api::TotpSecret> Staff::beginTotp(const Seat& seat) {
    const auto entry = personOf(seat);
    if (!entry)
        return tl::unexpected(entry.error());
    if (!(*entry)->value.totp.isEmpty())
        return failure(
            Error::Code::Conflict,
            "An authenticator is set up already: remove it before setting up another.");
    const auto secret = credentials::TotpSecret::make(credentials::systemRandom());
    m_pending.insert_or_assign(seat.login, Pending{secret, now() + pendingLife});
    return api::TotpSecret{
        QString::fromStdString(secret.base32()), QString::fromStdString(secret.uri(issuer, seat.id))};
}

void Staff::confirmTotp(
    const Seat& seat, const api::TotpCode& code, const IpAddress& from, Answered<void> answered) {
    const auto entry = personOf(seat);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    const auto pending = m_pending.find(seat.login);
    if (pending == m_pending.end() || pending->second.until <= now())
        return answered(failure(
            Error::Code::NotFound,
            "No authenticator is being set up, or it took longer than ten minutes: begin again."));
    if (auto possible = mayTry(seat, from); !possible)
        return answered(possible);
    const credentials::TotpSecret secret = pending->second.secret;
    const auto used = secret.verify(code.code.toStdString(), now());
    if (!used)
        return answered(wrongCode());
    m_throttle.succeeded(seat.id, from, std::chrono::steady_clock::now());
    record::Person person = (*entry)->value;
    person.totp = QString::fromStdString(secret.base32());
    const auto* known = m_lastLogins.find(seat.id);
    record::LastLogin last = known ? known->value : record::LastLogin();
    last.totpStep = used; // this code does not log in any more
    Step step;
    audit(
        step, seat.actor(from), "confirmTotp", seat.id, {{QStringLiteral("totp"), false}},
        {{QStringLiteral("totp"), true}});
    put(step, seat.login, std::move(person));
    put(step, seat.login, std::move(last));
    step.after.emplace_back([this, login = seat.login] { m_pending.erase(login); });
    write(std::move(step), std::move(answered));
}

void Staff::removeTotp(
    const Seat& seat, const api::TotpCode& code, const IpAddress& from, Answered<void> answered) {
    const auto entry = personOf(seat);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    if ((*entry)->value.totp.isEmpty())
        return answered(
            failure(Error::Code::NotFound, "No authenticator is set up: there is none to remove."));
    if (auto possible = mayTry(seat, from); !possible)
        return answered(possible);
    record::Person person = (*entry)->value;
    const auto* known = m_lastLogins.find(seat.id);
    record::LastLogin last = known ? known->value : record::LastLogin();
    const auto secret = credentials::TotpSecret::fromBase32(person.totp.toStdString());
    last.totpStep = secret ? secret->verify(code.code.toStdString(), now(), last.totpStep) : std::nullopt;
    if (!last.totpStep)
        return answered(wrongCode());
    m_throttle.succeeded(seat.id, from, std::chrono::steady_clock::now());
    person.totp.clear();
    Step step;
    audit(
        step, seat.actor(from), "removeTotp", seat.id, {{QStringLiteral("totp"), true}},
        {{QStringLiteral("totp"), false}});
    put(step, seat.login, std::move(person));
    put(step, seat.login, std::move(last));
    write(std::move(step), std::move(answered));
}

} // namespace viaduct::broker
