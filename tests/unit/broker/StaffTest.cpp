// SPDX-License-Identifier: GPL-3.0-or-later
// The staff with a real store: what people of the console, programs and strangers notice.
#include "server/broker/Staff.h"

#include "server/credentials/SecretToken.h"
#include "shared/api/Operations.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QTemporaryDir>

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::broker;
using namespace std::chrono_literals;
using api::ProblemKind;
using api::Role;

namespace {

IpAddress address(const char* text) {
    return *IpAddress::fromText(text);
}

const IpAddress office = address("192.0.2.250");
const IpAddress elsewhere = address("203.0.113.9");
const QString goodPassword = QStringLiteral("quince ladder 88 otter");
const QString betterPassword = QStringLiteral("marble kettle 17 heron");
using Session = tl::expected<api::Session, LoginFailure>;

api::Time now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::int64_t presentStep() {
    return std::chrono::floor<std::chrono::seconds>(now()).time_since_epoch() / credentials::totpStep;
}

QString codeOf(const QString& secret, std::int64_t step) {
    return QString::fromStdString(credentials::TotpSecret::fromBase32(secret.toStdString())->code(step));
}

class StaffTest : public testing::Test {
protected:
    void SetUp() override { start(); }
    void TearDown() override { stop(); }

    void start() {
        auto opened = store::Store::open(m_directory.path().toStdString());
        ASSERT_TRUE(opened) << opened.error().message;
        m_store = std::move(*opened);
        m_staff = std::make_unique<Staff>(*m_store, m_limits);
        QObject::connect(
            m_staff.get(), &Staff::ended, [this](const std::string& key) { m_ended.push_back(key); });
        const auto snapshot = m_store->load();
        ASSERT_TRUE(snapshot) << snapshot.error().message;
        m_records = snapshot->records;
        const auto loaded = m_staff->load(*snapshot);
        ASSERT_TRUE(loaded) << loaded.error().message;
    }
    void stop() {
        m_staff.reset();
        m_store.reset();
    }
    void restart() {
        stop();
        start();
    }

    template <typename Condition>
    bool waitFor(Condition condition, int milliseconds = 20'000) {
        const QDeadlineTimer deadline(milliseconds);
        while (!condition() && !deadline.hasExpired())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
        return condition();
    }
    /// What an operation answers, waited for.
    template <typename T, typename Call>
    Result<T> ask(Call call) {
        std::optional<Result<T>> result;
        call(Answered<T>([&](Result<T> answer) { result = std::move(answer); }));
        EXPECT_TRUE(waitFor([&] { return result.has_value(); })) << "never answered";
        return result ? std::move(*result) : Result<T>(failure(Error::Code::System, "never answered"));
    }

    Session logIn(
        const QString& login, const QString& password, const QString& code = {},
        const IpAddress& from = office) {
        std::optional<Session> result;
        m_staff->logIn({login, password, code}, from, [&](Session answer) { result = std::move(answer); });
        EXPECT_TRUE(waitFor([&] { return result.has_value(); })) << "never answered";
        return result ? std::move(*result) : Session(tl::unexpected(LoginFailure{}));
    }
    ProblemKind refusalOf(const Session& session) {
        EXPECT_FALSE(session) << "somebody is in";
        return session ? ProblemKind::Internal : session.error().kind;
    }
    /// Whoever holds this bearer token now; a seat without an id if nobody does.
    Seat seat(const QString& token, api::Time at = now()) {
        return m_staff->seatOf(token.toStdString(), at).value_or(Seat{});
    }
    bool isIn(const QString& token, api::Time at = now()) { return !seat(token, at).id.empty(); }

