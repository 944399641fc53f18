// SPDX-License-Identifier: GPL-3.0-or-later
// The registry and the broker with a real store: what a requester, an administrator and a client notice.
#include "server/broker/Registry.h"
#include "server/store/AuditCheck.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QTemporaryDir>

#include <gtest/gtest.h>
#include <map>
#include <thread>

using namespace viaduct;
using namespace viaduct::broker;
using namespace std::chrono_literals;
using api::RequestState;
using tsp::Status;

namespace {

IpAddress address(const char* text) {
    return *IpAddress::fromText(text);
}

const IpAddress here = address("192.0.2.1");
const IpAddress somewhere = address("198.51.100.77");
const Actor operatorAnn{"ann", address("192.0.2.250"), api::Role::Operator};

struct Table : dataplane::DataPlane {
    std::map<std::int64_t, dataplane::TunnelEntry> entries;
    void put(const dataplane::TunnelEntry& entry) override { entries[entry.id] = entry; }
    void remove(std::int64_t id) override { entries.erase(id); }
    std::string name() const override { return "table"; }
};

config::Configuration sampleConfiguration() {
    config::Configuration configuration;
    configuration.pools
        = {{"ends", *Prefix::fromText("2001:db8:0:1::/64"), 128},
           {"sites", *Prefix::fromText("2001:db8:1000::/36"), 48},
           {"others", *Prefix::fromText("2001:db8:2000::/36"), 48},
           {"ends2", *Prefix::fromText("2001:db8:0:2::/64"), 128}};
    config::TspServer tspServer;
    tspServer.name = "T";
    tspServer.addresses = {here};
    configuration.tspServers = {tspServer};
    config::TunnelServer first;
    first.name = "S";
    first.addresses = {here};
    first.endpointPool = "ends";
    first.prefixPools = {"sites"};
    config::TunnelServer second = first;
    second.name = "S2";
    second.endpointPool = "ends2";
    second.prefixPools = {"others"};
    configuration.tunnelServers = {first, second};
    configuration.tunnelBrokers = {{"B", {"T"}, "S"}, {"B2", {"T"}, "S2"}};
    configuration.users = {{"carol", config::User::Password{"secret"}, config::AccountKind::Host, {}}};
    config::Registration registration;
    registration.organisation = "Example";
    registration.mailDomains = {"example.net", "*.example.net"};
    configuration.registration = registration;
    return configuration;
}

Submission jean() {
    Submission submission;
    submission.name = QStringLiteral("Jean Dupont");
    submission.email = QStringLiteral("jean@example.net");
    submission.organisation = QStringLiteral("Example University");
    submission.purpose = QStringLiteral("IPv6 for the laboratory.");
    submission.language = QStringLiteral("fr");
    submission.kind = api::AccountKind::Site;
    submission.consent = true;
    return submission;
}

constexpr const char* goodPassword = "quince ladder 88 otter";

api::Time now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

class RegistryTest : public testing::Test {
protected:
    void SetUp() override { start(); }
    void TearDown() override { stop(); }

