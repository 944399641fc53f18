// SPDX-License-Identifier: GPL-3.0-or-later
// The one writer of registration requests, accounts and vouchers. What it answers is durable and in the
// audit; what it changed it tells by the Broker's happened().
#pragma once

#include "server/broker/Actor.h"
#include "server/broker/Broker.h"
#include "server/broker/Documents.h"
#include "server/broker/RegistrationPolicy.h"
#include "server/broker/RegistryRecords.h"
#include "server/broker/UsageMeter.h"
#include "server/credentials/RateLimit.h"

#include <QObject>
#include <QTimer>

#include <set>

namespace viaduct::broker {

struct AccountRow;

/// What somebody filled in on the page.
struct Submission {
    QString name;
    QString email;
    QString organisation;
    QString purpose;
    QString system;
    QString language; ///< "en" or "fr"
    api::AccountKind kind = api::AccountKind::Host;
    std::optional<api::Date> wishedEnd;
    bool consent = false;
};

struct Submitted {
    api::RegistrationRequest request;
    QString link; ///< the secret of the status page; only its hash is kept
};

struct StatusPage {
    api::RegistrationRequest request;
    std::optional<api::Account> account;
    bool credentialsWaiting = false; ///< approved, undo is over, and the password was not shown yet
};

/// A notice for a person, to be put into words and sent by whoever can.
struct Notice {
    enum class Kind { VerifyAddress, Approved, Refused, Question, ExpiresSoon };
    Kind kind = Kind::Approved;
    QString to;
    QString name;
    QString language;
    QString secret; ///< VerifyAddress: of the link that proves the address
    QString text; ///< the reason or the question
    std::optional<api::Time> when; ///< ExpiresSoon
};

/// Of a RADIUS server, or of none.
struct RadiusVerdict {
    enum class What { Accepted, Refused, Unreachable };
    What what = What::Unreachable;
    std::string reason; ///< for the log
};

class Registry : public QObject {
    Q_OBJECT
public:
    using Request = api::RegistrationRequest;

    /// Both outlive it. `broker` asks it for the stored accounts from now on.
    Registry(Broker& broker, store::Store& store, QObject* parent = nullptr);
    ~Registry() override; ///< hands what tunnels used until now to the store

    /// At start, before Broker::restore(). Invalid when a record cannot be read.
    Result<void> load(const store::Snapshot& snapshot);
    /// To be called every now and then: expiry, notices whose undo is over, usage, the end of retention,
    /// hashes for old clients that the configuration forbids, quotas. Those are of the month (UTC) of `time`.
    void maintain(api::Time time = now());

    void setNotifier(std::function<void(const Notice&)> notify);
    /// Of the decisions from now on.
    void setUndoTime(std::chrono::milliseconds time) { m_undoTime = time; }
    using RadiusAnswered = std::function<void(const RadiusVerdict&)>;
    void setRadius(
        std::function<void(const std::string& user, const std::string& password, RadiusAnswered answered)>
            ask);

    // --- the pages: `link` is the secret of a status page; NotFound when it is nobody's

    void submit(const Submission& submission, const IpAddress& from, Answered<Submitted> answered);
    void verifyEmail(const QString& secret, const IpAddress& from, Answered<Request> answered);
    std::optional<StatusPage> byLink(const QString& link) const;
    void answerInquiry(
        const QString& link, const QString& text, const IpAddress& from, Answered<Request> answered);
    void withdraw(const QString& link, const IpAddress& from, Answered<Request> answered);
    /// Makes the password now and gives it this once; Denied afterwards.
    void takeCredentials(const QString& link, const IpAddress& from, Answered<api::Credentials> answered);
    void changeOwnPassword(
        const QString& link, const QString& oldPassword, const QString& newPassword, const IpAddress& from,
        Answered<api::Account> answered);
    /// As erase(), by the person.
    void giveBack(const QString& link, const IpAddress& from, Answered<api::Account> answered);

    // --- the administrators. `revision` is the one that the caller saw: Stale when it is not the last.

    void approve(
        const QString& id, std::int64_t revision, const api::Approval& approval, const Actor& actor,
        Answered<Request> answered);
    void refuse(
        const QString& id, std::int64_t revision, const QString& reason, const Actor& actor,
        Answered<Request> answered);
    void askBack(
        const QString& id, std::int64_t revision, const QString& question, const Actor& actor,
        Answered<Request> answered);
    void undo(const QString& id, std::int64_t revision, const Actor& actor, Answered<Request> answered);