    /// The first administrator, logged in, with goodPassword.
    QString admin() {
        const auto welcome
            = ask<std::optional<api::Credentials>>([&](auto done) { m_staff->welcome(std::move(done)); });
        EXPECT_TRUE(welcome && *welcome);
        const Session first = logIn((*welcome)->login, (*welcome)->password);
        EXPECT_TRUE(first);
        EXPECT_TRUE(changePassword(first->token, (*welcome)->password, goodPassword));
        return first->token;
    }
    Result<void> changePassword(const QString& token, const QString& before, const QString& after) {
        return ask<void>([&](auto done) {
            m_staff->changeOwnPassword(seat(token), {before, after}, office, std::move(done));
        });
    }
    Actor actor(const QString& token) { return seat(token).actor(office); }
    Result<api::PersonCreated> create(const Actor& by, const char* login, Role role) {
        return ask<api::PersonCreated>([&](auto done) {
            m_staff->createPerson(
                {QString::fromLatin1(login),
                 {QStringLiteral("Marie Durand"), QStringLiteral("marie@example.net"), role, false}},
                by, std::move(done));
        });
    }
    /// Somebody with goodPassword, and no session.
    void settle(const Actor& by, const char* login, Role role) {
        const auto made = create(by, login, role);
        ASSERT_TRUE(made) << made.error().message;
        const Session session = logIn(made->person.login, made->password);
        ASSERT_TRUE(session);
        ASSERT_TRUE(changePassword(session->token, made->password, goodPassword));
        ASSERT_TRUE(ask<void>([&](auto done) { m_staff->logOut(seat(session->token), office, done); }));
    }
    Result<api::Person> change(const Actor& by, const char* login, Role role, bool suspended = false) {
        return ask<api::Person>([&](auto done) {
            const QString name = QString::fromLatin1(login);
            m_staff->changePerson(name, 0, {QStringLiteral("Marie"), {}, role, suspended}, by, done);
        });
    }
    Result<void> remove(const Actor& by, const char* login) {
        return ask<void>(
            [&](auto done) { m_staff->deletePerson(QString::fromLatin1(login), 0, by, std::move(done)); });
    }
    Result<api::TokenCreated> createToken(const Actor& by, Role role, api::Time expires = now() + 24h) {
        return ask<api::TokenCreated>([&](auto done) {
            m_staff->createToken({QStringLiteral("monitoring"), role, expires}, by, std::move(done));
        });
    }
    /// An authenticator that is confirmed by the code of the present step, which is given back.
    std::pair<QString, std::int64_t> setUpTotp(const QString& token) {
        const auto secret = m_staff->beginTotp(seat(token));
        EXPECT_TRUE(secret);
        const std::int64_t step = presentStep();
        const auto confirmed = ask<void>([&](auto done) {
            m_staff->confirmTotp(seat(token), {codeOf(secret->secret, step)}, office, std::move(done));
        });
        EXPECT_TRUE(confirmed) << confirmed.error().message;
        return {secret->secret, step};
    }
    std::vector<store::AuditLine> auditLines() {
        std::optional<store::Rows<store::AuditLine>> lines;
        m_store->audit({}, {{}, 1000, false}, m_staff.get(), [&](const auto& answer) { lines = *answer; });
        EXPECT_TRUE(waitFor([&] { return lines.has_value(); }));
        return lines ? lines->rows : std::vector<store::AuditLine>();
    }
    bool hasEnded(const std::string& key) {
        return std::find(m_ended.begin(), m_ended.end(), key) != m_ended.end();
    }

    QTemporaryDir m_directory;
    Staff::Limits m_limits;
    std::unique_ptr<store::Store> m_store;
    std::unique_ptr<Staff> m_staff;
    std::vector<store::Record> m_records; ///< as they were at the last start
    std::vector<std::string> m_ended;
};

bool contains(const std::vector<QString>& list, const char* text) {
    return std::find(list.begin(), list.end(), QString::fromLatin1(text)) != list.end();
}

} // namespace

// --- log-in

TEST_F(StaffTest, theFirstStartMakesAnAdministratorWhoMustChangeThePassword) {
    const auto welcome
        = ask<std::optional<api::Credentials>>([&](auto done) { m_staff->welcome(std::move(done)); });
    ASSERT_TRUE(welcome && *welcome);
    EXPECT_EQ((*welcome)->login, QStringLiteral("admin"));
    restart();
    const auto again
        = ask<std::optional<api::Credentials>>([&](auto done) { m_staff->welcome(std::move(done)); });
    ASSERT_TRUE(again);
    EXPECT_FALSE(*again) << "there is somebody";

    const Session session = logIn(QStringLiteral("admin"), (*welcome)->password);
    ASSERT_TRUE(session);
    EXPECT_TRUE(session->changePassword);
    EXPECT_EQ(session->may.size(), 3U);
    EXPECT_TRUE(contains(session->may, "changeOwnPassword"));
    EXPECT_FALSE(Staff::may(seat(session->token), api::operation::listPeople));
    EXPECT_TRUE(Staff::may(seat(session->token), api::operation::showHealth)) << "anyone may";
    const auto weak = changePassword(session->token, (*welcome)->password, QStringLiteral("password1234"));
    ASSERT_FALSE(weak);
    EXPECT_EQ(weak.error().code, Error::Code::Invalid);
    EXPECT_FALSE(changePassword(session->token, (*welcome)->password, (*welcome)->password));

    ASSERT_TRUE(changePassword(session->token, (*welcome)->password, goodPassword));
    const api::Session after = m_staff->sessionOf(seat(session->token));
    EXPECT_FALSE(after.changePassword);
    EXPECT_TRUE(contains(after.may, "createPerson"));
    EXPECT_TRUE(Staff::may(seat(session->token), api::operation::listPeople));
    EXPECT_EQ(refusalOf(logIn(QStringLiteral("admin"), (*welcome)->password)), ProblemKind::LoginRefused);
}