    void start() {
        auto opened = store::Store::open(m_directory.path().toStdString());
        ASSERT_TRUE(opened) << opened.error().message;
        m_store = std::move(*opened);
        m_table = Table();
        m_broker = std::make_unique<Broker>(*m_store, m_table);
        m_registry = std::make_unique<Registry>(*m_broker, *m_store);
        m_registry->setNotifier([this](const Notice& notice) { m_notices.push_back(notice); });
        QObject::connect(m_broker.get(), &Broker::happened, [this](const Event& event) {
            m_events.push_back(text(event));
        });
        const auto snapshot = m_store->load();
        ASSERT_TRUE(snapshot) << snapshot.error().message;
        const auto loaded = m_registry->load(*snapshot);
        ASSERT_TRUE(loaded) << loaded.error().message;
        const auto restored = m_broker->restore(m_configuration, *snapshot);
        ASSERT_TRUE(restored) << restored.error().message;
    }
    void stop() {
        m_registry.reset();
        m_broker.reset();
        m_store.reset();
    }
    void restart() {
        stop();
        start();
    }
    void apply() {
        const auto applied = m_broker->apply(m_configuration);
        ASSERT_TRUE(applied) << applied.error().message;
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
    Result<Submitted> submit(const Submission& submission) {
        return ask<Submitted>([&](auto done) { m_registry->submit(submission, somewhere, done); });
    }
    Result<api::RegistrationRequest>
    approve(const QString& id, const api::Approval& approval = {}, std::int64_t revision = 0) {
        return ask<api::RegistrationRequest>(
            [&](auto done) { m_registry->approve(id, revision, approval, operatorAnn, done); });
    }
    Result<api::AccountCreated> create(
        const char* name, const char* password, api::AccountKind kind = api::AccountKind::Site,
        std::optional<api::Time> until = {}) {
        api::AccountDraft draft;
        draft.name = QString::fromLatin1(name);
        draft.password = QString::fromLatin1(password);
        draft.settings.kind = kind;
        draft.settings.validUntil = until;
        draft.settings.email = QStringLiteral("someone@example.net");
        return ask<api::AccountCreated>([&](auto done) { m_registry->create(draft, operatorAnn, done); });
    }
    Result<api::ImportResult> import(const QByteArray& csv, bool dryRun = false) {
        return ask<api::ImportResult>(
            [&](auto done) { m_registry->importCsv(csv, dryRun, operatorAnn, done); });
    }
    /// Approved, and undo is over in a moment.
    QString approvedLink() {
        const auto submitted = submit(jean());
        m_registry->setUndoTime(std::chrono::milliseconds(100));
        EXPECT_TRUE(submitted && approve(submitted->request.id));
        return submitted ? submitted->link : QString();
    }
    bool waitForCredentials(const QString& link) {
        return waitFor([&] { return m_registry->byLink(link)->credentialsWaiting; });
    }

    Caller from(const char* remote) {
        return {"T", Transport::Tcp, {here, 3653}, {address(remote), 4000}, {2, 0, 1}};
    }
    std::optional<Login> tryLogin(const tsp::Credentials& credentials, const char* remote = "198.51.100.7") {
        std::optional<Login> result;
        m_broker->authenticate(from(remote), credentials, [&](Login answer) { result = std::move(answer); });
        waitFor([&] { return result.has_value(); }, 10'000);
        return result;
    }
    bool mayLogIn(const char* user, const QString& password, const char* remote = "198.51.100.7") {
        const auto login = tryLogin(tsp::PlainLogin{user, password.toStdString()}, remote);
        return login && std::holds_alternative<tsp::Granted>(login->answer);
    }
    std::optional<tsp::TunnelInfo> tunnel(
        const char* user, const QString& password, const char* remote = "198.51.100.7",
        std::optional<int> prefixLength = 48) {
        const auto login = tryLogin(tsp::PlainLogin{user, password.toStdString()}, remote);
        if (!login || !std::holds_alternative<tsp::Granted>(login->answer))
            return std::nullopt;
        return tunnelOf(login->identity, remote, prefixLength);
    }
    std::optional<tsp::TunnelInfo>
    tunnelOf(const Identity& identity, const char* remote, std::optional<int> prefixLength) {
        tsp::TunnelRequest request;
        request.clientOuter = address(remote);
        if (prefixLength)
            request.router = tsp::RouterRequest{prefixLength, {}};
        std::optional<std::optional<tsp::TunnelAnswer>> answer;
        m_broker->requestTunnel(
            from(remote), identity, request, [&](auto given) { answer = std::move(given); });
        EXPECT_TRUE(waitFor([&] { return answer.has_value(); }));
        const auto* info = answer && *answer ? std::get_if<tsp::TunnelInfo>(&**answer) : nullptr;
        return info ? std::optional(*info) : std::nullopt;
    }
    std::vector<store::AuditLine> auditLines() {
        std::optional<store::Rows<store::AuditLine>> lines;
        m_store->audit({}, {{}, 1000, false}, m_broker.get(), [&](const auto& answer) { lines = *answer; });
        EXPECT_TRUE(waitFor([&] { return lines.has_value(); }));
        return lines ? lines->rows : std::vector<store::AuditLine>();
    }
    bool digestWorks(const char* user) {
        tsp::DigestLogin login{user, "viaduct", "1", "2", "00000001", "tsp/x", "auth", {}, false};
        login.response = tsp::expectedResponse(login, tsp::digestKey(user, "viaduct", goodPassword));
        const auto answer = tryLogin(login);
        return answer && std::holds_alternative<tsp::Granted>(answer->answer);
    }
    /// What the store has of one kind, all in one text.
    std::string stored(const char* kind) {
        std::string all;
        const auto snapshot = m_store->load();
        for (const store::Record& record : snapshot->records)
            all += record.kind == kind ? record.body + '\n' : std::string();
        return all;
    }
    /// While nothing runs: as another broker left it.
    void putRecords(std::vector<store::Change> changes) {
        auto opened = store::Store::open(m_directory.path().toStdString());
        ASSERT_TRUE(opened) << opened.error().message;
        std::optional<Result<void>> written;
        QObject context;
        (*opened)->commit(std::move(changes), &context, [&](const Result<void>& done) { written = done; });
        ASSERT_TRUE(waitFor([&] { return written.has_value(); }));
        ASSERT_TRUE(*written) << written->error().message;
    }
    /// From more addresses than an account bears.
    void guessFromEverywhere(const char* user) {
        for (int i = 0; i < 40; ++i)
            EXPECT_FALSE(mayLogIn(user, QStringLiteral("guess"), ("198.18.0." + std::to_string(i)).c_str()));
    }
    void setLimits(const char* name, const api::Limits& limits) {
        const QString login = QString::fromLatin1(name);
        api::AccountSettings settings = m_registry->account(login)->settings;
        settings.limits = limits;
        ASSERT_TRUE(
            ask<api::Account>([&](auto done) { m_registry->change(login, 0, settings, operatorAnn, done); }));
    }
    /// Of the one tunnel that is up.
    dataplane::TunnelLimits limitsInTable() const {
        return m_table.entries.size() == 1 ? m_table.entries.begin()->second.limits
                                           : dataplane::TunnelLimits{-1, -1, false};
    }
    dataplane::TunnelCounters& counters() const { return *m_table.entries.begin()->second.counters; }
    std::int64_t usedBytes(const char* name) const {
        return m_registry->account(QString::fromLatin1(name))->usedBytes;
    }
    bool happened(const std::string& part) {
        return waitFor([&] {
            return std::any_of(m_events.begin(), m_events.end(), [&](const std::string& event) {
                return event.find(part) != std::string::npos;
            });
        });
    }

    QTemporaryDir m_directory;
    config::Configuration m_configuration = sampleConfiguration();
    std::unique_ptr<store::Store> m_store;
    Table m_table;
    std::unique_ptr<Broker> m_broker;
    std::unique_ptr<Registry> m_registry;
    std::vector<std::string> m_events;
    std::vector<Notice> m_notices;
};

} // namespace

// --- requests

TEST_F(RegistryTest, aRequestBecomesALoginThatWorks) {
    const auto submitted = submit(jean());
    ASSERT_TRUE(submitted) << submitted.error().message;
    EXPECT_EQ(submitted->request.state, RequestState::Pending);
    ASSERT_TRUE(submitted->request.proposal);
    EXPECT_EQ(submitted->request.proposal->prefixLength, 48);
    const auto approved = approve(submitted->request.id, {}, submitted->request.revision);
    ASSERT_TRUE(approved) << approved.error().message;
    EXPECT_EQ(approved->account, QStringLiteral("jdupont"));
    EXPECT_EQ(m_registry->byLink(submitted->link)->request.state, RequestState::Pending)
        << "the person is told when undo is over";
    EXPECT_FALSE(m_registry->byLink(submitted->link)->credentialsWaiting);

    ASSERT_TRUE(waitForCredentials(submitted->link));
    const auto take = [&](auto done) { m_registry->takeCredentials(submitted->link, somewhere, done); };
    const auto credentials = ask<api::Credentials>(take);
    ASSERT_TRUE(credentials) << credentials.error().message;
    const auto again = ask<api::Credentials>(take);
    ASSERT_FALSE(again) << "a password is shown once";
    EXPECT_EQ(again.error().code, Error::Code::Denied);
    EXPECT_TRUE(waitFor([&] { return !m_notices.empty(); }));
    EXPECT_EQ(m_notices.back().kind, Notice::Kind::Approved);

    restart();
    const auto info = tunnel("jdupont", credentials->password);
    ASSERT_TRUE(info);
    EXPECT_TRUE(info->delegation);
    EXPECT_EQ(m_registry->byLink(submitted->link)->account->blocks.size(), 2U);
    EXPECT_FALSE(mayLogIn("jdupont", QStringLiteral("wrong")));
}

TEST_F(RegistryTest, anUndecidedPersonCannotLogInAndAnUndoneApprovalLeavesNothing) {
    const auto submitted = submit(jean());
    const auto approved = approve(submitted->request.id);
    ASSERT_TRUE(approved);
    EXPECT_TRUE(m_registry->account(QStringLiteral("jdupont"))) << "the account exists at once";
    EXPECT_FALSE(mayLogIn("jdupont", QString()));
    const auto undone = ask<api::RegistrationRequest>(
        [&](auto done) { m_registry->undo(submitted->request.id, approved->revision, operatorAnn, done); });
    ASSERT_TRUE(undone) << undone.error().message;
    EXPECT_EQ(undone->state, RequestState::Pending);
    EXPECT_FALSE(m_registry->account(QStringLiteral("jdupont")));
    restart();
    EXPECT_FALSE(m_registry->account(QStringLiteral("jdupont")));
    EXPECT_TRUE(m_notices.empty());
    EXPECT_TRUE(approve(submitted->request.id)) << "and can be approved again, under the same login";
}

TEST_F(RegistryTest, aDecisionOnAnOldViewIsStale) {
    const auto submitted = submit(jean());
    const auto asked = ask<api::RegistrationRequest>([&](auto done) {
        m_registry->askBack(
            submitted->request.id, submitted->request.revision, QStringLiteral("Which router?"), operatorAnn,
            done);
    });
    ASSERT_TRUE(asked);
    EXPECT_EQ(m_notices.back().kind, Notice::Kind::Question);
    const auto late = approve(submitted->request.id, {}, submitted->request.revision);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Error::Code::Stale);
    // Two at the same time: one of them is too late.
    std::vector<Result<api::RegistrationRequest>> answers;
    for (int i = 0; i < 2; ++i)
        m_registry->refuse(
            submitted->request.id, asked->revision, QStringLiteral("No."), operatorAnn,
            [&](auto answer) { answers.push_back(std::move(answer)); });
    ASSERT_TRUE(waitFor([&] { return answers.size() == 2; }));
    EXPECT_TRUE(answers[0]);
    ASSERT_FALSE(answers[1]);
    EXPECT_EQ(answers[1].error().code, Error::Code::Stale);
}

TEST_F(RegistryTest, thePersonAnswersAndWithdraws) {
    const auto submitted = submit(jean());
    ASSERT_TRUE(ask<api::RegistrationRequest>([&](auto done) {
        m_registry->askBack(submitted->request.id, 0, QStringLiteral("Which router?"), operatorAnn, done);
    }));
    const auto answer = [&](auto done) {
        m_registry->answerInquiry(submitted->link, QStringLiteral("A blue one."), somewhere, done);
    };
    const auto answered = ask<api::RegistrationRequest>(answer);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->questions.front().answer, QStringLiteral("A blue one."));
    EXPECT_FALSE(ask<api::RegistrationRequest>(answer)) << "nothing is asked any more";
    ASSERT_TRUE(ask<api::RegistrationRequest>(
        [&](auto done) { m_registry->withdraw(submitted->link, somewhere, done); }));
    EXPECT_FALSE(approve(submitted->request.id));
    EXPECT_FALSE(m_registry->byLink(submitted->link + u'x')) << "a link is a secret";
}

