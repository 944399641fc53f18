// SPDX-License-Identifier: GPL-3.0-or-later
// The people of the console, their sessions, and the API tokens of programs: who speaks, and what may they
// do. What it answers is durable and in the audit.
#pragma once

#include "server/broker/Actor.h"
#include "server/broker/Documents.h"
#include "server/broker/PasswordWork.h"
#include "server/broker/StaffRecords.h"
#include "server/credentials/LoginThrottle.h"
#include "server/credentials/Totp.h"
#include "server/store/Store.h"

#include <QObject>

#include <set>

namespace viaduct::api {
struct OperationInfo;
}

namespace viaduct::broker {

/// Who speaks, found by a bearer token.
struct Seat {
    std::string id; ///< the login of a person, or "token:ID"
    QString login; ///< of the person, or the name of the token
    QString name; ///< of the person
    api::Role role = api::Role::Requester; ///< as it is now
    api::Time expires{};
    bool totp = false; ///< an authenticator is set up
    bool changePassword = false; ///< until it is changed, little may be done: see Staff::may()
    bool isToken = false;
    std::string key; ///< which session or token it is: see Staff::ended()

    Actor actor(const IpAddress& from) const { return {id, from, role}; }
};

/// Why a log-in was refused, for a Problem.
struct LoginFailure {
    /// LoginRefused, TotpNeeded (the password was right), TooManyRequests, Unavailable.
    api::ProblemKind kind = api::ProblemKind::LoginRefused;
    std::string sentence;
    std::string cure;
    std::chrono::seconds retryAfter{0}; ///< 0: none
};

class Staff : public QObject {
    Q_OBJECT
public:
    struct Limits {
        std::size_t sessions = 10'000;
        std::size_t sessionsOfPerson = 20; ///< the oldest ends
        std::size_t people = 1000;
        std::size_t tokens = 1000;
        std::size_t waiting = 32; ///< passwords in work, of 90 ms each: nobody waits longer than 3 s
    };

    /// The store outlives it.
    explicit Staff(store::Store& store, QObject* parent = nullptr);
    Staff(store::Store& store, const Limits& limits, QObject* parent = nullptr);
    ~Staff() override; ///< hands what was used until now to the store

    /// At start, before anything else. Invalid when a record cannot be read.
    Result<void> load(const store::Snapshot& snapshot);
    /// At the first start, when there is nobody: makes `admin`, an administrator, with a password that must
    /// be changed at the first log-in. Nothing when there is somebody.
    void welcome(Answered<std::optional<api::Credentials>> answered);
    /// To be called each minute or so: what has expired goes, what was used is noted.
    void maintain(api::Time now);
    /// What sessions say of this broker: its host name.
    void setBroker(const QString& hostName) { m_brokerName = hostName; }

    // --- who speaks

    using LoggedIn = std::function<void(tl::expected<api::Session, LoginFailure>)>;
    void logIn(const api::Login& login, const IpAddress& from, LoggedIn answered);
    /// By a session's token (vds_) or an API token (vdt_); nothing when it is nobody's, or no more. Moves the
    /// session on: it ends after 30 minutes without use, and 12 hours after the log-in.
    std::optional<Seat> seatOf(std::string_view bearer, api::Time now);
    /// Somebody listens by this seat: its session goes on as if it had asked for something.
    void keepSeat(const std::string& key, api::Time now);
    /// For showSession; without the token.
    api::Session sessionOf(const Seat& seat) const;
    /// By role; a seat whose password must be changed may do nothing else, and a token has no password.
    static bool may(const Seat& seat, const api::OperationInfo& operation);

    void logOut(const Seat& seat, const IpAddress& from, Answered<void> answered);
    /// All other sessions of the person end. Denied: the old one is wrong; Busy: too many tries.
    void changeOwnPassword(
        const Seat& seat, const api::PasswordChange& change, const IpAddress& from, Answered<void> answered);
    /// Good for ten minutes, or until it is begun again. Conflict: there is one already.
    Result<api::TotpSecret> beginTotp(const Seat& seat);
    void
    confirmTotp(const Seat& seat, const api::TotpCode& code, const IpAddress& from, Answered<void> answered);
    /// `code`: of the authenticator, so that a session left open does not take it away.
    void
    removeTotp(const Seat& seat, const api::TotpCode& code, const IpAddress& from, Answered<void> answered);

    // --- people. `revision` is the one that the caller saw: Stale when it is not the last; 0: any.

    void
    createPerson(const api::PersonDraft& draft, const Actor& actor, Answered<api::PersonCreated> answered);
    /// Denied: nobody would be left who is an administrator. Suspended, or with less of a role: sessions end.
    void changePerson(
        const QString& login, std::int64_t revision, const api::PersonSettings& settings, const Actor& actor,
        Answered<api::Person> answered);
    /// Sessions end, and the tokens that the person made.
    void
    deletePerson(const QString& login, std::int64_t revision, const Actor& actor, Answered<void> answered);
    /// Sessions end; the authenticator is removed; waits of the throttle are lifted.
    void resetPersonPassword(const QString& login, const Actor& actor, Answered<api::Credentials> answered);

    // --- tokens

    /// A token never may more than the person who made it, whatever becomes of the person.
    void createToken(const api::TokenDraft& draft, const Actor& actor, Answered<api::TokenCreated> answered);
    void deleteToken(const QString& id, const Actor& actor, Answered<void> answered);