TEST_F(StaffTest, strangersLearnNothingOfWhoThereIs) {
    const QString token = admin();
    settle(actor(token), "idle", Role::Viewer);
    ASSERT_TRUE(change(actor(token), "idle", Role::Viewer, true));
    const Session wrong = logIn(QStringLiteral("admin"), betterPassword, {}, elsewhere);
    QElapsedTimer clock;
    clock.start();
    const Session nobody = logIn(QStringLiteral("nobody"), betterPassword, {}, elsewhere);
    EXPECT_GT(clock.elapsed(), 20) << "who does not exist is verified like who does";
    const Session suspended = logIn(QStringLiteral("idle"), goodPassword, {}, elsewhere);
    EXPECT_EQ(refusalOf(wrong), ProblemKind::LoginRefused);
    EXPECT_EQ(refusalOf(nobody), ProblemKind::LoginRefused);
    EXPECT_EQ(refusalOf(suspended), ProblemKind::LoginRefused);
    EXPECT_EQ(wrong.error().sentence, nobody.error().sentence);
    EXPECT_EQ(wrong.error().sentence, suspended.error().sentence);
    EXPECT_EQ(wrong.error().cure, nobody.error().cure);
}

TEST_F(StaffTest, guessingMakesWaitAndLocksNobodyOut) {
    admin();
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(
            refusalOf(logIn(QStringLiteral("admin"), betterPassword, {}, elsewhere)),
            ProblemKind::LoginRefused);
    const Session waits = logIn(QStringLiteral("admin"), goodPassword, {}, elsewhere);
    EXPECT_EQ(refusalOf(waits), ProblemKind::TooManyRequests) << "even with the right one";
    EXPECT_GE(waits.error().retryAfter, 1s);
    EXPECT_TRUE(logIn(QStringLiteral("admin"), goodPassword)) << "at the place that is known";
    restart();
    for (int i = 0; i < 4; ++i)
        logIn(QStringLiteral("nobody"), betterPassword, {}, elsewhere);
    EXPECT_EQ(
        refusalOf(logIn(QStringLiteral("nobody"), betterPassword, {}, elsewhere)),
        ProblemKind::TooManyRequests)
        << "who does not exist as well";
}

TEST_F(StaffTest, knownPlacesAreKnownAfterARestart) {
    admin();
    restart();
    for (int i = 0; i < 5; ++i) // one more than is free at an unknown place
        EXPECT_EQ(refusalOf(logIn(QStringLiteral("admin"), betterPassword)), ProblemKind::LoginRefused);
    EXPECT_TRUE(logIn(QStringLiteral("admin"), goodPassword));
}

TEST_F(StaffTest, moreLogInsThanCanBeVerifiedAreToldToWait) {
    admin();
    m_limits.waiting = 2;
    restart();
    std::vector<Session> answers;
    for (const char* login : {"one", "two", "three"})
        m_staff->logIn({QString::fromLatin1(login), betterPassword, {}}, elsewhere, [&](Session answer) {
            answers.push_back(std::move(answer));
        });
    ASSERT_EQ(answers.size(), 1U) << "at once, and without work";
    EXPECT_EQ(refusalOf(answers.front()), ProblemKind::Unavailable);
    EXPECT_GE(answers.front().error().retryAfter, 1s);
    EXPECT_TRUE(waitFor([&] { return answers.size() == 3; }));
}

// --- sessions

TEST_F(StaffTest, aSessionEndsWithoutUseAndAfterHalfADay) {
    const QString token = admin();
    api::Time time = now();
    const api::Time first = time;
    EXPECT_FALSE(isIn(token, time + 31min));
    EXPECT_FALSE(isIn(token + u'x'));
    EXPECT_FALSE(isIn(QStringLiteral("vds_")));
    while (time < first + 11h + 40min) {
        time += 20min;
        ASSERT_TRUE(isIn(token, time)) << "each use moves it on";
    }
    EXPECT_LE(seat(token, time).expires, first + 12h);
    EXPECT_FALSE(isIn(token, first + 12h + 1s));
    m_staff->maintain(first + 12h + 1s);
    EXPECT_TRUE(waitFor([&] { return m_staff->sessions() == 0; })) << "and is forgotten";
    EXPECT_EQ(m_ended.size(), 1U);
    restart();
    EXPECT_TRUE(std::none_of(m_records.begin(), m_records.end(), [](const store::Record& record) {
        return record.kind == "session";
    }));
}

