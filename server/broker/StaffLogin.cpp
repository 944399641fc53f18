// SPDX-License-Identifier: GPL-3.0-or-later
// Staff: log-in, and who speaks.
#include "server/broker/Staff.h"

#include "server/credentials/AdministratorPassword.h"
#include "server/credentials/SecretToken.h"
#include "shared/api/Operations.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
using credentials::TokenKind;
using std::chrono::seconds;

constexpr std::chrono::minutes idleEnd{30};
constexpr std::chrono::hours latestEnd{12};
constexpr seconds busyPause{5};
/// Places of a person that the throttle is told of after a restart; it keeps as many.
constexpr std::size_t mostPlaces = 8;
/// Log-ins of one person at the same time take turns.
constexpr int mostTurns = 10;

/// Verified for who does not exist: it takes the time of a true one, and nothing fits it.
std::string nobodysPassword() {
    return "$argon2id$v=19$m=" + std::to_string(credentials::argonMemory / 1024)
        + ",t=" + std::to_string(credentials::argonPasses)
        + ",p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
}

std::optional<std::string> idOf(TokenKind kind, std::string_view bearer) {
    const auto hash = credentials::tokenHash(kind, bearer);
    return hash ? std::optional(credentials::toBase64Url(*hash)) : std::nullopt;
}

LoginFailure tooManyTries(std::chrono::steady_clock::duration wait) {
    const seconds pause = std::max(seconds{1}, std::chrono::ceil<seconds>(wait));
    return {
        api::ProblemKind::TooManyRequests, "There were too many wrong tries.",
        "Try again in " + std::to_string(pause.count()) + " s.", pause};
}

LoginFailure tooBusy() {
    return {
        api::ProblemKind::Unavailable, "Too many people are logging in at the moment.",
        "Try again in a few seconds.", busyPause};
}

LoginFailure tooManySessions() {
    return {
        api::ProblemKind::Unavailable, "There are as many sessions as this broker keeps.",
        "Try again when somebody has logged out.", std::chrono::minutes{1}};
}

/// One sentence for all that can be wrong: it must not tell which logins there are.
LoginFailure wrong() {
    return {
        api::ProblemKind::LoginRefused, "The login, the password or the code is wrong.",
        "Try again, or have an administrator give you a new password.", seconds{0}};
}

void notePlace(record::LastLogin& last, const IpAddress& from, api::Time at) {
    std::erase_if(last.places, [&](const record::Place& place) { return place.address == from; });
    if (last.places.size() >= mostPlaces)
        last.places.erase(last.places.begin());
    last.places.push_back({from, at});
}

/// Of one's own session: without a password there is none.
bool isOfSession(std::string_view id) {
    return id == api::operation::logOut.id || id == api::operation::changeOwnPassword.id
        || id == api::operation::beginTotp.id || id == api::operation::confirmTotp.id
        || id == api::operation::removeTotp.id;
}

bool mayBeforeChange(std::string_view id) {
    return id == api::operation::showSession.id || id == api::operation::logOut.id
        || id == api::operation::changeOwnPassword.id;
}
} // namespace

void Staff::logIn(const api::Login& login, const IpAddress& from, LoggedIn answered) {
    const std::string name = login.login.toStdString();
    const auto moment = std::chrono::steady_clock::now();
    if (const auto permission = m_throttle.wouldAllow(name, from, moment); !permission.allowed) {
        Q_EMIT loginRefused(name, from, "too many tries");
        return answered(tl::unexpected(tooManyTries(permission.until - moment)));
    }
    if (!mayWork(m_throttle.knows(name, from, moment)))
        return answered(tl::unexpected(tooBusy()));
    m_throttle.mayTry(name, from, moment);
    const People::Entry* entry = m_people.find(name);
    const Entrant entrant{login, from, entry ? entry->value.generation : 0, 0};
    const std::string kept = entry ? entry->value.password.toStdString() : nobodysPassword();
    m_passwords.run(this, [this, entrant, kept, answered = std::move(answered)] {
        const auto password = credentials::AdministratorPassword::parse(kept);
        const bool right = password && password->verify(entrant.login.password.toStdString());
        return [this, entrant, right, answered] {
            if (right)
                grant(entrant, answered);
            else
                refuse(entrant, "wrong login or password", answered);
        };
    });
}