    // --- reading; a value is made when it is asked for

    std::optional<api::Person> person(const QString& login) const;
    /// Whether the password was given out by somebody else and not changed yet.
    bool mustChangePassword(const QString& login) const;
    void forEachPerson(const std::function<void(const QString& login)>& visit) const;
    std::optional<api::Token> token(const QString& id) const;
    void forEachToken(const std::function<void(const QString& id)>& visit) const;
    std::size_t sessions() const { return m_sessions.all().size(); }

Q_SIGNALS:
    /// The seat with this key has ended, or may less than before: its event stream is to be cut.
    void ended(const std::string& key);
    /// For the journal. `login` is what a stranger typed.
    void loginRefused(const std::string& login, const viaduct::IpAddress& from, const std::string& reason);

private:
    using People = Documents<record::Person>;
    using Sessions = Documents<record::Session>;
    using Tokens = Documents<record::Token>;
    /// One commit in the making, and what follows in memory when it is durable.
    struct Step {
        std::vector<store::Change> changes;
        std::vector<std::function<void()>> after;
    };
    /// A log-in whose password was right.
    struct Entrant {
        api::Login login;
        IpAddress from;
        std::int64_t generation = 0; ///< of the person when the password was verified
        int tries = 0;
    };
    /// Of a secret that nobody has confirmed yet.
    struct Pending {
        credentials::TotpSecret secret;
        api::Time until{};
    };

    static api::Time now();
    // Staff.cpp
    void put(Step& step, const QString& login, record::Person value);
    void put(Step& step, const QString& login, record::LastLogin value);
    void put(Step& step, const std::string& id, record::Session value);
    void put(Step& step, const std::string& id, record::Token value);
    void dropPerson(Step& step, const QString& login, const People::Entry& entry);
    void dropSession(Step& step, const std::string& id);
    void dropToken(Step& step, const std::string& id);
    void audit(
        Step& step, const Actor& actor, const char* action, const std::string& target,
        const QJsonObject& before, const QJsonObject& after) const;
    void write(Step step, std::function<void(const Result<void>&)> done);
    void noteSession(const std::string& id, const record::Session& session);
    void forgetSession(const std::string& id);
    void forgetToken(const std::string& id);
    /// Busy. `isKnown`: logged in, or at a place of an earlier log-in.
    Result<void> mayWork(bool isKnown = true) const;
    bool isOver(const std::string& id, const record::Session& session, api::Time now) const;
    /// What was used since it was last written, if that is `least` ago or more.
    Step usesSince(std::chrono::milliseconds least);
    void dropExpired(api::Time now);
    void tellExpiredTokens(api::Time now);
    // StaffLogin.cpp
    void grant(Entrant entrant, LoggedIn answered);
    std::optional<Seat> seatOfSession(const std::string& id, api::Time now);
    std::optional<Seat> seatOfToken(const std::string& hash, api::Time now);
    api::Time endOf(const std::string& id, const record::Session& session) const;
    void endOldSessions(Step& step, const QString& login);
    void finish(const Entrant& entrant, const std::string& token, const LoggedIn& answered);
    void refuse(const Entrant& entrant, const std::string& reason, const LoggedIn& answered);
    // StaffOwn.cpp
    static std::string sessionId(const Seat& seat);
    /// Denied: a token, or a session that has ended.
    Result<const People::Entry*> personOf(const Seat& seat) const;
    Result<void> mayTry(const Seat& seat, const IpAddress& from);
    void storePassword(
        const Seat& seat, const QString& password, const IpAddress& from, const Answered<void>& answered);
    // StaffPeople.cpp
    void makePerson(
        const api::PersonDraft& draft, const char* action, const Actor& actor,
        Answered<api::PersonCreated> answered);
    Result<const People::Entry*> changeable(const QString& login, std::int64_t revision) const;
    Result<void> checkNewPerson(const api::PersonDraft& draft) const;
    static bool isAdministrator(const record::Person& person);
    Result<void> checkLeaving(const QString& login) const;
    /// All of the person but `kept`: in the commit that raises the generation.
    void endSessions(Step& step, const QString& login, const std::string& kept = {});
    std::vector<std::string> tokensOf(const QString& login) const;
    // StaffTokens.cpp
    QString personBehind(const Actor& actor) const;
    /// Of the token and of the person who made it, the lesser; nothing when that person is gone or suspended.
    std::optional<api::Role> roleOf(const record::Token& token) const;

    store::Store& m_store;
    Limits m_limits;
    QString m_brokerName;
    People m_people;
    Documents<record::LastLogin> m_lastLogins;
    Sessions m_sessions;
    Tokens m_tokens;
    std::unordered_map<std::string, api::Time> m_used; ///< of sessions and tokens, later than the stored
    std::unordered_map<QString, std::set<std::string>> m_sessionsOf; ///< by login
    std::unordered_map<std::string, std::string> m_tokenByHash;
    std::set<std::string> m_expiredTokens; ///< their end has been told
    std::unordered_map<QString, Pending> m_pending;
    std::set<QString> m_arriving; ///< logins about to be taken
    std::set<QString> m_leaving; ///< administrators about to be none
    bool m_writingUses = false;
    credentials::LoginThrottle m_throttle;
    PasswordWork m_passwords{2}; ///< last: what it still does ends before the rest goes
};

} // namespace viaduct::broker