TEST_F(StaffTest, aSessionAndItsUseOutliveARestart) {
    const QString token = admin();
    const api::Time later = now() + 25min;
    ASSERT_TRUE(isIn(token, later));
    restart();
    EXPECT_TRUE(isIn(token, later + 25min));
    EXPECT_FALSE(isIn(token, later + 2h));
    m_staff->maintain(later + 26min);
    ASSERT_TRUE(ask<void>([&](auto done) { m_staff->logOut(seat(token), office, done); }));
    EXPECT_FALSE(isIn(token));
    EXPECT_EQ(m_ended.size(), 1U);
    restart();
    EXPECT_FALSE(isIn(token)) << "out is out";
}

TEST_F(StaffTest, sessionsAreBounded) {
    const QString first = admin();
    settle(actor(first), "second", Role::Viewer);
    m_limits.sessionsOfPerson = 3;
    m_limits.sessions = 4;
    restart();
    std::vector<QString> tokens{first};
    for (int i = 0; i < 3; ++i)
        tokens.push_back(logIn(QStringLiteral("admin"), goodPassword)->token);
    EXPECT_FALSE(isIn(first)) << "the oldest ends";
    EXPECT_TRUE(isIn(tokens[1]) && isIn(tokens[2]) && isIn(tokens[3]));
    EXPECT_EQ(m_ended.size(), 2U) << "with the one that logged out before";
    EXPECT_TRUE(logIn(QStringLiteral("second"), goodPassword));
    EXPECT_EQ(m_staff->sessions(), 4U);
    EXPECT_TRUE(logIn(QStringLiteral("second"), goodPassword)) << "in the place of the own one";
    EXPECT_EQ(m_staff->sessions(), 4U);
    ASSERT_TRUE(create(actor(tokens[3]), "third", Role::Viewer));
    const auto credentials = ask<api::Credentials>([&](auto done) {
        m_staff->resetPersonPassword(QStringLiteral("third"), actor(tokens[3]), std::move(done));
    });
    ASSERT_TRUE(credentials);
    EXPECT_EQ(refusalOf(logIn(QStringLiteral("third"), credentials->password)), ProblemKind::Unavailable);
}

TEST_F(StaffTest, aNewPasswordEndsTheOtherSessions) {
    const QString token = admin();
    const QString other = logIn(QStringLiteral("admin"), goodPassword)->token;
    const std::string key = seat(other).key;
    const auto wrong = changePassword(token, betterPassword, QStringLiteral("another one, 12 or more"));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Error::Code::Denied);
    EXPECT_TRUE(isIn(other));
    // A log-in with the old password while it is being changed.
    std::optional<Session> late;
    std::optional<Result<void>> changed;
    m_staff->changeOwnPassword(
        seat(token), {goodPassword, betterPassword}, office, [&](Result<void> result) { changed = result; });
    m_staff->logIn({QStringLiteral("admin"), goodPassword, {}}, office, [&](Session s) { late = s; });
    ASSERT_TRUE(waitFor([&] { return changed && late; }));
    ASSERT_TRUE(*changed) << changed->error().message;
    EXPECT_TRUE(!*late || !isIn((*late)->token)) << "nobody is in by the old password";
    EXPECT_TRUE(isIn(token)) << "the session that changed it goes on";
    EXPECT_FALSE(isIn(other));
    EXPECT_TRUE(hasEnded(key));
    restart();
    EXPECT_TRUE(isIn(token));
    EXPECT_FALSE(isIn(other));
    EXPECT_EQ(refusalOf(logIn(QStringLiteral("admin"), goodPassword)), ProblemKind::LoginRefused);
    EXPECT_TRUE(logIn(QStringLiteral("admin"), betterPassword));
}

// --- the authenticator