    void create(const api::AccountDraft& draft, const Actor& actor, Answered<api::AccountCreated> answered);
    void change(
        const QString& name, std::int64_t revision, const api::AccountSettings& settings, const Actor& actor,
        Answered<api::Account> answered);
    void
    suspend(const QString& name, const QString& reason, const Actor& actor, Answered<api::Account> answered);
    void resume(const QString& name, const Actor& actor, Answered<api::Account> answered);
    void resetPassword(const QString& name, const Actor& actor, Answered<api::Credentials> answered);
    void
    erase(const QString& name, std::int64_t revision, const Actor& actor, Answered<api::Account> answered);
    /// RFC 4180, UTF-8. With any mistake nothing is done, and the result lists them all.
    void
    importCsv(const QByteArray& csv, bool dryRun, const Actor& actor, Answered<api::ImportResult> answered);

    void
    createVoucher(const api::VoucherDraft& draft, const Actor& actor, Answered<api::VoucherCreated> answered);
    void withdrawVoucher(const QString& id, const Actor& actor, Answered<api::Voucher> answered);

    // --- reading. A whole value is made when it is asked for, which costs; the visitors see what is kept.

    std::optional<Request> request(const QString& id) const;
    /// Without ticks, proposal and what else is found out when it is asked for.
    void forEachRequest(const std::function<void(const Request& kept)>& visit) const;
    /// Also those of the configuration.
    std::optional<api::Account> account(const QString& name) const;
    /// An account as it is kept: without tunnel, blocks and usage.
    struct AccountGlance {
        const api::Account& kept;
        api::AccountState state;
        const Registry& registry;
        const std::string& id; ///< empty: of the configuration
        std::optional<api::Time> lastLogin() const { return registry.lastLogin(id); }
    };
    void forEachAccount(const std::function<void(const AccountGlance&)>& visit) const;
    /// The stored ones of an organisation, in any case of its letters.
    std::vector<const api::Account*> accountsOf(const QString& organisation) const;
    /// As it is kept; null when there is none, or when it is one of the configuration. Good until the
    /// registry is changed.
    const api::Account* kept(const QString& name) const;
    std::optional<api::Voucher> voucher(const QString& id) const;
    void forEachVoucher(const std::function<void(const QString& id)>& visit) const;
    /// All that `wanted` takes, in the form that importCsv() reads; in the order of their names.
    QByteArray exportCsv(const std::function<bool(const AccountGlance&)>& wanted) const;

private:
    using Requests = Documents<record::Request>;
    using Accounts = Documents<record::Account>;
    using Vouchers = Documents<record::Voucher>;
    /// One commit in the making, and what follows in memory when it is durable.
    struct Step {
        std::vector<store::Change> changes;
        std::vector<std::function<void()>> after;
    };
    /// What is kept of a password.
    struct Keys {
        QString scram;
        QString digest;
    };
    /// A password and how it is to be kept.
    struct NewPassword {
        QString login;
        std::string password;
        int iterations = 0;
        bool oldClients = false;
    };