TEST_F(RegistryTest, aProvedAddressOfAGivenDomainNeedsNobody) {
    m_configuration.registration->requireMailVerification = true;
    m_configuration.registration->automaticDomains = {"lab.example.net"};
    apply();
    Submission lab = jean();
    lab.email = QStringLiteral("jean@lab.example.net");
    const auto submitted = submit(lab);
    ASSERT_TRUE(submitted);
    EXPECT_EQ(submitted->request.state, RequestState::Unverified);
    ASSERT_EQ(m_notices.size(), 1U);
    const QString secret = m_notices.front().secret;
    const auto verify = [&](auto done) { m_registry->verifyEmail(secret, somewhere, done); };
    const auto verified = ask<api::RegistrationRequest>(verify);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->state, RequestState::Approved);
    EXPECT_EQ(verified->decidedBy, QStringLiteral("policy"));
    EXPECT_FALSE(ask<api::RegistrationRequest>(verify)) << "it proves once";

    const auto other = submit(jean());
    const auto pending = ask<api::RegistrationRequest>(
        [&](auto done) { m_registry->verifyEmail(m_notices.back().secret, somewhere, done); });
    ASSERT_TRUE(other && pending);
    EXPECT_EQ(pending->state, RequestState::Pending) << "another domain waits for a person";
}

TEST_F(RegistryTest, addressesThatAreProvedAtOnceGetWhatThePolicyAllowsOne) {
    m_configuration.registration->requireMailVerification = true;
    m_configuration.registration->automaticDomains = {"example.net"};
    apply();
    ASSERT_TRUE(submit(jean()) && submit(jean()));
    ASSERT_EQ(m_notices.size(), 2U);
    std::vector<RequestState> states;
    for (const Notice& notice : std::vector(m_notices))
        m_registry->verifyEmail(notice.secret, somewhere, [&](const Result<api::RegistrationRequest>& done) {
            states.push_back(done->state);
        });
    ASSERT_TRUE(waitFor([&] { return states.size() == 2; }));
    EXPECT_EQ(states, (std::vector{RequestState::Approved, RequestState::Pending}));
}

TEST_F(RegistryTest, whoGetsAnAccountForDaysIsNotToldThatItEndsSoon) {
    m_registry->setUndoTime(300ms);
    const auto submitted = submit(jean());
    ASSERT_TRUE(submitted);
    api::Approval approval;
    approval.validUntil = now() + 72h;
    ASSERT_TRUE(approve(submitted->request.id, approval));
    ASSERT_TRUE(waitForCredentials(submitted->link));
    waitFor([] { return false; }, 100);
    ASSERT_EQ(m_notices.size(), 1U);
    EXPECT_EQ(m_notices.front().kind, Notice::Kind::Approved);
}

TEST_F(RegistryTest, aPasswordOfAnAdministratorIsNotReplacedByTheStatusPage) {
    const QString link = approvedLink();
    ASSERT_TRUE(waitForCredentials(link));
    const auto reset = ask<api::Credentials>(
        [&](auto done) { m_registry->resetPassword(QStringLiteral("jdupont"), operatorAnn, done); });
    ASSERT_TRUE(reset);
    EXPECT_FALSE(m_registry->byLink(link)->credentialsWaiting);
    EXPECT_FALSE(
        ask<api::Credentials>([&](auto done) { m_registry->takeCredentials(link, somewhere, done); }));
    EXPECT_TRUE(mayLogIn("jdupont", reset->password));
}

TEST_F(RegistryTest, whatCannotBeIsRefusedWithACause) {
    Submission wrong = jean();
    wrong.email = QStringLiteral("nobody");
    EXPECT_EQ(submit(wrong).error().code, Error::Code::Invalid);
    wrong = jean();
    wrong.kind = api::AccountKind::Soho;
    EXPECT_FALSE(submit(wrong)) << "no pool has /64s";
    wrong = jean();
    wrong.name = QString(201, u'x');
    EXPECT_FALSE(submit(wrong));
    m_configuration.registration->requestsPerAddress = 2;
    apply();
    EXPECT_TRUE(submit(jean()));
    EXPECT_TRUE(submit(jean()));
    EXPECT_EQ(submit(jean()).error().code, Error::Code::Busy);
}

// --- accounts

TEST_F(RegistryTest, aStoredAccountLogsInAfterARestartAndOldClientsOnlyWhereAllowed) {
    ASSERT_TRUE(create("dora", goodPassword));
    restart();
    EXPECT_TRUE(mayLogIn("dora", QString::fromLatin1(goodPassword)));
    EXPECT_FALSE(mayLogIn("dora", QStringLiteral("another word")));
    EXPECT_FALSE(mayLogIn("nobody", QString::fromLatin1(goodPassword)));
    EXPECT_TRUE(mayLogIn("carol", QStringLiteral("secret"))) << "those of the configuration as before";

    EXPECT_TRUE(digestWorks("dora"));
    api::AccountDraft old;
    old.name = QStringLiteral("emil");
    old.password = QString::fromLatin1(goodPassword);
    old.settings.oldClients = false;
    ASSERT_TRUE(ask<api::AccountCreated>([&](auto done) { m_registry->create(old, operatorAnn, done); }));
    EXPECT_FALSE(digestWorks("emil")) << "nothing is kept for old clients of who wants none";
    m_configuration.oldClients = false;
    apply();
    old.name = QStringLiteral("fritz");
    old.settings.oldClients = true;
    ASSERT_TRUE(ask<api::AccountCreated>([&](auto done) { m_registry->create(old, operatorAnn, done); }));
    EXPECT_FALSE(digestWorks("fritz")) << "the configuration lets no old clients in";
}