TEST_F(StaffTest, anAuthenticatorIsNeededFromItsConfirmationOn) {
    const QString token = admin();
    const auto secret = m_staff->beginTotp(seat(token));
    ASSERT_TRUE(secret);
    EXPECT_TRUE(secret->uri.startsWith(QStringLiteral("otpauth://totp/Viaduct:admin?secret=")));
    EXPECT_TRUE(logIn(QStringLiteral("admin"), goodPassword)) << "not before";
    const auto wrong = ask<void>([&](auto done) {
        m_staff->confirmTotp(seat(token), {codeOf(secret->secret, 7)}, office, std::move(done));
    });
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Error::Code::Invalid);

    const auto [second, step] = setUpTotp(token);
    EXPECT_NE(second, secret->secret) << "begun again";
    EXPECT_TRUE(seat(token).totp);
    EXPECT_TRUE(m_staff->person(QStringLiteral("admin"))->totp);
    EXPECT_FALSE(m_staff->beginTotp(seat(token))) << "there is one";
    EXPECT_EQ(refusalOf(logIn(QStringLiteral("admin"), goodPassword)), ProblemKind::TotpNeeded);
    EXPECT_EQ(refusalOf(logIn(QStringLiteral("admin"), betterPassword)), ProblemKind::LoginRefused)
        << "who does not know the password is not told of the authenticator";
    EXPECT_EQ(
        refusalOf(logIn(QStringLiteral("admin"), goodPassword, codeOf(second, step))),
        ProblemKind::LoginRefused)
        << "the code of the confirmation has been used";
    EXPECT_TRUE(logIn(QStringLiteral("admin"), goodPassword, codeOf(second, step + 1)));
    restart();
    EXPECT_EQ(
        refusalOf(logIn(QStringLiteral("admin"), goodPassword, codeOf(second, step + 1))),
        ProblemKind::LoginRefused)
        << "no code works twice, not after a restart either";

    const auto remove = [&](const QString& code) {
        return ask<void>(
            [&](auto done) { m_staff->removeTotp(seat(token), {code}, office, std::move(done)); });
    };
    EXPECT_FALSE(remove(codeOf(second, step + 1))) << "used";
    EXPECT_FALSE(remove(codeOf(second, 7))) << "wrong";
    EXPECT_TRUE(seat(token).totp);
    EXPECT_EQ(refusalOf(logIn(QStringLiteral("admin"), goodPassword)), ProblemKind::TotpNeeded);
}

TEST_F(StaffTest, anAuthenticatorIsRemovedByACodeOfIt) {
    const QString token = admin();
    const auto [secret, step] = setUpTotp(token);
    const auto remove = [&, secret = secret, next = step + 1] {
        return ask<void>([&](auto done) {
            m_staff->removeTotp(seat(token), {codeOf(secret, next)}, office, std::move(done));
        });
    };
    EXPECT_TRUE(remove());
    EXPECT_FALSE(seat(token).totp);
    EXPECT_TRUE(logIn(QStringLiteral("admin"), goodPassword));
    EXPECT_FALSE(remove()) << "there is none";
}

TEST_F(StaffTest, oneCodeLetsOneIn) {
    const QString token = admin();
    const auto [secret, step] = setUpTotp(token);
    std::vector<Session> answers;
    for (int i = 0; i < 3; ++i)
        m_staff->logIn(
            {QStringLiteral("admin"), goodPassword, codeOf(secret, step + 1)}, office,
            [&](Session answer) { answers.push_back(std::move(answer)); });
    ASSERT_TRUE(waitFor([&] { return answers.size() == 3; }));
    EXPECT_EQ(
        std::count_if(answers.begin(), answers.end(), [](const Session& s) { return s.has_value(); }), 1);
}

TEST_F(StaffTest, logInsAtTheSameTimeTakeTurns) {
    admin();
    std::vector<Session> answers;
    for (int i = 0; i < 4; ++i)
        m_staff->logIn({QStringLiteral("admin"), goodPassword, {}}, office, [&](Session answer) {
            answers.push_back(std::move(answer));
        });
    ASSERT_TRUE(waitFor([&] { return answers.size() == 4; }));
    EXPECT_TRUE(std::all_of(answers.begin(), answers.end(), [](const Session& s) { return s.has_value(); }));
}

// --- people

TEST_F(StaffTest, aPersonIsMadeAndKept) {
    const QString token = admin();
    const auto made = create(actor(token), "mdurand", Role::Operator);
    ASSERT_TRUE(made) << made.error().message;
    const Session session = logIn(QStringLiteral("mdurand"), made->password);
    ASSERT_TRUE(session);
    EXPECT_TRUE(session->changePassword);
    EXPECT_EQ(session->role, Role::Operator);
    restart();
    const auto person = m_staff->person(QStringLiteral("mdurand"));
    ASSERT_TRUE(person);
    EXPECT_EQ(person->settings.email, QStringLiteral("marie@example.net"));
    EXPECT_TRUE(person->lastLogin);
    EXPECT_EQ(person->revision, made->person.revision) << "a log-in is no change";
    ASSERT_TRUE(changePassword(session->token, made->password, goodPassword));
    const Seat seat = this->seat(session->token);
    EXPECT_TRUE(Staff::may(seat, api::operation::approveRequest));
    EXPECT_FALSE(Staff::may(seat, api::operation::listPeople));
    std::set<QString> logins;
    m_staff->forEachPerson([&](const QString& login) { logins.insert(login); });
    EXPECT_EQ(logins, (std::set<QString>{QStringLiteral("admin"), QStringLiteral("mdurand")}));

    EXPECT_EQ(create(actor(token), "mdurand", Role::Viewer).error().code, Error::Code::Conflict);
    for (const char* bad : {"", "a b", "token:1", "system", "policy"})
        EXPECT_EQ(create(actor(token), bad, Role::Viewer).error().code, Error::Code::Invalid) << bad;
    // Two at the same time: one of them has the login.
    std::vector<Result<api::PersonCreated>> answers;
    for (int i = 0; i < 2; ++i)
        m_staff->createPerson(
            {QStringLiteral("twin"), {QStringLiteral("Twin"), {}, Role::Viewer, false}}, actor(token),
            [&](auto answer) { answers.push_back(std::move(answer)); });
    ASSERT_TRUE(waitFor([&] { return answers.size() == 2; }));
    EXPECT_NE(answers[0].has_value(), answers[1].has_value());
}

