// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/RegistrationPolicy.h"

#include "server/config/MailAddress.h"
#include "server/config/MailDomain.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
constexpr int longestLogin = 32;

QString tickWord(const char* word) {
    return QString::fromLatin1(word);
}

api::PolicyTick mailDomainTick(const QString& email, const std::vector<std::string>& domains) {
    const bool met = config::holdsMail(domains, email.toStdString());
    const QString domain = email.mid(email.lastIndexOf(u'@') + 1);
    const QString sentence = met ? QStringLiteral("The mail domain %1 is one of those allowed.")
                                 : QStringLiteral("The mail domain %1 is none of those allowed.");
    return {tickWord("mail-domain"), met, sentence.arg(domain)};
}

api::PolicyTick mailVerifiedTick(bool met) {
    return {
        tickWord("mail-verified"), met,
        met ? QStringLiteral("The mail address is the person's own.")
            : QStringLiteral("The person has not shown yet that the mail address is theirs.")};
}

api::PolicyTick kindTick(const api::RegistrationRequest& request, const PolicyFacts& facts) {
    const auto& offered = facts.offered;
    const bool met = std::find(offered.begin(), offered.end(), fromApi(request.kind)) != offered.end();
    return {
        tickWord("kind"), met,
        (met ? QStringLiteral("Accounts of kind %1 are offered.")
             : QStringLiteral("Accounts of kind %1 are not offered."))
            .arg(QLatin1String(api::word(request.kind)))};
}

api::PolicyTick poolTick(const PolicyFacts& facts) {
    if (!facts.pool)
        return {tickWord("pool"), false, QStringLiteral("No pool has blocks for this kind.")};
    const PoolState& pool = *facts.pool;
    const bool met = pool.used < pool.total && pool.percentUsed() < facts.registration.poolUsePercent;
    return {
        tickWord("pool"), met,
        QStringLiteral("%1% of the pool %2 are used; the limit is %3%.")
            .arg(pool.percentUsed())
            .arg(QString::fromStdString(pool.name))
            .arg(facts.registration.poolUsePercent)};
}

/// The last moment of that day, UTC, and a millisecond.
api::Time endOf(api::Date day) {
    return std::chrono::sys_days(day) + std::chrono::days(1);
}

api::PolicyTick endTick(const api::RegistrationRequest& request, const PolicyFacts& facts) {
    const api::Time wished = endOf(*request.endDate);
    const auto& lifetime = facts.registration.accountLifetime;
    if (wished <= facts.now)
        return {tickWord("end-date"), false, QStringLiteral("The wished end is over.")};
    if (lifetime && wished > facts.now + *lifetime)
        return {
            tickWord("end-date"), false,
            QStringLiteral("The wished end is later than the usual lifetime of an account allows.")};
    return {tickWord("end-date"), true, QStringLiteral("The wished end is within the usual lifetime.")};
}

api::PolicyTick oneAccountTick(std::size_t accounts) {
    return {
        tickWord("one-account"), accounts == 0,
        accounts == 0
            ? QStringLiteral("The person has no account yet.")
            : QStringLiteral("Accounts of this mail address: %1.").arg(static_cast<qulonglong>(accounts))};
}
} // namespace

int PoolState::percentUsed() const {
    if (total == 0)
        return 100;
    // Without overflow: totals may be as large as the type.
    const Uint128 hundredth = total / 100;
    const Uint128 percent = hundredth > 0 ? used / hundredth : used * 100 / total;
    return percent > 100 ? 100 : static_cast<int>(percent);
}

config::AccountKind fromApi(api::AccountKind kind) {
    return static_cast<config::AccountKind>(kind);
}

api::AccountKind toApi(config::AccountKind kind) {
    return static_cast<api::AccountKind>(kind);
}
static_assert(static_cast<int>(config::AccountKind::Site) == static_cast<int>(api::AccountKind::Site));
static_assert(static_cast<int>(config::AccountKind::Host) == static_cast<int>(api::AccountKind::Host));

std::vector<api::PolicyTick> policyTicks(const api::RegistrationRequest& request, const PolicyFacts& facts) {
    const config::Registration& registration = facts.registration;
    std::vector<api::PolicyTick> ticks;
    if (!registration.mailDomains.empty())
        ticks.push_back(mailDomainTick(request.email, registration.mailDomains));
    if (registration.requireMailVerification)
        ticks.push_back(mailVerifiedTick(request.emailVerified));
    ticks.push_back(kindTick(request, facts));
    ticks.push_back(poolTick(facts));
    if (request.endDate)
        ticks.push_back(endTick(request, facts));
    ticks.push_back(oneAccountTick(facts.accountsOfPerson));
    return ticks;
}

bool approvesItself(const api::RegistrationRequest& request, const PolicyFacts& facts) {
    if (!request.emailVerified
        || !config::holdsMail(facts.registration.automaticDomains, request.email.toStdString()))
        return false;
    const auto ticks = policyTicks(request, facts);
    return std::all_of(ticks.begin(), ticks.end(), [](const auto& tick) { return tick.met; });
}

std::optional<api::Time> proposedEnd(const api::RegistrationRequest& request, const PolicyFacts& facts) {
    std::optional<api::Time> end;
    if (facts.registration.accountLifetime)
        end = facts.now + *facts.registration.accountLifetime;
    if (request.endDate && (!end || endOf(*request.endDate) < *end))
        end = endOf(*request.endDate);
    return end;
}

api::Proposal proposalFrom(const PoolState& pool) {
    const Uint128 free = pool.total - pool.used;
    const Uint128 after = free > 0 ? free - 1 : 0;
    return {
        QString::fromStdString(pool.name), pool.blockLength, free, after,
        free > 0 ? QStringLiteral("%1 of %2 blocks are used afterwards.")
                       .arg(api::text(pool.used + 1), api::text(pool.total))
                 : QStringLiteral("The pool has no free block left.")};
}

QString loginOf(const QString& name) {
    QStringList words;
    QString word;
    for (const QChar c : name.normalized(QString::NormalizationForm_KD).toLower() + u' ') {
        const bool plain = (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9');
        if (plain)
            word += c;
        else if ((c.isSpace() || c == u'-' || c == u'.') && !word.isEmpty())
            words.append(std::exchange(word, QString()));
    }
    if (words.isEmpty())
        return QStringLiteral("user");
    const QString login = words.size() == 1 ? words.first() : words.first().left(1) + words.last();
    return login.left(longestLogin);
}

bool looksLikeMail(const QString& text) {
    return text.size() <= api::limit::email && config::mailAddressFrom(text);
}

} // namespace viaduct::broker