TEST_F(RegistryTest, suspensionTakesTheTunnelAwayAtOnceAndKeepsItsAddresses) {
    ASSERT_TRUE(create("dora", goodPassword));
    const auto before = tunnel("dora", QString::fromLatin1(goodPassword));
    ASSERT_TRUE(before);
    ASSERT_EQ(m_table.entries.size(), 1U);
    QElapsedTimer timer;
    timer.start();
    m_registry->suspend(QStringLiteral("dora"), QStringLiteral("Abuse."), operatorAnn, [](auto) {});
    ASSERT_TRUE(waitFor([&] { return m_table.entries.empty(); }));
    EXPECT_LT(timer.elapsed(), 1000);
    EXPECT_EQ(m_registry->account(QStringLiteral("dora"))->blocks.size(), 2U);
    EXPECT_FALSE(mayLogIn("dora", QString::fromLatin1(goodPassword)));
    restart();
    EXPECT_FALSE(mayLogIn("dora", QString::fromLatin1(goodPassword)));
    ASSERT_TRUE(
        ask<api::Account>([&](auto done) { m_registry->resume(QStringLiteral("dora"), operatorAnn, done); }));
    const auto after = tunnel("dora", QString::fromLatin1(goodPassword));
    ASSERT_TRUE(after);
    EXPECT_EQ(after->delegation, before->delegation);
}

TEST_F(RegistryTest, whoWasSuspendedBetweenLoginAndTunnelGetsNone) {
    ASSERT_TRUE(create("dora", goodPassword));
    const auto login = tryLogin(tsp::PlainLogin{"dora", goodPassword});
    ASSERT_TRUE(login && login->identity.account);
    ASSERT_TRUE(ask<api::Account>([&](auto done) {
        m_registry->suspend(QStringLiteral("dora"), QStringLiteral("Abuse."), operatorAnn, done);
    }));
    EXPECT_FALSE(tunnelOf(login->identity, "198.51.100.7", 48));
    EXPECT_TRUE(m_table.entries.empty());
}

TEST_F(RegistryTest, aTunnelOnItsWayToTheDiskFallsWithItsAccount) {
    ASSERT_TRUE(create("dora", goodPassword));
    const auto login = tryLogin(tsp::PlainLogin{"dora", goodPassword});
    ASSERT_TRUE(login);
    std::optional<Result<api::Account>> suspended;
    m_registry->suspend(QStringLiteral("dora"), QStringLiteral("Abuse."), operatorAnn, [&](auto answer) {
        suspended = std::move(answer);
    });
    (void)tunnelOf(login->identity, "198.51.100.7", 48); // handed over right behind the suspension
    ASSERT_TRUE(waitFor([&] { return suspended.has_value() && m_table.entries.empty(); }));
    EXPECT_EQ(m_broker->tunnels().size(), 0U);
}

TEST_F(RegistryTest, expiryTakesTunnelAndAddressesAtItsTime) {
    const api::Time end
        = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 4s;
    ASSERT_TRUE(create("dora", goodPassword, api::AccountKind::Site, end));
    const auto info = tunnel("dora", QString::fromLatin1(goodPassword));
    ASSERT_TRUE(info);
    ASSERT_TRUE(waitFor([&] { return m_table.entries.empty(); }));
    EXPECT_GE(std::chrono::system_clock::now(), end);
    EXPECT_LT(std::chrono::system_clock::now() - end, 1s);
    EXPECT_FALSE(mayLogIn("dora", QString::fromLatin1(goodPassword)));
    const auto expired = m_registry->account(QStringLiteral("dora"));
    EXPECT_EQ(expired->state, api::AccountState::Expired);
    EXPECT_TRUE(expired->blocks.empty()) << "they rest in quarantine";
    ASSERT_TRUE(create("emil", goodPassword));
    EXPECT_NE(tunnel("emil", QString::fromLatin1(goodPassword))->delegation, info->delegation);
    // Prolonged within the quarantine it gets its own addresses back.
    api::AccountSettings settings = expired->settings;
    settings.validUntil.reset();
    ASSERT_TRUE(ask<api::Account>([&](auto done) {
        m_registry->change(QStringLiteral("dora"), expired->revision, settings, operatorAnn, done);
    }));
    EXPECT_EQ(
        tunnel("dora", QString::fromLatin1(goodPassword), "198.51.100.9")->delegation, info->delegation);
}

TEST_F(RegistryTest, nobodyLogsInBeforeTheBeginning) {
    api::AccountDraft draft;
    draft.name = QStringLiteral("dora");
    draft.settings.validFrom
        = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 1h;
    const auto created
        = ask<api::AccountCreated>([&](auto done) { m_registry->create(draft, operatorAnn, done); });
    ASSERT_TRUE(created);
    EXPECT_FALSE(mayLogIn("dora", created->password));
    EXPECT_TRUE(happened("not valid yet"));
}

TEST_F(RegistryTest, erasureLeavesAPseudonymAndTheNameIsAnother) {
    ASSERT_TRUE(create("dora", goodPassword));
    const auto info = tunnel("dora", QString::fromLatin1(goodPassword));
    ASSERT_TRUE(info);
    const auto before = std::chrono::system_clock::now();
    std::this_thread::sleep_for(std::chrono::milliseconds(2)); // the history counts in whole ones
    QElapsedTimer timer;
    timer.start();
    const auto erased = ask<api::Account>(
        [&](auto done) { m_registry->erase(QStringLiteral("dora"), 0, operatorAnn, done); });
    ASSERT_TRUE(erased) << erased.error().message;
    EXPECT_LT(timer.elapsed(), 1000);
    EXPECT_TRUE(m_table.entries.empty());
    EXPECT_FALSE(m_registry->account(QStringLiteral("dora")));
    EXPECT_FALSE(mayLogIn("dora", QString::fromLatin1(goodPassword)));
    std::optional<std::vector<store::Tenure>> holders;
    m_store->holdersAt(info->delegation->prefix.address(), before, m_broker.get(), [&](const auto& answer) {
        holders = *answer;
    });
    ASSERT_TRUE(waitFor([&] { return holders.has_value(); }));
    ASSERT_EQ(holders->size(), 1U);
    EXPECT_TRUE(holders->front().holder.starts_with("erased:")) << holders->front().holder;
    // Whoever comes under that name is another, who must not get the addresses in quarantine.
    ASSERT_TRUE(create("dora", goodPassword));
    EXPECT_NE(tunnel("dora", QString::fromLatin1(goodPassword))->delegation, info->delegation);
    restart();
    EXPECT_NE(tunnel("dora", QString::fromLatin1(goodPassword))->delegation, info->delegation);
}

TEST_F(RegistryTest, whatWasUsedWhileItWasErasedDoesNotBringTheNameBack) {
    ASSERT_TRUE(create("dora", goodPassword));
    ASSERT_TRUE(tunnel("dora", QString::fromLatin1(goodPassword)));
    const auto use = [&](std::uint64_t bytes) {
        m_broker->tunnels().begin()->second.counters->bytesIn = bytes;
        m_broker->tunnels().begin()->second.counters->packetsIn = bytes;
    };
    m_registry->maintain();
    use(1000);
    std::optional<Result<api::Account>> erased;
    m_registry->erase(
        QStringLiteral("dora"), 0, operatorAnn, [&](auto answer) { erased = std::move(answer); });
    use(2000);
    m_registry->maintain(now() + 32 * 24h); // reads what all have used
    ASSERT_TRUE(waitFor([&] { return erased.has_value(); }));
    ASSERT_TRUE(*erased);
    m_registry->maintain();
    std::map<std::string, std::int64_t> used;
    bool isAnswered = false;
    const store::Day today
        = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()).time_since_epoch().count();
    m_store->usageSums({today - 1, today + 1}, {{}, 100, false}, m_broker.get(), [&](const auto& sums) {
        isAnswered = true;
        ASSERT_TRUE(sums) << sums.error().message;
        for (const store::HolderUsage& each : sums->rows)
            used[each.holder.substr(0, each.holder.find(':'))] += each.usage.bytesIn;
    });
    ASSERT_TRUE(waitFor([&] { return isAnswered; }));
    EXPECT_EQ(used, (std::map<std::string, std::int64_t>{{"erased", 1000}}));
}