TEST_F(StaffTest, suspensionAndALesserRoleEndSessionsAtOnce) {
    const QString token = admin();
    settle(actor(token), "mdurand", Role::Operator);
    const QString hers = logIn(QStringLiteral("mdurand"), goodPassword)->token;
    const std::string key = seat(hers).key;
    ASSERT_TRUE(change(actor(token), "mdurand", Role::Administrator));
    EXPECT_EQ(seat(hers).role, Role::Administrator) << "more is there at once";
    EXPECT_FALSE(hasEnded(key));
    ASSERT_TRUE(change(actor(token), "mdurand", Role::Viewer));
    EXPECT_FALSE(isIn(hers));
    EXPECT_TRUE(hasEnded(key));
    const QString again = logIn(QStringLiteral("mdurand"), goodPassword)->token;
    EXPECT_EQ(seat(again).role, Role::Viewer);
    ASSERT_TRUE(change(actor(token), "mdurand", Role::Viewer, true));
    EXPECT_FALSE(isIn(again));
    restart();
    EXPECT_FALSE(isIn(again));
    EXPECT_EQ(refusalOf(logIn(QStringLiteral("mdurand"), goodPassword)), ProblemKind::LoginRefused);
    ASSERT_TRUE(change(actor(token), "mdurand", Role::Viewer, false));
    EXPECT_TRUE(logIn(QStringLiteral("mdurand"), goodPassword));
}

TEST_F(StaffTest, thereIsAlwaysAnAdministrator) {
    const QString token = admin();
    const auto refused
        = [](const auto& result) { return !result && result.error().code == Error::Code::Denied; };
    EXPECT_TRUE(refused(change(actor(token), "admin", Role::Operator)));
    EXPECT_TRUE(refused(change(actor(token), "admin", Role::Administrator, true)));
    EXPECT_TRUE(refused(remove(actor(token), "admin")));
    settle(actor(token), "second", Role::Administrator);
    ASSERT_TRUE(change(actor(token), "second", Role::Administrator, true));
    EXPECT_TRUE(refused(remove(actor(token), "admin"))) << "a suspended one is none";
    ASSERT_TRUE(change(actor(token), "second", Role::Administrator, false));
    // Each sends the other away, at the same time.
    std::optional<Result<api::Person>> lowered;
    std::optional<Result<void>> deleted;
    m_staff->changePerson(
        QStringLiteral("second"), 0, {QStringLiteral("Second"), {}, Role::Viewer, false}, actor(token),
        [&](auto result) { lowered = std::move(result); });
    m_staff->deletePerson(
        QStringLiteral("admin"), 0, actor(token), [&](auto result) { deleted = std::move(result); });
    ASSERT_TRUE(waitFor([&] { return lowered && deleted; }));
    EXPECT_TRUE(*lowered);
    EXPECT_TRUE(refused(*deleted));
    EXPECT_EQ(m_staff->person(QStringLiteral("admin"))->settings.role, Role::Administrator);
    ASSERT_TRUE(change(actor(token), "second", Role::Administrator));
    EXPECT_TRUE(remove(actor(token), "admin")) << "now there is another";
    EXPECT_FALSE(isIn(token));
}