void Staff::refuse(const Entrant& entrant, const std::string& reason, const LoggedIn& answered) {
    Q_EMIT loginRefused(entrant.login.login.toStdString(), entrant.from, reason);
    answered(tl::unexpected(wrong()));
}

/// The password is right. Everything else is looked at now, for it may have changed meanwhile.
void Staff::grant(Entrant entrant, LoggedIn answered) {
    const QString login = entrant.login.login;
    const People::Entry* entry = m_people.find(login.toStdString());
    if (!entry || entry->value.generation != entrant.generation)
        return refuse(entrant, "changed meanwhile", answered);
    if (entry->value.person.settings.suspended)
        return refuse(entrant, "suspended", answered);
    const api::Time time = now();
    const auto* known = m_lastLogins.find(login.toStdString());
    record::LastLogin last = known ? known->value : record::LastLogin();
    if (!entry->value.totp.isEmpty()) {
        if (entrant.login.totp.isEmpty())
            return answered(tl::unexpected(LoginFailure{
                api::ProblemKind::TotpNeeded, "An authenticator is set up for this login.",
                "Give its six digits, too.", seconds{0}}));
        const auto secret = credentials::TotpSecret::fromBase32(entry->value.totp.toStdString());
        last.totpStep
            = secret ? secret->verify(entrant.login.totp.toStdString(), time, last.totpStep) : std::nullopt;
        if (!last.totpStep)
            return refuse(entrant, "wrong or used code", answered);
    }
    if (m_sessions.all().size() >= m_limits.sessions && !m_sessionsOf.contains(login))
        return answered(tl::unexpected(tooManySessions()));
    last.at = time;
    notePlace(last, entrant.from, time);

    const std::string token = credentials::makeToken(TokenKind::Session, credentials::systemRandom());
    Step step;
    endOldSessions(step, login);
    put(step, *idOf(TokenKind::Session, token), {login, time, time, entrant.generation});
    put(step, login, std::move(last));
    audit(
        step, {login.toStdString(), entrant.from, entry->value.person.settings.role}, "logIn",
        login.toStdString(), {}, {{QStringLiteral("totp"), !entry->value.totp.isEmpty()}});
    write(
        std::move(step),
        [this, entrant = std::move(entrant), token,
         answered = std::move(answered)](const Result<void>& written) mutable {
            if (written)
                return finish(entrant, token, answered);
            // Another log-in of the same person came first: with it the code may have been used.
            if (written.error().code == Error::Code::Stale && ++entrant.tries < mostTurns)
                return grant(std::move(entrant), std::move(answered));
            answered(tl::unexpected(LoginFailure{
                api::ProblemKind::Unavailable, "The log-in could not be noted.",
                "Try again; if that does not help, look into the log of the broker.", busyPause}));
        });
}

void Staff::finish(const Entrant& entrant, const std::string& token, const LoggedIn& answered) {
    const auto seat = seatOf(token, now());
    if (!seat) // suspended, deleted or given another password while this was written
        return refuse(entrant, "changed meanwhile", answered);
    m_throttle.succeeded(entrant.login.login.toStdString(), entrant.from, std::chrono::steady_clock::now());
    api::Session session = sessionOf(*seat);
    session.token = QString::fromStdString(token);
    answered(std::move(session));
}