TEST_F(RegistryTest, aPersonChangesThePasswordAndGivesTheAccountBack) {
    const QString link = approvedLink();
    ASSERT_TRUE(waitForCredentials(link));
    const auto credentials
        = ask<api::Credentials>([&](auto done) { m_registry->takeCredentials(link, somewhere, done); });
    ASSERT_TRUE(credentials);
    const auto change = [&](const QString& before, const QString& after) {
        return ask<api::Account>(
            [&](auto done) { m_registry->changeOwnPassword(link, before, after, somewhere, done); });
    };
    EXPECT_EQ(
        change(QStringLiteral("wrong"), QString::fromLatin1(goodPassword)).error().code, Error::Code::Denied);
    EXPECT_EQ(change(credentials->password, QStringLiteral("short")).error().code, Error::Code::Invalid);
    ASSERT_TRUE(change(credentials->password, QString::fromLatin1(goodPassword)));
    EXPECT_FALSE(mayLogIn("jdupont", credentials->password));
    ASSERT_TRUE(tunnel("jdupont", QString::fromLatin1(goodPassword)));
    ASSERT_TRUE(ask<api::Account>([&](auto done) { m_registry->giveBack(link, somewhere, done); }));
    EXPECT_TRUE(m_table.entries.empty());
    EXPECT_FALSE(m_registry->byLink(link)) << "all that was written in the request is gone, too";
}

TEST_F(RegistryTest, theConfigurationGoesBeforeTheStore) {
    EXPECT_FALSE(create("carol", goodPassword)) << "the name is taken";
    ASSERT_TRUE(create("dora", goodPassword));
    m_configuration.users.push_back(
        {"dora", config::User::Password{"of the file"}, config::AccountKind::Host, {}});
    apply();
    EXPECT_TRUE(mayLogIn("dora", QStringLiteral("of the file")));
    EXPECT_FALSE(mayLogIn("dora", QString::fromLatin1(goodPassword)));
    EXPECT_EQ(m_registry->account(QStringLiteral("dora"))->origin, api::AccountOrigin::Configuration);
    const auto denied = ask<api::Account>(
        [&](auto done) { m_registry->erase(QStringLiteral("dora"), 0, operatorAnn, done); });
    EXPECT_EQ(denied.error().code, Error::Code::Conflict);
    m_configuration.users.pop_back();
    apply();
    EXPECT_TRUE(mayLogIn("dora", QString::fromLatin1(goodPassword))) << "and it is back";
}

TEST_F(RegistryTest, anAccountWithAPoolGetsItsPrefixThere) {
    const auto submitted = submit(jean());
    api::Approval approval;
    approval.pool = QStringLiteral("others");
    m_registry->setUndoTime(100ms);
    ASSERT_TRUE(approve(submitted->request.id, approval));
    ASSERT_TRUE(waitForCredentials(submitted->link));
    const auto credentials = ask<api::Credentials>(
        [&](auto done) { m_registry->takeCredentials(submitted->link, somewhere, done); });
    const auto info = tunnel("jdupont", credentials->password);
    ASSERT_TRUE(info && info->delegation);
    EXPECT_TRUE(Prefix::fromText("2001:db8:2000::/36")->contains(info->delegation->prefix.address()));
}

TEST_F(RegistryTest, theAuditNamesNobody) {
    const QString link = approvedLink();
    ASSERT_TRUE(create("dora", goodPassword));
    const auto account = m_registry->account(QStringLiteral("dora"));
    api::AccountSettings settings = account->settings;
    settings.person = QStringLiteral("Dora Dubois");
    ASSERT_TRUE(ask<api::Account>([&](auto done) {
        m_registry->change(QStringLiteral("dora"), account->revision, settings, operatorAnn, done);
    }));
    const auto lines = auditLines();
    ASSERT_EQ(lines.size(), 4U) << "each change has its line";
    for (const store::AuditLine& line : lines) {
        const store::AuditEntry& entry = line.entry;
        const std::string all = entry.actor + entry.target + entry.before + entry.after;
        for (const char* personal :
             {"Dupont", "dupont", "Dora", "dora", "example.net", "Example", "laboratory"})
            EXPECT_EQ(all.find(personal), std::string::npos) << personal << " in " << all;
    }
    EXPECT_EQ(lines.back().entry.action, "changeAccount");
    EXPECT_EQ(lines.back().entry.actor, "ann");
    EXPECT_NE(lines.back().entry.after.find("\"changed\":[\"person\"]"), std::string::npos);
}

// --- many

TEST_F(RegistryTest, aVoucherMakesItsAccountsAtOnceAndTakesThemBack) {
    api::VoucherDraft draft;
    draft.event = QStringLiteral("JRES 2026");
    draft.accounts = 20;
    draft.validFrom = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) - 1h;
    draft.validUntil = draft.validFrom + 48h;
    draft.pool = QStringLiteral("others");
    draft.kind = api::AccountKind::Site;
    draft.loginPrefix = QStringLiteral("jres");
    const auto created
        = ask<api::VoucherCreated>([&](auto done) { m_registry->createVoucher(draft, operatorAnn, done); });
    ASSERT_TRUE(created) << created.error().message;
    ASSERT_EQ(created->credentials.size(), 20U);
    EXPECT_EQ(created->credentials[6].login, QStringLiteral("jres-007"));
    restart();
    const auto info = tunnel("jres-007", created->credentials[6].password);
    ASSERT_TRUE(info && info->delegation);
    EXPECT_TRUE(Prefix::fromText("2001:db8:2000::/36")->contains(info->delegation->prefix.address()));
    EXPECT_EQ(m_registry->voucher(created->voucher.id)->used, 1);
    EXPECT_EQ(m_registry->voucher(created->voucher.id)->state, api::VoucherState::Open);
    EXPECT_FALSE(ask<api::VoucherCreated>([&](auto done) {
        m_registry->createVoucher(draft, operatorAnn, done);
    })) << "the logins are taken";
    const auto withdrawn = ask<api::Voucher>(
        [&](auto done) { m_registry->withdrawVoucher(created->voucher.id, operatorAnn, done); });
    ASSERT_TRUE(withdrawn);
    EXPECT_EQ(withdrawn->state, api::VoucherState::Withdrawn);
    EXPECT_TRUE(m_table.entries.empty());
    EXPECT_FALSE(mayLogIn("jres-008", created->credentials[7].password));
}