TEST_F(StaffTest, aChangeOfAnOldViewIsStale) {
    const QString token = admin();
    const auto made = create(actor(token), "mdurand", Role::Viewer);
    ASSERT_TRUE(made);
    ASSERT_TRUE(change(actor(token), "mdurand", Role::Operator));
    const auto late = ask<void>([&](auto done) {
        m_staff->deletePerson(QStringLiteral("mdurand"), made->person.revision, actor(token), done);
    });
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Error::Code::Stale);
    std::vector<Error::Code> codes;
    const auto note
        = [&](const auto& result) { codes.push_back(result ? Error::Code::Invalid : result.error().code); };
    const std::int64_t revision = m_staff->person(QStringLiteral("mdurand"))->revision;
    m_staff->changePerson(
        QStringLiteral("mdurand"), revision, {QStringLiteral("M"), {}, Role::Viewer, false}, actor(token),
        note);
    m_staff->deletePerson(QStringLiteral("mdurand"), revision, actor(token), note);
    ASSERT_TRUE(waitFor([&] { return codes.size() == 2; }));
    EXPECT_EQ(codes[1], Error::Code::Stale) << "nobody deletes what was changed a moment before";
    EXPECT_TRUE(m_staff->person(QStringLiteral("mdurand")));
}

TEST_F(StaffTest, aResetGivesANewPasswordAndRemovesTheAuthenticator) {
    const QString token = admin();
    settle(actor(token), "mdurand", Role::Operator);
    const QString hers = logIn(QStringLiteral("mdurand"), goodPassword)->token;
    setUpTotp(hers);
    const auto reset = ask<api::Credentials>([&](auto done) {
        m_staff->resetPersonPassword(QStringLiteral("mdurand"), actor(token), std::move(done));
    });
    ASSERT_TRUE(reset) << reset.error().message;
    EXPECT_FALSE(isIn(hers));
    EXPECT_EQ(refusalOf(logIn(QStringLiteral("mdurand"), goodPassword)), ProblemKind::LoginRefused);
    const Session session = logIn(QStringLiteral("mdurand"), reset->password);
    ASSERT_TRUE(session);
    EXPECT_TRUE(session->changePassword);
    EXPECT_FALSE(session->totp);
}

TEST_F(StaffTest, whoIsDeletedIsGoneWithSessionsAndTokens) {
    const QString token = admin();
    settle(actor(token), "mdurand", Role::Administrator);
    const QString hers = logIn(QStringLiteral("mdurand"), goodPassword)->token;
    const auto program = createToken(actor(hers), Role::Operator);
    ASSERT_TRUE(program);
    const std::string sessionKey = seat(hers).key;
    const std::string tokenKey = seat(program->secret).key;
    ASSERT_TRUE(remove(actor(token), "mdurand"));
    EXPECT_FALSE(isIn(hers));
    EXPECT_FALSE(isIn(program->secret));
    EXPECT_TRUE(hasEnded(sessionKey) && hasEnded(tokenKey));
    EXPECT_EQ(refusalOf(logIn(QStringLiteral("mdurand"), goodPassword)), ProblemKind::LoginRefused);
    restart();
    for (const store::Record& record : m_records)
        EXPECT_EQ(record.body.find("mdurand"), std::string::npos) << record.kind;
    ASSERT_TRUE(create(actor(token), "mdurand", Role::Viewer));
    EXPECT_FALSE(isIn(hers)) << "the next one with the login has nothing of the one before";
    EXPECT_FALSE(m_staff->person(QStringLiteral("mdurand"))->lastLogin);
}

// --- tokens

TEST_F(StaffTest, aTokenSpeaksForAProgram) {
    const QString token = admin();
    const auto made = createToken(actor(token), Role::Operator);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(made->secret.startsWith(QStringLiteral("vdt_")));
    EXPECT_FALSE(m_staff->token(made->token.id)->lastUsed);
    restart();
    const Seat seat = this->seat(made->secret);
    EXPECT_TRUE(seat.isToken);
    EXPECT_EQ(seat.id, "token:" + made->token.id.toStdString());
    EXPECT_EQ(seat.role, Role::Operator);
    EXPECT_EQ(seat.login, QStringLiteral("monitoring"));
    EXPECT_TRUE(Staff::may(seat, api::operation::approveRequest));
    EXPECT_FALSE(Staff::may(seat, api::operation::listPeople));
    EXPECT_FALSE(Staff::may(seat, api::operation::changeOwnPassword));
    EXPECT_EQ(m_staff->beginTotp(seat).error().code, Error::Code::Denied);
    restart();
    const auto kept = m_staff->token(made->token.id);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->createdBy, QStringLiteral("admin"));
    EXPECT_EQ(kept->lastUsed, std::chrono::floor<std::chrono::hours>(now())) << "to the hour";
    EXPECT_FALSE(isIn(made->secret, now() + 25h)) << "it expires";
    const auto remove
        = [&](auto done) { m_staff->deleteToken(made->token.id, actor(token), std::move(done)); };
    ASSERT_TRUE(ask<void>(remove));
    EXPECT_FALSE(isIn(made->secret));
    EXPECT_TRUE(hasEnded(seat.key));
    EXPECT_EQ(ask<void>(remove).error().code, Error::Code::NotFound);
    restart();
    EXPECT_FALSE(isIn(made->secret));
}