/// So that there is room for one more.
void Staff::endOldSessions(Step& step, const QString& login) {
    const auto found = m_sessionsOf.find(login);
    if (found == m_sessionsOf.end())
        return;
    std::vector<std::pair<api::Time, std::string>> byAge;
    for (const std::string& id : found->second)
        byAge.emplace_back(m_sessions.find(id)->value.created, id);
    std::sort(byAge.begin(), byAge.end());
    const bool full = m_sessions.all().size() >= m_limits.sessions;
    std::size_t keep = full ? byAge.size() - 1 : m_limits.sessionsOfPerson - 1;
    keep = std::min(keep, m_limits.sessionsOfPerson - 1);
    for (std::size_t i = 0; i + keep < byAge.size(); ++i)
        dropSession(step, byAge[i].second);
}

// --- who speaks

std::optional<Seat> Staff::seatOf(std::string_view bearer, api::Time now) {
    if (const auto id = idOf(TokenKind::Session, bearer))
        return seatOfSession(*id, now);
    if (const auto hash = idOf(TokenKind::Api, bearer))
        return seatOfToken(*hash, now);
    return std::nullopt;
}

void Staff::keepSeat(const std::string& key, api::Time now) {
    constexpr std::string_view scheme = "session:";
    if (key.starts_with(scheme))
        seatOfSession(key.substr(scheme.size()), now);
}

std::optional<Seat> Staff::seatOfSession(const std::string& id, api::Time now) {
    const Sessions::Entry* session = m_sessions.find(id);
    if (!session || isOver(id, session->value, now))
        return std::nullopt;
    const People::Entry* person = m_people.find(session->value.login.toStdString());
    api::Time& used = m_used.try_emplace(id, now).first->second;
    used = std::max(used, now);
    const api::PersonSettings& settings = person->value.person.settings;
    return Seat{
        session->value.login.toStdString(),
        session->value.login,
        settings.name,
        settings.role,
        endOf(id, session->value),
        !person->value.totp.isEmpty(),
        person->value.changePassword,
        false,
        "session:" + id};
}

std::optional<Seat> Staff::seatOfToken(const std::string& hash, api::Time now) {
    const auto found = m_tokenByHash.find(hash);
    const Tokens::Entry* entry = found == m_tokenByHash.end() ? nullptr : m_tokens.find(found->second);
    if (!entry || entry->value.token.expires <= now)
        return std::nullopt;
    const auto role = roleOf(entry->value);
    if (!role)
        return std::nullopt;
    m_used[found->second] = std::chrono::floor<std::chrono::hours>(now);
    const api::Token& token = entry->value.token;
    const std::string id = "token:" + found->second;
    return Seat{id, token.name, {}, *role, token.expires, false, false, true, id};
}

api::Time Staff::endOf(const std::string& id, const record::Session& session) const {
    const auto later = m_used.find(id);
    const api::Time used = later == m_used.end() ? session.used : std::max(session.used, later->second);
    return std::min<api::Time>(used + idleEnd, session.created + latestEnd);
}

bool Staff::may(const Seat& seat, const api::OperationInfo& operation) {
    if (!operation.least)
        return true;
    if (seat.changePassword && !mayBeforeChange(operation.id))
        return false;
    if (seat.isToken && isOfSession(operation.id))
        return false;
    return api::may(operation, seat.role);
}

api::Session Staff::sessionOf(const Seat& seat) const {
    api::Session session;
    session.expires = seat.expires;
    session.login = seat.login;
    session.name = seat.name;
    session.role = seat.role;
    for (const api::OperationInfo& operation : api::operations()) {
        if (may(seat, operation) && (operation.least || !seat.changePassword))
            session.may.push_back(QString::fromLatin1(operation.id));
    }
    session.totp = seat.totp;
    session.changePassword = seat.changePassword;
    session.broker = m_brokerName;
    session.version = QStringLiteral(VIADUCT_VERSION);
    return session;
}

void Staff::logOut(const Seat& seat, const IpAddress& from, Answered<void> answered) {
    if (auto person = personOf(seat); !person)
        return answered(tl::unexpected(person.error()));
    Step step;
    dropSession(step, sessionId(seat));
    audit(step, seat.actor(from), "logOut", seat.id, {}, {});
    write(std::move(step), std::move(answered));
}

} // namespace viaduct::broker