TEST_F(RegistryTest, anImportIsAllOrNothing) {
    const QByteArray good = "name,kind,email,tags,validUntil\r\n"
                            "ulla,site,ulla@example.net,lab;physics,2099-01-01T00:00:00Z\r\n"
                            "vera,host,\"\",,\r\n";
    const auto dry = import(good, true);
    ASSERT_TRUE(dry);
    EXPECT_EQ(dry->created, 2);
    EXPECT_FALSE(m_registry->account(QStringLiteral("ulla")));
    const auto done = import(good);
    ASSERT_TRUE(done && done->errors.empty());
    ASSERT_EQ(done->credentials.size(), 2U);
    EXPECT_TRUE(mayLogIn("ulla", done->credentials[0].password));
    EXPECT_EQ(m_registry->account(QStringLiteral("ulla"))->settings.tags.size(), 2U);

    const auto wrong = import("name,kind,validUntil\nwilma,site,\nxena,palace,\nyves,host,31/12/2026\n");
    ASSERT_TRUE(wrong);
    ASSERT_EQ(wrong->errors.size(), 2U) << "every mistake is told";
    EXPECT_EQ(wrong->errors[0].line, 3);
    EXPECT_EQ(wrong->errors[0].column, QStringLiteral("kind"));
    EXPECT_EQ(wrong->errors[1].column, QStringLiteral("validUntil"));
    EXPECT_FALSE(m_registry->account(QStringLiteral("wilma"))) << "not even the right ones are made";

    const QByteArray all = m_registry->exportCsv([](const auto&) { return true; });
    const auto again = import(all);
    ASSERT_TRUE(again && again->errors.empty());
    EXPECT_EQ(again->unchanged, 2) << "an export is an import that changes nothing";
    const auto changed = import("name,note\nvera,\"Line one\nline two\"\n");
    ASSERT_TRUE(changed && changed->errors.empty());
    EXPECT_EQ(changed->changed, 1);
    restart();
    EXPECT_EQ(
        m_registry->account(QStringLiteral("vera"))->settings.note, QStringLiteral("Line one\nline two"));
    EXPECT_EQ(
        m_registry->account(QStringLiteral("ulla"))->settings.email, QStringLiteral("ulla@example.net"));
}

// --- RADIUS

TEST_F(RegistryTest, whoIsUnknownHereIsAskedOfRadiusWhereTheServerSaysSo) {
    int asked = 0;
    RadiusVerdict verdict{RadiusVerdict::What::Accepted, {}};
    m_registry->setRadius([&](const std::string&, const std::string& password, const auto& answered) {
        ++asked;
        RadiusVerdict given = verdict;
        if (given.what == RadiusVerdict::What::Accepted && password != "of radius")
            given.what = RadiusVerdict::What::Refused;
        answered(given);
    });
    EXPECT_FALSE(mayLogIn("rita", QStringLiteral("of radius")));
    EXPECT_EQ(asked, 0) << "this TSP server does not ask";
    m_configuration.tspServers.front().radius = true;
    m_configuration.radiusKind = config::AccountKind::Site;
    apply();
    EXPECT_FALSE(mayLogIn("rita", QStringLiteral("wrong")));
    EXPECT_FALSE(m_registry->account(QStringLiteral("rita")));
    ASSERT_TRUE(tunnel("rita", QStringLiteral("of radius")));
    EXPECT_EQ(m_registry->account(QStringLiteral("rita"))->origin, api::AccountOrigin::Radius);
    EXPECT_TRUE(mayLogIn("Rita", QStringLiteral("of radius"))) << "many a directory does not tell them apart";
    EXPECT_FALSE(m_registry->account(QStringLiteral("Rita")));
    restart();
    EXPECT_FALSE(mayLogIn("rita", QStringLiteral("of radius")))
        << "nobody to ask: nothing is kept of it here";
    m_registry->setRadius([&](const std::string&, const std::string&, const auto& answered) {
        ++asked;
        answered(verdict);
    });
    EXPECT_TRUE(mayLogIn("rita", QStringLiteral("of radius")));
    EXPECT_TRUE(mayLogIn("carol", QStringLiteral("secret")));
    const int before = asked;
    EXPECT_FALSE(mayLogIn("carol", QStringLiteral("of radius"), "198.51.100.8"));
    EXPECT_EQ(asked, before) << "who is known here is never asked there";
    verdict.what = RadiusVerdict::What::Unreachable;
    std::optional<Login> silent;
    m_broker->authenticate(
        from("198.51.100.7"), tsp::PlainLogin{"rita", "of radius"}, [&](Login answer) { silent = answer; });
    EXPECT_FALSE(waitFor([&] { return silent.has_value(); }, 200))
        << "a refusal would end the client for good";
}

// --- guessing

TEST_F(RegistryTest, guessingIsSlowedDownAndTheUserElsewhereIsNot) {
    const auto dora = create("dora", ""); // a made password is verified quickly
    ASSERT_TRUE(dora);
    ASSERT_TRUE(mayLogIn("dora", dora->password, "203.0.113.1"));
    for (int i = 0; i < 6; ++i)
        EXPECT_FALSE(mayLogIn("dora", QStringLiteral("guess"), "198.51.100.66"));
    EXPECT_FALSE(mayLogIn("dora", dora->password, "198.51.100.66")) << "even the right one, from there";
    EXPECT_TRUE(happened("Too many wrong tries"));
    EXPECT_TRUE(mayLogIn("dora", dora->password, "203.0.113.1"));
}

TEST_F(RegistryTest, whoIsKnownAtAPlaceIsKnownThereAfterARestartToo) {
    const auto dora = create("dora", "");
    ASSERT_TRUE(dora);
    ASSERT_TRUE(mayLogIn("dora", dora->password, "203.0.113.1"));
    ASSERT_TRUE(mayLogIn("dora", dora->password, "2001:db8:77:1::1"));
    ASSERT_TRUE(mayLogIn("carol", QStringLiteral("secret"), "203.0.113.2"));
    restart();
    guessFromEverywhere("dora");
    EXPECT_FALSE(mayLogIn("dora", dora->password, "203.0.113.99")) << "the botnet has locked strangers out";
    EXPECT_TRUE(mayLogIn("dora", dora->password, "203.0.113.1"));
    EXPECT_TRUE(mayLogIn("dora", dora->password, "2001:db8:77:1:ffff::5")) << "the same /64";
    EXPECT_FALSE(mayLogIn("dora", dora->password, "2001:db8:77:2::1"));
    guessFromEverywhere("carol"); // of the configuration
    EXPECT_FALSE(mayLogIn("carol", QStringLiteral("secret"), "203.0.113.1"));
    EXPECT_TRUE(mayLogIn("carol", QStringLiteral("secret"), "203.0.113.2"));
}

TEST_F(RegistryTest, fewPlacesAreKeptAndNoneOfWhomWasErased) {
    const auto dora = create("dora", "");
    ASSERT_TRUE(dora);
    for (const char* place : {"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.5"})
        ASSERT_TRUE(mayLogIn("dora", dora->password, place));
    ASSERT_TRUE(mayLogIn("dora", dora->password, "203.0.113.2"));
    ASSERT_TRUE(mayLogIn("dora", dora->password, "2001:db8:77:1::1234"));
    restart();
    const std::string kept = stored("seen");
    for (const char* place : {"203.0.113.4", "203.0.113.5", "203.0.113.2", "2001:db8:77:1::\""})
        EXPECT_NE(kept.find(place), std::string::npos) << place << " in " << kept;
    for (const char* place : {"203.0.113.1", "203.0.113.3", "1234"})
        EXPECT_EQ(kept.find(place), std::string::npos) << place << " in " << kept;
    ASSERT_TRUE(mayLogIn("dora", dora->password, "203.0.113.2")) << "not yet written when it is erased";
    ASSERT_TRUE(ask<api::Account>(
        [&](auto done) { m_registry->erase(QStringLiteral("dora"), 0, operatorAnn, done); }));
    restart();
    EXPECT_EQ(stored("seen"), "");
}

