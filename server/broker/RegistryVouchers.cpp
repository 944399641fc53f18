// SPDX-License-Identifier: GPL-3.0-or-later
// Registry: vouchers, N accounts for an event in one commit.
#include "server/broker/Registry.h"

#include "server/credentials/GeneratedPassword.h"

namespace viaduct::broker {

namespace {
constexpr int mostAccounts = 1000; ///< of one voucher
constexpr std::chrono::hours longestEvent{366 * 24};

Result<void> checkDraft(const api::VoucherDraft& draft, api::Time now) {
    if (auto readBack = api::fromJson<api::VoucherDraft>(api::toJson(draft)); !readBack)
        return tl::unexpected(readBack.error());
    if (draft.accounts < 1 || draft.accounts > mostAccounts)
        return failure(Error::Code::Invalid, "A voucher has 1 to 1000 accounts: make several for more.");
    if (draft.validFrom >= draft.validUntil || draft.validUntil <= now)
        return failure(
            Error::Code::Invalid, "The event is over before it begins, or already: choose a later end.");
    if (draft.validUntil - draft.validFrom > longestEvent)
        return failure(Error::Code::Invalid, "An event lasts a year at the most.");
    return {};
}

QString memberName(const api::VoucherDraft& draft, int number) {
    return draft.loginPrefix + u'-' + QString::number(number).rightJustified(3, u'0');
}
} // namespace

void Registry::createVoucher(
    const api::VoucherDraft& draft, const Actor& actor, Answered<api::VoucherCreated> answered) {
    if (auto fits = checkDraft(draft, now()); !fits)
        return answered(tl::unexpected(fits.error()));
    if (!poolFor(fromApi(draft.kind), draft.pool.toStdString()))
        return answered(failure(
            Error::Code::Invalid,
            "No pool " + draft.pool.toStdString() + " has blocks for accounts of this kind."));
    std::vector<NewPassword> wishes;
    for (int i = 1; i <= draft.accounts; ++i) {
        const QString name = memberName(draft, i);
        if (auto fits = checkNewName(name); !fits)
            return answered(tl::unexpected(fits.error()));
        wishes.push_back(
            {name, credentials::makePassword(credentials::systemRandom()), credentials::generatedIterations,
             draft.oldClients});
    }
    for (const NewPassword& wish : wishes)
        m_byName.emplace(wish.login, std::string());
    makeAllKeys(wishes, [this, draft, actor, wishes, answered = std::move(answered)](const auto& keys) {
        const auto release = [this, wishes] {
            for (const NewPassword& wish : wishes)
                m_byName.erase(wish.login);
        };
        if (!keys) {
            release();
            return answered(tl::unexpected(keys.error()));
        }
        const std::string id = newId('v');
        Step step;
        step.changes.reserve(wishes.size() + 2);
        api::VoucherCreated result;
        for (std::size_t i = 0; i < wishes.size(); ++i) {
            put(step, newId('a'), memberOf(draft, id, wishes[i].login, (*keys)[i]));
            result.credentials.push_back({wishes[i].login, QString::fromStdString(wishes[i].password)});
        }
        record::Voucher made;
        made.voucher.id = QString::fromStdString(id);
        made.voucher.draft = draft;
        made.voucher.created = now();
        made.voucher.createdBy = QString::fromStdString(actor.id);
        put(step, id, std::move(made));
        audit(
            step, actor, "createVoucher", "voucher:" + id, {},
            {{QStringLiteral("accounts"), draft.accounts},
             {QStringLiteral("pool"), draft.pool},
             {QStringLiteral("kind"), QLatin1String(api::word(draft.kind))},
             {QStringLiteral("validFrom"), api::text(draft.validFrom)},
             {QStringLiteral("validUntil"), api::text(draft.validUntil)}});
        write(std::move(step), [this, id, result, release, answered](const Result<void>& written) mutable {
            if (!written) {
                release();
                return answered(tl::unexpected(written.error()));
            }
            result.voucher = *voucher(QString::fromStdString(id));
            answered(result);
        });
    });
}

record::Account Registry::memberOf(
    const api::VoucherDraft& draft, const std::string& voucher, const QString& name, const Keys& keys) const {
    record::Account made;
    made.account.name = name;
    made.account.origin = api::AccountOrigin::Voucher;
    made.account.voucher = QString::fromStdString(voucher);
    made.account.created = now();
    made.pool = draft.pool;
    api::AccountSettings& settings = made.account.settings;
    settings.kind = draft.kind;
    settings.validFrom = draft.validFrom;
    settings.validUntil = draft.validUntil;
    settings.limits = draft.limits;
    settings.oldClients = draft.oldClients;
    setKeys(made, keys);
    return made;
}

void Registry::withdrawVoucher(const QString& id, const Actor& actor, Answered<api::Voucher> answered) {
    const Vouchers::Entry* entry = m_vouchers.find(id.toStdString());
    if (!entry)
        return answered(failure(Error::Code::NotFound, "There is no voucher " + id.toStdString() + '.'));
    if (entry->value.voucher.state == api::VoucherState::Withdrawn)
        return answered(failure(Error::Code::Conflict, "The voucher is withdrawn already."));
    record::Voucher changed = entry->value;
    changed.voucher.state = api::VoucherState::Withdrawn;
    const api::Time time = now();
    Step step;
    const auto members = m_byVoucher.find(id);
    if (members != m_byVoucher.end()) {
        for (const std::string& account : members->second) {
            record::Account member = m_accounts.find(account)->value;
            auto& settings = member.account.settings;
            if (settings.validUntil && *settings.validUntil <= time)
                continue;
            settings.validUntil = time;
            if (settings.validFrom && *settings.validFrom >= time)
                settings.validFrom.reset();
            put(step, account, std::move(member));
        }
    }
    put(step, id.toStdString(), std::move(changed));
    audit(step, actor, "withdrawVoucher", "voucher:" + id.toStdString(), {}, {});
    write(std::move(step), [this, id, answered = std::move(answered)](const Result<void>& written) {
        if (!written)
            return answered(tl::unexpected(written.error()));
        answered(*voucher(id));
    });
}

} // namespace viaduct::broker
