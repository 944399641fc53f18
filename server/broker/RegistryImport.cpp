// SPDX-License-Identifier: GPL-3.0-or-later
// Registry: many accounts at once, from a spreadsheet and into one. Checked whole before anything is done;
// then one commit.
#include "server/broker/Registry.h"

#include "server/broker/AccountTable.h"
#include "server/credentials/GeneratedPassword.h"
#include "server/credentials/PasswordPolicy.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
/// Of one import: at 4 ms each, some 40 seconds of a thread. Changes of accounts cost nothing of that.
constexpr std::size_t mostNew = 10'000;
constexpr std::size_t mostChosen = 500; ///< at 70 ms each

QString line(const Error& error) {
    return QString::fromStdString(error.message);
}
} // namespace

/// What an import is going to do.
struct Registry::Import {
    api::ImportResult result;
    struct Changed {
        std::string id;
        std::int64_t version = 0; ///< of which it is made
        record::Account account;
    };
    std::vector<Changed> changed;
    std::vector<record::Account> created;
    std::vector<NewPassword> passwords; ///< of the created
    std::vector<bool> given; ///< whether the file had it
};

Registry::Import Registry::planImport(const QByteArray& csv) const {
    Import plan;
    AccountTable table = readAccountTable(csv);
    plan.result.rows = static_cast<int>(table.rows.size());
    plan.result.errors = std::move(table.errors);
    if (!plan.result.errors.empty())
        return plan;
    for (const AccountRow& row : table.rows)
        planRow(row, plan);
    const auto chosen = static_cast<std::size_t>(std::count(plan.given.begin(), plan.given.end(), true));
    if (plan.created.size() > mostNew || chosen > mostChosen)
        plan.result.errors.push_back(
            {1,
             {},
             QStringLiteral("One import makes at most 10000 accounts, 500 of them with a given password."),
             QStringLiteral("Split the file.")});
    return plan;
}

void Registry::planRow(const AccountRow& row, Import& plan) const {
    auto& errors = plan.result.errors;
    const Accounts::Entry* entry = m_accounts.find(idOf(row.name));
    const auto complain = [&](const char* column, const Error& error) {
        errors.push_back({row.line, QLatin1String(column), line(error), {}});
    };
    if (errors.size() >= 100)
        return;
    if (entry ? !changeable(row.name, 0) : !checkNewName(row.name))
        return complain("name", entry ? changeable(row.name, 0).error() : checkNewName(row.name).error());
    const api::AccountSettings before = entry ? entry->value.account.settings : api::AccountSettings();
    const auto settings = settingsOf(row, before, errors);
    if (!settings)
        return;
    if (auto fits = checkSettings(*settings); !fits)
        return complain("", fits.error());
    if (!row.password.isEmpty()) {
        const auto fits = entry
            ? failure(Error::Code::Denied, "An import changes no password: leave the field empty.")
            : credentials::checkPassword(
                row.password.toStdString(), row.name.toStdString(), credentials::PasswordUse::Account);
        if (!fits)
            return complain("password", fits.error());
    }
    if (entry && before == *settings) {
        ++plan.result.unchanged;
        return;
    }
    record::Account account = entry ? entry->value : record::Account();
    account.account.settings = *settings;
    if (!settings->oldClients)
        account.digest.clear();
    if (entry) {
        ++plan.result.changed;
        if (before.validUntil != settings->validUntil)
            account.expiryTold = false;
        plan.changed.push_back({idOf(row.name), entry->version, std::move(account)});
        return;
    }
    ++plan.result.created;
    account.account.name = row.name;
    account.account.origin = api::AccountOrigin::Import;
    account.account.created = now();
    const bool given = !row.password.isEmpty();
    plan.passwords.push_back(
        {row.name,
         given ? row.password.toStdString() : credentials::makePassword(credentials::systemRandom()),
         given ? credentials::chosenIterations : credentials::generatedIterations, settings->oldClients});
    plan.given.push_back(given);
    plan.created.push_back(std::move(account));
}

void Registry::importCsv(
    const QByteArray& csv, bool dryRun, const Actor& actor, Answered<api::ImportResult> answered) {
    auto plan = std::make_shared<Import>(planImport(csv));
    plan->result.dryRun = dryRun;
    if (dryRun || !plan->result.errors.empty())
        return answered(plan->result);
    for (const NewPassword& password : plan->passwords)
        m_byName.emplace(password.login, std::string());
    makeAllKeys(plan->passwords, [this, plan, actor, answered = std::move(answered)](const auto& keys) {
        const auto release = [this, plan] {
            for (const NewPassword& password : plan->passwords)
                m_byName.erase(password.login);
        };
        if (!keys) {
            release();
            return answered(tl::unexpected(keys.error()));
        }
        Step step;
        for (std::size_t i = 0; i < plan->created.size(); ++i) {
            const NewPassword& made = plan->passwords[i];
            record::Account account = plan->created[i];
            setKeys(account, (*keys)[i]);
            const std::string id = newId('a');
            audit(step, actor, "importAccounts", "account:" + id, {}, auditView(account));
            put(step, id, std::move(account));
            if (!plan->given[i])
                plan->result.credentials.push_back({made.login, QString::fromStdString(made.password)});
        }
        for (const Import::Changed& each : plan->changed) {
            const Accounts::Entry* before = m_accounts.find(each.id);
            if (!before || before->version != each.version) {
                release();
                return answered(failure(
                    Error::Code::Stale,
                    "The account " + each.account.account.name.toStdString()
                        + " was changed meanwhile: import again."));
            }
            audit(
                step, actor, "importAccounts", "account:" + each.id, auditView(before->value),
                auditView(each.account));
            put(step, each.id, each.account);
        }
        if (step.changes.empty())
            return answered(plan->result);
        write(std::move(step), [plan, release, answered](const Result<void>& written) {
            if (!written) {
                release();
                return answered(tl::unexpected(written.error()));
            }
            answered(plan->result);
        });
    });
}

QByteArray Registry::exportCsv(const std::function<bool(const AccountGlance&)>& wanted) const {
    std::vector<api::Account> chosen;
    forEachAccount([&](const AccountGlance& glance) {
        // Those of the configuration are changed there alone: an import would refuse them.
        if (glance.kept.origin != api::AccountOrigin::Configuration && wanted(glance))
            chosen.push_back(glance.kept);
    });
    std::sort(chosen.begin(), chosen.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return accountTable(chosen);
}

} // namespace viaduct::broker