TEST_F(RegistryTest, placesAreForgottenAfterNinetyDays) {
    const auto dora = create("dora", "");
    const auto emil = create("emil", "");
    ASSERT_TRUE(dora && emil);
    ASSERT_TRUE(mayLogIn("dora", dora->password, "203.0.113.1"));
    ASSERT_TRUE(mayLogIn("emil", emil->password, "203.0.113.2"));
    ASSERT_TRUE(mayLogIn("carol", QStringLiteral("secret"), "203.0.113.3"));
    restart();
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    std::vector<store::Change> changes;
    const auto snapshot = m_store->load();
    for (store::Record record : snapshot->records) {
        if (record.kind != record::Seen::kind)
            continue;
        const bool isEmil = record.body.find("203.0.113.2") != std::string::npos;
        const api::Time at = now - 24h * (isEmil ? 89 : 91);
        record::Seen seen{at, {{address(isEmil ? "203.0.113.2" : "203.0.113.1"), at}}};
        record.body = QJsonDocument(api::toJson(seen)).toJson().toStdString();
        ++record.version;
        changes.emplace_back(store::change::PutRecord{record});
    }
    ASSERT_EQ(changes.size(), 3U);
    stop();
    putRecords(std::move(changes));
    start();
    m_registry->maintain();
    EXPECT_TRUE(m_registry->account(QStringLiteral("dora"))->lastLogin) << "when it was last here stays";
    restart();
    EXPECT_EQ(stored("seen").find("203.0.113.1"), std::string::npos) << stored("seen");
    EXPECT_NE(stored("seen").find("203.0.113.2"), std::string::npos);
    guessFromEverywhere("dora");
    EXPECT_FALSE(mayLogIn("dora", dora->password, "203.0.113.1"));
    guessFromEverywhere("emil");
    EXPECT_TRUE(mayLogIn("emil", emil->password, "203.0.113.2"));
    const auto snapshotNow = m_store->load();
    const auto isSeen = [](const store::Record& record) { return record.kind == record::Seen::kind; };
    EXPECT_EQ(std::count_if(snapshotNow->records.begin(), snapshotNow->records.end(), isSeen), 2)
        << "of carol, who stands in the configuration, nothing is left to tell";
}

// --- hashes for old clients

TEST_F(RegistryTest, whatIsKeptForOldClientsGoesWhenThePolicyForbidsIt) {
    api::AccountDraft old;
    old.name = QStringLiteral("emil");
    old.password = QString::fromLatin1(goodPassword);
    old.settings.oldClients = true;
    ASSERT_TRUE(ask<api::AccountCreated>([&](auto done) { m_registry->create(old, operatorAnn, done); }));
    ASSERT_TRUE(digestWorks("emil"));
    m_registry->maintain();
    restart();
    EXPECT_TRUE(digestWorks("emil")) << "nothing goes while it is allowed";
    m_configuration.oldClients = false;
    apply();
    EXPECT_FALSE(digestWorks("emil")) << "at once, although the hash is still there";
    const std::int64_t revision = m_registry->account(old.name)->revision;
    m_registry->maintain();
    m_registry->maintain();
    ASSERT_TRUE(waitFor([&] { return m_registry->account(old.name)->revision > revision; }));
    EXPECT_EQ(m_registry->account(old.name)->revision, revision + 1) << "once";
    EXPECT_TRUE(mayLogIn("emil", QString::fromLatin1(goodPassword)));
    m_configuration.oldClients = true;
    restart();
    EXPECT_FALSE(digestWorks("emil")) << "what is gone does not come back";
    EXPECT_TRUE(mayLogIn("emil", QString::fromLatin1(goodPassword)));
    const auto lines = auditLines();
    EXPECT_EQ(lines.back().entry.action, "dropOldClientHashes");
    EXPECT_EQ(lines.back().entry.actor, "system");
    EXPECT_EQ(lines.back().entry.after, R"({"count":1})");
}

TEST_F(RegistryTest, manyHashesGoAFewAtATimeAlsoWhenThePolicyWasChangedWhileNothingRan) {
    stop();
    std::vector<store::Change> changes;
    for (int i = 0; i < 700; ++i) {
        record::Account account;
        account.account.name = QStringLiteral("user%1").arg(i);
        account.digest = QStringLiteral("00112233445566778899aabbccddeeff");
        changes.push_back(Documents<record::Account>().put('a' + std::to_string(i), account));
    }
    putRecords(std::move(changes));
    m_configuration.oldClients = false;
    start();
    const auto left = [&] {
        const std::string all = stored("account");
        int count = 0;
        for (auto at = all.find("00112233"); at != std::string::npos; at = all.find("00112233", at + 1))
            ++count;
        return count;
    };
    EXPECT_EQ(left(), 700);
    m_registry->maintain();
    EXPECT_TRUE(waitFor([&] { return left() == 200; }));
    restart();
    m_registry->maintain();
    EXPECT_TRUE(waitFor([&] { return left() == 0; }));
    m_registry->maintain();
    std::string counts;
    for (const store::AuditLine& line : auditLines())
        counts += line.entry.action + line.entry.after + ' ';
    EXPECT_EQ(counts, R"(dropOldClientHashes{"count":500} dropOldClientHashes{"count":200} )");
}

// --- retention

TEST_F(RegistryTest, theAuditForgetsWhatIsOlderThanTheConfigurationSays) {
    stop();
    std::vector<store::Change> changes;
    const auto now = std::chrono::system_clock::now();
    for (const auto& [ago, action] :
         {std::pair{24h * 40, "long ago"}, std::pair{24h * 31, "before"}, std::pair{24h * 29, "lately"}})
        changes.emplace_back(store::change::AppendAudit{{now - ago, "ann", "", action, "", "", ""}});
    putRecords(std::move(changes));
    m_configuration.retention.audit = 24h * 30;
    start();
    m_registry->maintain();
    std::string actions;
    for (const store::AuditLine& line : auditLines())
        actions += line.entry.actor + ' ' + line.entry.action + line.entry.after + ';';
    EXPECT_EQ(actions, R"(ann lately;system endRetention{"forgottenUpTo":2};)");
    const auto report = store::verifyAudit(m_directory.path().toStdString() + "/viaduct.db");
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_FALSE(report->fault) << report->fault->sentence;
    EXPECT_EQ(report->forgotten, 2);
}

// --- usage

TEST_F(RegistryTest, whatATunnelCarriedIsCountedForItsHolder) {
    ASSERT_TRUE(create("dora", goodPassword));
    ASSERT_TRUE(tunnel("dora", QString::fromLatin1(goodPassword)));
    m_broker->tunnels().begin()->second.counters->bytesIn = 1000;
    m_broker->tunnels().begin()->second.counters->packetsIn = 10;
    m_registry->maintain();
    EXPECT_EQ(m_registry->account(QStringLiteral("dora"))->usedBytes, 1000);
    m_broker->tunnels().begin()->second.counters->bytesIn = 1500;
    m_broker->tunnels().begin()->second.counters->packetsIn = 15;
    ASSERT_TRUE(ask<api::Account>([&](auto done) {
        m_registry->suspend(QStringLiteral("dora"), QStringLiteral("Abuse."), operatorAnn, done);
    }));
    ASSERT_TRUE(happened("event=tunnel-down"));
    restart();
    EXPECT_TRUE(waitFor([&] { return m_registry->account(QStringLiteral("dora"))->usedBytes == 1500; }))
        << m_registry->account(QStringLiteral("dora"))->usedBytes;
    EXPECT_TRUE(m_registry->account(QStringLiteral("dora"))->lastLogin) << "and when it was last here";
}