    static api::Time now();
    // Registry.cpp
    void put(Step& step, const std::string& id, record::Request value);
    void put(Step& step, const std::string& id, record::Account value);
    void put(Step& step, const std::string& id, record::Voucher value);
    void audit(
        Step& step, const Actor& actor, const char* action, const std::string& target,
        const QJsonObject& before, const QJsonObject& after) const;
    static QJsonObject auditView(const record::Account& account);
    void write(Step step, std::function<void(const Result<void>&)> done);
    void noteAccount(const std::string& id, const record::Account& account);
    void forgetAccount(const std::string& id);
    void noteRequest(const std::string& id, const record::Request& request);
    void forgetRequest(const std::string& id);
    accounts::Account forBroker(const record::Account& account) const;
    std::string idOf(const QString& name) const; ///< empty: no stored account
    Result<const Accounts::Entry*> changeable(const QString& name, std::int64_t revision) const;
    Result<const Requests::Entry*> undecided(const QString& id, std::int64_t revision) const;
    Result<const Requests::Entry*> byLinkOrError(const QString& link) const;
    Result<void> checkNewName(const QString& name) const;
    Result<void> checkSettings(const api::AccountSettings& settings) const;
    std::string newId(char first) const;
    QString freeLogin(const QString& wish) const;
    static api::AccountState stateOf(const api::Account& kept, api::Time time);
    std::optional<api::Time> lastLogin(const std::string& id) const;
    api::Account viewOf(const std::string& id, const Accounts::Entry& entry) const;
    api::Account viewOfConfigured(const accounts::Account& user) const;
    void addHoldings(const std::string& name, api::Account& account) const;
    Request viewOf(const std::string& id, const Requests::Entry& entry) const;
    api::Voucher viewOf(const std::string& id, const Vouchers::Entry& entry) const;
    PolicyFacts factsOf(const Request& request) const;
    std::optional<PoolState> poolFor(config::AccountKind kind, const std::string& wish = {}) const;
    // RegistryPasswords.cpp
    static Result<Keys> makeKeys(const NewPassword& wish, const std::string& realm);
    Result<void> mayMakeKeys() const;
    void
    makeAllKeys(std::vector<NewPassword> wishes, std::function<void(const Result<std::vector<Keys>>&)> done);
    void setKeys(record::Account& account, const Keys& keys) const;
    void dropOldClientHashes();
    // RegistryDecisions.cpp
    void approveItself(const std::string& id, const Answered<Request>& answered);
    void approveEntry(
        const std::string& id, const Requests::Entry& entry, const api::Approval& approval,
        const Actor& actor, Answered<Request> answered);
    void answerRequest(const std::string& id, Step step, Answered<Request> answered);
    // RegistryAccounts.cpp
    void answerAccount(const std::string& id, Step step, Answered<api::Account> answered);
    void eraseEntry(
        const std::string& id, const Accounts::Entry& entry, const char* action, const Actor& actor,
        Answered<api::Account> answered);
    void vouch(const tsp::PlainLogin& login, const RadiusVerdict& verdict, const Broker::Vouched& vouched);
    // RegistryVouchers.cpp
    record::Account memberOf(
        const api::VoucherDraft& draft, const std::string& voucher, const QString& name,
        const Keys& keys) const;
    // RegistryImport.cpp
    struct Import;
    void planRows(const std::shared_ptr<Import>& plan);
    void planRow(const AccountRow& row, Import& plan) const;
    void importPlanned(const std::shared_ptr<Import>& plan);
    Result<Step> importStep(Import& plan, const std::vector<Keys>& keys);
    // RegistryUpkeep.cpp
    void noteHappened(const Event& event);
    void setAlarm();
    void ring();
    void reach(const std::string& id);
    void expireSoon(const std::string& id, const Accounts::Entry& entry);
    void tellDecision(const std::string& id, const Requests::Entry& entry);
    void tellAfter(const std::string& id, Step step, const Notice& notice);
    void readUsage(std::chrono::seconds up);
    void writeUsage(std::size_t limit);
    void writeUsage(std::vector<UsageMeter::Line> lines);
    bool isErased(const store::Holder& holder) const;
    void endRequests();
    void endRetention();
    static store::Day dayOf(api::Time time);
    static int monthOf(api::Time time);
    void askUsage(int month, std::optional<std::int64_t> after);
    // RegistryQuotas.cpp
    std::int64_t usedBytes(const store::Holder& holder) const;
    bool isQuotaUsedUp(const api::Account& kept) const;
    void judgeQuotas(std::size_t most);
    // RegistrySeen.cpp
    void tellPlaces(const std::string& id, const record::Seen& seen);
    void noteLogin(const std::string& name, const IpAddress& from);
    void writeSeen();
    void forgetOldPlaces();
    bool mayBeForgotten(const std::string& id, const record::Seen& seen) const;

    Broker& m_broker;
    store::Store& m_store;
    std::function<void(const Notice&)> m_notify;
    /// A slip of the mouse can be taken back so long; the person is told afterwards.
    std::chrono::milliseconds m_undoTime{std::chrono::seconds(10)};
    Requests m_requests;
    Accounts m_accounts;
    Vouchers m_vouchers;
    Documents<record::Seen> m_seen;
    std::unordered_map<QString, std::string> m_byName; ///< empty id: the name is about to be taken
    std::unordered_map<QString, std::string> m_byLinkHash;
    std::unordered_map<QString, std::string> m_byProof;
    std::unordered_map<QString, int> m_accountsByMail; ///< of lower case
    std::unordered_map<QString, std::set<std::string>> m_accountsByOrganisation; ///< ids
    std::unordered_map<QString, int> m_requestsByMail;
    std::unordered_map<QString, int> m_requestsByOrganisation;
    std::unordered_map<QString, std::set<std::string>> m_byVoucher; ///< accounts
    std::map<Prefix, api::Time> m_since; ///< blocks of accounts
    std::unordered_map<std::string, api::Time> m_lastLogin; ///< by account's id
    std::map<std::string, record::Seen> m_unwrittenSeen;
    std::set<store::Holder> m_ending; ///< whose erasure is on its way to the disk
    bool m_approvingItself = false; ///< an automatic approval is on its way to the disk
    bool m_isWritingUsage = false;
    std::set<std::string> m_withDigest; ///< accounts of which something is kept for old clients
    bool m_droppingDigests = false;
    std::map<std::string, bool> m_quotas; ///< accounts that have one, and whether it was found used up
    std::string m_lastJudged; ///< of m_quotas
    /// When something is due for an account or a request.
    std::set<std::pair<api::Time, std::string>> m_due;
    QTimer m_alarm;
    credentials::LoginThrottle m_throttle; ///< of the pages
    std::optional<credentials::RateLimit> m_submissions;
    std::size_t m_submissionsPerDay = 0; ///< for which m_submissions was made
    UsageMeter m_usage;
    std::optional<std::chrono::steady_clock::time_point> m_lastMinute;
    PasswordWork m_passwords{1}; ///< last: what it still does ends before the rest goes
};

} // namespace viaduct::broker
