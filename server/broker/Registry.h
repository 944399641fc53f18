// SPDX-License-Identifier: GPL-3.0-or-later
// The one writer of registration requests, accounts and vouchers. What it answers is durable and in the
// audit; what it changed it tells by the Broker's happened().
#pragma once

#include "server/broker/Actor.h"
#include "server/broker/Broker.h"
#include "shared/api/Accounts.h"
#include "shared/api/Requests.h"

#include <QObject>

namespace viaduct::broker {

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

    /// At start, before Broker::restore(). Invalid when a record cannot be read.
    Result<void> load(const store::Snapshot& snapshot);
    /// To be called every now and then: expiry, notices whose undo is over, usage, the end of retention.
    void maintain();

    void setNotifier(std::function<void(const Notice&)> notify);
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

    // --- reading; a value is made when it is asked for, so filter by what is cheap first

    std::optional<Request> request(const QString& id) const;
    void forEachRequest(const std::function<void(const QString& id)>& visit) const;
    /// Also those of the configuration.
    std::optional<api::Account> account(const QString& name) const;
    void forEachAccount(const std::function<void(const QString& name)>& visit) const;
    std::optional<api::Voucher> voucher(const QString& id) const;
    void forEachVoucher(const std::function<void(const QString& id)>& visit) const;
};

} // namespace viaduct::broker