TEST_F(RegistryTest, whatAReplacedTunnelCarriedIsCountedToo) {
    ASSERT_TRUE(create("dora", goodPassword));
    ASSERT_TRUE(tunnel("dora", QString::fromLatin1(goodPassword)));
    counters().bytesOut = 700;
    ASSERT_TRUE(tunnel("dora", QString::fromLatin1(goodPassword), "198.51.100.8"));
    EXPECT_EQ(usedBytes("dora"), 700);
    counters().bytesIn = 30;
    EXPECT_EQ(usedBytes("dora"), 730) << "at any time, not once a minute";
    m_registry->maintain();
    EXPECT_EQ(usedBytes("dora"), 730);
}

// --- limits

TEST_F(RegistryTest, theTunnelBearsTheRatesOfItsAccountFromTheMomentTheyAreChanged) {
    ASSERT_TRUE(create("dora", goodPassword));
    setLimits("dora", {2'000'000, 5'000'000, 0});
    ASSERT_TRUE(tunnel("dora", QString::fromLatin1(goodPassword)));
    EXPECT_EQ(limitsInTable(), (dataplane::TunnelLimits{2'000'000, 5'000'000, false}));
    const std::int64_t id = m_broker->tunnels().begin()->first;
    counters().bytesIn = 7;
    setLimits("dora", {0, 1'000'000, 0});
    EXPECT_EQ(limitsInTable(), (dataplane::TunnelLimits{0, 1'000'000, false}));
    EXPECT_TRUE(m_broker->tunnels().contains(id)) << "the tunnel stays up";
    EXPECT_EQ(counters().bytesIn, 7U) << "and counts on";
    apply();
    EXPECT_EQ(limitsInTable(), (dataplane::TunnelLimits{0, 1'000'000, false}));
    restart();
    EXPECT_EQ(limitsInTable(), (dataplane::TunnelLimits{0, 1'000'000, false}));
    setLimits("dora", {});
    EXPECT_EQ(limitsInTable(), dataplane::TunnelLimits());
}

TEST_F(RegistryTest, aUsedUpQuotaStopsTheTunnelUntilItIsRaised) {
    ASSERT_TRUE(create("dora", goodPassword));
    setLimits("dora", {0, 0, 1000});
    ASSERT_TRUE(tunnel("dora", QString::fromLatin1(goodPassword)));
    m_registry->maintain();
    counters().bytesIn = 600;
    counters().bytesOut = 399;
    m_registry->maintain();
    EXPECT_FALSE(limitsInTable().quotaUsedUp);
    m_events.clear();
    counters().bytesOut = 400;
    m_registry->maintain();
    EXPECT_TRUE(limitsInTable().quotaUsedUp) << "a few seconds later, not a minute";
    EXPECT_EQ(m_events.size(), 1U);
    EXPECT_TRUE(happened("event=account-changed account=\"dora\" state=active")) << "for the consoles";
    EXPECT_EQ(usedBytes("dora"), 1000);
    m_registry->maintain();
    EXPECT_EQ(m_events.size(), 1U) << "once";
    ASSERT_TRUE(tunnel("dora", QString::fromLatin1(goodPassword), "198.51.100.8"));
    EXPECT_TRUE(limitsInTable().quotaUsedUp) << "a new tunnel has no new quota";
    restart();
    EXPECT_TRUE(waitFor([&] { return limitsInTable().quotaUsedUp; })) << "nor has a new broker";
    setLimits("dora", {0, 0, 1500});
    EXPECT_FALSE(limitsInTable().quotaUsedUp);
    counters().bytesIn = 500;
    m_registry->maintain();
    EXPECT_TRUE(limitsInTable().quotaUsedUp);
    setLimits("dora", {});
    EXPECT_FALSE(limitsInTable().quotaUsedUp);
}

TEST_F(RegistryTest, theNextMonthHasItsOwnQuota) {
    ASSERT_TRUE(create("dora", goodPassword));
    setLimits("dora", {0, 0, 1000});
    ASSERT_TRUE(tunnel("dora", QString::fromLatin1(goodPassword)));
    ASSERT_TRUE(waitFor([&] { return m_table.entries.size() == 1; }));
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    const std::chrono::year_month_day date(today);
    const std::chrono::sys_days nextMonth = (date.year() / date.month() + std::chrono::months{1}) / 1;
    counters().bytesIn = 600;
    m_registry->maintain(api::Time(nextMonth) - 1ms);
    counters().bytesIn = 1000;
    m_registry->maintain(api::Time(nextMonth) - 1ms);
    EXPECT_TRUE(limitsInTable().quotaUsedUp);
    m_events.clear();
    m_registry->maintain(api::Time(nextMonth));
    EXPECT_FALSE(limitsInTable().quotaUsedUp);
    EXPECT_TRUE(happened("event=account-changed account=\"dora\""));
    EXPECT_EQ(usedBytes("dora"), 0);
    counters().bytesIn = 2000;
    m_registry->maintain(api::Time(nextMonth));
    EXPECT_TRUE(limitsInTable().quotaUsedUp);
}

TEST_F(RegistryTest, whatEarlierMonthsUsedIsNotOfThisQuota) {
    ASSERT_TRUE(create("dora", goodPassword));
    setLimits("dora", {0, 0, 1000});
    ASSERT_TRUE(tunnel("dora", QString::fromLatin1(goodPassword)));
    stop();
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    const auto day = today.time_since_epoch().count();
    store::Usage usage;
    usage.bytesIn = 5000;
    putRecords({store::change::AddUsage{day - 31, "account:dora", usage}});
    start();
    waitFor([] { return false; }, 300);
    m_registry->maintain();
    EXPECT_FALSE(limitsInTable().quotaUsedUp);
    EXPECT_EQ(usedBytes("dora"), 0);
}

TEST_F(RegistryTest, aClockThatWasWrongForgetsNothingOfTheMonth) {
    ASSERT_TRUE(create("dora", goodPassword));
    ASSERT_TRUE(tunnel("dora", QString::fromLatin1(goodPassword)));
    m_broker->tunnels().begin()->second.counters->bytesIn = 1000;
    m_registry->maintain();
    ASSERT_TRUE(waitFor([&] { return m_store->waiting() == 0; }));
    m_registry->maintain(now() - 40 * 24h);
    EXPECT_TRUE(waitFor([&] { return usedBytes("dora") == 0; }));
    m_registry->maintain();
    EXPECT_TRUE(waitFor([&] { return usedBytes("dora") == 1000; })) << usedBytes("dora");
}

TEST_F(RegistryTest, aHundredThousandAccountsLoad) {
    stop();
    store::Snapshot snapshot;
    for (int i = 0; i < 100'000; ++i) {
        record::Account account;
        account.account.name = QStringLiteral("user%1").arg(i);
        account.account.settings.email = QStringLiteral("user%1@example.net").arg(i);
        account.account.settings.organisation = QStringLiteral("Organisation %1").arg(i % 500);
        const std::string id = 'a' + std::to_string(i);
        Documents<record::Account> none;
        snapshot.records.push_back(std::get<store::change::PutRecord>(none.put(id, account)).record);
    }
    start();
    QElapsedTimer timer;
    timer.start();
    ASSERT_TRUE(m_registry->load(snapshot));
    std::printf("100000 accounts loaded in %lld ms\n", static_cast<long long>(timer.elapsed()));
    EXPECT_LT(timer.elapsed(), 60'000);
    timer.start();
    for (int i = 0; i < 1000; ++i)
        ASSERT_TRUE(m_registry->account(QStringLiteral("user%1").arg(i * 97)));
    std::printf("1000 of them made in %lld ms\n", static_cast<long long>(timer.elapsed()));
}