TEST_F(StaffTest, aTokenMayNotMoreThanItsMaker) {
    const QString token = admin();
    const Actor viewer{"admin", office, Role::Viewer};
    EXPECT_EQ(createToken(viewer, Role::Operator).error().code, Error::Code::Denied);
    EXPECT_EQ(createToken(actor(token), Role::Viewer, now()).error().code, Error::Code::Invalid);
    EXPECT_EQ(createToken(actor(token), Role::Viewer, now() + 24h * 740).error().code, Error::Code::Invalid);
    EXPECT_TRUE(createToken(actor(token), Role::Viewer, now() + 24h * 730));
    settle(actor(token), "mdurand", Role::Administrator);
    const QString hers = logIn(QStringLiteral("mdurand"), goodPassword)->token;
    const auto first = createToken(actor(hers), Role::Administrator);
    ASSERT_TRUE(first);
    const auto second = createToken(actor(first->secret), Role::Operator);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->token.createdBy, QStringLiteral("mdurand")) << "a person answers for it";
    ASSERT_TRUE(change(actor(token), "mdurand", Role::Viewer));
    EXPECT_EQ(seat(second->secret).role, Role::Viewer);
    EXPECT_TRUE(hasEnded("token:" + second->token.id.toStdString())) << "its event stream is cut";
    ASSERT_TRUE(change(actor(token), "mdurand", Role::Viewer, true));
    EXPECT_FALSE(isIn(second->secret));
    ASSERT_TRUE(change(actor(token), "mdurand", Role::Administrator));
    EXPECT_EQ(seat(second->secret).role, Role::Operator);
}

TEST_F(StaffTest, anExpiredTokenIsToldOnceAndForgottenLater) {
    const QString token = admin();
    const auto made = createToken(actor(token), Role::Viewer, now() + 1h);
    ASSERT_TRUE(made);
    m_ended.clear();
    const std::string key = "token:" + made->token.id.toStdString();
    m_staff->maintain(now() + 61min);
    m_staff->maintain(now() + 62min);
    EXPECT_EQ(std::count(m_ended.begin(), m_ended.end(), key), 1);
    EXPECT_TRUE(m_staff->token(made->token.id)) << "somebody will ask why the program stopped";
    m_staff->maintain(now() + 24h * 31);
    EXPECT_TRUE(waitFor([&] { return !m_staff->token(made->token.id); }));
}

// --- what is kept

TEST_F(StaffTest, noSecretIsStoredAndTheAuditKnowsNoPerson) {
    const QString token = admin();
    settle(actor(token), "mdurand", Role::Operator);
    const QString hers = logIn(QStringLiteral("mdurand"), goodPassword)->token;
    const auto program = createToken(actor(token), Role::Viewer);
    ASSERT_TRUE(program);
    ASSERT_TRUE(change(actor(token), "mdurand", Role::Viewer));
    setUpTotp(token);
    ASSERT_TRUE(remove(actor(token), "mdurand"));
    const std::vector<store::AuditLine> lines = auditLines();
    std::vector<std::string> actions;
    for (const store::AuditLine& line : lines) {
        actions.push_back(line.entry.action);
        const std::string text = line.entry.before + line.entry.after;
        EXPECT_EQ(text.find("Durand"), std::string::npos) << text;
        EXPECT_EQ(text.find("marie@"), std::string::npos) << text;
    }
    EXPECT_EQ(
        actions,
        (std::vector<std::string>{
            "createPerson", "logIn", "changeOwnPassword", "createPerson", "logIn", "changeOwnPassword",
            "logOut", "logIn", "createToken", "changePerson", "confirmTotp", "deletePerson"}));
    EXPECT_EQ(lines.front().entry.actor, "system");
    EXPECT_EQ(lines.back().entry.actor, "admin");
    EXPECT_EQ(lines.back().entry.target, "mdurand");
    EXPECT_EQ(lines.back().entry.from, office.text());
    EXPECT_NE(lines[9].entry.before.find("operator"), std::string::npos);
    EXPECT_NE(lines[9].entry.after.find("viewer"), std::string::npos);
    restart();
    EXPECT_FALSE(m_records.empty());
    for (const store::Record& record : m_records) {
        for (const QString& secret : {token, hers, program->secret, goodPassword})
            EXPECT_EQ((record.id + record.body).find(secret.toStdString()), std::string::npos) << record.kind;
    }
}
